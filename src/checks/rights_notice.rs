use crate::evidence::Channel;
use crate::lang::Text;

use super::said::{Duty, MissingMeans, judge_parts, opening};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params};

pub static CHECK: Check = Check {
    id: "rights-notice",
    title: Text::new("告知权利义务", "rights notice"),
    explain: Text::new(
        "检查是否以语音告知当事人享有的权利（陈述、申辩、申请回避等）和应履行的义务。在全片的语音转写中按读音比对，各部分不论先后。\
         说话清楚而没有告知的，判不符合；听不清的，请人工核听；没有听全的片段，不作判断。本项只看这一段录像，\
         同一次执法的告知可能录在另一段中；书面告知也听不到。",
        "Whether the party is told aloud of their rights (statement and defence, recusal and the like) and duties. The \
         transcript of the whole clip is compared by sound, parts in any order. Clear speech without it fails; what was not \
         understood goes to a person; a clip that was not listened to throughout is not assessed. It looks at this clip \
         alone: the notice may stand in another segment of the same visit, and a notice on paper is not heard.",
    ),
    basis: Basis::Footage,
    needs: &[Channel::Sound, Channel::Speech],
    params: &[Param {
        name: "parts",
        kind: Kind::Phrases,
        default: Default::None,
        reason: Text::new(
            "应当告知的权利和义务及其说法，×× 表示可变内容。",
            "The rights and duties to be told, with the wordings that count; ×× stands for open words.",
        ),
    }],
    judge: Judge::Decides(judge),
};

const DUTY: Duty = Duty {
    what: Text::new("权利义务告知", "the notice of rights and duties"),
    missing: MissingMeans::Fails,
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
        let rights = ("权利", &["依法享有陈述申辩的权利", "你有权进行陈述和申辩"][..]);
        let recusal = ("回避", &["你有权申请回避", "可以申请回避"][..]);
        judged_by(&CHECK, clip, parts("parts", &[rights, recusal]))
    }

    #[test]
    fn pass_anywhere_in_the_clip() {
        let outcome =
            judged(clip(900.0).says(3.0, CHAT).says(700.0, "您依法享有陈述申辩的权利也可以申请回避"));
        assert_eq!(outcome.verdict, Verdict::Pass, "{outcome:?}");
    }

    #[test]
    fn fail_when_clear_speech_lacks_it() {
        assert_eq!(judged(clip(60.0).says(3.0, CHAT)).verdict, Verdict::Fail);
    }

    #[test]
    fn review_in_the_band_between() {
        let outcome = judged(clip(60.0).says(3.0, "您依法享有陈述的权利也可以申请回避").says(20.0, CHAT));
        assert_eq!(outcome.verdict, Verdict::Review, "a part is not whole: {outcome:?}");
        let outcome = judged(clip(60.0).says(3.0, "您没有依法享有陈述申辩的权利也不可以申请回避"));
        assert_eq!(outcome.verdict, Verdict::Review, "negated: {outcome:?}");
    }

    #[test]
    fn not_assessed_when_only_the_opening_was_listened_to() {
        assert_eq!(
            judged(clip(900.0).says(3.0, CHAT).listened_only(0.0, 180.0)).verdict,
            Verdict::NotAssessed
        );
        assert_eq!(judged(clip(60.0).without_sound_track()).verdict, Verdict::NotAssessed);
    }
}
