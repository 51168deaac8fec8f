//! What the page shows, made from a report whose strings are all visible: the template only lays out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::inert;
use super::measures;
use super::timeline::{SpeechRuns, Timeline, interval, timeline};
use super::waveform::{Drawing, drawing};
use super::words::{self, Words, words};
use super::{ClipVerdict, Finding, FindingSpan, RenderError, Report};
use crate::checks::Verdict;
use crate::lang::{Lang, MinutesSeconds};
use crate::time::Span;

/// From what a reader must see first to what only rounds the picture off.
pub const ORDER: [Verdict; 5] =
    [Verdict::Fail, Verdict::Review, Verdict::NotAssessed, Verdict::Pass, Verdict::NotApplicable];

/// More of a finding's places than this are folded away.
const SPANS_SHOWN: usize = 12;
/// A longer transcript is folded away on the screen; on paper it is always open.
const TRANSCRIPT_LINES_SHOWN: usize = 40;

pub struct Page {
    pub words: &'static Words,
    pub report: Report,
    /// Something could be had from the file; else there is nothing to show but why.
    pub read: bool,
    pub class: &'static str,
    pub verdict: &'static str,
    pub own_verdict: Option<String>,
    pub reason: String,
    pub counts: Vec<Count>,
    pub facts: Vec<Fact>,
    pub groups: Vec<Group>,
    pub timeline: Option<Timeline>,
    pub discontinuities: Vec<Discontinuity>,
    pub clock: Vec<Fact>,
    pub jumps: Vec<Place>,
    pub transcript: Vec<Line>,
    pub transcript_folded: bool,
    pub record: Vec<Fact>,
}

pub struct Count {
    pub class: &'static str,
    pub label: &'static str,
    pub count: usize,
}

pub struct Fact {
    pub name: String,
    pub value: String,
    /// A digest or an identifier, set in type of one width.
    pub code: bool,
}

pub struct Group {
    pub class: &'static str,
    pub label: &'static str,
    pub cards: Vec<Card>,
}

/// One finding.
pub struct Card {
    pub id: String,
    pub number: usize,
    pub class: &'static str,
    pub verdict: &'static str,
    pub title: String,
    pub check: String,
    pub article: String,
    pub clause: String,
    pub summary: String,
    pub confidence: Option<String>,
    pub quotes: Vec<Place>,
    pub stills: Vec<Picture>,
    pub spans: Vec<Place>,
    pub more_spans: Vec<Place>,
    pub measures: Vec<Measure>,
    pub method: String,
    /// What the time line draws of it: its places, or else the words that it quotes.
    pub marked: Vec<FindingSpan>,
}

/// A time, where it leads to, and what is there.
pub struct Place {
    pub time: String,
    pub href: Option<String>,
    pub text: String,
}

pub struct Picture {
    /// A `data:` address; absent when the picture lies beside the report.
    pub source: Option<String>,
    pub time: String,
    /// How many faces are blurred in it, where any are.
    pub faces: Option<String>,
    pub file: Option<String>,
}

pub struct Measure {
    pub name: String,
    pub measured: Option<String>,
    pub threshold: Option<String>,
}

pub struct Discontinuity {
    pub place: Place,
    pub confidence: String,
    pub signs: String,
    pub waveform: Option<Drawing>,
}

pub struct Line {
    pub place: Place,
    pub confidence: String,
}

impl Page {
    pub fn new(report: &Report) -> Result<Self, RenderError> {
        let report = inert::report(report)?;
        let words = words(report.lang);
        let groups = groups(&report);
        let count = |verdict| report.findings.iter().filter(|finding| finding.verdict == verdict).count();
        let open = count(Verdict::Review) + count(Verdict::NotAssessed);
        let cards: Vec<&Card> = groups.iter().flat_map(|group| &group.cards).collect();
        Ok(Self {
            words,
            read: report.verdict != ClipVerdict::Unreadable,
            class: clip_class(report.verdict),
            verdict: words::clip_verdict(report.verdict).get(report.lang),
            own_verdict: words::own_verdict(&report),
            reason: words::clip_verdict_reason(report.verdict, count(Verdict::Fail), open, report.lang),
            counts: ORDER
                .map(|verdict| Count {
                    class: class(verdict),
                    label: words::verdict(verdict).get(report.lang),
                    count: count(verdict),
                })
                .into(),
            facts: facts(&report, words),
            timeline: timeline(&report, &cards, words),
            discontinuities: discontinuities(&report, words),
            clock: clock(&report, words),
            jumps: jumps(&report),
            transcript: transcript(&report),
            transcript_folded: report.observations.speech.len() > TRANSCRIPT_LINES_SHOWN,
            record: record(&report, words),
            groups,
            report,
        })
    }
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fail => "fail",
        Verdict::Review => "review",
        Verdict::NotAssessed => "not-assessed",
        Verdict::Pass => "pass",
        Verdict::NotApplicable => "not-applicable",
    }
}

fn clip_class(verdict: ClipVerdict) -> &'static str {
    match verdict {
        ClipVerdict::Compliant => "pass",
        ClipVerdict::Review => "review",
        ClipVerdict::Violation => "fail",
        ClipVerdict::Unreadable => "not-assessed",
    }
}

fn groups(report: &Report) -> Vec<Group> {
    let mut number = 0;
    let mut groups = Vec::new();
    for verdict in ORDER {
        let mut cards = Vec::new();
        for finding in report.findings.iter().filter(|finding| finding.verdict == verdict) {
            number += 1;
            cards.push(card(finding, number, report));
        }
        if !cards.is_empty() {
            groups.push(Group {
                class: class(verdict),
                label: words::verdict(verdict).get(report.lang),
                cards,
            });
        }
    }
    groups
}

fn card(finding: &Finding, number: usize, report: &Report) -> Card {
    let lang = report.lang;
    let id = format!("f{number}");
    let mut spans: Vec<Place> = finding
        .spans
        .iter()
        .enumerate()
        .map(|(n, span)| Place {
            time: interval(Span::new(span.start_s, span.end_s)),
            href: mark(report, format!("#m-{id}-{n}")),
            text: span.label.clone(),
        })
        .collect();
    let more_spans = spans.split_off(spans.len().min(SPANS_SHOWN));
    let quoted = finding.quotes.iter().map(|quote| FindingSpan {
        start_s: quote.start_s,
        end_s: quote.end_s,
        label: quote.text.clone(),
    });
    Card {
        number,
        class: class(finding.verdict),
        verdict: words::verdict(finding.verdict).get(lang),
        title: capitalised(&finding.title),
        check: finding.check.clone(),
        article: finding.article.clone(),
        clause: finding.clause.clone(),
        summary: finding.summary.clone(),
        confidence: assessed(finding.verdict).then(|| percent(finding.confidence)),
        quotes: finding
            .quotes
            .iter()
            .map(|quote| Place {
                time: interval(Span::new(quote.start_s, quote.end_s)),
                href: line_at(report, Span::new(quote.start_s, quote.end_s)),
                text: quote.text.clone(),
            })
            .collect(),
        stills: finding
            .stills
            .iter()
            .map(|still| Picture {
                source: still
                    .jpeg
                    .as_ref()
                    .map(|jpeg| format!("data:image/jpeg;base64,{}", BASE64.encode(jpeg))),
                time: MinutesSeconds(still.at_s).to_string(),
                faces: still
                    .faces_blurred
                    .filter(|&faces| faces > 0)
                    .map(|faces| words::faces_blurred(faces, lang)),
                file: still.file.clone(),
            })
            .collect(),
        spans,
        more_spans,
        measures: measures(finding, lang),
        method: finding.method.clone(),
        marked: if finding.spans.is_empty() { quoted.collect() } else { finding.spans.clone() },
        id,
    }
}

/// A title begins with a capital where the script has them.
fn capitalised(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

fn assessed(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Review | Verdict::Pass)
}

/// A link to the time line, where there is one.
fn mark(report: &Report, href: String) -> Option<String> {
    (report.clip.duration_s > 0.0).then_some(href)
}

/// The recognised line in which these words were heard.
fn line_at(report: &Report, span: Span) -> Option<String> {
    let lines = &report.observations.speech;
    let line = lines.iter().position(|line| span.overlaps(Span::new(line.start_s, line.end_s)))?;
    Some(format!("#s{line}"))
}

fn measures(finding: &Finding, lang: Lang) -> Vec<Measure> {
    let mut ids: Vec<&String> = finding.measures.keys().chain(finding.thresholds.keys()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter()
        .map(|id| Measure {
            name: measures::name(id, lang),
            measured: finding.measures.get(id).map(|&figure| measures::value(id, figure, lang)),
            threshold: finding.thresholds.get(id).map(|&figure| measures::value(id, figure, lang)),
        })
        .collect()
}

fn discontinuities(report: &Report, words: &Words) -> Vec<Discontinuity> {
    let name_and_value = |sign: &crate::evidence::Sign| {
        let (name, value) =
            (measures::name(&sign.name, report.lang), measures::value(&sign.name, sign.value, report.lang));
        format!("{name} {value}")
    };
    report
        .observations
        .discontinuities
        .iter()
        .enumerate()
        .map(|(n, found)| Discontinuity {
            place: Place {
                time: interval(Span::new(found.at_s, found.end_s)),
                href: mark(report, format!("#m-d{n}")),
                text: found.text().get(report.lang).to_owned(),
            },
            confidence: percent(f64::from(found.confidence)),
            signs: found.signs.iter().map(name_and_value).collect::<Vec<_>>().join(words.list_separator),
            waveform: drawing(found),
        })
        .collect()
}

fn transcript(report: &Report) -> Vec<Line> {
    let runs = SpeechRuns::new(report);
    let lines = report.observations.speech.iter();
    lines
        .map(|line| Line {
            place: Place {
                time: interval(Span::new(line.start_s, line.end_s)),
                href: runs.mark_of(line.start_s).and_then(|id| mark(report, format!("#{id}"))),
                text: line.text.clone(),
            },
            confidence: percent(f64::from(line.confidence)),
        })
        .collect()
}

fn jumps(report: &Report) -> Vec<Place> {
    let Some(clock) = &report.observations.clock else {
        return Vec::new();
    };
    let seconds = |figure: f64| measures::value("_s", figure, report.lang);
    let sign = |figure: f64| if figure > 0.0 { "+" } else { "" };
    clock
        .jumps
        .iter()
        .enumerate()
        .map(|(n, jump)| Place {
            time: format!("{} (±{})", MinutesSeconds(jump.at_s), seconds(jump.uncertainty_s)),
            href: mark(report, format!("#m-j{n}")),
            text: format!("{}{}", sign(jump.by_s), seconds(jump.by_s)),
        })
        .collect()
}

fn facts(report: &Report, words: &Words) -> Vec<Fact> {
    let clip = &report.clip;
    let text = |name: &str, value: String| Fact { name: name.to_owned(), value, code: false };
    let absent = || words.absent.to_owned();
    let video = clip.video.as_ref().map(|video| {
        let mut parts = vec![
            video.codec.clone(),
            format!("{}×{}", video.width, video.height),
            format!("{} {}", measures::number(video.frame_rate), words.frames_per_second),
        ];
        if video.rotation_deg != 0 {
            parts.push(format!("{} {}°", words.rotated, video.rotation_deg));
        }
        if video.pixel_aspect != 1.0 {
            parts.push(format!("{} {}", words.pixel_aspect, measures::number(video.pixel_aspect)));
        }
        parts.join(words.separator)
    });
    let audio = clip.audio.as_ref().map(|audio| {
        [
            audio.codec.clone(),
            format!("{} kHz", measures::number(f64::from(audio.sample_rate_hz) / 1000.0)),
            words::channels(audio.channels, report.lang),
        ]
        .join(words.separator)
    });
    let mut facts = vec![text(words.file_name, clip.name.clone())];
    facts.push(text(words.size, size(clip.bytes, words)));
    if clip.duration_s > 0.0 {
        let seconds = measures::value("_s", clip.duration_s, report.lang);
        facts.push(text(words.duration, format!("{} ({seconds})", MinutesSeconds(clip.duration_s))));
    }
    facts.push(text(words.container, clip.container.clone().unwrap_or_else(absent)));
    facts.push(text(words.video, video.unwrap_or_else(absent)));
    facts.push(text(words.audio, audio.unwrap_or_else(absent)));
    let taken = &clip.taken;
    if let Some(starts_at) = &taken.starts_at {
        let source = taken.source.as_deref().map_or("", |source| words::taken_by(source).get(report.lang));
        facts.push(text(words.taken_at, format!("{} ({source})", starts_at.replacen('T', " ", 1))));
    }
    facts.extend(taken.device.clone().map(|device| text(words.device, device)));
    if !taken.officers.is_empty() {
        facts.push(text(words.officers, taken.officers.join(words.list_separator)));
    }
    facts.extend(taken.unit.clone().map(|unit| text(words.unit, unit)));
    let scopes = report.scope.iter().map(|&scope| words::scope(scope).get(report.lang));
    facts.push(text(words.scope, scopes.collect::<Vec<_>>().join(words.separator)));
    facts
}

fn clock(report: &Report, words: &Words) -> Vec<Fact> {
    let Some(clock) = &report.observations.clock else {
        return Vec::new();
    };
    let mut facts = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        facts.extend(value.map(|value| Fact { name: name.to_owned(), value, code: false }));
    };
    let spans = |spans: &[Span]| {
        (!spans.is_empty())
            .then(|| spans.iter().map(|&span| interval(span)).collect::<Vec<_>>().join(words.separator))
    };
    let format = clock.format.as_deref().map_or_else(|| words.absent.to_owned(), readable_format);
    add(words.clock_format, Some(format));
    add(words.clock_starts_at, clock.starts_at.as_ref().map(|text| text.replacen('T', " ", 1)));
    add(words.clock_readings, Some(clock.readings.to_string()));
    add(
        words.clock_drift,
        clock.drift_ppm.map(|drift| match clock.drift_uncertainty_ppm {
            Some(within) => format!("{} ± {} ppm", measures::number(drift), measures::number(within)),
            None => format!("{} ppm", measures::number(drift)),
        }),
    );
    add(words.clock_missing, spans(&clock.missing));
    add(words.clock_stopped, spans(&clock.stopped));
    add(words.other_text, (!clock.other_text.is_empty()).then(|| clock.other_text.join(words.separator)));
    facts
}

/// A strftime pattern as people write it: `YYYY-MM-DD HH:MM:SS`.
fn readable_format(pattern: &str) -> String {
    const LETTERS: [(&str, &str); 8] = [
        ("%Y", "YYYY"),
        ("%y", "YY"),
        ("%m", "MM"),
        ("%d", "DD"),
        ("%H", "HH"),
        ("%I", "hh"),
        ("%M", "MM"),
        ("%S", "SS"),
    ];
    LETTERS.iter().fold(pattern.to_owned(), |text, (from, to)| text.replace(from, to))
}

fn record(report: &Report, words: &Words) -> Vec<Fact> {
    let text = |name: String, value: String| Fact { name, value, code: false };
    let code = |name: String, value: String| Fact { name, value, code: true };
    let digest = |name: &str, value: &Option<String>| match value {
        Some(digest) => code(format!("{} {name}", words.clip_digest), digest.clone()),
        None => text(format!("{} {name}", words.clip_digest), words.not_taken.to_owned()),
    };
    let mut facts = vec![digest("SHA-256", &report.clip.sha256), digest("SM3", &report.clip.sm3)];
    facts.extend(report.clip.bytes_read.map(|bytes| text(words.bytes_read.to_owned(), size(bytes, words))));
    facts.extend([
        text(words.policy.to_owned(), report.policy.title.clone()),
        code(words.policy_id.to_owned(), report.policy.id.clone()),
        code(words.policy_digest.to_owned(), report.policy.sha256.clone()),
    ]);
    if let Some(profile) = &report.profile {
        let name = format!("{}{}{}", words.profile, words.colon, profile.name);
        facts.push(code(name, profile.sha256.clone()));
    }
    if let Some(records) = &report.records {
        let name = format!("{}{}{}", words.records, words.colon, records.name);
        facts.push(code(name, records.sha256.clone()));
    }
    for model in &report.models {
        let name = format!("{}{}{}", words.model, words.colon, words::role(&model.role, report.lang));
        let preset = model.preset.as_ref().map(|preset| format!(" ({preset})")).unwrap_or_default();
        facts.push(code(name, format!("{}{preset} {}", model.name, model.sha256)));
    }
    if report.models.is_empty() {
        facts.push(text(words.model.to_owned(), words.no_models.to_owned()));
    }
    facts.push(text(words.program.to_owned(), format!("{} {}", report.tool.name, report.tool.version)));
    facts.push(code(words.schema.to_owned(), report.schema.clone()));
    facts
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share.clamp(0.0, 1.0) * 100.0)
}

/// `436.6 MB (436,629,112 bytes)`
pub fn size(bytes: u64, words: &Words) -> String {
    let digits = bytes.to_string();
    let mut grouped = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let unit = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)].into_iter().find(|(_, unit)| bytes as f64 >= *unit);
    match unit {
        Some((name, unit)) => format!("{:.1} {name} ({grouped} {})", bytes as f64 / unit, words.bytes),
        None => format!("{grouped} {}", words.bytes),
    }
}
