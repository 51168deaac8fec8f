//! The report: one model, one file per renderer.

#[cfg(test)]
mod fixture;
mod html;
mod inert;
pub mod json;
mod measures;
mod model;
mod page;
mod pdf;
pub mod schema;
mod text;
mod timeline;
mod waveform;
mod words;

use std::io;

pub use inert::{is_invisible, visible};
pub use model::*;
pub use words::{clip_verdict as clip_verdict_text, verdict as verdict_text};

/// What a report can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Format {
    /// The contract's JSON, indented.
    Json,
    /// One self-contained HTML file.
    Html,
    /// The same page, printed by an installed Chromium.
    Pdf,
    /// A table for the terminal.
    Text,
}

impl Format {
    /// The end of a report's file name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Text => "txt",
        }
    }
}

/// How the terminal's table is dressed; the other formats take no notice of it. The caller knows
/// whether it writes to a terminal and whether `NO_COLOR` is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    pub colour: bool,
    /// Columns of the terminal.
    pub width: u16,
}

impl Default for Style {
    fn default() -> Self {
        Self { colour: false, width: 100 }
    }
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A fault in the program, never in a clip: the engine must not put such a number into a report.
    #[error("the report holds a number that is not finite: {0}")]
    NotFinite(String),
    #[error("the report could not be turned into JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the report's page could not be filled in: {0}")]
    Page(#[from] askama::Error),
    #[error(
        "a PDF is printed by Chromium, and none of {} is installed; \
         install the Debian package 'chromium', or ask for --format html",
        pdf::BROWSERS.join(", ")
    )]
    NoBrowser,
    #[error("{browser} could not be run: {source}")]
    BrowserNotRun { browser: String, source: io::Error },
    #[error("{browser} did not print the report within {limit_s} s")]
    BrowserTooSlow { browser: String, limit_s: u64 },
    #[error("{browser} printed no PDF ({status}): {message}")]
    BrowserFailed { browser: String, status: String, message: String },
    #[error("a temporary file could not be written or read: {0}")]
    TemporaryFile(#[source] io::Error),
}

/// Writes a report in one format. The same report gives the same bytes.
pub fn render(report: &Report, format: Format, style: &Style) -> Result<Vec<u8>, RenderError> {
    match format {
        Format::Json => json::pretty(report),
        Format::Html => html::render(report).map(String::into_bytes),
        Format::Pdf => pdf::print(&html::render(report)?),
        Format::Text => text::render(report, style).map(String::into_bytes),
    }
}
