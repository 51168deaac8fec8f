//! Small pieces of prose that the checks of spoken words share.

use crate::lang::{MinutesSeconds, Prose};
use crate::time::Span;

/// `0:02.1–0:14.8`
pub fn span_text(span: Span) -> String {
    format!("{}–{}", MinutesSeconds(span.start_s), MinutesSeconds(span.end_s))
}

/// Names in quotation marks of each language.
pub fn names(names: &[&str]) -> Prose {
    Prose::new(
        names.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join("、"),
        names.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join(", "),
    )
}

/// A stretch from a time on, as a reader calls it.
pub fn stretch_name(stretch: Span, duration_s: f64) -> Prose {
    let whole = stretch.start_s <= 0.0 && stretch.end_s >= duration_s;
    if whole {
        Prose::new("全片", "the whole clip")
    } else if stretch.start_s <= 0.0 {
        let seconds = stretch.end_s.round();
        Prose::new(format!("开头 {seconds} 秒"), format!("the first {seconds} s"))
    } else {
        Prose::new(span_text(stretch), span_text(stretch))
    }
}
