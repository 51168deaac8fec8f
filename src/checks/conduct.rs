use crate::evidence::Channel;
use crate::lang::{Prose, Text};

use super::said::{cue_hits, opening, span_text, unheard};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params, Verdict};

pub static CHECK: Check = Check {
    id: "conduct",
    title: Text::new("文明用语", "conduct"),
    explain: Text::new(
        "在语音转写中按读音查找评查规则列出的忌语和冲突用语，附原话和时间，提示人工核听。只是线索，绝不据此认定任何人的责任：\
         可能是当事人或旁人所说，也可能是识别错误、引述或同音。听到线索的，一律请人工核查；全片听清而没有线索的，通过；\
         没有听全或者听不清的，不作判断。语气、动作和未列出的用语不在检查之内。",
        "Searches the transcript by sound for the taboo and conflict phrases that the policy lists, and hands them with quote \
         and time to a person. They are cues and no judgement of anybody: the party or a bystander may have spoken, it may \
         be a misrecognition, a quotation or a homophone. Cues always go to a person; a clip heard clearly throughout \
         without cues passes; one that was not is not assessed. Tone, gestures and phrases not listed are not looked at.",
    ),
    basis: Basis::Footage,
    needs: &[Channel::Sound, Channel::Speech],
    params: &[Param {
        name: "phrases",
        kind: Kind::Phrases,
        default: Default::None,
        reason: Text::new("忌语和冲突用语，分组列出。", "Taboo and conflict phrases, in named groups."),
    }],
    judge: Judge::Decides(judge),
};

/// How sure the absence of listed phrases is at best: a recogniser may mishear one.
const PASS_CONFIDENCE: f64 = 0.8;

fn judge(case: &Case, params: &Params) -> Outcome {
    let hits = cue_hits(case.evidence, params.phrases("phrases"));
    if let Some(first) = hits.spans.first() {
        let (count, at) = (hits.spans.len(), span_text(first.span));
        return hits.outcome(Prose::new(
            format!("听到疑似不文明或冲突用语 {count} 处（首处 {at}），说话人不明，请人工核听。"),
            format!("{count} suspected taboo or conflict phrases were heard (first at {at}); who spoke is unknown, a person should listen."),
        ));
    }
    if let Some(why) = unheard(case.evidence, opening(case.evidence, f64::INFINITY)) {
        return Outcome::not_assessed(Prose::new(
            format!("听到的部分没有所列用语；{}", why.zh),
            format!("None of the listed phrases where the clip was listened to; {}", why.en),
        ));
    }
    let demonstration = case.evidence.speech.seen().is_some_and(|speech| speech.demonstration_model);
    if demonstration {
        return Outcome::new(
            Verdict::Review,
            0.5,
            Prose::new(
                "演示模型全片未听到所列用语；其结果不能作为结论，须人工核听。",
                "The demonstration model heard none of the listed phrases; it carries no verdict, a person should listen.",
            ),
        );
    }
    Outcome::pass(
        PASS_CONFIDENCE,
        Prose::new(
            "全片已听，未听到所列不文明或冲突用语。",
            "The whole clip was listened to; none of the listed taboo or conflict phrases was heard.",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::super::said::written::*;
    use super::*;

    const CHAT: &str = "老板最近生意怎么样还可以周末的客人比较多门口的灯箱是什么时候换的";

    fn judged(clip: Clip) -> Outcome {
        let abuse = ("辱骂", &["王八蛋", "神经病", "滚出去"][..]);
        let threat = ("威胁", &["你等着瞧", "信不信我××你"][..]);
        judged_by(&CHECK, clip, parts("phrases", &[abuse, threat]))
    }

    #[test]
    fn pass_when_all_was_heard_and_nothing_listed() {
        assert_eq!(judged(clip(60.0).says(3.0, CHAT)).verdict, Verdict::Pass);
    }

    #[test]
    fn review_never_fail_for_a_hit() {
        let outcome = judged(clip(60.0).says(3.0, CHAT).says(20.0, "你给我滚出去你等着瞧"));
        assert_eq!(outcome.verdict, Verdict::Review, "{outcome:?}");
        assert_eq!(outcome.quotes.len(), 2);
    }

    #[test]
    fn homophones_of_short_phrases_are_no_hits() {
        let outcome = judged(clip(60.0).says(3.0, "网吧单子已经打印好了神经科看病的人很多"));
        assert_eq!(outcome.verdict, Verdict::Pass, "{outcome:?}");
    }

    #[test]
    fn review_by_the_demonstration_model() {
        assert_eq!(judged(clip(60.0).says(3.0, CHAT).demonstration()).verdict, Verdict::Review);
    }

    #[test]
    fn not_assessed_for_the_rest() {
        let outcome = judged(clip(600.0).says(3.0, CHAT).listened_only(0.0, 180.0));
        assert_eq!(outcome.verdict, Verdict::NotAssessed, "{outcome:?}");
        assert_eq!(judged(clip(60.0).mumbles(3.0, CHAT)).verdict, Verdict::NotAssessed);
        assert_eq!(judged(clip(60.0).without_sound_track()).verdict, Verdict::NotAssessed);
    }
}
