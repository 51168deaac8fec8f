//! Evidence and a policy make a report. Touches no media.

use std::collections::BTreeMap;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::checks::{Basis, Case, Outcome, Verdict};
use crate::evidence::{ClockFacts, Evidence, Observation, Region, SeenThing, SightFacts};
use crate::lang::{Lang, Prose};
use crate::policy::{Clause, Policy};
use crate::profile::Profile;
use crate::records::{Extract, numbers};
use crate::report::{
    Audio, Clip, ClipVerdict, Clock, Finding, FindingSpan, Jump, Observations, PolicyReference,
    ProfileReference, RecordsReference, Report, SCHEMA, Scope, Sight, SpokenLine, Still, Thing, Tool, Video,
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
    let mut trusted = evidence.clone();
    if let (Observation::Observed(speech), true) = (&mut trusted.speech, judging.accept_demonstration_model) {
        speech.demonstration_model = false;
    }
    let case =
        Case { evidence: &trusted, place: context.place, profile: context.profile, records: context.records };
    let outcomes: Vec<(&Clause, Outcome)> = policy
        .clauses
        .iter()
        .filter(|clause| clause.check.basis != Basis::Records || context.records.is_some())
        .map(|clause| (clause, outcome(clause, &case)))
        .collect();
    let verdicts: Vec<Verdict> = outcomes.iter().map(|(_, outcome)| outcome.verdict).collect();
    Report {
        schema: SCHEMA.to_owned(),
        tool: Tool { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        lang,
        clip: clip(evidence),
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
    }
}

fn outcome(clause: &Clause, case: &Case) -> Outcome {
    // Where a clip stands is known by its name even when nothing of it could be read.
    let alone = clause.check.basis == Basis::Session && case.place.given <= 1;
    // Nor does the ledger's row need the clip's content.
    let by_records = clause.check.basis == Basis::Records;
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

/// A clip is compliant only when something was judged, everything judged passed and nothing about
/// the file is damaged.
fn clip_verdict(evidence: &Evidence, verdicts: &[Verdict]) -> ClipVerdict {
    let any = |wanted: Verdict| verdicts.contains(&wanted);
    if evidence.unreadable.is_some() {
        ClipVerdict::Unreadable
    } else if any(Verdict::Fail) {
        ClipVerdict::Violation
    } else if any(Verdict::Review)
        || any(Verdict::NotAssessed)
        || !any(Verdict::Pass)
        || !evidence.damage.is_empty()
    {
        ClipVerdict::Review
    } else {
        ClipVerdict::Compliant
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
                jpeg: None,
            })
            .collect(),
        method: clause.check.explain.get(lang).to_owned(),
    }
}

/// Checks whose stills show a thing or a sign.
const SEEING: [&str; 2] = ["credential-display", "location-statement"];

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
    match facts.jumps.is_empty() {
        true => facts.fit.map(|fit| fit.offset_s),
        false => first,
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

/// What was not looked at, and why: nothing of it is ever shown as a pass.
fn limits(
    evidence: &Evidence,
    policy: &Policy,
    extract: Option<&Extract>,
    demonstration: bool,
) -> Vec<Prose> {
    let mut limits = extract.map(unmatched).unwrap_or_default();
    let records: Vec<&Clause> =
        policy.clauses.iter().filter(|clause| clause.check.basis == Basis::Records).collect();
    if !records.is_empty() && extract.is_none() {
        let count = records.len();
        let titles = |lang: Lang| {
            let mut titles: Vec<&str> = records.iter().map(|clause| clause.check.title.get(lang)).collect();
            titles.dedup();
            titles.join(if lang == Lang::Zh { "、" } else { ", " })
        };
        limits.push(Prose::new(
            format!("未提供台账：有 {count} 条依据台账核对的规定未检查（{}）", titles(Lang::Zh)),
            format!(
                "no records were given: {count} clauses that rest on them were not checked ({})",
                titles(Lang::En)
            ),
        ));
    }
    if demonstration {
        limits.push(Prose::new(
            "语音由演示模型识别，识别能力有限，仅供演示和测试",
            "speech was recognised by the demonstration model, whose ability is limited: for demonstration and tests only",
        ));
    }
    limits.extend(speech_coverage(evidence));
    limits.extend(evidence.damage.iter().cloned());
    limits.extend(evidence.limits.iter().cloned());
    limits.extend(sampling(evidence));
    limits.extend(searching(evidence));
    limits
}

/// What matches nothing, on either side.
fn unmatched(extract: &Extract) -> Vec<Prose> {
    let mut limits = Vec::new();
    if extract.clip.is_none() {
        limits.push(Prose::new(
            "台账中没有找到本段录像（按校验值、文件名、设备和时间）",
            "the ledger has no row for this clip (by digest, file name, device and time)",
        ));
    }
    if extract.event.is_none() {
        limits.push(Prose::new(
            "案件清单中没有找到本段录像所属的执法活动",
            "the case list has no event that this clip belongs to",
        ));
    }
    let rows = extract.rows_without_clip;
    if !rows.is_empty() {
        let count: u32 = rows.iter().map(|(first, last)| last - first + 1).sum();
        limits.push(Prose::new(
            format!("台账登记的录像中有 {count} 段没有一并检查（第{}行）", numbers(rows)),
            format!(
                "{count} recordings of the ledger were not checked with this one (rows {})",
                numbers(rows)
            ),
        ));
    }
    limits
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

fn speech_coverage(evidence: &Evidence) -> Option<Prose> {
    let duration_s = evidence.clip.duration_s;
    match &evidence.speech {
        Observation::Absent(absence) if evidence.unreadable.is_none() => {
            let why = absence.prose();
            Some(Prose::new(
                format!("未识别语音：{}", why.zh),
                format!("speech was not recognised: {}", why.en),
            ))
        }
        Observation::Absent(_) => None,
        Observation::Observed(speech) => {
            let listened_s: f64 = speech.listened.iter().map(|span| span.duration_s()).sum();
            (listened_s < duration_s - 1.0).then(|| {
                Prose::new(
                    format!("语音只识别了 {listened_s:.0} 秒（全长 {duration_s:.0} 秒）；可用 --speech full 识别全部"),
                    format!("{listened_s:.0} of {duration_s:.0} s were listened to for words; --speech full listens to all"),
                )
            })
        }
    }
}

/// Where pictures were searched for things and signs more sparsely than somebody holds one up.
fn searching(evidence: &Evidence) -> Option<Prose> {
    const UNREMARKABLE_S: f64 = 2.5;
    let sight = evidence.sight.seen()?;
    (sight.interval_s > UNREMARKABLE_S).then(|| {
        let (pictures, interval_s) = (sight.pictures, sight.interval_s);
        let watched_s: f64 = sight.watched.iter().map(|span| span.duration_s()).sum();
        Prose::new(
            format!("证件和标志在 {pictures} 幅画面中查找，细看 {watched_s:.0} 秒，其余最大间隔 {interval_s:.1} 秒"),
            format!(
                "credentials and signs were looked for in {pictures} pictures: closely for {watched_s:.0} s, elsewhere at most \
                 {interval_s:.1} s apart"
            ),
        )
    })
}

/// Pictures closer together than a second leave nothing out that this version judges by.
fn sampling(evidence: &Evidence) -> Option<Prose> {
    const UNREMARKABLE_S: f64 = 1.0;
    let interval_s = evidence.picture.seen()?.sampling_interval_s;
    (interval_s > UNREMARKABLE_S).then(|| {
        Prose::new(
            format!("画面按关键帧抽样，最大间隔 {interval_s:.1} 秒；可用 --thorough 逐帧检查"),
            format!("pictures were sampled at key frames, at most {interval_s:.1} s apart; --thorough looks at every one"),
        )
    })
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
