use crate::evidence::Channel;
use crate::lang::Text;

use super::said::{Duty, MissingMeans, judge_parts, opening};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params};

pub static CHECK: Check = Check {
    id: "location-statement",
    title: Text::new("反映执法地点", "place identified"),
    explain: Text::new(
        "检查是否反映执法地点：画面摄入门牌、招牌等标志，或没有标志时以语音说明所在地点。本版本只听语音，在开头规定时间的转写中按读音比对，\
         并摘录所说的地点；没有听到的，不等于没有拍到标志，因画面中的标志尚不能识别，不作判断，由人工查看画面。不能核对所说地点是否属实。",
        "Whether the place is identified: a sign or landmark in the picture or, without one, the place named aloud. This \
         version listens only: the transcript of the opening window is compared by sound, and the place named is quoted. \
         Where nothing is heard a sign may still have been filmed; signs are not recognised in the picture yet, so this is \
         left open for a person to look. It cannot tell whether the place named is the right one.",
    ),
    basis: Basis::Footage,
    needs: &[Channel::Sound, Channel::Speech],
    params: &[
        Param {
            name: "parts",
            kind: Kind::Phrases,
            default: Default::None,
            reason: Text::new(
                "说明地点的说法，×× 表示地点。",
                "Wordings that name the place; ×× stands for it.",
            ),
        },
        Param {
            name: "window_s",
            kind: Kind::Number { min: 10.0, max: 14400.0 },
            default: Default::Number(600.0),
            reason: Text::new(
                "在录制开始后的这段时间内（秒）听取。600 秒：进入现场、出示证件、说明来意之后，仍未说明地点的，多在画面中反映。",
                "Looked for within this time after recording starts, in seconds. 600 s: after arrival, credential and purpose; \
                 a place not named by then is usually left to the picture.",
            ),
        },
    ],
    judge: Judge::Decides(judge),
};

const DUTY: Duty = Duty {
    what: Text::new("地点说明", "the statement of the place"),
    missing: MissingMeans::OtherwiseMet(Text::new(
        "地点也可能由画面中的标志反映，本版本尚不能识别，请人工查看。",
        "The place may be shown by a sign in the picture, which this version does not recognise; a person should look.",
    )),
    ordered: false,
};

fn judge(case: &Case, params: &Params) -> Outcome {
    let stretch = opening(case.evidence, params.number("window_s"));
    judge_parts(case.evidence, &DUTY, params.phrases("parts"), stretch)
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::super::said::written::*;
    use super::*;

    const CHAT: &str = "老板最近生意怎么样还可以周末的客人比较多门口的灯箱是什么时候换的";

    fn judged(clip: Clip) -> Outcome {
        let place = ("所到场所", &["我们现在来到××", "检查地点是××"][..]);
        judged_by(&CHECK, clip, parts("parts", &[place]))
    }

    #[test]
    fn pass_and_the_place_is_quoted() {
        let outcome = judged(clip(60.0).says(3.0, "我们现在来到江源区群众艺术馆"));
        assert_eq!(outcome.verdict, Verdict::Pass, "{outcome:?}");
        assert!(outcome.spans[0].label.zh.contains("江源区群众艺术馆"), "{}", outcome.spans[0].label.zh);
    }

    #[test]
    fn never_fails_because_the_picture_was_not_looked_at() {
        assert_eq!(judged(clip(60.0).says(3.0, CHAT)).verdict, Verdict::NotAssessed);
    }

    #[test]
    fn review_in_the_band_between() {
        let outcome = judged(clip(60.0).says(3.0, "我们现在来到"));
        assert_eq!(outcome.verdict, Verdict::Review, "no place was named: {outcome:?}");
        assert_eq!(judged(clip(60.0).mumbles(3.0, CHAT)).verdict, Verdict::Review);
    }

    #[test]
    fn not_assessed_without_ears() {
        assert_eq!(judged(clip(60.0).without_sound_track()).verdict, Verdict::NotAssessed);
    }
}
