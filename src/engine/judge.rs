//! Evidence and a policy make a report. Touches no media.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::limits::limits;
use crate::checks::{Basis, Case, Outcome, Verdict};
use crate::evidence::{ClockDoubt, ClockFacts, Evidence, Observation, Region, SeenThing, SightFacts};
use crate::lang::{Lang, Prose};
use crate::policy::{Clause, Policy};
use crate::profile::Profile;
use crate::records::Extract;
use crate::report::{
    Audio, Clip, ClipVerdict, Clock, Faces, Finding, FindingSpan, Jump, Observations, PolicyReference,
    ProfileReference, RecordsReference, Report, SCHEMA, Scope, Sight, SpokenLine, Still, Taken, Thing, Tool,
    Video,
};
use crate::session::{self, Naming, Place, Segment};

use crate::time::round_to_microsecond;

/// How a clip is judged, besides the policy.
#[derive(Debug, Clone, Copy, Default)]
pub struct Judging {
    pub lang: Lang,
    /// Let the demonstration model's words carry a verdict.
    pub accept_demonstration_model: bool,
    /// Write the names and numbers that were read on credentials; else they are masked.
    pub show_personal: bool,
    /// How stills show faces.
    pub faces: Faces,
}

/// What is known besides the clip itself.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Where the clip stands among those that it is judged with.
    pub place: &'a Place,
    /// What the camera's untouched files look like.
    pub profile: Option<&'a Profile>,
    /// What the records beside the footage say of it; with them the clauses that rest on records are in
    /// scope.
    pub records: Option<&'a Extract<'a>>,
}

impl Context<'_> {
    /// Of a clip of which nothing else is known.
    pub const NONE: Context<'static> = Context { place: &Place::ALONE, profile: None, records: None };
}

/// How a policy tells clips apart.
pub fn naming(policy: &Policy) -> Naming {
    let zone = TimeZoneDatabase::bundled().get(&policy.time_zone).unwrap_or(TimeZone::UTC);
    Naming { patterns: policy.file_names.clone(), zone }
}

/// Where each clip stands among all that are judged together, in their order.
pub fn places(clips: &[Evidence], policy: &Policy) -> Vec<Place> {
    let naming = naming(policy);
    session::places(clips.iter().map(|evidence| Segment::of(evidence, &naming)).collect())
}

/// Judges one clip, by itself, by every clause in scope.
pub fn judge(evidence: &Evidence, policy: &Policy, judging: Judging) -> Report {
    judge_in(evidence, Context::NONE, policy, judging)
}

/// Judges one clip in its context by every clause in scope.
pub fn judge_in(evidence: &Evidence, context: Context, policy: &Policy, judging: Judging) -> Report {
    let lang = judging.lang;
    let demonstration = evidence.speech.seen().is_some_and(|speech| speech.demonstration_model);
    let mut trusted = Cow::Borrowed(evidence);
    if demonstration
        && judging.accept_demonstration_model
        && let Observation::Observed(speech) = &mut trusted.to_mut().speech
    {
        speech.demonstration_model = false;
    }
    let case =
        Case { evidence: &trusted, place: context.place, profile: context.profile, records: context.records };
    let outcomes: Vec<(&Clause, Outcome)> = policy
        .clauses
        .iter()
        .filter(|clause| !clause.check.basis.is_records() || context.records.is_some())
        .map(|clause| (clause, outcome(clause, &case)))
        .collect();
    let verdicts: Vec<Verdict> = outcomes.iter().map(|(_, outcome)| outcome.verdict).collect();
    Report {
        schema: SCHEMA.to_owned(),
        tool: Tool { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        lang,
        clip: Clip { taken: taken(evidence, context.records, policy), ..clip(evidence) },
        policy: PolicyReference {
            id: policy.id.clone(),
            title: policy.title.clone(),
            sha256: policy.sha256.clone(),
        },
        profile: context.profile.map(|profile| ProfileReference {
            name: profile.name.clone(),
            files: profile.files,
            sha256: profile.sha256.clone(),
        }),
        records: context.records.map(records_reference),
        models: evidence.models.clone(),
        scope: match context.records {
            Some(_) => vec![Scope::Footage, Scope::Records],
            None => vec![Scope::Footage],
        },
        verdict: clip_verdict(evidence, &verdicts),
        own_verdict: context.records.map(|_| {
            let own = outcomes.iter().filter(|(clause, _)| clause.basis() != Basis::Ledger);
            clip_verdict(evidence, &own.map(|(_, outcome)| outcome.verdict).collect::<Vec<_>>())
        }),
        unreadable: evidence.unreadable.as_ref().map(|why| why.get(lang).to_owned()),
        findings: outcomes
            .into_iter()
            .map(|(clause, outcome)| finding(clause, outcome, evidence, lang))
            .collect(),
        observations: observations(evidence, judging.show_personal),
        limits: limits(evidence, policy, context.records, demonstration)
            .iter()
            .map(|limit| limit.get(lang).to_owned())
            .collect(),
        faces: judging.faces,
        isolation: evidence.isolation,
    }
}

fn outcome(clause: &Clause, case: &Case) -> Outcome {
    // Where a clip stands is known by its name even when nothing of it could be read.
    let alone = clause.check.basis == Basis::Session && case.place.given <= 1;
    // Nor does the ledger's row need the clip's content.
    let by_records = clause.check.basis.is_records();
    if let (Some(why), false, false) = (&case.evidence.unreadable, alone, by_records) {
        return Outcome::not_assessed(why.sentence("未能检查：", "Not assessed: "));
    }
    if alone {
        return Outcome::not_applicable(Prose::new(
            "本条针对同一次执法的多段录像，单独一段不适用。",
            "This clause is about several segments of one visit; it does not apply to one clip alone.",
        ));
    }
    clause.check.judge(case, &clause.params)
}

fn clip_verdict(evidence: &Evidence, verdicts: &[Verdict]) -> ClipVerdict {
    match evidence.unreadable {
        Some(_) => ClipVerdict::Unreadable,
        None => ClipVerdict::of(verdicts, !evidence.damage.is_empty()),
    }
}

fn finding(clause: &Clause, outcome: Outcome, evidence: &Evidence, lang: Lang) -> Finding {
    let regions = |at_s: f64| match SEEING.contains(&clause.check.id) {
        true => regions_at(evidence, at_s),
        false => Vec::new(),
    };
    let figures = |figures: BTreeMap<&'static str, f64>| {
        figures.into_iter().map(|(name, value)| (name.to_owned(), round_to_microsecond(value))).collect()
    };
    Finding {
        check: clause.check.id.to_owned(),
        title: clause.check.title.get(lang).to_owned(),
        article: clause.article.clone(),
        clause: clause.text.clone(),
        verdict: outcome.verdict,
        of_records_as_a_whole: clause.basis() == Basis::Ledger,
        confidence: (outcome.confidence * 1000.0).round() / 1000.0,
        summary: outcome.summary.get(lang).to_owned(),
        spans: outcome
            .spans
            .into_iter()
            .map(|labelled| FindingSpan {
                start_s: round_to_microsecond(labelled.span.start_s),
                end_s: round_to_microsecond(labelled.span.end_s),
                label: labelled.label.get(lang).to_owned(),
            })
            .collect(),
        quotes: outcome.quotes,
        measures: figures(outcome.measures),
        thresholds: figures(outcome.thresholds),
        stills: outcome
            .stills_at_s
            .into_iter()
            .map(|at_s| Still {
                at_s: round_to_microsecond(at_s),
                file: None,
                regions: regions(at_s),
                faces_blurred: None,
                jpeg: None,
            })
            .collect(),
        method: clause.check.explain.get(lang).to_owned(),
    }
}

/// Checks whose stills show a thing or a sign.
const SEEING: [&str; 3] = ["credential-display", "location-statement", "key-stages"];

/// Where the things and signs stand that were read in the picture of this time.
fn regions_at(evidence: &Evidence, at_s: f64) -> Vec<Region> {
    let Some(sight) = evidence.sight.seen() else { return Vec::new() };
    let things = sight.things.iter().filter(|thing| thing.at_s == at_s).map(|thing| thing.region);
    things.chain(sight.signs.iter().filter(|sign| sign.at_s == at_s).map(|sign| sign.region)).collect()
}

/// Things and signs, names and numbers masked unless they may be shown.
fn sight(facts: &SightFacts, show_personal: bool) -> Sight {
    let facts = if show_personal { facts.clone() } else { facts.masked() };
    let thing = |thing: SeenThing| Thing {
        kind: thing.kind,
        start_s: thing.start_s,
        end_s: thing.end_s,
        uncertainty_s: thing.uncertainty_s,
        at_s: thing.at_s,
        region: thing.region,
        confidence: thing.confidence,
        words: thing.words,
        name: thing.name,
        number: thing.number,
    };
    Sight {
        pictures: facts.pictures,
        watched: facts.watched,
        things: facts.things.into_iter().map(thing).collect(),
        signs: facts.signs,
    }
}

fn clip(evidence: &Evidence) -> Clip {
    let facts = &evidence.clip;
    Clip {
        name: facts.name.clone(),
        bytes: facts.bytes,
        bytes_read: facts.bytes_read,
        sha256: facts.sha256.clone(),
        sm3: facts.sm3.clone(),
        duration_s: facts.duration_s,
        container: facts.container.clone(),
        video: facts.video.as_ref().map(|video| Video {
            codec: video.codec.clone(),
            width: video.width,
            height: video.height,
            frame_rate: video.frame_rate,
            pixel_aspect: video.pixel_aspect,
            rotation_deg: video.rotation_deg,
        }),
        audio: facts.audio.as_ref().map(|audio| Audio {
            codec: audio.codec.clone(),
            sample_rate_hz: audio.sample_rate_hz,
            channels: audio.channels,
        }),
        damaged: !evidence.damage.is_empty(),
        taken: Taken::default(),
    }
}

/// What a year's clips are put in order by.
fn taken(evidence: &Evidence, extract: Option<&Extract>, policy: &Policy) -> Taken {
    let naming = naming(policy);
    let told = session::taken(evidence, &naming);
    let start =
        told.times.first().and_then(|times| Some((session::civil(times.start_s)?, times.source.id())));
    let row = extract.and_then(|extract| extract.clip);
    let start = start.or_else(|| Some((row?.recorded_from?, "ledger")));
    let device = row.and_then(|row| row.device.clone()).or(told.device);
    let of_event = |extract: &Extract| extract.event.map(|event| event.officers.clone());
    let officers = row
        .and_then(|row| row.user.clone())
        .map(|user| vec![user])
        .or_else(|| extract.and_then(of_event).filter(|officers| !officers.is_empty()))
        .unwrap_or_else(|| told.officer.into_iter().collect());
    Taken {
        starts_at: start.map(|(start, _)| start.round(jiff::Unit::Second).unwrap_or(start).to_string()),
        source: start.map(|(_, source)| source.to_owned()),
        unit: extract.and_then(|extract| extract.unit(device.as_deref())),
        device,
        officers,
    }
}

fn observations(evidence: &Evidence, show_personal: bool) -> Observations {
    let speech = evidence.speech.seen();
    let lines = speech.map_or(&[][..], |speech| &speech.segments).iter().map(|segment| SpokenLine {
        start_s: segment.start_s,
        end_s: segment.end_s,
        text: segment.text.clone(),
        confidence: segment.confidence,
    });
    Observations {
        speech: lines.collect(),
        listened: speech.map(|speech| speech.listened.clone()).unwrap_or_default(),
        voice: evidence.sound.seen().map(|sound| sound.voice.clone()).unwrap_or_default(),
        clock: evidence.clock.seen().map(clock),
        sight: evidence.sight.seen().map(|facts| sight(facts, show_personal)),
        discontinuities: evidence.discontinuities.clone(),
    }
}

fn clock(facts: &ClockFacts) -> Clock {
    Clock {
        format: facts.format.clone(),
        offset_s: facts.fit.map(|fit| round_to_microsecond(fit.offset_s)),
        starts_at: start_s(facts).and_then(civil),
        drift_ppm: facts.fit.map(|fit| (fit.drift_ppm * 10.0).round() / 10.0),
        drift_uncertainty_ppm: facts.fit.map(|fit| (fit.drift_uncertainty_ppm * 10.0).round() / 10.0),
        readings: u32::try_from(facts.readings.len()).unwrap_or(u32::MAX),
        missing: facts.missing.clone(),
        stopped: facts.stopped.clone(),
        jumps: facts
            .jumps
            .iter()
            .map(|jump| Jump {
                at_s: jump.at_s,
                by_s: round_to_microsecond(jump.by_s),
                uncertainty_s: jump.uncertainty_s,
            })
            .collect(),
        other_text: facts.other_text.clone(),
    }
}

/// What the clock shows at time 0: by its line, or, where it leaps and the line is that of a later
/// run, by its first reading.
fn start_s(facts: &ClockFacts) -> Option<f64> {
    let first = facts.readings.first().map(|reading| reading.shown_s - reading.at_s);
    let start_s = match facts.jumps.is_empty() {
        true => facts.fit.map(|fit| fit.offset_s),
        false => first,
    };
    match facts.unsure {
        None => start_s,
        Some(ClockDoubt::Date) => start_s.map(|start_s| start_s.rem_euclid(session::DAY_S)),
        Some(ClockDoubt::Time) => None,
    }
}

/// Civil seconds as a date and time; `None` out of the calendar's range, and for a clock that shows
/// no date, whose seconds count from midnight.
fn civil(seconds: f64) -> Option<String> {
    const SECONDS_PER_DAY: f64 = 86_400.0;
    let milliseconds = (seconds * 1e3).round() as i64;
    let epoch = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);
    let moment = epoch.checked_add(jiff::SignedDuration::from_millis(milliseconds)).ok()?;
    match seconds >= SECONDS_PER_DAY {
        true => Some(moment.to_string()),
        false => Some(moment.time().to_string()),
    }
}

/// The records that were used, and where they speak of the clip.
fn records_reference(extract: &Extract) -> RecordsReference {
    RecordsReference {
        name: extract.records.name.clone(),
        sha256: extract.records.sha256.clone(),
        matched_by: extract.matched_by.map(|by| by.id().to_owned()),
        clip_row: extract.clip.map(|row| row.at.row),
        event: extract.event.and_then(|event| event.number.clone()),
        event_row: extract.event.map(|event| event.at.row),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::testing::blank_evidence;

    #[test]
    fn nothing_judged_is_never_compliant() {
        let evidence = blank_evidence();
        assert_eq!(clip_verdict(&evidence, &[]), ClipVerdict::Review);
        assert_eq!(clip_verdict(&evidence, &[Verdict::NotApplicable]), ClipVerdict::Review);
    }

    #[test]
    fn the_worst_finding_decides() {
        let evidence = blank_evidence();
        assert_eq!(clip_verdict(&evidence, &[Verdict::Pass, Verdict::NotApplicable]), ClipVerdict::Compliant);
        assert_eq!(clip_verdict(&evidence, &[Verdict::Pass, Verdict::NotAssessed]), ClipVerdict::Review);
        assert_eq!(clip_verdict(&evidence, &[Verdict::Review, Verdict::Fail]), ClipVerdict::Violation);
    }

    #[test]
    fn a_damaged_clip_is_never_compliant() {
        let mut evidence = blank_evidence();
        evidence.damage.push(Prose::new("损坏", "damaged"));
        assert_eq!(clip_verdict(&evidence, &[Verdict::Pass]), ClipVerdict::Review);
    }

    #[test]
    fn every_policy_judges_blank_evidence_without_a_pass() {
        for embedded in crate::policy::embedded() {
            let policy = crate::policy::load(embedded.id).unwrap();
            let report = judge(&blank_evidence(), &policy, Judging::default());
            assert_eq!(report.verdict, ClipVerdict::Review, "{}", policy.id);
            assert!(report.findings.iter().all(|finding| finding.verdict != Verdict::Pass), "{}", policy.id);
        }
    }

    #[test]
    fn a_clock_without_a_date_starts_at_a_time_of_day() {
        assert_eq!(civil(34_211.5).unwrap(), "09:30:11.5");
        assert_eq!(civil(1_741_944_611.0).unwrap(), "2025-03-14T09:30:11");
    }
}
