use crate::evidence::Channel;
use crate::lang::{MinutesSeconds, Prose, Text};
use crate::time::Span;

use super::params::Phrase;
use super::said::{Duty, Heard, MissingMeans, cues, due_at_the_start, judge_parts, opening};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params, Verdict};

pub static CHECK: Check = Check {
    id: "announcement",
    title: Text::new("执法告知", "opening announcement"),
    explain: Text::new(
        "检查录制开始后的规定时间内、询问之前，是否说出完整的告知用语。依据语音转写，按读音逐部分比对（不分声调，兼容平翘舌、n/l、f/h、前后鼻音等方音），\
         每一必备部分须完整听到，次序与规定一致；只说一部分、换了关键词或加了“不”等字样的，不算说过。\
         说话清楚而没有说的，判不符合；听不清的，请人工核听；没有声音、没有模型或没有听到的时段，不作判断。\
         文件可能在执法人员按下录制键之前已有数秒预录，预录时间不影响判断。接续前一段的录像（一并检查时按设备和时间判断）不再要求告知。不能辨认说话的人是谁，也不能核对所报姓名是否属实。",
        "Whether the required notice is spoken in full within the window after recording starts, and before questioning. \
         The transcript is compared by sound, part by part (tones free, regional merges of z/zh, n/l, f/h, n/ng allowed). \
         Each required part must be heard whole and in order; a part left out, a key word replaced or a negation added is \
         not the notice. Clear speech without it fails; what was not understood goes to a person; without sound, without a \
         model or where nothing was listened to it is not assessed. Pre-recorded seconds before the officer pressed the \
         button do not count against anybody. Of a clip that goes on with an earlier one, checked together with it, the \
         notice is not asked again. It cannot tell who speaks, nor whether the names given are true.",
    ),
    basis: Basis::Footage,
    needs: &[Channel::Sound, Channel::Speech],
    params: &[
        Param {
            name: "parts",
            kind: Kind::Phrases,
            default: Default::None,
            reason: Text::new(
                "告知用语的各部分，按规定次序；每一部分列出可用的说法，×× 表示姓名、机关等可变内容。",
                "The parts of the notice, in their order; each with the wordings that count, ×× standing for names and the like.",
            ),
        },
        Param {
            name: "window_s",
            kind: Kind::Number { min: 10.0, max: 3600.0 },
            default: Default::Number(180.0),
            reason: Text::new(
                "告知须在录制开始后的这段时间内（秒）。180 秒：最长约 30 秒的预录，加上走到当事人面前、表明来意的时间。",
                "The notice must stand within this time after recording starts, in seconds. 180 s: up to 30 s of pre-recording, \
                 and the time to walk up to the party and say who one is.",
            ),
        },
        Param {
            name: "questioning",
            kind: Kind::Texts,
            default: Default::Texts(&[
                "现在开始询问",
                "现在对你进行询问",
                "依法对你进行询问",
                "现在对您进行询问",
                "依法对您进行询问",
            ]),
            reason: Text::new(
                "表示询问已经开始的说法；在告知之前听到的，请人工核对先后。",
                "Wordings that begin the questioning; heard before the notice, they send the order of the two to a person.",
            ),
        },
    ],
    judge: Judge::Decides(judge),
};

const DUTY: Duty = Duty {
    what: Text::new("执法告知", "the opening announcement"),
    missing: MissingMeans::Fails,
    ordered: true,
};

fn judge(case: &Case, params: &Params) -> Outcome {
    let window_s = params.number("window_s");
    let stretch = opening(case.evidence, window_s);
    let outcome = judge_parts(case.evidence, &DUTY, params.phrases("parts"), stretch);
    let started_s = outcome.spans.iter().map(|part| part.span.start_s).reduce(f64::min);
    let outcome = match started_s {
        Some(started_s) => outcome.measure_against("started_s", started_s, window_s),
        None => outcome,
    };
    due_at_the_start(case.place, after_questioning(case, params, outcome))
}

/// A notice that follows the first question came too late; whether the cue was one is for a person.
fn after_questioning(case: &Case, params: &Params, outcome: Outcome) -> Outcome {
    let ended_s = outcome.spans.iter().map(|part| part.span.end_s).fold(0.0, f64::max);
    let Some(speech) = case.evidence.speech.seen() else { return outcome };
    if outcome.verdict != Verdict::Pass {
        return outcome;
    }
    let before = Heard::new(&speech.segments).within(Span::new(f64::NEG_INFINITY, ended_s));
    let questioning =
        Phrase { name: String::new(), any: params.texts("questioning").to_vec(), required: false };
    let Some(cue) = cues(&questioning, &before).into_iter().next() else { return outcome };
    let at = MinutesSeconds(cue.span.start_s);
    let summary = Prose::new(
        format!("听到完整的执法告知，但此前（{at}）疑似已开始询问，须人工核对先后。"),
        format!(
            "The whole announcement was heard, but questioning seems to have begun before it, at {at}; a person should check the order."
        ),
    );
    Outcome { verdict: Verdict::Review, summary, ..outcome }
        .quote(cue.span.start_s, cue.span.end_s, cue.text)
        .span(cue.span, Prose::new("疑似开始询问", "questioning seems to begin"))
}

#[cfg(test)]
mod tests {
    use super::super::said::written::*;
    use super::*;
    use crate::session::{Between, Join, Place, Source};

    const PROTECT: (&str, &[&str]) = ("保护合法权益", &["为保护您的合法权益"]);
    const SUPERVISE: (&str, &[&str]) = ("监督执法行为", &["监督我们的执法行为", "监督我的执法行为"]);
    const RECORD: (&str, &[&str]) = ("全程录音录像", &["本次执法全程录音录像", "本次执法过程将全程录音录像"]);
    const WHOLE: &str = "为保护您的合法权益监督我们的执法行为本次执法全程录音录像";
    const CHAT: &str = "老板最近生意怎么样还可以周末的客人比较多门口的灯箱是什么时候换的";

    fn judged(clip: Clip) -> Outcome {
        judged_by(&CHECK, clip, parts("parts", &[PROTECT, SUPERVISE, RECORD]))
    }

    #[test]
    fn pass_whole_notice() {
        let outcome = judged(clip(60.0).says(2.0, WHOLE));
        assert_eq!(outcome.verdict, Verdict::Pass, "{outcome:?}");
        assert!(outcome.confidence > 0.8);
        assert_eq!(outcome.quotes.len(), 3);
        assert_eq!(outcome.measures["started_s"], 2.0);
    }

    #[test]
    fn pass_regional_and_misspelt_by_the_recogniser() {
        let heard = "为保户您的合罚权亿监督我门的资法行为本次之法全城录英录相";
        assert_eq!(judged(clip(60.0).says(2.0, heard)).verdict, Verdict::Pass);
    }

    #[test]
    fn fail_clear_talk_of_other_things() {
        let outcome = judged(clip(60.0).says(2.0, CHAT).says(20.0, CHAT));
        assert_eq!(outcome.verdict, Verdict::Fail, "{outcome:?}");
        assert!(outcome.summary.zh.contains("全程录音录像"));
    }

    #[test]
    fn fail_only_the_first_part() {
        let outcome = judged(clip(60.0).says(2.0, "为保护您的合法权益请您配合我们的工作").says(12.0, CHAT));
        assert_eq!(outcome.verdict, Verdict::Fail, "{outcome:?}");
        assert_eq!(outcome.quotes.len(), 1, "what was said is quoted");
    }

    #[test]
    fn fail_nobody_speaks() {
        let outcome = judged(clip(60.0));
        assert_eq!(outcome.verdict, Verdict::Fail);
        assert!(outcome.summary.en.contains("nobody speaks"), "{}", outcome.summary.en);
    }

    #[test]
    fn fail_only_after_the_window() {
        let outcome = judged(clip(600.0).says(2.0, CHAT).says(250.0, WHOLE));
        assert_eq!(outcome.verdict, Verdict::Fail, "{outcome:?}");
        assert!(outcome.summary.zh.contains("4:"), "{}", outcome.summary.zh);
    }

    #[test]
    fn review_nearly_right_wordings() {
        for record in [
            "本次执法全程录音",
            "本次执法全程录像",
            "本次执法不录音录像",
            "本次执法将不进行全程录音录像",
            "本次执法全程拍照录像",
            "上次执法全程录音录像",
            "本次执法录音录像",
        ] {
            let heard = format!("为保护您的合法权益监督我们的执法行为{record}");
            let outcome = judged(clip(60.0).says(2.0, &heard).says(20.0, CHAT));
            assert!(matches!(outcome.verdict, Verdict::Review | Verdict::Fail), "{record}: {outcome:?}");
        }
    }

    #[test]
    fn review_where_speech_was_not_understood() {
        let outcome = judged(clip(60.0).mumbles(2.0, CHAT));
        assert_eq!(outcome.verdict, Verdict::Review, "{outcome:?}");
        let outcome = judged(clip(60.0).voice_without_words(2.0, 20.0));
        assert_eq!(outcome.verdict, Verdict::Review, "{outcome:?}");
    }

    #[test]
    fn review_out_of_order() {
        let heard = "本次执法全程录音录像监督我们的执法行为为保护您的合法权益";
        assert_eq!(judged(clip(60.0).says(2.0, heard)).verdict, Verdict::Review);
    }

    #[test]
    fn pass_when_said_twice_with_different_parts_heard_better() {
        let first = "为保户您的合法权益监督我们的执法行为本次执法全程录音录相";
        let again = "为保护您的合法权益监督我门的执发行为本次执法全城录音录像";
        let outcome = judged(clip(90.0).says(2.0, first).says(30.0, again));
        assert_eq!(outcome.verdict, Verdict::Pass, "{outcome:?}");
        assert!(outcome.spans.iter().all(|part| part.span.end_s < 20.0), "the first saying: {outcome:?}");
    }

    #[test]
    fn a_segment_that_goes_on_with_another_is_not_asked_again() {
        let at_once = Between { seconds_s: 0.0, uncertainty_s: 0.2, source: Source::Clock, steady: true };
        let join = crate::checks::testing::join(at_once);
        let judged = |said: &str, join: Join| {
            let params =
                Params::resolve(CHECK.params, parts("parts", &[PROTECT, SUPERVISE, RECORD])).unwrap();
            let place = Place { given: 2, timed: true, before: Some(join), after: None };
            let clip = clip(60.0).says(2.0, said);
            CHECK.judge(&Case { place: &place, ..Case::alone(clip.evidence()) }, &params)
        };
        let outcome = judged(CHAT, join.clone());
        assert_eq!(outcome.verdict, Verdict::NotApplicable, "{outcome:?}");
        assert!(outcome.summary.zh.contains("J1_0001.MP4"));
        assert_eq!(judged(WHOLE, join.clone()).verdict, Verdict::Pass);
        let days_later = Between { seconds_s: 200_000.0, ..at_once };
        assert_eq!(judged(CHAT, Join { between: Some(days_later), ..join }).verdict, Verdict::Fail);
    }

    #[test]
    fn review_after_questioning_began() {
        let outcome = judged(clip(90.0).says(2.0, "现在对你进行询问请如实回答").says(20.0, WHOLE));
        assert_eq!(outcome.verdict, Verdict::Review, "{outcome:?}");
        assert!(outcome.summary.zh.contains("询问"));
    }

    #[test]
    fn review_by_the_demonstration_model() {
        let outcome = judged(clip(60.0).says(2.0, WHOLE).demonstration());
        assert_eq!(outcome.verdict, Verdict::Review);
        let outcome = judged(clip(60.0).says(2.0, CHAT).demonstration());
        assert_eq!(outcome.verdict, Verdict::Review);
        assert_eq!(judged(clip(60.0).demonstration()).verdict, Verdict::Fail, "silence needs no model");
    }

    #[test]
    fn review_or_not_assessed_when_sound_is_lost() {
        assert_eq!(judged(clip(60.0).sound_lost(0.0, 58.0)).verdict, Verdict::NotAssessed);
        assert_eq!(judged(clip(60.0).says(2.0, CHAT).sound_lost(30.0, 50.0)).verdict, Verdict::Review);
    }

    #[test]
    fn not_assessed_without_sound_track_or_model_or_ears() {
        assert_eq!(judged(clip(60.0).without_sound_track()).verdict, Verdict::NotAssessed);
        assert_eq!(judged(clip(60.0).without_model()).verdict, Verdict::NotAssessed);
        let outcome = judged(clip(60.0).says(2.0, CHAT).listened_only(0.0, 20.0));
        assert_eq!(outcome.verdict, Verdict::NotAssessed, "{outcome:?}");
    }

    #[test]
    fn pass_although_the_rest_was_not_listened_to() {
        assert_eq!(judged(clip(60.0).says(2.0, WHOLE).listened_only(0.0, 20.0)).verdict, Verdict::Pass);
    }

    #[test]
    fn names_fill_the_open_words() {
        let named = ("姓名", &["执法人员×××、×××"][..]);
        let judged =
            |heard: &str| judged_by(&CHECK, clip(60.0).says(2.0, heard), parts("parts", &[named, PROTECT]));
        let outcome = judged("我们是江源区文广旅局执法人员张伟李娜为保护您的合法权益");
        assert_eq!(outcome.verdict, Verdict::Pass, "{outcome:?}");
        assert!(outcome.spans[0].label.zh.contains("张伟李娜"), "{}", outcome.spans[0].label.zh);
        let outcome = judged("我们是江源区文广旅局执法人员为保护您的合法权益");
        assert_eq!(outcome.verdict, Verdict::Review, "nobody was named: {outcome:?}");
    }
}
