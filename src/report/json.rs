//! The contract's JSON: fields in the order of the model, the same report the same bytes.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::inert::{checked_value, is_invisible};
use super::{RenderError, Report};

/// Indented by two spaces, with a line break at the end.
pub fn pretty(report: &Report) -> Result<Vec<u8>, RenderError> {
    write(report, PrettyFormatter::new())
}

/// On one line, with a line break at the end: for several reports in one stream.
pub fn line(report: &Report) -> Result<Vec<u8>, RenderError> {
    write(report, CompactFormatter)
}

fn write(report: &Report, layout: impl Formatter) -> Result<Vec<u8>, RenderError> {
    checked_value(report)?;
    let mut bytes = Vec::new();
    report.serialize(&mut Serializer::with_formatter(&mut bytes, Tidy(layout)))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Another formatter's layout, in which zero has no sign and invisible characters are escaped:
/// the value is the same, and printing it does nothing to a terminal.
struct Tidy<F>(F);

impl<F: Formatter> Formatter for Tidy<F> {
    fn write_f32<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        self.0.write_f32(writer, if value == 0.0 { 0.0 } else { value })
    }

    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        self.0.write_f64(writer, if value == 0.0 { 0.0 } else { value })
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|&(_, c)| is_invisible(c)) {
            writer.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;
    use crate::report::fixture;

    #[test]
    fn fields_come_in_the_contracts_order() {
        let json = String::from_utf8(pretty(&fixture::violation(Lang::Zh)).unwrap()).unwrap();
        let places: Vec<_> = [
            "schema",
            "tool",
            "clip",
            "policy",
            "models",
            "scope",
            "verdict",
            "findings",
            "observations",
            "limits",
        ]
        .iter()
        .map(|name| json.find(&format!("\n  \"{name}\":")).unwrap())
        .collect();
        assert!(places.is_sorted(), "{places:?}");
    }

    #[test]
    fn both_forms_say_the_same_and_read_back() {
        let report = fixture::violation(Lang::En);
        let one_line = line(&report).unwrap();
        assert_eq!(one_line.iter().filter(|&&byte| byte == b'\n').count(), 1);
        let from_line: serde_json::Value = serde_json::from_slice(&one_line).unwrap();
        let from_pretty: serde_json::Value = serde_json::from_slice(&pretty(&report).unwrap()).unwrap();
        assert_eq!(from_line, from_pretty);
    }

    #[test]
    fn zero_has_no_sign() {
        let mut report = fixture::compliant(Lang::Zh);
        report.clip.duration_s = -0.0;
        let json = String::from_utf8(line(&report).unwrap()).unwrap();
        assert!(json.contains("\"duration_s\":0.0") && !json.contains("-0.0"));
    }

    #[test]
    fn numbers_that_are_not_finite_are_refused() {
        let mut report = fixture::violation(Lang::Zh);
        report.findings[0].confidence = f64::NAN;
        assert!(matches!(pretty(&report), Err(RenderError::NotFinite(_))));

        let mut report = fixture::violation(Lang::Zh);
        report.observations.clock.as_mut().unwrap().drift_ppm = Some(f64::INFINITY);
        assert!(matches!(pretty(&report), Err(RenderError::NotFinite(_))));
    }

    #[test]
    fn hostile_text_is_escaped_and_kept() {
        let mut report = fixture::compliant(Lang::Zh);
        report.clip.name = "a\u{202e}\u{9b}31m\u{e0041}\u{2028}.mp4".to_owned();
        let json = line(&report).unwrap();
        let text = std::str::from_utf8(&json).unwrap();
        assert!(text.contains(r"a\u202e\u009b31m\udb40\udc41\u2028.mp4"), "{text}");
        let back: Report = serde_json::from_slice(&json).unwrap();
        assert_eq!(back.clip.name, report.clip.name);
    }
}
