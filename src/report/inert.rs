//! File names, transcripts and error messages are hostile input. A reader must see what is there:
//! nothing invisible, nothing that turns the text around, nothing that a terminal obeys.

use serde_json::{Map, Value};

use super::{RenderError, Report};

/// Characters that show nothing themselves and change how others are shown: controls (terminal
/// escapes among them), bidi marks and overrides, zero-width and tag characters, line separators.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}'                        // soft hyphen
            | '\u{61c}'                     // Arabic letter mark
            | '\u{180e}'                    // Mongolian vowel separator
            | '\u{200b}'..='\u{200f}'       // zero width, direction marks
            | '\u{2028}'..='\u{202e}'       // line and paragraph separators, bidi overrides
            | '\u{2060}'..='\u{206f}'       // word joiner, invisible operators, bidi isolates
            | '\u{feff}'                    // byte order mark
            | '\u{fff9}'..='\u{fffb}'       // interlinear annotation
            | '\u{e0000}'..='\u{e007f}'     // tags
        )
}

/// The text with line breaks and tabs as spaces and every other invisible character as `[U+202E]`.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => shown.push(' '),
            c if is_invisible(c) => shown.push_str(&format!("[U+{:04X}]", u32::from(c))),
            c => shown.push(c),
        }
    }
    shown
}

/// A copy of the report in which every string is [`visible`]. Going over the whole report at once,
/// no renderer can forget one.
pub fn report(report: &Report) -> Result<Report, RenderError> {
    let mut shown: Report = serde_json::from_value(neutralised(checked_value(report)?))?;
    for (shown, original) in shown.findings.iter_mut().zip(&report.findings) {
        for (shown, original) in shown.stills.iter_mut().zip(&original.stills) {
            shown.jpeg.clone_from(&original.jpeg);
        }
    }
    Ok(shown)
}

fn neutralised(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(visible(&text)),
        Value::Array(items) => Value::Array(items.into_iter().map(neutralised).collect()),
        Value::Object(fields) => Value::Object(
            fields.into_iter().map(|(key, value)| (visible(&key), neutralised(value))).collect::<Map<_, _>>(),
        ),
        other => other,
    }
}

/// The report as a JSON value, after making sure that it holds only finite numbers: JSON has no
/// others, and `serde_json` would quietly write `null`.
pub fn checked_value(report: &Report) -> Result<Value, RenderError> {
    let value = serde_json::to_value(report)?;
    let read_back: Report =
        serde_json::from_value(value.clone()).map_err(|error| RenderError::NotFinite(error.to_string()))?;
    // An optional number that is not finite reads back as absent; only the comparison tells.
    if read_back != without_pictures(report) {
        return Err(RenderError::NotFinite("in an optional field".to_owned()));
    }
    Ok(value)
}

fn without_pictures(report: &Report) -> Report {
    let mut report = report.clone();
    for still in report.findings.iter_mut().flat_map(|finding| &mut finding.stills) {
        still.jpeg = None;
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_become_visible() {
        assert_eq!(visible("a\u{202e}4pm.exe"), "a[U+202E]4pm.exe");
        assert_eq!(visible("\u{1b}[31mred\u{9b}0m"), "[U+001B][31mred[U+009B]0m");
        assert_eq!(visible("一行\n二行"), "一行 二行");
        assert_eq!(visible("您好，××局 <b>"), "您好，××局 <b>");
    }
}
