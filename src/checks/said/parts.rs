//! Judging whether all required parts of a wording were said within a stretch of the clip.

use super::super::outcome::{Outcome, Verdict};
use super::super::params::Phrase;
use super::attention::{Attention, CLEAR_SHARE};
use super::prose::{names, span_text, stretch_name};
use super::together::{scattered, sequence};
use super::{Grade, Heard, Match, SURE_SYLLABLES, WHOLE_DISTANCE, Wording, best};
use crate::evidence::Evidence;
use crate::lang::{MinutesSeconds, Prose, Text};
use crate::session::Place;
use crate::time::Span;

/// How sure voice activity is that nobody spoke.
const SILENCE_CONFIDENCE: f64 = 0.9;
/// How sure an answer is that a person must give.
const REVIEW_CONFIDENCE: f64 = 0.5;

/// What is to be said, and what it means when it is not.
pub struct Duty {
    /// As prose names it.
    pub what: Text,
    pub missing: MissingMeans,
    /// The required parts follow each other as the policy lists them.
    pub ordered: bool,
}

/// What follows when clear speech lacks a required part, or nobody speaks.
pub enum MissingMeans {
    Fails,
    /// The duty can be met without words, which this check cannot see; the text says how.
    OtherwiseMet(Text),
}

/// One part of the wording and where it was found.
pub struct Part<'a> {
    pub phrase: &'a Phrase,
    /// The best place within the stretch.
    pub found: Option<Match>,
    /// A whole match after the stretch, where the stretch has none.
    pub later: Option<Match>,
}

impl Part<'_> {
    pub fn grade(&self) -> Grade {
        self.found.as_ref().map_or(Grade::Missing, Match::grade)
    }

    /// Fixed syllables of its shortest wording.
    fn syllables(&self) -> usize {
        let wordings = self.phrase.any.iter().filter_map(|text| Wording::new(text));
        wordings.map(|wording| wording.syllables()).min().unwrap_or(0)
    }

    /// Whether its absence can be told from a recogniser's errors.
    pub(super) fn is_sure(&self) -> bool {
        self.syllables() >= SURE_SYLLABLES
    }
}

/// How the required parts stand in a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Whole,
    /// All said, but in another order or far apart.
    Scattered,
    /// All said, some only after the stretch.
    Late,
    NotListened,
    NobodySpoke,
    SoundLost,
    /// Something like each missing part was heard.
    Unsure,
    /// A part is missing, and speech was not clear enough to say so.
    Unclear,
    /// A part is missing from clear speech.
    Missing,
}

/// All parts of a wording, held against one stretch.
pub struct Weighed<'a> {
    pub parts: Vec<Part<'a>>,
    pub attention: Attention,
    pub standing: Standing,
    /// Speech was understood so well that what was not heard was not said.
    pub clear: bool,
}

/// Looks for the parts in what was said within `stretch`.
pub fn weigh<'a>(evidence: &Evidence, parts: &'a [Phrase], stretch: Span, ordered: bool) -> Weighed<'a> {
    let segments = evidence.speech.seen().map_or(&[][..], |speech| &speech.segments);
    let all = Heard::new(segments);
    let heard = all.within(stretch);
    let after = all.within(Span::new(stretch.end_s, f64::INFINITY));
    let bests: Vec<Option<(Wording, Match)>> = parts.iter().map(|phrase| best(phrase, &heard)).collect();
    let mut placed = placed(parts, bests.clone(), &heard);
    if ordered
        && said(&placed)
        && scattered(&placed)
        && let Some(sequence) = sequence(parts, &heard)
    {
        let together = sequence.into_iter().zip(bests).map(|(in_sequence, own)| in_sequence.or(own));
        placed = self::placed(parts, together.collect(), &heard);
    }
    let mut parts = placed;
    for part in &mut parts {
        if part.grade() != Grade::Whole {
            part.later = best(part.phrase, &after)
                .map(|(_, found)| found)
                .filter(|found| found.grade() == Grade::Whole);
        }
    }
    let attention = Attention::to(evidence, stretch);
    let clear = attention.clear(lacking_syllables(&parts, ordered));
    let standing = standing(&parts, &attention, clear, ordered);
    Weighed { parts, attention, standing, clear }
}

/// Parts at their places, with their open words filled.
fn placed<'a>(parts: &'a [Phrase], places: Vec<Option<(Wording, Match)>>, heard: &Heard) -> Vec<Part<'a>> {
    let mut placed: Vec<(Part, Option<Wording>)> = parts
        .iter()
        .zip(places)
        .map(|(phrase, place)| {
            let (wording, found) = place.unzip();
            (Part { phrase, found, later: None }, wording)
        })
        .collect();
    settle_open_words(&mut placed, heard);
    placed.into_iter().map(|(part, _)| part).collect()
}

/// Whether all required parts were said whole, wherever they stand.
fn said(parts: &[Part]) -> bool {
    parts.iter().filter(|part| part.phrase.required).all(|part| part.grade() == Grade::Whole)
}

/// Open words at a wording's end reach up to where another required part stands. An optional one may
/// lie within: 我们今天来是×× is filled by 检查的重点是….
fn settle_open_words(placed: &mut [(Part, Option<Wording>)], heard: &Heard) {
    let taken: Vec<(usize, usize)> = placed
        .iter()
        .filter(|(part, _)| part.phrase.required && part.grade() != Grade::Missing)
        .filter_map(|(part, _)| part.found.as_ref().map(|found| found.core))
        .collect();
    for (part, wording) in placed {
        if let (Some(found), Some(wording)) = (&mut part.found, wording)
            && wording.has_outer_slots()
        {
            found.open_missing = false;
            wording.read_outer_slots(found, heard, &taken);
        }
    }
}

/// Syllables that what is lacking takes to say: all of it where the parts stand together, else its
/// longest part.
fn lacking_syllables(parts: &[Part], together: bool) -> usize {
    let lacking = parts.iter().filter(|part| part.phrase.required && part.grade() != Grade::Whole);
    let syllables = lacking.map(Part::syllables);
    if together { syllables.sum() } else { syllables.max().unwrap_or(0) }
}

fn standing(parts: &[Part], attention: &Attention, clear: bool, ordered: bool) -> Standing {
    let required = || parts.iter().filter(|part| part.phrase.required);
    if said(parts) {
        return if ordered && scattered(parts) { Standing::Scattered } else { Standing::Whole };
    }
    if required().all(|part| part.grade() == Grade::Whole || part.later.is_some()) {
        return Standing::Late;
    }
    let missing: Vec<&Part> = required().filter(|part| part.grade() == Grade::Missing).collect();
    if !attention.listened() {
        Standing::NotListened
    } else if missing.is_empty() {
        Standing::Unsure
    } else if attention.lost() {
        Standing::SoundLost
    } else if attention.silent() {
        Standing::NobodySpoke
    } else if clear && missing.iter().any(|part| part.is_sure()) {
        Standing::Missing
    } else {
        Standing::Unclear
    }
}

/// Judges a duty whose required parts must be said within `stretch`.
pub fn judge_parts(evidence: &Evidence, duty: &Duty, parts: &[Phrase], stretch: Span) -> Outcome {
    if !parts.iter().any(|part| part.required) {
        return Outcome::not_assessed(Prose::new(
            "评查规则未设必备用语，无从判断。",
            "The policy names no required wording, so there is nothing to judge by.",
        ));
    }
    let weighed = weigh(evidence, parts, stretch, duty.ordered);
    let outcome = answer(&weighed, duty, stretch, evidence.clip.duration_s);
    let outcome = with_places(outcome, &weighed.parts);
    let outcome = with_measures(outcome, &weighed);
    without_demonstration(outcome, evidence, weighed.standing == Standing::NobodySpoke)
}

fn answer(weighed: &Weighed, duty: &Duty, stretch: Span, duration_s: f64) -> Outcome {
    let Duty { what, missing, .. } = duty;
    let place = stretch_name(stretch, duration_s);
    let parts = &weighed.parts;
    let attention = &weighed.attention;
    let lacking = names(&lacking(parts));
    let review = |zh: String, en: String| Outcome::review(REVIEW_CONFIDENCE, Prose::new(zh, en));
    // A sum of nothing is -0.
    let percent = |share: f64| (share * 100.0).round() + 0.0;
    match weighed.standing {
        Standing::Whole => {
            let span = span_text(whole_span(parts));
            Outcome::pass(
                whole_confidence(parts),
                Prose::new(
                    format!("听到完整的{}（{span}）。", what.zh),
                    format!("Heard {} in full ({span}).", what.en),
                ),
            )
        }
        Standing::Scattered => review(
            format!("{}的各部分都已听到，但次序不符或相隔过远，须人工核听。", what.zh),
            format!(
                "All parts of {} were heard, but out of order or far apart; a person should listen.",
                what.en
            ),
        ),
        Standing::Late => {
            let late = parts.iter().filter(|part| part.phrase.required && part.grade() != Grade::Whole);
            let last_s =
                late.filter_map(|part| part.later.as_ref()).map(|m| m.span.start_s).fold(0.0, f64::max);
            let prose = Prose::new(
                format!("{}至 {} 才说全，不在{}之内。", what.zh, MinutesSeconds(last_s), place.zh),
                format!(
                    "{} was complete only at {}, not within {}.",
                    capitalised(what.en),
                    MinutesSeconds(last_s),
                    place.en
                ),
            );
            if weighed.clear {
                fails(missing, attention.understood_share, prose)
            } else {
                Outcome::review(REVIEW_CONFIDENCE, prose)
            }
        }
        Standing::NotListened => {
            let share = percent(attention.listened_share);
            Outcome::not_assessed(Prose::new(
                format!(
                    "{}只听了 {share}%，其中未听清{}的{}，其余未听，不能判断。",
                    place.zh, what.zh, lacking.zh
                ),
                format!(
                    "Only {share} % of {} was listened to; {} of {} was not heard there, and the rest is unknown.",
                    place.en, lacking.en, what.en
                ),
            ))
        }
        Standing::NobodySpoke => fails(
            missing,
            SILENCE_CONFIDENCE,
            Prose::new(
                format!("{}有声音但无人说话，未听到{}。", place.zh, what.zh),
                format!("There is sound but nobody speaks in {}; {} was not heard.", place.en, what.en),
            ),
        ),
        Standing::SoundLost if attention.lost_share > 0.9 => Outcome::not_assessed(Prose::new(
            format!("{}没有声音信号，不能判断。", place.zh),
            format!("There is no sound signal in {}, so this cannot be judged.", place.en),
        )),
        Standing::SoundLost => {
            let share = percent(attention.lost_share);
            review(
                format!("{}有 {share}% 没有声音信号，未听到{}，须人工核查。", place.zh, lacking.zh),
                format!(
                    "{share} % of {} has no sound signal, and {} was not heard; a person should check.",
                    place.en, lacking.en
                ),
            )
        }
        Standing::Unsure => {
            let altered = parts.iter().filter_map(|part| part.found.as_ref()?.altered_by.as_deref()).next();
            match altered {
                Some(word) => review(
                    format!("听到疑似{}，但其中或其前有“{word}”，意思可能不同，须人工核听。", what.zh),
                    format!(
                        "Something like {} was heard, but with “{word}” in or before it, which may turn its meaning; a person should listen.",
                        what.en
                    ),
                ),
                None => review(
                    format!("听到疑似{}，但{}不完整或听不清，须人工核听。", what.zh, lacking.zh),
                    format!(
                        "Something like {} was heard, but {} is incomplete or unclear; a person should listen.",
                        what.en, lacking.en
                    ),
                ),
            }
        }
        Standing::Unclear => {
            let share = percent(attention.understood_share);
            review(
                format!("未听到{}，但说话只听清 {share}%，须人工核听。", lacking.zh),
                format!(
                    "{} was not heard, but only {share} % of the speech was understood; a person should listen.",
                    capitalised(&lacking.en)
                ),
            )
        }
        Standing::Missing => fails(
            missing,
            attention.understood_share,
            Prose::new(
                format!("{}的说话能够听清，未听到{}的{}。", place.zh, what.zh, lacking.zh),
                format!(
                    "Speech in {} was understood, and {} of {} was not heard.",
                    place.en, lacking.en, what.en
                ),
            ),
        ),
    }
}

/// A fail, or an open question where the duty can be met without words.
fn fails(missing: &MissingMeans, confidence: f64, prose: Prose) -> Outcome {
    match missing {
        MissingMeans::Fails => Outcome::fail(confidence, prose),
        MissingMeans::OtherwiseMet(how) => Outcome::not_assessed(Prose::new(
            format!("{}{}", prose.zh, how.zh),
            format!("{} {}", prose.en, how.en),
        )),
    }
}

/// Required parts that were not heard whole.
fn lacking<'a>(parts: &'a [Part]) -> Vec<&'a str> {
    let required = parts.iter().filter(|part| part.phrase.required);
    required.filter(|part| part.grade() != Grade::Whole).map(|part| part.phrase.name.as_str()).collect()
}

fn found<'a>(parts: &'a [Part]) -> impl Iterator<Item = (&'a Phrase, &'a Match)> {
    parts
        .iter()
        .filter(|part| part.grade() != Grade::Missing)
        .filter_map(|part| Some((part.phrase, part.found.as_ref()?)))
}

/// From the first required part to the last.
fn whole_span(parts: &[Part]) -> Span {
    let spans = || found(parts).filter(|(phrase, _)| phrase.required).map(|(_, found)| found.span);
    Span::new(
        spans().map(|span| span.start_s).fold(f64::INFINITY, f64::min),
        spans().map(|span| span.end_s).fold(0.0, f64::max),
    )
}

/// Mean over the required parts of how alike they sound and how sure the recogniser was.
fn whole_confidence(parts: &[Part]) -> f64 {
    let each: Vec<f64> = found(parts)
        .filter(|(phrase, _)| phrase.required)
        .map(|(_, found)| (1.0 - found.distance) * (1.0 + found.confidence) / 2.0)
        .collect();
    each.iter().sum::<f64>() / each.len().max(1) as f64
}

/// Adds a labelled span and a quote for each part that was found, with what filled its open words.
pub fn with_places(mut outcome: Outcome, parts: &[Part]) -> Outcome {
    let later = parts.iter().filter_map(|part| Some((part.phrase, part.later.as_ref()?)));
    for (phrase, found) in found(parts).chain(later) {
        let fills: Vec<String> = found.fills.iter().filter(|fill| !fill.is_empty()).cloned().collect();
        let (zh, en) = if fills.is_empty() {
            (String::new(), String::new())
        } else {
            (format!("，所填内容：{}", fills.join("、")), format!(", filled with: {}", fills.join(", ")))
        };
        let distance = found.distance;
        outcome = outcome.part(found.span, &found.text, &phrase.name, fills).span(
            found.span,
            Prose::new(
                format!("{}（偏差 {distance:.2}{zh}）", phrase.name),
                format!("{} (distance {distance:.2}{en})", phrase.name),
            ),
        );
    }
    outcome
}

fn with_measures(outcome: Outcome, weighed: &Weighed) -> Outcome {
    let required = || weighed.parts.iter().filter(|part| part.phrase.required);
    let heard = required().filter(|part| part.grade() == Grade::Whole).count();
    let worst =
        required().map(|part| part.found.as_ref().map_or(1.0, |found| found.distance)).fold(0.0, f64::max);
    outcome
        .measure_against("parts_heard", heard as f64, required().count() as f64)
        .measure_against("worst_part_distance", worst, WHOLE_DISTANCE)
        .measure_against("listened_share", weighed.attention.listened_share, 1.0)
        .measure_against("understood_share", weighed.attention.understood_share, CLEAR_SHARE)
        .measure("voice_s", weighed.attention.voice_s)
}

/// A duty of the visit's start is not asked of a segment that goes on with an earlier one; where it is
/// met there all the same, it is met.
pub fn due_at_the_start(place: &Place, outcome: Outcome) -> Outcome {
    match place.continued() {
        Some(before) if outcome.verdict != Verdict::Pass => Outcome::not_applicable(Prose::new(
            format!("本段接续 {before}，本条针对执法开始时，见首段的结果。"),
            format!(
                "This clip goes on with {before}; the clause is about the start of the visit, see the first segment."
            ),
        )),
        _ => outcome,
    }
}

/// What a demonstration model heard, or did not hear, carries no verdict. That nobody spoke does
/// not rest on it.
pub fn without_demonstration(mut outcome: Outcome, evidence: &Evidence, voice_alone: bool) -> Outcome {
    let demonstration = evidence.speech.seen().is_some_and(|speech| speech.demonstration_model);
    if demonstration && !voice_alone && matches!(outcome.verdict, Verdict::Pass | Verdict::Fail) {
        outcome.verdict = Verdict::Review;
        outcome.confidence = outcome.confidence.min(REVIEW_CONFIDENCE);
        outcome.summary.zh.push_str("所用为演示模型，其结果不能作为结论，须人工核听。");
        outcome.summary.en.push_str(
            " This was heard by the demonstration model, which carries no verdict; a person should listen.",
        );
    }
    outcome
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
