//! The list of checks as a page.

use std::fmt::Write;

use super::store::Check;
use crate::report::visible;

pub(super) fn list(checks: &[Check]) -> String {
    let mut rows = String::new();
    for check in checks {
        let clip = escaped(&visible(&check.clip));
        let state = format!("{:?}", check.state).to_lowercase();
        let verdict = match check.verdict {
            Some(verdict) => {
                format!("<a href=\"/api/v1/checks/{}/report.html\">{}</a>", check.id, verdict.id())
            }
            None => escaped(&visible(check.error.as_deref().unwrap_or_default())),
        };
        // Writing to a text cannot fail.
        let _ = write!(rows, "<tr><td>{clip}</td><td>{state}</td><td>{verdict}</td></tr>");
    }
    format!(
        "<!doctype html><html lang=\"zh\"><meta charset=\"utf-8\"><title>pingcha</title>\
         <style>body{{font:16px sans-serif;margin:2rem}}td,th{{text-align:left;padding:.3rem 1rem .3rem 0}}</style>\
         <h1>评查 / checks</h1><table><tr><th>录像 / clip</th><th>状态 / state</th><th>结论 / verdict</th></tr>{rows}</table></html>"
    )
}

fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn names_are_shown_and_not_obeyed() {
        let check = Check {
            id: "1".to_owned(),
            clip: "<script>alert('\u{202e}')</script>.mp4".to_owned(),
            file: String::new(),
            state: State::Waiting,
            verdict: None,
            error: Some("<b>".to_owned()),
        };
        let page = list(&[check]);
        assert!(!page.contains("<script") && !page.contains("<b>") && !page.contains('\u{202e}'), "{page}");
        assert!(page.contains("&lt;script&gt;"));
    }
}
