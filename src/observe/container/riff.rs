//! AVI (Microsoft's RIFF; OpenDML AVI 1.02 for files of several RIFF parts).

use std::io::{self, Read, Seek};

use super::source::{Source, le32, take};
use super::{Notes, text};
use crate::time::round_to_microsecond;

const MAX_CHUNKS: u32 = 4_096;
const MAX_TEXT_BYTES: u64 = 16 * 1_024;
/// `JUNK` up to this size is read, because tools and cameras sign there.
const MAX_JUNK_BYTES: u64 = 64 * 1_024;
/// Lists lie in lists: RIFF, hdrl, strl. Nothing known goes deeper.
const MAX_DEPTH: u32 = 4;

/// A chunk as its header describes it.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    code: [u8; 4],
    /// The kind of a `LIST` or `RIFF`.
    list: Option<[u8; 4]>,
    start: u64,
    payload: u64,
    end: u64,
}

impl Chunk {
    fn name(&self) -> String {
        match self.list {
            Some(list) => format!("{} {}", text::four_cc(self.code), text::four_cc(list)),
            None => text::four_cc(self.code),
        }
    }

    /// Chunks start at even offsets.
    fn next(&self) -> u64 {
        self.end.saturating_add(self.end % 2)
    }

    fn read<R: Read + Seek>(&self, source: &mut Source<R>, limit: u64) -> io::Result<Vec<u8>> {
        source.read(self.payload, self.end.saturating_sub(self.payload).min(limit) as usize)
    }
}

fn chunk_at<R: Read + Seek>(source: &mut Source<R>, at: u64, limit: u64) -> io::Result<Option<Chunk>> {
    const HEADER: u64 = 8;
    const LIST_HEADER: u64 = 12;
    if limit.saturating_sub(at) < HEADER {
        return Ok(None);
    }
    let head = source.read(at, LIST_HEADER as usize)?;
    let (Some(code), Some(size)) = (take::<4>(&head, 0), le32(&head, 4)) else { return Ok(None) };
    let list = if matches!(&code, b"RIFF" | b"LIST") { take::<4>(&head, 8) } else { None };
    let payload = at + if list.is_some() { LIST_HEADER } else { HEADER };
    Ok(Some(Chunk { code, list, start: at, payload, end: at + HEADER + u64::from(size) }))
}

/// What must be known of the whole file before anything can be said about its index.
#[derive(Default)]
struct Found {
    index: bool,
    media: bool,
    streams: u32,
}

pub fn read<R: Read + Seek>(source: &mut Source<R>, notes: &mut Notes) -> io::Result<()> {
    notes.facts.format = "avi".to_owned();
    let bytes = source.bytes();
    let mut found = Found::default();
    let mut at = 0;
    for _ in 0..MAX_CHUNKS {
        let Some(chunk) = chunk_at(source, at, bytes)? else { break };
        let known = matches!(chunk.list.as_ref(), Some(b"AVI " | b"AVIX"));
        if !known && chunk.code != *b"JUNK" {
            if chunk.code != [0; 4] {
                notes.problem(format!("no RIFF chunk at byte {at}"));
            }
            break;
        }
        notes.part(chunk.name(), chunk.start, chunk.end - chunk.start);
        notes.promised(chunk.end, bytes);
        // A size that was never filled in: the file was not closed, and reaches to its end.
        let end = if chunk.end <= chunk.payload { bytes } else { chunk.end.min(bytes) };
        if known {
            read_list(source, notes, &mut found, "", (chunk.payload, end), 1)?;
        }
        at = Chunk { end, ..chunk }.next();
    }
    notes.facts.index_missing = found.media && !found.index;
    Ok(())
}

fn read_list<R: Read + Seek>(
    source: &mut Source<R>,
    notes: &mut Notes,
    found: &mut Found,
    place: &str,
    (from, to): (u64, u64),
    depth: u32,
) -> io::Result<()> {
    let mut at = from;
    for _ in 0..MAX_CHUNKS {
        let Some(chunk) = chunk_at(source, at, to)? else { return Ok(()) };
        if chunk.code == [0; 4] {
            return Ok(());
        }
        if depth == 1 {
            notes.part(chunk.name(), chunk.start, chunk.end - chunk.start);
        }
        notes.promised(chunk.end, source.bytes());
        match (&chunk.code, chunk.list.as_ref()) {
            // Sound and pictures themselves; their number is unbounded and their content another's job.
            (b"LIST", Some(b"movi")) => {
                found.media = true;
                if chunk.end <= chunk.payload {
                    // Its size was never filled in: all that follows is media.
                    return Ok(());
                }
            }
            (b"LIST", Some(list)) if depth < MAX_DEPTH => {
                let list_end = chunk.end.min(to);
                let name = text::four_cc(*list);
                let inner = match list {
                    b"strl" => {
                        found.streams += 1;
                        format!("{place}{name}[{}]/", found.streams)
                    }
                    _ => format!("{place}{name}/"),
                };
                read_list(source, notes, found, &inner, (chunk.payload, list_end), depth + 1)?;
            }
            _ => read_chunk(source, notes, found, place, &chunk)?,
        }
        at = chunk.next();
    }
    notes.problem(format!("{place}: more than {MAX_CHUNKS} chunks; the rest was not looked at"));
    Ok(())
}

fn read_chunk<R: Read + Seek>(
    source: &mut Source<R>,
    notes: &mut Notes,
    found: &mut Found,
    place: &str,
    chunk: &Chunk,
) -> io::Result<()> {
    let place_of = |name: &str| format!("{place}{name}");
    match &chunk.code {
        b"idx1" | b"indx" => found.index = true,
        b"strh" => {
            // Kind of stream, the codec's code, and from byte 20: scale, rate, start, length.
            let header = chunk.read(source, 36)?;
            if header.starts_with(b"vids") {
                if let Some(handler) = take::<4>(&header, 4) {
                    notes.string(place_of("strh handler"), text::four_cc(handler));
                }
                let field = |at| le32(&header, at).map_or(0.0, f64::from);
                let duration_s = round_to_microsecond(field(32) * field(20) / field(24));
                notes.facts.duration_s =
                    Some(duration_s).filter(|duration_s| duration_s.is_finite() && *duration_s > 0.0);
            }
        }
        b"strn" => notes.string(place_of("strn"), text::printable(&chunk.read(source, MAX_TEXT_BYTES)?)),
        b"IDIT" | b"ICRD" => {
            let date = text::printable(&chunk.read(source, MAX_TEXT_BYTES)?);
            if let Some(time) = civil_time(&date) {
                notes.facts.creation_time.get_or_insert(time);
            }
        }
        b"_PMX" => {
            const MAX_XMP_BYTES: u64 = 1_024 * 1_024;
            for tool in text::xmp_tools(&chunk.read(source, MAX_XMP_BYTES)?) {
                notes.string(place_of("_PMX (XMP)"), tool);
            }
        }
        b"JUNK" if chunk.end - chunk.payload <= MAX_JUNK_BYTES => {
            notes.string(place_of("JUNK"), text::runs(&chunk.read(source, MAX_JUNK_BYTES)?));
        }
        // INFO: everything in there is a text.
        [b'I', rest @ ..] if place.ends_with("INFO/") && rest.iter().all(u8::is_ascii_alphanumeric) => {
            let value = text::printable(&chunk.read(source, MAX_TEXT_BYTES)?);
            notes.string(place_of(&text::four_cc(chunk.code)), value);
        }
        _ => {}
    }
    Ok(())
}

/// The date of a recording in one of the ways in which cameras and the standard write it, taken as
/// if it were UTC.
fn civil_time(text: &str) -> Option<String> {
    const FORMATS: [&str; 4] =
        ["%a %b %e %H:%M:%S %Y", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y:%m:%d %H:%M:%S"];
    FORMATS
        .iter()
        .find_map(|format| jiff::civil::DateTime::strptime(format, text).ok())
        .and_then(|time| time.to_zoned(jiff::tz::TimeZone::UTC).ok())
        .map(|time| time.timestamp().to_string())
}
