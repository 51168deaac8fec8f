//! A file's structure, read by hand: what the container says of itself, also when it is damaged.
//!
//! Demuxers hand over streams and hide the rest; an existing parser crate stops at the first broken
//! box, which is where the interesting files begin. So the few fields that matter are read here,
//! format by format, with every read bounded by [`source::Source`] and every list by a limit below.
//! Layouts: ISO/IEC 14496-12 and Apple's QuickTime File Format (`isobmff`), RFC 8794 and RFC 9559
//! (`ebml`), Microsoft's RIFF and OpenDML 1.02 (`riff`), ISO/IEC 13818-1 and ETSI EN 300 468
//! (`mpeg`).

mod ebml;
mod isobmff;
mod mpeg;
mod riff;
mod sniff;
mod source;
#[cfg(test)]
mod tests;
pub(super) mod text;

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use crate::evidence::{ContainerFacts, EditList, EncoderString, StructurePart};
use crate::media::Meter;
use sniff::Format;
use source::Source;

/// What a file of an unknown format is called.
pub const UNKNOWN_FORMAT: &str = "unknown";

/// Bytes that [`sniff`] looks at: three packets of the longest kind of transport stream, and then
/// some for a file that starts in the middle of one.
const HEAD_BYTES: usize = 4_096;

/// Parts of the structure that are always kept; after these, the first of each further name.
const MAX_PARTS: usize = 48;
const MAX_STRINGS: usize = 128;
const MAX_PROBLEMS: usize = 32;
const MAX_EDIT_LISTS: usize = 64;

/// Reads the structure of the file at `path`. What does not parse is named in
/// [`ContainerFacts::problems`]; an error means that the file itself cannot be read.
pub fn read(path: &Path) -> io::Result<ContainerFacts> {
    read_metered(path, &Meter::default())
}

/// The same; `meter` counts what of the file is read.
pub fn read_metered(path: &Path, meter: &Meter) -> io::Result<ContainerFacts> {
    // To open a pipe is to wait for whoever writes into it.
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    read_from(Metered { file: File::open(path)?, meter }, metadata.len())
}

/// A file of which it is counted what is read.
struct Metered<'a> {
    file: File,
    meter: &'a Meter,
}

impl Read for Metered<'_> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(piece)?;
        self.meter.add(count as u64);
        Ok(count)
    }
}

impl Seek for Metered<'_> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

fn read_from<R: Read + Seek>(reader: R, bytes: u64) -> io::Result<ContainerFacts> {
    let mut source = Source::new(reader, bytes);
    let head = source.read(0, HEAD_BYTES)?;
    let mut notes = Notes::default();
    match sniff::sniff(&head) {
        Format::Iso => isobmff::read(&mut source, &mut notes)?,
        Format::Matroska => ebml::read(&mut source, &mut notes)?,
        Format::Avi => riff::read(&mut source, &mut notes)?,
        Format::MpegTs(framing) => mpeg::read_transport(&mut source, framing, &mut notes)?,
        Format::MpegPs { at } => mpeg::read_program(&mut source, at, &mut notes)?,
        Format::Other(name) => notes.facts.format = name.to_owned(),
    }
    if source.exhausted() {
        notes.problem("the structure has more parts than are read; the rest was not looked at".to_owned());
    }
    Ok(notes.facts)
}

/// The facts as they are collected, each list within its limit.
#[derive(Default)]
struct Notes {
    facts: ContainerFacts,
}

impl Notes {
    fn part(&mut self, name: String, offset: u64, bytes: u64) {
        let parts = &mut self.facts.structure;
        let kept = parts.len() < MAX_PARTS || parts.iter().all(|part| part.name != name);
        if kept && parts.len() < 2 * MAX_PARTS {
            parts.push(StructurePart { name, offset, bytes });
        }
    }

    /// Keeps a text that may name a program: one with a letter in it, once.
    fn string(&mut self, place: impl Into<String>, text: String) {
        let found = EncoderString { place: place.into(), text };
        let strings = &mut self.facts.encoder_strings;
        if found.text.contains(char::is_alphabetic)
            && strings.len() < MAX_STRINGS
            && !strings.contains(&found)
        {
            strings.push(found);
        }
    }

    fn problem(&mut self, problem: String) {
        if self.facts.problems.len() < MAX_PROBLEMS {
            self.facts.problems.push(problem);
        }
    }

    fn edit_list(&mut self, list: EditList) {
        if self.facts.edit_lists.len() < MAX_EDIT_LISTS {
            self.facts.edit_lists.push(list);
        }
    }

    /// The structure promises bytes up to `end`, and the file has `bytes`.
    fn promised(&mut self, end: u64, bytes: u64) {
        if end > bytes {
            let missing = end - bytes;
            self.facts.missing_bytes = Some(self.facts.missing_bytes.unwrap_or(0).max(missing));
        }
    }
}

/// Seconds since 1970 as RFC 3339 in UTC; `None` outside the years that can be written.
fn rfc3339(unix_s: i64) -> Option<String> {
    jiff::Timestamp::from_second(unix_s).ok().map(|time| time.to_string())
}
