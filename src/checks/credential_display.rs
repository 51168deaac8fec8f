use crate::evidence::Channel;
use crate::lang::Text;

use super::said::{Duty, MissingMeans, judge_parts, opening};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params};

pub static CHECK: Check = Check {
    id: "credential-display",
    title: Text::new("出示执法证件", "credential shown"),
    explain: Text::new(
        "检查是否出示执法证件：以语音说明（如“这是我们的执法证件，请看清”），或在画面中清楚出示。本版本只听语音，在全片的转写中按读音比对；\
         没有听到语音说明的，不等于没有出示，因画面中的证件尚不能识别，一律不作判断，由人工查看画面。\
         胸牌、挂绳不算出示。不能核对证件真伪和所报证号。",
        "Whether the credential is presented: announced aloud (“这是我们的执法证件，请看清”) or visibly shown. This version \
         listens only: the transcript of the whole clip is compared by sound. Where no words are heard the credential may \
         still have been shown; it is not recognised in the picture yet, so this is left open for a person to look. A badge \
         or lanyard is no presentation. It cannot tell whether a credential is genuine or its number true.",
    ),
    basis: Basis::Footage,
    needs: &[Channel::Sound, Channel::Speech],
    params: &[Param {
        name: "parts",
        kind: Kind::Phrases,
        default: Default::None,
        reason: Text::new(
            "出示证件时的说法，×× 表示证号、姓名等可变内容。",
            "Wordings that accompany the presentation; ×× stands for a number or a name.",
        ),
    }],
    judge: Judge::Decides(judge),
};

const DUTY: Duty = Duty {
    what: Text::new("出示执法证件的说明", "the announcement of the credential"),
    missing: MissingMeans::OtherwiseMet(Text::new(
        "证件也可能在画面中出示，本版本尚不能识别，请人工查看。",
        "The credential may have been shown in the picture, which this version does not recognise; a person should look.",
    )),
    ordered: false,
};

fn judge(case: &Case, params: &Params) -> Outcome {
    judge_parts(case.evidence, &DUTY, params.phrases("parts"), opening(case.evidence, f64::INFINITY))
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::super::said::written::*;
    use super::*;

    const CHAT: &str = "老板最近生意怎么样还可以周末的客人比较多门口的灯箱是什么时候换的";

    fn judged(clip: Clip) -> Outcome {
        let shown = ("出示执法证件", &["这是我们的执法证件", "执法证号××这是我的执法证件"][..]);
        judged_by(&CHECK, clip, parts("parts", &[shown]))
    }

    #[test]
    fn pass_when_announced_and_the_number_is_quoted() {
        assert_eq!(judged(clip(60.0).says(3.0, "这是我们的执法证件请看清")).verdict, Verdict::Pass);
        let outcome = judged(clip(60.0).says(3.0, "执法证号16010012这是我的执法证件"));
        assert_eq!(outcome.verdict, Verdict::Pass, "{outcome:?}");
        assert!(outcome.spans[0].label.zh.contains("一六零一零零一二"), "{}", outcome.spans[0].label.zh);
    }

    #[test]
    fn never_fails_because_the_picture_was_not_looked_at() {
        let outcome = judged(clip(60.0).says(3.0, CHAT));
        assert_eq!(outcome.verdict, Verdict::NotAssessed, "{outcome:?}");
        assert!(outcome.summary.zh.contains("画面"), "{}", outcome.summary.zh);
        assert_eq!(judged(clip(60.0)).verdict, Verdict::NotAssessed, "nobody speaks");
    }

    #[test]
    fn review_in_the_band_between() {
        assert_eq!(judged(clip(60.0).says(3.0, "这不是我们的执法证件")).verdict, Verdict::Review);
        assert_eq!(judged(clip(60.0).mumbles(3.0, CHAT)).verdict, Verdict::Review);
    }

    #[test]
    fn not_assessed_without_ears() {
        assert_eq!(judged(clip(60.0).without_model()).verdict, Verdict::NotAssessed);
        assert_eq!(
            judged(clip(600.0).says(3.0, CHAT).listened_only(0.0, 180.0)).verdict,
            Verdict::NotAssessed
        );
    }
}
