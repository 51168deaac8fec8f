use crate::evidence::Channel;
use crate::lang::{Prose, Text};

use super::said::{cue_hits, names, opening, span_text, unheard};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params};

pub static CHECK: Check = Check {
    id: "key-stages",
    title: Text::new("关键环节", "key stages"),
    explain: Text::new(
        "列出片中听到的关键环节线索（检查、询问、签字、送达、查封扣押、复查等），附原话和时间，供人工对照查看。\
         依据语音转写按读音查找评查规则列出的说法。哪些环节应当出现取决于案件种类，要由事项清单确定，本项不据此认定缺少某一环节；\
         没有说出来的环节听不到。听到线索的，一律请人工核查；没有线索的，本项不适用，只有评查规则要求每段录像都有某一环节而又没有听全的，才不作判断。",
        "Lists the cues of key stages heard in the clip (inspection, questioning, signing, service, sealing, re-inspection \
         and the like) with quote and time, for a person to look at. The transcript is searched by sound for the wordings \
         that the policy lists. Which stages must occur depends on the kind of case and comes with the list of matters, so \
         no stage is found missing here, and a stage nobody names is not heard. Cues always go to a person. Without cues a \
         clip is not concerned; only where a policy requires a stage of every clip is one that was not listened to \
         throughout not assessed.",
    ),
    basis: Basis::Footage,
    needs: &[Channel::Sound, Channel::Speech],
    params: &[Param {
        name: "stages",
        kind: Kind::Phrases,
        default: Default::None,
        reason: Text::new(
            "各环节的名称和表示该环节的说法。",
            "The stages by name, each with wordings that tell of it.",
        ),
    }],
    judge: Judge::Decides(judge),
};

fn judge(case: &Case, params: &Params) -> Outcome {
    let hits = cue_hits(case.evidence, params.phrases("stages"));
    if let Some(first) = hits.spans.first() {
        let heard = names(&hits.names);
        let summary = Prose::new(
            format!("听到{}的线索（首处 {}），请结合事项清单核查。", heard.zh, span_text(first.span)),
            format!(
                "Cues of {} were heard (first at {}); compare with the list of matters.",
                heard.en,
                span_text(first.span)
            ),
        );
        return hits.outcome(summary);
    }
    let stages = params.phrases("stages");
    match unheard(case.evidence, opening(case.evidence, f64::INFINITY)) {
        None => Outcome::not_applicable(Prose::new(
            "全片未听到关键环节的线索；应有哪些环节须结合事项清单确定。",
            "No cue of a key stage was heard in the whole clip; which stages are due comes with the list of matters.",
        )),
        Some(why) => {
            let summary = Prose::new(
                format!("听到的部分没有关键环节的线索，应有哪些环节须结合事项清单确定；{}", why.zh),
                format!(
                    "No cue of a key stage where the clip was listened to; which stages are due comes with the list of matters; {}",
                    why.en
                ),
            );
            // What no policy and no list calls for need not be listened for to the end.
            match stages.iter().any(|stage| stage.required) {
                true => Outcome::not_assessed(summary),
                false => Outcome::not_applicable(summary),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::said::written::*;
    use super::super::{Value, Verdict};
    use super::*;

    const CHAT: &str = "老板最近生意怎么样还可以周末的客人比较多门口的灯箱是什么时候换的";

    fn judged(clip: Clip) -> Outcome {
        let sign = ("签字", &["请在笔录上签字", "请签字确认"][..]);
        let seal = ("查封扣押", &["依法予以查封", "张贴封条"][..]);
        judged_by(&CHECK, clip, parts("stages", &[sign, seal]))
    }

    #[test]
    fn review_lists_every_cue_with_quote_and_time() {
        let outcome = judged(
            clip(300.0).says(3.0, CHAT).says(100.0, "核对无误请在笔录上签字").says(200.0, "现在张贴封条"),
        );
        assert_eq!(outcome.verdict, Verdict::Review, "{outcome:?}");
        assert_eq!(outcome.quotes.len(), 2);
        assert!(outcome.summary.zh.contains("签字") && outcome.summary.zh.contains("查封扣押"));
    }

    #[test]
    fn never_passes_and_never_fails() {
        assert_eq!(judged(clip(60.0).says(3.0, CHAT)).verdict, Verdict::NotApplicable);
        assert_eq!(judged(clip(60.0)).verdict, Verdict::NotApplicable);
    }

    #[test]
    fn not_assessed_where_it_was_not_listened_to_or_not_understood() {
        let outcome = judged(clip(600.0).says(3.0, CHAT).listened_only(0.0, 180.0));
        assert_eq!(outcome.verdict, Verdict::NotAssessed);
        assert!(outcome.summary.zh.contains("30%"), "{}", outcome.summary.zh);
        assert_eq!(judged(clip(60.0).mumbles(3.0, CHAT)).verdict, Verdict::NotAssessed);
        assert_eq!(judged(clip(60.0).without_model()).verdict, Verdict::NotAssessed);
    }

    #[test]
    fn a_stage_that_no_policy_requires_leaves_nothing_open() {
        let mut stages = parts("stages", &[("签字", &["请在笔录上签字"])]);
        if let Some(Value::Phrases(phrases)) = stages.get_mut("stages") {
            phrases.iter_mut().for_each(|phrase| phrase.required = false);
        }
        let outcome = judged_by(&CHECK, clip(600.0).says(3.0, CHAT).listened_only(0.0, 180.0), stages);
        assert_eq!(outcome.verdict, Verdict::NotApplicable);
        assert!(outcome.summary.zh.contains("30%"), "{}", outcome.summary.zh);
    }
}
