//! The geometry of the time line: seconds to places in a drawing 1000 units wide.

use super::page::Card;
use super::words::Words;
use super::{FindingSpan, Report};
use crate::figures::tenths;
use crate::lang::MinutesSeconds;
use crate::time::{Span, joined};

/// Drawing units; the page scales the drawing to its own width.
const WIDTH: f64 = 1000.0;
const LABELS_END: f64 = 190.0;
const PLOT_START: f64 = 200.0;
/// Half-width characters that fit before the plot at the style sheet's size; a Chinese one counts two.
const LABEL_COLUMNS: usize = 27;
const PLOT_END: f64 = 975.0;
const ROW_HEIGHT: f64 = 24.0;
const MARK_HEIGHT: f64 = 14.0;
const AXIS_HEIGHT: f64 = 22.0;
/// Nothing is drawn narrower: a tenth of a second of a two-hour clip must still be seen.
const NARROWEST: f64 = 2.0;
const MOST_TICKS: f64 = 10.0;
const TICK_STEPS_S: [f64; 14] =
    [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0];

pub struct Timeline {
    pub width: f64,
    pub height: f64,
    pub labels_end: f64,
    pub plot_start: f64,
    pub plot_width: f64,
    /// Where the rows end and the axis is drawn.
    pub axis_y: f64,
    pub ticks: Vec<Tick>,
    pub rows: Vec<Row>,
}

pub struct Tick {
    pub x: f64,
    pub label: String,
}

pub struct Row {
    pub top: f64,
    /// Middle of the row, for its label.
    pub middle: f64,
    pub label: String,
    pub href: String,
    pub marks: Vec<Mark>,
}

pub struct Mark {
    pub class: &'static str,
    pub shape: Shape,
    pub title: String,
    /// The entry that the mark stands for, and the mark's own anchor. A backdrop has neither.
    pub link: Option<Link>,
}

pub struct Link {
    pub href: String,
    pub id: String,
}

pub enum Shape {
    Bar {
        x: f64,
        y: f64,
        width: f64,
        height: f64,
    },
    /// A moment: the outline of a triangle that points at it.
    Point {
        path: String,
    },
}

/// Where the recognised line of that number is found on the time line: the mark of its run.
pub struct SpeechRuns(Vec<(Span, usize)>);

impl SpeechRuns {
    /// Lines closer together than a mark is wide are drawn as one.
    pub fn new(report: &Report) -> Self {
        let spans: Vec<Span> =
            report.observations.speech.iter().map(|line| Span::new(line.start_s, line.end_s)).collect();
        let bridge_s = report.clip.duration_s * NARROWEST / (PLOT_END - PLOT_START);
        let first_line = |run: Span| spans.iter().position(|span| run.contains(span.start_s)).unwrap_or(0);
        Self(joined(spans.clone(), bridge_s).into_iter().map(|run| (run, first_line(run))).collect())
    }

    pub fn mark_of(&self, at_s: f64) -> Option<String> {
        self.0.iter().find(|(run, _)| run.contains(at_s)).map(|(_, line)| format!("m-s{line}"))
    }
}

struct Scale {
    duration_s: f64,
}

impl Scale {
    fn x(&self, at_s: f64) -> f64 {
        let share = (at_s / self.duration_s).clamp(0.0, 1.0);
        tenths(PLOT_START + share * (PLOT_END - PLOT_START))
    }

    fn bar(&self, row_top: f64, span: Span, height: f64) -> Shape {
        let x = self.x(span.start_s).min(PLOT_END - NARROWEST);
        let width = tenths((self.x(span.end_s) - x).max(NARROWEST));
        Shape::Bar { x, y: tenths(row_top + (ROW_HEIGHT - height) / 2.0), width, height }
    }

    fn point(&self, row_top: f64, at_s: f64) -> Shape {
        let x = self.x(at_s);
        let top = row_top + (ROW_HEIGHT - MARK_HEIGHT) / 2.0;
        let half = MARK_HEIGHT / 2.0;
        let (left, right, bottom) = (tenths(x - half), tenths(x + half), top + MARK_HEIGHT);
        Shape::Point { path: format!("M{left} {top}H{right}L{x} {bottom}Z") }
    }

    fn bar_or_point(&self, row_top: f64, span: Span) -> Shape {
        if span.duration_s() > 0.0 {
            self.bar(row_top, span, MARK_HEIGHT)
        } else {
            self.point(row_top, span.start_s)
        }
    }

    fn ticks(&self) -> Vec<Tick> {
        let longest = TICK_STEPS_S[TICK_STEPS_S.len() - 1];
        let step_s = TICK_STEPS_S
            .into_iter()
            .find(|step_s| self.duration_s / step_s <= MOST_TICKS)
            .unwrap_or(longest * (self.duration_s / longest / MOST_TICKS).ceil());
        let count = (self.duration_s / step_s) as u32;
        (0..=count)
            .map(|n| f64::from(n) * step_s)
            .map(|at_s| {
                let seconds = at_s as u64;
                Tick { x: self.x(at_s), label: format!("{}:{:02}", seconds / 60, seconds % 60) }
            })
            .collect()
    }
}

/// One drawing of everything that has a time; `None` for a clip without a duration.
pub fn timeline(report: &Report, cards: &[&Card], words: &Words) -> Option<Timeline> {
    let scale = Scale { duration_s: report.clip.duration_s };
    if scale.duration_s <= 0.0 {
        return None;
    }
    let mut rows = Vec::new();
    let mut add = |label: &str, href: &str, marks: &dyn Fn(f64) -> Vec<Mark>| {
        let top = rows.len() as f64 * ROW_HEIGHT;
        let row = Row {
            top,
            middle: top + ROW_HEIGHT / 2.0,
            label: shortened(label),
            href: href.to_owned(),
            marks: marks(top),
        };
        rows.push(row);
    };
    add(words.voice, "#transcript", &|top| voice(report, &scale, top, words));
    add(words.listened, "#transcript", &|top| speech(report, &scale, top, words));
    add(words.clock, "#clock", &|top| clock(report, &scale, top, words));
    add(words.discontinuities, "#discontinuities", &|top| discontinuities(report, &scale, top));
    for card in cards.iter().filter(|card| !card.marked.is_empty()) {
        add(&format!("{} {}", card.number, card.title), &format!("#{}", card.id), &|top| {
            finding(card, &scale, top)
        });
    }
    let axis_y = rows.len() as f64 * ROW_HEIGHT;
    Some(Timeline {
        width: WIDTH,
        height: axis_y + AXIS_HEIGHT,
        labels_end: LABELS_END,
        plot_start: PLOT_START,
        plot_width: PLOT_END - PLOT_START,
        axis_y,
        ticks: scale.ticks(),
        rows,
    })
}

fn voice(report: &Report, scale: &Scale, top: f64, words: &Words) -> Vec<Mark> {
    let bars = report.observations.voice.iter();
    bars.map(|&span| backdrop("voice", scale.bar(top, span, MARK_HEIGHT), words.voice, span)).collect()
}

fn speech(report: &Report, scale: &Scale, top: f64, words: &Words) -> Vec<Mark> {
    let listened = report.observations.listened.iter();
    let listened =
        listened.map(|&span| backdrop("listened", scale.bar(top, span, MARK_HEIGHT), words.listened, span));
    let runs = SpeechRuns::new(report).0.into_iter().map(|(run, line)| Mark {
        class: "speech",
        shape: scale.bar(top, run, MARK_HEIGHT - 4.0),
        title: format!("{} {}", words.listened, interval(run)),
        link: Some(Link { href: format!("#s{line}"), id: format!("m-s{line}") }),
    });
    listened.chain(runs).collect()
}

fn clock(report: &Report, scale: &Scale, top: f64, words: &Words) -> Vec<Mark> {
    let Some(clock) = &report.observations.clock else {
        return Vec::new();
    };
    let whole = Span::new(0.0, report.clip.duration_s);
    let looked_at = backdrop("clock", scale.bar(top, whole, MARK_HEIGHT), words.clock_read, whole);
    let missing = clock
        .missing
        .iter()
        .map(|&span| backdrop("missing", scale.bar(top, span, MARK_HEIGHT), words.clock_missing, span));
    let stopped = clock
        .stopped
        .iter()
        .map(|&span| backdrop("stopped", scale.bar(top, span, MARK_HEIGHT), words.clock_stopped, span));
    let jumps = clock.jumps.iter().enumerate().map(|(n, jump)| Mark {
        class: "jump",
        shape: scale.point(top, jump.at_s),
        title: format!("{} {}", words.clock_jump, MinutesSeconds(jump.at_s)),
        link: Some(Link { href: format!("#j{n}"), id: format!("m-j{n}") }),
    });
    std::iter::once(looked_at).chain(missing).chain(stopped).chain(jumps).collect()
}

fn discontinuities(report: &Report, scale: &Scale, top: f64) -> Vec<Mark> {
    let breaks = report.observations.discontinuities.iter().enumerate();
    breaks
        .map(|(n, found)| {
            let span = Span::new(found.at_s, found.end_s);
            Mark {
                class: "break",
                shape: scale.bar_or_point(top, span),
                title: format!("{} {}", found.text().get(report.lang), interval(span)),
                link: Some(Link { href: format!("#d{n}"), id: format!("m-d{n}") }),
            }
        })
        .collect()
}

fn finding(card: &Card, scale: &Scale, top: f64) -> Vec<Mark> {
    let marked = card.marked.iter().enumerate();
    marked
        .map(|(n, FindingSpan { start_s, end_s, label })| {
            let span = Span::new(*start_s, *end_s);
            Mark {
                class: card.class,
                shape: scale.bar_or_point(top, span),
                title: format!("{label} {}", interval(span)),
                link: Some(Link { href: format!("#{}", card.id), id: format!("m-{}-{n}", card.id) }),
            }
        })
        .collect()
}

fn backdrop(class: &'static str, shape: Shape, what: &str, span: Span) -> Mark {
    Mark { class, shape, title: format!("{what} {}", interval(span)), link: None }
}

/// `1:02.5–1:04.0`, or one time for a moment.
pub fn interval(span: Span) -> String {
    let (start, end) = (MinutesSeconds(span.start_s).to_string(), MinutesSeconds(span.end_s).to_string());
    if end == start || span.end_s < span.start_s { start } else { format!("{start}–{end}") }
}

fn shortened(label: &str) -> String {
    let columns = |c: char| if c < '\u{1100}' { 1 } else { 2 };
    if label.chars().map(columns).sum::<usize>() <= LABEL_COLUMNS {
        return label.to_owned();
    }
    let mut used = 1;
    let mut short: String = label
        .chars()
        .take_while(|&c| {
            used += columns(c);
            used <= LABEL_COLUMNS
        })
        .collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALE: Scale = Scale { duration_s: 600.0 };

    #[test]
    fn wild_times_stay_inside_the_drawing() {
        for span in [Span::new(-1e300, 1e300), Span::new(1e300, -1e300), Span::new(600.0, 600.0)] {
            let Shape::Bar { x, width, .. } = SCALE.bar(0.0, span, MARK_HEIGHT) else { unreachable!() };
            assert!(x >= PLOT_START && width >= NARROWEST && x + width <= PLOT_END, "{span:?}");
        }
    }

    #[test]
    fn ticks_are_round_and_few_for_any_duration() {
        for duration_s in [0.04, 9.0, 38.0, 600.04, 7200.0, 1e6] {
            let ticks = Scale { duration_s }.ticks();
            assert!((1..=11).contains(&ticks.len()), "{duration_s} s: {} ticks", ticks.len());
        }
        let labels: Vec<_> = SCALE.ticks().into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels[..3], ["0:00", "1:00", "2:00"]);
    }

    #[test]
    fn long_labels_are_cut_to_the_room_they_have() {
        assert_eq!(shortened("4 explanation of interruptions"), "4 explanation of interrupt…");
        assert_eq!(shortened("4 中断说明"), "4 中断说明");
        assert_eq!(shortened(&"说".repeat(40)), "说".repeat(13) + "…");
    }

    #[test]
    fn a_moment_has_one_time() {
        assert_eq!(interval(Span::new(61.0, 61.0)), "1:01.0");
        assert_eq!(interval(Span::new(61.0, 62.5)), "1:01.0–1:02.5");
    }
}
