use crate::evidence::{SeenThing, SightFacts, ThingKind};
use crate::lang::{MinutesSeconds, Prose, Text};
use crate::time::Span;

use super::said::{Duty, MissingMeans, names, opening, span_text};
use super::words_and_pictures::{also, by_words, passed_by_pictures, without_pictures};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params, Verdict};

pub static CHECK: Check = Check {
    id: "credential-display",
    title: Text::new("出示执法证件", "credential shown"),
    explain: Text::new(
        "检查是否出示执法证件：以语音说明（如“这是我们的执法证件，请看清”），或在画面中向镜头出示。语音按读音在全片的转写中比对；画面在开头和提到证件的\
         前后细看，其余按关键帧稀疏查看，找出带文字的证件、证件夹，读出文字，有“行政执法证”“姓名、单位、证号”等字样，且足够大或移近镜头、停留片刻的，算出示。\
         两者有一即为符合，都有则互相印证。胸牌、挂绳、身份证、驾驶证、营业执照、文书等不算出示，报告写明看到的是什么。没有听到也没有看到的，不等于没有出示\
         （证件可能过小、模糊、反光，或在未细看的片段中），由人工查看，从不判为不符合。台账登记了执法人员的，另比对证件上读出的姓名。不能核对证件真伪。",
        "Whether the credential is presented: announced aloud (“这是我们的执法证件，请看清”) or shown to the camera. Words are \
         compared by sound in the transcript of the whole clip. Pictures are looked at closely in the opening and around words \
         about credentials, sparsely by key frames elsewhere: cards and folders with text are found and read; one with words \
         such as 行政执法证 or 姓名, 单位, 证号 that is large enough or comes nearer, and stays for a moment, counts. Either is \
         enough, both confirm each other. A worn badge, a lanyard, an identity card, a driving licence, a shop's licence or a \
         paper is no presentation; the report says what was seen instead. Where nothing was heard or seen the credential may \
         still have been shown (too small, blurred, in glare, or in a stretch that was looked at sparsely): a person looks, and \
         this never fails. Where the records name the officers, a name that was read is compared. It cannot tell whether a \
         credential is genuine.",
    ),
    basis: Basis::Footage,
    // Words or pictures are enough, so it asks for neither; the plan has both observed.
    needs: &[],
    params: &[
        Param {
            name: "parts",
            kind: Kind::Phrases,
            default: Default::None,
            reason: Text::new(
                "出示证件时的说法，×× 表示证号、姓名等可变内容。",
                "Wordings that accompany the presentation; ×× stands for a number or a name.",
            ),
        },
        Param {
            name: "min_shown_s",
            kind: Kind::Number { min: 0.0, max: 60.0 },
            default: Default::Number(0.5),
            reason: Text::new(
                "文字可读的时间（秒），由两帧以上看到，前后各算到与未看到它的画面的正中；举起和放下时文字模糊，不计在内。短于此的多为一闪而过。",
                "Its text can be found for at least so long, in two pictures or more, half the time to the pictures without it \
                 counted in; while it is raised and lowered it is blurred, which does not count. What is shorter flits by.",
            ),
        },
        Param {
            name: "min_size_share",
            kind: Kind::Number { min: 0.0, max: 1.0 },
            default: Default::Number(0.1),
            reason: Text::new(
                "证件文字区域的对角线与画面宽度之比；佩戴在胸前的证件多在 0.1 以下，递到镜头前的在 0.15 以上，只有标题的封面可小到 0.11。\
                 移近镜头使其增大四成以上的，减半。",
                "Diagonal of the credential's text over the picture's width: worn on the chest it stays below 0.1, held before the \
                 camera it is above 0.15, or 0.11 where a cover bears its title alone. For one that comes nearer, growing by two \
                 fifths and more, half of it is enough.",
            ),
        },
    ],
    judge: Judge::Decides(judge),
};

const DUTY: Duty = Duty {
    what: Text::new("出示执法证件的说明", "the announcement of the credential"),
    missing: MissingMeans::OtherwiseMet(Text::new(
        "证件也可能在画面中出示。",
        "The credential may have been shown in the picture.",
    )),
    ordered: false,
};

/// A credential that grew by this factor was brought nearer.
const NEARER: f32 = 1.4;
/// Words that tell a credential less surely than this leave it to a person.
const SURE: f32 = 0.7;
const REVIEW_CONFIDENCE: f64 = 0.5;

fn judge(case: &Case, params: &Params) -> Outcome {
    let evidence = case.evidence;
    let spoken = by_words(evidence, &DUTY, params.phrases("parts"), opening(evidence, f64::INFINITY));
    let Some(sight) = evidence.sight.seen() else { return without_pictures(spoken, evidence) };
    let credentials: Vec<&SeenThing> =
        sight.things.iter().filter(|thing| thing.kind == ThingKind::Credential).collect();
    let (presented, others): (Vec<&SeenThing>, Vec<&SeenThing>) =
        credentials.into_iter().partition(|thing| is_presented(thing, params));
    let instead = instead(sight, &others);
    let (sure, doubtful): (Vec<&SeenThing>, Vec<&SeenThing>) =
        presented.into_iter().partition(|thing| thing.confidence >= SURE);
    let outcome = if let Some(first) = sure.first() {
        let outcome = shown(spoken, first, sure.len());
        compared(outcome, case, &sure)
    } else if spoken.verdict == Verdict::Pass {
        also(spoken, instead)
    } else if let Some(first) = doubtful.first() {
        let at = span_text(span(first));
        Outcome::review(
            REVIEW_CONFIDENCE,
            Prose::new(
                format!("画面中有疑似执法证件（{at}），文字不能确认，请人工查看。{}", instead.zh),
                format!(
                    "Something like a credential is seen ({at}), its words are unsure; a person should look.{}",
                    instead.en
                ),
            ),
        )
    } else {
        nothing(spoken, sight, instead)
    };
    with_pictures(outcome, if sure.is_empty() { &doubtful } else { &sure })
}

fn is_presented(thing: &SeenThing, params: &Params) -> bool {
    let min_size = params.number("min_size_share") as f32;
    let large = thing.size >= min_size || (thing.growth >= NEARER && thing.size >= min_size / 2.0);
    large && thing.pictures > 1 && span(thing).duration_s() >= params.number("min_shown_s")
}

fn span(thing: &SeenThing) -> Span {
    Span::new(thing.start_s, thing.end_s)
}

fn shown(spoken: Outcome, first: &SeenThing, count: usize) -> Outcome {
    let at = span_text(span(first));
    let words: Vec<&str> = first.words.iter().map(String::as_str).collect();
    let words = names(&words);
    let (times_zh, times_en) = match count {
        1 => (String::new(), String::new()),
        _ => (format!("，共 {count} 次"), format!(", {count} times")),
    };
    passed_by_pictures(spoken, f64::from(first.confidence), |also_heard| {
        let (heard_zh, heard_en) = match also_heard {
            true => ("，并听到说明", ", and it was announced"),
            false => ("", ""),
        };
        Prose::new(
            format!("画面中看到出示执法证件（{at}{times_zh}，读到{}）{heard_zh}。", words.zh),
            format!("A credential is shown ({at}{times_en}; read: {}){heard_en}.", words.en),
        )
    })
}

/// Neither heard for certain nor seen.
fn nothing(spoken: Outcome, sight: &SightFacts, instead: Prose) -> Outcome {
    let watched_s: f64 = sight.watched.iter().map(|span| span.duration_s()).sum();
    let looked = Prose::new(
        format!("画面中未看到出示执法证件（细看 {watched_s:.0} 秒，其余稀疏查看）。{}", instead.zh),
        format!(
            " No credential is seen to be shown ({watched_s:.0} s were looked at closely, the rest sparsely).{}",
            instead.en
        ),
    );
    let mut outcome = also(spoken, looked);
    if outcome.verdict != Verdict::Review {
        outcome.verdict = Verdict::Review;
        outcome.confidence = REVIEW_CONFIDENCE;
    }
    outcome
}

/// What was seen that is no presentation.
fn instead(sight: &SightFacts, others: &[&SeenThing]) -> Prose {
    const NAMED: usize = 4;
    let worn = others.iter().map(|thing| {
        (
            Text::new(
                "未向镜头出示的执法证件（如胸牌）",
                "a credential that is not presented (a worn badge)",
            ),
            thing.at_s,
        )
    });
    let things =
        sight.things.iter().filter(|thing| !matches!(thing.kind, ThingKind::Credential | ThingKind::Unknown));
    let things = things.map(|thing| (thing.kind.text(), thing.at_s));
    let mut named: Vec<(Text, f64)> = Vec::new();
    for (text, at_s) in worn.chain(things) {
        if named.len() < NAMED && named.iter().all(|(known, _)| known.en != text.en) {
            named.push((text, at_s));
        }
    }
    if named.is_empty() {
        return Prose::default();
    }
    let list = |zh: bool| {
        let each = named.iter().map(|(text, at_s)| {
            let at = MinutesSeconds(*at_s);
            if zh { format!("{}（{at}）", text.zh) } else { format!("{} ({at})", text.en) }
        });
        each.collect::<Vec<_>>().join(if zh { "、" } else { ", " })
    };
    Prose::new(
        format!("另看到{}，不算出示。", list(true)),
        format!(" Seen besides, which is no presentation: {}.", list(false)),
    )
}

/// A name on the credential against the officers that the records name.
fn compared(outcome: Outcome, case: &Case, shown: &[&SeenThing]) -> Outcome {
    let Some(event) = case.records.and_then(|extract| extract.event) else { return outcome };
    let read: Vec<&str> = shown.iter().filter_map(|thing| thing.name.as_deref()).collect();
    if event.officers.is_empty() || read.is_empty() {
        return outcome;
    }
    let listed = |name: &str| event.officers.iter().any(|officer| officer.trim() == name);
    match read.iter().all(|name| listed(name)) {
        true => also(
            outcome,
            Prose::new(
                "证件上读出的姓名与台账登记的执法人员一致。",
                " The name that was read is that of an officer in the records.",
            ),
        ),
        // A misread character is likelier than another officer.
        false => also(
            outcome,
            Prose::new(
                "证件上读出的姓名与台账登记的执法人员不一致，可能误读，请人工核对。",
                " The name that was read is not among the officers in the records; it may be misread, compare by eye.",
            ),
        ),
    }
}

fn with_pictures(outcome: Outcome, shown: &[&SeenThing]) -> Outcome {
    const STILLS: usize = 3;
    let mut outcome = outcome;
    for thing in shown {
        outcome = outcome.span(span(thing), Prose::new("画面中出示执法证件", "credential shown"));
    }
    for thing in shown.iter().take(STILLS) {
        outcome = outcome.still(thing.at_s);
    }
    match shown.first() {
        Some(first) => outcome
            .measure("credential-pictures", f64::from(first.pictures))
            .measure("credential-size-share", f64::from(first.size))
            .measure("credential-seen-s", span(first).duration_s()),
        None => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::super::said::written::*;
    use super::*;
    use crate::evidence::AbsenceReason;
    use crate::evidence::Observation;

    const CHAT: &str = "老板最近生意怎么样还可以周末的客人比较多门口的灯箱是什么时候换的";

    fn judged(clip: Clip) -> Outcome {
        let shown = ("出示执法证件", &["这是我们的执法证件", "执法证号××这是我的执法证件"][..]);
        judged_by(&CHECK, clip, parts("parts", &[shown]))
    }

    fn credential() -> SeenThing {
        SeenThing {
            kind: ThingKind::Credential,
            start_s: 11.5,
            end_s: 15.5,
            uncertainty_s: 0.5,
            at_s: 13.0,
            seen: Span::new(12.0, 15.0),
            pictures: 4,
            region: crate::evidence::Region::default(),
            size: 0.3,
            growth: 1.2,
            confidence: 0.95,
            words: vec!["行政执法证".to_owned(), "姓名".to_owned()],
            lines: Vec::new(),
            name: Some("张伟".to_owned()),
            number: Some("16010012".to_owned()),
        }
    }

    #[test]
    fn pass_when_announced_and_the_number_is_quoted() {
        assert_eq!(judged(clip(60.0).says(3.0, "这是我们的执法证件请看清")).verdict, Verdict::Pass);
        let outcome = judged(clip(60.0).says(3.0, "执法证号16010012这是我的执法证件"));
        assert_eq!(outcome.verdict, Verdict::Pass, "{outcome:?}");
        assert!(outcome.spans[0].label.zh.contains("一六零一零零一二"), "{}", outcome.spans[0].label.zh);
    }

    #[test]
    fn pass_when_seen_with_or_without_words() {
        let silent = judged(clip(60.0).says(3.0, CHAT).sees([credential()]));
        assert_eq!(silent.verdict, Verdict::Pass, "{silent:?}");
        assert_eq!((silent.spans.len(), silent.stills_at_s.len()), (1, 1));
        assert!(!silent.summary.zh.contains("张伟") && !silent.summary.zh.contains("16010012"));
        let both = judged(clip(60.0).says(12.0, "这是我们的执法证件请看清").sees([credential()]));
        assert!(both.confidence > silent.confidence && both.summary.zh.contains("听到"), "{both:?}");
        let deaf = judged(clip(60.0).without_model().sees([credential()]));
        assert_eq!(deaf.verdict, Verdict::Pass);
    }

    #[test]
    fn what_is_no_presentation_is_named_and_never_passes() {
        let worn = SeenThing { size: 0.08, ..credential() };
        let outcome = judged(clip(60.0).says(3.0, CHAT).sees([worn]));
        assert_eq!(outcome.verdict, Verdict::Review);
        assert!(outcome.summary.zh.contains("胸牌"), "{}", outcome.summary.zh);
        let identity = SeenThing { kind: ThingKind::IdentityCard, ..credential() };
        let outcome = judged(clip(60.0).says(3.0, CHAT).sees([identity]));
        assert!(outcome.verdict == Verdict::Review && outcome.summary.zh.contains("居民身份证"));
        let glimpse = SeenThing { pictures: 1, seen: Span::new(12.0, 12.0), ..credential() };
        let flit = SeenThing { start_s: 12.0, end_s: 12.4, ..credential() };
        assert_eq!(judged(clip(60.0).says(3.0, CHAT).sees([flit])).verdict, Verdict::Review);
        assert_eq!(judged(clip(60.0).says(3.0, CHAT).sees([glimpse])).verdict, Verdict::Review);
        let doubtful = SeenThing { confidence: 0.5, ..credential() };
        assert_eq!(judged(clip(60.0).says(3.0, CHAT).sees([doubtful])).verdict, Verdict::Review);
        let nearer = SeenThing { size: 0.06, growth: 1.8, ..credential() };
        assert_eq!(judged(clip(60.0).says(3.0, CHAT).sees([nearer])).verdict, Verdict::Pass);
    }

    #[test]
    fn never_fails_where_nothing_was_seen_or_the_picture_was_not_looked_at() {
        assert_eq!(judged(clip(60.0).says(3.0, CHAT).sees([])).verdict, Verdict::Review);
        let outcome = judged(clip(60.0).says(3.0, CHAT));
        assert_eq!(outcome.verdict, Verdict::NotAssessed, "{outcome:?}");
        assert!(outcome.summary.zh.contains("画面"), "{}", outcome.summary.zh);
        assert_eq!(judged(clip(60.0)).verdict, Verdict::NotAssessed, "nobody speaks");
        let blind = clip(60.0).says(3.0, CHAT).sight(Observation::Absent(AbsenceReason::NoModel.into()));
        assert_eq!(judged(blind).verdict, Verdict::NotAssessed);
    }

    #[test]
    fn review_in_the_band_between() {
        assert_eq!(judged(clip(60.0).says(3.0, "这不是我们的执法证件")).verdict, Verdict::Review);
        assert_eq!(judged(clip(60.0).mumbles(3.0, CHAT)).verdict, Verdict::Review);
    }

    #[test]
    fn not_assessed_without_ears_and_eyes() {
        assert_eq!(judged(clip(60.0).without_model()).verdict, Verdict::NotAssessed);
        assert_eq!(
            judged(clip(600.0).says(3.0, CHAT).listened_only(0.0, 180.0)).verdict,
            Verdict::NotAssessed
        );
    }
}
