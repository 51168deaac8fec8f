//! A table for the terminal. Every string of the report is made visible first, so that no file name
//! and no transcript can move the cursor, change colours or turn the reading direction.

use std::fmt::Write;

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::inert;
use super::page::{ORDER, size};
use super::timeline::interval;
use super::words::{self, Words, words};
use super::{ClipVerdict, Finding, RenderError, Report, Style};
use crate::checks::Verdict;
use crate::lang::MinutesSeconds;
use crate::time::Span;

/// Narrower, the explanation has no room; the terminal then breaks the lines itself.
const NARROWEST_COLUMNS: u16 = 60;
/// More places than these are left to the other formats.
const PLACES_SHOWN: usize = 4;

pub fn render(report: &Report, style: &Style) -> Result<String, RenderError> {
    let report = inert::report(report)?;
    let words = words(report.lang);
    let mut text = heading(&report, words, style);
    if !report.findings.is_empty() {
        text.push('\n');
        text.push_str(&table(&report, words, style));
        text.push('\n');
    }
    if !report.limits.is_empty() {
        let _ = writeln!(text, "\n{}", words.limits);
        for limit in &report.limits {
            let _ = writeln!(text, "  - {limit}");
        }
    }
    if let Some(sha256) = &report.clip.sha256 {
        let _ = writeln!(text, "\nSHA-256 {sha256}");
    }
    Ok(text)
}

fn heading(report: &Report, words: &Words, style: &Style) -> String {
    let clip = &report.clip;
    let mut about = vec![size(clip.bytes, words)];
    if clip.duration_s > 0.0 {
        about.insert(0, MinutesSeconds(clip.duration_s).to_string());
    }
    about.extend(
        clip.bytes_read.map(|bytes| format!("{}{}{}", words.bytes_read, words.colon, size(bytes, words))),
    );
    about.extend(clip.container.clone());
    about
        .extend(clip.video.as_ref().map(|video| format!("{} {}×{}", video.codec, video.width, video.height)));
    about.extend(clip.audio.as_ref().map(|audio| audio.codec.clone()));

    let count = |verdict| report.findings.iter().filter(|finding| finding.verdict == verdict).count();
    let counts = ORDER
        .into_iter()
        .filter(|&verdict| count(verdict) > 0)
        .map(|verdict| format!("{} {}", words::verdict(verdict).get(report.lang), count(verdict)));
    let verdict = words::clip_verdict(report.verdict).get(report.lang);

    let mut lines = vec![
        clip.name.clone(),
        about.join(words.separator),
        format!("{}{}{}", words.policy, words.colon, report.policy.title),
        format!("{}{}{}", words.clip_verdict, words.colon, emphasised(verdict, report.verdict, style)),
    ];
    lines.extend(words::own_verdict(report));
    lines.extend(report.unreadable.clone());
    if !report.findings.is_empty() {
        lines.push(counts.collect::<Vec<_>>().join(words.separator));
    }
    lines.join("\n") + "\n"
}

fn emphasised(label: &str, verdict: ClipVerdict, style: &Style) -> String {
    if !style.colour {
        return label.to_owned();
    }
    let colour = match verdict {
        ClipVerdict::Compliant => 32,
        ClipVerdict::Review => 33,
        ClipVerdict::Violation => 31,
        ClipVerdict::Unreadable => 35,
    };
    format!("\u{1b}[1;{colour}m{label}\u{1b}[0m")
}

fn table(report: &Report, words: &Words, style: &Style) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(style.width.max(NARROWEST_COLUMNS));
    if style.colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table.set_header([words.verdict, words.article, words.item, words.summary]);
    for verdict in ORDER {
        for finding in report.findings.iter().filter(|finding| finding.verdict == verdict) {
            let label = Cell::new(words::verdict(verdict).get(report.lang)).add_attribute(Attribute::Bold);
            let label = match colour(verdict) {
                Some(colour) => label.fg(colour),
                None => label,
            };
            table.add_row([
                label,
                Cell::new(&finding.article),
                Cell::new(&finding.title),
                Cell::new(explanation(finding, words)),
            ]);
        }
    }
    let widths = [14, 10, 16];
    for (column, width) in table.column_iter_mut().zip(widths) {
        column.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(width)));
    }
    table.trim_fmt()
}

fn colour(verdict: Verdict) -> Option<Color> {
    match verdict {
        Verdict::Fail => Some(Color::Red),
        Verdict::Review => Some(Color::Yellow),
        Verdict::Pass => Some(Color::Green),
        Verdict::NotAssessed | Verdict::NotApplicable => None,
    }
}

/// The summary and, where a person has to look, the places to look at.
fn explanation(finding: &Finding, words: &Words) -> String {
    let mut text = finding.summary.clone();
    if !matches!(finding.verdict, Verdict::Fail | Verdict::Review) {
        return text;
    }
    for span in finding.spans.iter().take(PLACES_SHOWN) {
        let _ = write!(text, "\n{} {}", interval(Span::new(span.start_s, span.end_s)), span.label);
    }
    if let Some(more) = finding.spans.len().checked_sub(PLACES_SHOWN).filter(|&more| more > 0) {
        let _ = write!(text, "\n{} +{more}", words.more_spans);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;
    use crate::report::fixture;

    fn plain(report: &Report) -> String {
        render(report, &Style::default()).unwrap()
    }

    #[test]
    fn a_clips_own_verdict_stands_beside_where_it_is_another() {
        let mut report = fixture::violation(Lang::Zh);
        assert!(!plain(&report).contains("本段自身"));
        report.own_verdict = Some(report.verdict);
        assert!(!plain(&report).contains("本段自身"));
        report.own_verdict = Some(ClipVerdict::Compliant);
        let page = crate::report::html::render(&report).unwrap();
        for shown in [plain(&report), page] {
            assert!(shown.contains("本段自身：符合规定；其余属台账整体的问题"), "{shown}");
        }
    }

    #[test]
    fn chinese() {
        insta::assert_snapshot!(plain(&fixture::violation(Lang::Zh)));
    }

    #[test]
    fn english() {
        insta::assert_snapshot!(plain(&fixture::violation(Lang::En)));
    }

    #[test]
    fn unreadable_says_why() {
        let report = fixture::unreadable(Lang::Zh);
        let text = plain(&report);
        assert!(text.contains("文件无法读取") && text.contains(report.unreadable.as_deref().unwrap()));
    }

    #[test]
    fn colour_only_when_asked_for() {
        let report = fixture::violation(Lang::Zh);
        assert!(!plain(&report).contains('\u{1b}'));
        let coloured = render(&report, &Style { colour: true, width: 100 }).unwrap();
        assert!(coloured.contains("\u{1b}[1;31m存在不符合项\u{1b}[0m"));
    }

    #[test]
    fn hostile_text_reaches_no_terminal() {
        let text = plain(&fixture::hostile());
        assert!(text.chars().all(|c| c == '\n' || !inert::is_invisible(c)));
        assert!(text.contains("[U+001B][2J"));
    }

    #[test]
    fn two_hundred_places_do_not_flood_the_terminal() {
        assert!(plain(&fixture::long(Lang::Zh)).lines().count() < 60);
    }
}
