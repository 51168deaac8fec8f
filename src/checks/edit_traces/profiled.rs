//! Judging by what the camera's untouched files look like, where a profile says so.

use super::{
    MAX_NAMED, MAX_QUOTED_CHARS, STRONG_CONFIDENCE, Sign, edit_list_signs, modified_later, named, not_seen,
    program_signs, shortened, with_signs,
};
use crate::checks::{Outcome, Params};
use crate::evidence::{ContainerFacts, Evidence};
use crate::lang::Prose;
use crate::profile::{Departure, EDIT_LISTS, Kind, Profile, in_chinese};
use crate::time::Span;

/// A file that is as the camera's are may still have been cut by a tool that copies the camera well.
const PASS_CONFIDENCE: f64 = 0.9;
/// A profile that rests on one or two files.
const FEW_FILES_CONFIDENCE: f64 = 0.6;
const DEPARTURE_CONFIDENCE: f64 = 0.8;

pub fn judge(evidence: &Evidence, container: &ContainerFacts, profile: &Profile, params: &Params) -> Outcome {
    let departures = profile.departures(evidence);
    let counts = |kind: Kind| departures.iter().filter(move |departure| departure.kind == kind).count();
    let of_container = counts(Kind::Container);
    let all = of_container + counts(Kind::Coding) + counts(Kind::Overlay);
    let programs = program_signs(container, params.texts("camera_programs"), Some(profile));
    let foreign = !programs.is_empty();
    let lists_depart = departures.iter().any(|departure| departure.id == EDIT_LISTS);
    let slack_s = params.number("modification_slack_s");
    let signs: Vec<Sign> = programs
        .into_iter()
        .chain(edit_list_signs(container).into_iter().filter(|_| lists_depart))
        .chain(modified_later(container, evidence.clip.duration_s, slack_s))
        .collect();
    let strong = signs.iter().any(|sign| sign.strong);
    let files = profile.files;
    let confidence = if profile.is_sure() { DEPARTURE_CONFIDENCE } else { FEW_FILES_CONFIDENCE };
    let what = what_departs(&signs, &departures);

    let outcome = if profile.is_sure() && foreign && of_container > 0 {
        Outcome::fail(
            STRONG_CONFIDENCE,
            Prose::new(
                format!(
                    "疑似不是记录仪写下的原始文件，经其他软件写过（对照 {files} 个原始文件）：{}。",
                    what.zh
                ),
                format!(
                    "Suspected not to be the file that the camera wrote, but one that another program wrote (held \
                     against {files} untouched files): {}.",
                    what.en
                ),
            ),
        )
    } else if strong || all > 0 {
        Outcome::review(
            confidence,
            Prose::new(
                format!(
                    "与记录仪特征不符，疑似经过处理，请核对文件来源和固件版本（对照 {files} 个原始文件）：{}。",
                    what.zh
                ),
                format!(
                    "Not as the camera's files are; suspected processing, check where the file comes from and the \
                     firmware (held against {files} untouched files): {}.",
                    what.en
                ),
            ),
        )
    } else if let Some(why) = not_seen(container) {
        Outcome::not_assessed(why.sentence("未能检查：", "Not assessed: "))
    } else {
        let only = if departures.is_empty() && signs.is_empty() {
            Prose::default()
        } else {
            Prose::new(format!("；仅列出：{}", what.zh), format!("; only for information: {}", what.en))
        };
        Outcome::pass(
            if profile.is_sure() { PASS_CONFIDENCE } else { FEW_FILES_CONFIDENCE },
            Prose::new(
                format!("容器与编码同记录仪特征相符（对照 {files} 个原始文件）{}。", only.zh),
                format!(
                    "Container and coding are as the camera's (held against {files} untouched files){}.",
                    only.en
                ),
            ),
        )
    };
    let outcome = departures
        .iter()
        .fold(outcome, |outcome, departure| outcome.span(Span::new(0.0, 0.0), told(departure)));
    with_signs(outcome, &signs)
        .measure("profile_departures", all as f64)
        .measure("profile_files", f64::from(files))
}

/// Signs first, then departures, as many as a sentence bears; all of them stand among the spans.
fn what_departs(signs: &[Sign], departures: &[Departure]) -> Prose {
    let mut ordered: Vec<&Departure> = departures.iter().collect();
    ordered.sort_by_key(|departure| matches!(departure.kind, Kind::Setting | Kind::Habit));
    let mut texts: Vec<Prose> = Vec::new();
    if !signs.is_empty() {
        texts.push(named(signs));
    }
    let room = MAX_NAMED.saturating_sub(texts.len());
    texts.extend(ordered.iter().take(room).map(|departure| told(departure)));
    let left_out = ordered.len().saturating_sub(room);
    let join = |mark: &str, of: fn(&Prose) -> &str| texts.iter().map(of).collect::<Vec<_>>().join(mark);
    let mut prose = Prose::new(join("；", |text| &text.zh), join("; ", |text| &text.en));
    if left_out > 0 {
        prose.zh.push_str(&format!("；另有 {left_out} 项不符"));
        prose.en.push_str(&format!("; and {left_out} more"));
    }
    prose
}

fn told(departure: &Departure) -> Prose {
    let zh = differing(&in_chinese(&departure.expected), &in_chinese(&departure.found));
    let (expected, found) = differing(&departure.expected, &departure.found);
    Prose::new(
        format!("{}应为“{}”，实为“{}”", departure.what.zh, zh.0, zh.1),
        format!("{}: expected \"{expected}\", found \"{found}\"", departure.what.en),
    )
}

/// Long values from where they differ on.
fn differing(expected: &str, found: &str) -> (String, String) {
    const LEAD_CHARS: usize = 12;
    if expected.chars().count().max(found.chars().count()) <= MAX_QUOTED_CHARS {
        return (expected.to_owned(), found.to_owned());
    }
    let alike = expected.chars().zip(found.chars()).take_while(|(a, b)| a == b).count();
    let from = alike.saturating_sub(LEAD_CHARS);
    let cut = |text: &str| {
        let rest: String = text.chars().skip(from).collect();
        let dots = if from > 0 { "…" } else { "" };
        format!("{dots}{}", shortened(&rest))
    };
    (cut(expected), cut(found))
}
