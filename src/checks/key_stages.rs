use crate::evidence::{Channel, Evidence, SeenThing, ThingKind};
use crate::lang::{MinutesSeconds, Prose, Text};
use crate::records::Matter;

use super::recorded::{UNSURE, means};
use super::said::{cue_hits, names, opening, span_text, unheard};
use super::words_and_pictures::also;
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params, Verdict};
use crate::time::Span;

pub static CHECK: Check = Check {
    id: "key-stages",
    title: Text::new("关键环节", "key stages"),
    explain: Text::new(
        "列出片中听到的关键环节线索（检查、询问、签字、送达、查封扣押、复查等），附原话和时间，以及画面中读出标题的文书（笔录、\
         通知书、决定书、告知书、送达回证、清单），附时间和画面，供人工对照查看。语音转写按读音查找评查规则列出的说法；文书按抽取画面中的\
         文字辨认，是否签字、当面交付看不出，也可能只是放在一旁。哪些环节应当出现取决于案件种类，要由事项清单确定，本项不据此认定缺少某一环节；\
         没有说出来又没有亮出文书的环节发现不了。台账登记了这次执法应录环节的，另指出其中没有听到线索的。听到或者看到线索的，一律请人工核查；没有线索的，本项不适用，只有评查规则要求每段录像都有某一环节而又没有听全的，才不作判断。",
        "Lists the cues of key stages heard in the clip (inspection, questioning, signing, service, sealing, re-inspection \
         and the like) with quote and time, and the papers of which a title was read in the picture (record, notice, decision, \
         proof of service, list) with time and still, for a person to look at. The transcript is searched by sound for the \
         wordings that the policy lists; papers are told by text in sampled pictures, and whether one was signed or handed over \
         is not seen: it may merely lie there. Which stages must occur depends on the kind of case and comes with the list of matters, so \
         no stage is found missing here, and a stage that nobody names and no paper shows is not noticed. Where the records name the stages due at the \
         event, those of which no cue was heard are named as well. Cues always go to a person. Without cues a \
         clip is not concerned; only where a policy requires a stage of every clip is one that was not listened to \
         throughout not assessed.",
    ),
    basis: Basis::Footage,
    needs: &[],
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

/// Words in the titles of papers that are made out, signed or served at a visit (行政处罚程序规定 and the forms that the
/// regulations name). Other words of papers do not tell which one it is.
const TITLES: [&str; 6] = ["笔录", "通知书", "决定书", "告知书", "送达回证", "清单"];

/// Words and papers; each tells by itself, and neither makes a stage certain.
fn judge(case: &Case, params: &Params) -> Outcome {
    let unheard =
        [Channel::Sound, Channel::Speech].iter().find_map(|&channel| case.evidence.absence(channel));
    let papers = papers(case.evidence);
    let heard = match unheard {
        // With papers the clause is assessed, though not by words.
        Some(absence) if !papers.is_empty() => {
            Outcome::not_assessed(absence.prose().sentence("未能听取线索：", "Cues were not listened for: "))
        }
        Some(absence) => Outcome::not_assessed(absence.prose().sentence("未能检查：", "Not assessed: ")),
        None => by_words(case, params),
    };
    with_papers(heard, &papers)
}

/// A paper that was seen, and the titles read on it.
struct Paper<'a> {
    thing: &'a SeenThing,
    titles: Vec<&'static str>,
}

fn papers(evidence: &Evidence) -> Vec<Paper<'_>> {
    let things = evidence.sight.seen().map_or(&[][..], |sight| &sight.things).iter();
    things
        .filter(|thing| thing.kind == ThingKind::Document)
        .map(|thing| {
            let read = |title: &&str| thing.words.iter().any(|word| word == title);
            Paper { thing, titles: TITLES.into_iter().filter(read).collect() }
        })
        .filter(|paper| !paper.titles.is_empty())
        .collect()
}

/// Adds the papers, with a still of the first of each title; where there are some a person looks.
fn with_papers(heard: Outcome, papers: &[Paper]) -> Outcome {
    let Some(first) = papers.first() else { return heard };
    let mut titles: Vec<&str> = Vec::new();
    let mut outcome = heard;
    for Paper { thing, titles: own } in papers {
        let label = Prose::new(
            format!("画面中的文书：{}", own.join("、")),
            format!("paper in view: {}", own.join(", ")),
        );
        outcome = outcome.span(Span::new(thing.start_s, thing.end_s), label);
        if own.iter().any(|title| !titles.contains(title)) {
            outcome = outcome.still(thing.at_s);
        }
        titles.extend(own.iter().filter(|title| !titles.contains(title)).collect::<Vec<_>>());
    }
    if outcome.verdict != Verdict::Review {
        (outcome.verdict, outcome.confidence) = (Verdict::Review, UNSURE);
    }
    outcome.spans.sort_by(|a, b| a.span.start_s.total_cmp(&b.span.start_s));
    let (titles, at) = (names(&titles), MinutesSeconds(first.thing.at_s));
    let seen = Prose::new(
        format!("画面中看到文书{}（首处 {at}），是否签字、交付请人工查看。", titles.zh),
        format!(
            " Papers were seen: {} (first at {at}); whether they were signed or handed over is for a person to see.",
            titles.en
        ),
    );
    also(outcome, seen).measure("papers", papers.len() as f64)
}

fn by_words(case: &Case, params: &Params) -> Outcome {
    let hits = cue_hits(case.evidence, params.phrases("stages"));
    let due = due(case);
    let silent: Vec<&str> = due
        .iter()
        .map(String::as_str)
        .filter(|stage| !hits.names.iter().any(|name| means(stage, name)))
        .collect();
    let lacking = match silent.is_empty() {
        true => Prose::default(),
        false => {
            let silent = names(&silent);
            Prose::new(
                format!("台账所列应录环节中，没有听到{}的线索；", silent.zh),
                format!("Of the stages that the records name, no cue of {} was heard; ", silent.en),
            )
        }
    };
    if let Some(first) = hits.spans.first() {
        let heard = names(&hits.names);
        let summary = Prose::new(
            format!(
                "{}听到{}的线索（首处 {}），请结合事项清单核查。",
                lacking.zh,
                heard.zh,
                span_text(first.span)
            ),
            format!(
                "{}cues of {} were heard (first at {}); compare with the list of matters.",
                lacking.en,
                heard.en,
                span_text(first.span)
            ),
        );
        return hits.outcome(summary);
    }
    if !due.is_empty() {
        return unheard_stages(case, &lacking);
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

/// Stages are due, and no cue of any was heard: they may have been filmed without a word.
fn unheard_stages(case: &Case, lacking: &Prose) -> Outcome {
    match unheard(case.evidence, opening(case.evidence, f64::INFINITY)) {
        None => Outcome::review(
            UNSURE,
            Prose::new(
                format!("{}请人工查看是否录到。", lacking.zh),
                format!("{}whether they were recorded is for a person to see.", lacking.en),
            ),
        ),
        Some(why) => Outcome::not_assessed(Prose::new(
            format!("{}{}", lacking.zh, why.zh),
            format!("{}{}", lacking.en, why.en),
        )),
    }
}

/// The stages that must be recorded at the clip's event: those that the case list names, else those
/// that the list of matters names for its matter.
fn due(case: &Case) -> Vec<String> {
    let Some((extract, event)) = case.records.and_then(|extract| Some((extract, extract.event?))) else {
        return Vec::new();
    };
    if !event.stages.is_empty() {
        return event.stages.clone();
    }
    let of_matter = |matter: &&Matter| {
        event.matter.as_deref().zip(matter.matter.as_deref()).is_some_and(|(own, listed)| means(own, listed))
    };
    extract.records.rows.matters.iter().filter(of_matter).flat_map(|matter| matter.stage.clone()).collect()
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
    fn stages_that_the_records_call_for_are_named_where_no_cue_was_heard() {
        use super::super::testing::records::{naming, read};
        use crate::records::{Calendar, Matcher, Subject};

        let set = parts("stages", &[("签字", &["请在笔录上签字"][..]), ("查封扣押", &["张贴封条"][..])]);
        let params = Params::resolve(CHECK.params, set).unwrap();
        let judged = |clip: Clip, event: serde_json::Value| {
            let mut evidence = clip.evidence().clone();
            evidence.clip.name = "a.mp4".to_owned();
            let records = read(serde_json::json!({
                "events": [event], "clips": [{"file": "a.mp4", "event": "E1"}],
                "matters": [{"matter": "调查取证", "stage": "调查笔录"}],
            }));
            let calendar = Calendar::official();
            let matcher =
                Matcher::new(&records, &calendar, vec![Subject::of(&evidence, &naming())], &naming().zone);
            let extract = matcher.extract(0);
            CHECK.judge(&Case { records: extract.as_ref(), ..Case::alone(&evidence) }, &params)
        };
        let listed = serde_json::json!({"number": "E1", "stages": "签字、查封扣押"});
        let outcome = judged(clip(60.0).says(3.0, "核对无误请在笔录上签字"), listed.clone());
        assert_eq!(outcome.verdict, Verdict::Review);
        assert!(
            outcome.summary.zh.starts_with("台账所列应录环节中，没有听到“查封扣押”的线索"),
            "{}",
            outcome.summary.zh
        );
        assert_eq!(judged(clip(60.0).says(3.0, CHAT), listed.clone()).verdict, Verdict::Review);
        assert_eq!(judged(clip(60.0).without_model(), listed).verdict, Verdict::NotAssessed);
        let by_matter =
            judged(clip(60.0).says(3.0, CHAT), serde_json::json!({"number": "E1", "matter": "调查取证"}));
        assert!(by_matter.summary.zh.contains("调查笔录"), "{}", by_matter.summary.zh);
        let none = judged(clip(60.0).says(3.0, CHAT), serde_json::json!({"number": "E1", "matter": "送达"}));
        assert_eq!(none.verdict, Verdict::NotApplicable);
    }

    fn paper(at_s: f64, words: &[&str]) -> SeenThing {
        SeenThing {
            kind: ThingKind::Document,
            start_s: at_s - 1.0,
            end_s: at_s + 3.0,
            uncertainty_s: 0.5,
            at_s,
            seen: Span::new(at_s, at_s + 2.0),
            pictures: 2,
            region: crate::evidence::Region::default(),
            size: 0.3,
            growth: 1.0,
            confidence: 0.8,
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            lines: Vec::new(),
            name: None,
            number: None,
        }
    }

    #[test]
    fn papers_with_a_title_are_shown_with_or_without_words() {
        let seen = [paper(20.0, &["笔录", "当事人"]), paper(40.0, &["笔录"]), paper(50.0, &["送达回证"])];
        for clip in [clip(60.0).says(3.0, CHAT), clip(60.0).without_model(), clip(60.0).without_sound_track()]
        {
            let outcome = judged(clip.sees(seen.clone()));
            assert_eq!(outcome.verdict, Verdict::Review, "{outcome:?}");
            assert!(outcome.summary.zh.contains("“笔录”、“送达回证”（首处 0:20"), "{}", outcome.summary.zh);
            assert_eq!((outcome.spans.len(), outcome.stills_at_s), (3, vec![20.0, 50.0]));
        }
        let both = judged(clip(60.0).says(30.0, "核对无误请在笔录上签字").sees(seen));
        assert_eq!((both.verdict, both.quotes.len(), both.spans.len()), (Verdict::Review, 1, 4));
        assert!(both.spans.is_sorted_by(|a, b| a.span.start_s <= b.span.start_s));
    }

    #[test]
    fn papers_without_a_title_and_other_things_are_no_stage() {
        let licence = SeenThing { kind: ThingKind::Licence, ..paper(20.0, &["营业执照", "清单"]) };
        for thing in [paper(20.0, &["当事人", "签名"]), licence] {
            assert_eq!(judged(clip(60.0).says(3.0, CHAT).sees([thing])).verdict, Verdict::NotApplicable);
        }
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
