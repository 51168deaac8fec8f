//! Matroska and WebM (EBML: RFC 8794; Matroska: RFC 9559).

use std::io::{self, Read, Seek};

use super::source::Source;
use super::{Notes, rfc3339, text};
use crate::time::round_to_microsecond;

/// Elements looked at on one level.
const MAX_CHILDREN: u32 = 4_096;
/// Elements of the segment and, where a cluster's length is not known, of its clusters.
const MAX_SEGMENT_ELEMENTS: u32 = 250_000;
const MAX_TEXT_BYTES: u64 = 16 * 1_024;
/// 2001-01-01 in seconds since 1970: Matroska's epoch.
const EPOCH_2001_S: i64 = 978_307_200;

mod id {
    pub const SEGMENT: u32 = 0x1853_8067;
    pub const SEEK_HEAD: u32 = 0x114d_9b74;
    pub const INFO: u32 = 0x1549_a966;
    pub const TIMESTAMP_SCALE: u32 = 0x2a_d7b1;
    pub const DURATION: u32 = 0x4489;
    pub const DATE_UTC: u32 = 0x4461;
    pub const MUXING_APP: u32 = 0x4d80;
    pub const WRITING_APP: u32 = 0x5741;
    pub const TRACKS: u32 = 0x1654_ae6b;
    pub const TRACK_ENTRY: u32 = 0xae;
    pub const TRACK_NAME: u32 = 0x536e;
    pub const CODEC_NAME: u32 = 0x25_8688;
    pub const CLUSTER: u32 = 0x1f43_b675;
    pub const CUES: u32 = 0x1c53_bb6b;
    pub const TAGS: u32 = 0x1254_c367;
    pub const TAG: u32 = 0x7373;
    pub const SIMPLE_TAG: u32 = 0x67c8;
    pub const TAG_NAME: u32 = 0x45a3;
    pub const TAG_STRING: u32 = 0x4487;
    pub const CHAPTERS: u32 = 0x1043_a770;
    pub const ATTACHMENTS: u32 = 0x1941_a469;
    pub const VOID: u32 = 0xec;
    pub const CRC_32: u32 = 0xbf;
}

/// Names of the segment's own children; anything else there is inside a cluster of unknown length.
fn segment_child(id: u32) -> Option<&'static str> {
    Some(match id {
        id::SEEK_HEAD => "SeekHead",
        id::INFO => "Info",
        id::TRACKS => "Tracks",
        id::CLUSTER => "Cluster",
        id::CUES => "Cues",
        id::TAGS => "Tags",
        id::CHAPTERS => "Chapters",
        id::ATTACHMENTS => "Attachments",
        id::VOID => "Void",
        id::CRC_32 => "CRC-32",
        _ => return None,
    })
}

#[derive(Debug, Clone, Copy)]
struct Element {
    id: u32,
    start: u64,
    payload: u64,
    /// First byte behind the element; `None` when its length is not known (live recording).
    end: Option<u64>,
}

impl Element {
    fn read<R: Read + Seek>(&self, source: &mut Source<R>) -> io::Result<Vec<u8>> {
        let bytes = self.end.map_or(0, |end| end - self.payload).min(MAX_TEXT_BYTES);
        source.read(self.payload, bytes as usize)
    }

    fn text<R: Read + Seek>(&self, source: &mut Source<R>) -> io::Result<String> {
        self.read(source).map(|bytes| text::printable(&bytes))
    }
}

/// The element at `at`; `None` at the end of the file or where no element can start.
fn element_at<R: Read + Seek>(source: &mut Source<R>, at: u64) -> io::Result<Option<Element>> {
    // Four bytes of id and eight of length at the most.
    let head = source.read(at, 12)?;
    Ok(parse_element(&head, at))
}

fn parse_element(head: &[u8], at: u64) -> Option<Element> {
    let first = *head.first()?;
    let id_bytes = first.leading_zeros() as usize + 1;
    if id_bytes > 4 {
        return None;
    }
    let id = head.get(..id_bytes)?.iter().fold(0_u32, |id, &byte| id << 8 | u32::from(byte));
    let length = &head[id_bytes..];
    let length_bytes = length.first()?.leading_zeros() as usize + 1;
    if length_bytes > 8 {
        return None;
    }
    let coded = length.get(..length_bytes)?.iter().fold(0_u64, |coded, &byte| coded << 8 | u64::from(byte));
    let mask = (1_u64 << (7 * length_bytes)) - 1;
    let payload = at.checked_add((id_bytes + length_bytes) as u64)?;
    let end = match coded & mask {
        // All ones: the length was not known when it was written.
        unknown if unknown == mask => None,
        size => Some(payload.checked_add(size)?),
    };
    Some(Element { id, start: at, payload, end })
}

fn children<R: Read + Seek>(
    source: &mut Source<R>,
    parent: &Element,
    mut visit: impl FnMut(&mut Source<R>, Element) -> io::Result<()>,
) -> io::Result<()> {
    let Some(limit) = parent.end else { return Ok(()) };
    let mut at = parent.payload;
    for _ in 0..MAX_CHILDREN {
        if at >= limit {
            break;
        }
        let Some(child) = element_at(source, at)? else { break };
        let Some(end) = child.end.filter(|&end| end <= limit) else { break };
        visit(source, child)?;
        at = end;
    }
    Ok(())
}

pub fn read<R: Read + Seek>(source: &mut Source<R>, notes: &mut Notes) -> io::Result<()> {
    notes.facts.format = "matroska".to_owned();
    let Some(header) = element_at(source, 0)? else { return Ok(()) };
    let Some(after_header) = header.end else {
        notes.problem("the EBML header has no length".to_owned());
        return Ok(());
    };
    notes.part("EBML".to_owned(), 0, after_header);
    let segment = element_at(source, after_header)?.filter(|element| element.id == id::SEGMENT);
    let Some(segment) = segment else {
        notes.problem(format!("no Segment at byte {after_header}"));
        return Ok(());
    };
    let bytes = source.bytes();
    let end = segment.end.unwrap_or(bytes);
    notes.part("Segment".to_owned(), segment.start, end - segment.start);
    notes.promised(end, bytes);
    read_segment(source, notes, &segment, end.min(bytes))
}

fn read_segment<R: Read + Seek>(
    source: &mut Source<R>,
    notes: &mut Notes,
    segment: &Element,
    end: u64,
) -> io::Result<()> {
    let mut at = segment.payload;
    // The last cluster, while its length is not known.
    let mut in_open_cluster = false;
    for _ in 0..MAX_SEGMENT_ELEMENTS {
        if at >= end {
            return Ok(());
        }
        let Some(child) = element_at(source, at)? else {
            // Two bytes or more must be there for an element; fewer are a cut tail.
            if end - at > 1 {
                notes.problem(format!("no element at byte {at}"));
            }
            return Ok(());
        };
        match segment_child(child.id) {
            Some(name) => {
                let child_end = child.end.unwrap_or(end);
                notes.part(name.to_owned(), child.start, child_end.saturating_sub(child.start));
                in_open_cluster = child.id == id::CLUSTER && child.end.is_none();
            }
            None if in_open_cluster => {}
            None => {
                notes.problem(format!("unknown element {:#x} at byte {at}", child.id));
            }
        }
        match child.id {
            id::INFO => read_info(source, notes, &child)?,
            id::TRACKS => read_tracks(source, notes, &child)?,
            id::TAGS => read_tags(source, notes, &child)?,
            _ => {}
        }
        at = match child.end {
            Some(child_end) => child_end,
            // Of unknown length: go on with what is inside.
            None if child.id == id::CLUSTER => child.payload,
            None => {
                notes.problem(format!("element {:#x} at byte {at} has no length", child.id));
                return Ok(());
            }
        };
    }
    notes.problem(format!("more than {MAX_SEGMENT_ELEMENTS} elements; the rest was not looked at"));
    Ok(())
}

fn unsigned(bytes: &[u8]) -> Option<u64> {
    (!bytes.is_empty() && bytes.len() <= 8)
        .then(|| bytes.iter().fold(0, |value, &byte| value << 8 | u64::from(byte)))
}

fn float(bytes: &[u8]) -> Option<f64> {
    match bytes.len() {
        4 => bytes.try_into().ok().map(|bytes| f32::from_be_bytes(bytes).into()),
        8 => bytes.try_into().ok().map(f64::from_be_bytes),
        _ => None,
    }
}

fn read_info<R: Read + Seek>(source: &mut Source<R>, notes: &mut Notes, info: &Element) -> io::Result<()> {
    const DEFAULT_TIMESTAMP_SCALE_NS: u64 = 1_000_000;
    let mut scale_ns = DEFAULT_TIMESTAMP_SCALE_NS;
    let mut duration = None;
    children(source, info, |source, child| {
        match child.id {
            id::MUXING_APP => notes.string("Segment/Info/MuxingApp", child.text(source)?),
            id::WRITING_APP => notes.string("Segment/Info/WritingApp", child.text(source)?),
            id::DATE_UTC => {
                let since_2001_ns = unsigned(&child.read(source)?).map(u64::cast_signed);
                notes.facts.creation_time =
                    since_2001_ns.and_then(|ns| rfc3339(EPOCH_2001_S + ns.div_euclid(1_000_000_000)));
            }
            id::TIMESTAMP_SCALE => scale_ns = unsigned(&child.read(source)?).unwrap_or(scale_ns),
            id::DURATION => duration = float(&child.read(source)?),
            _ => {}
        }
        Ok(())
    })?;
    notes.facts.duration_s = duration
        .map(|duration| round_to_microsecond(duration * scale_ns as f64 / 1e9))
        .filter(|duration_s| duration_s.is_finite() && *duration_s > 0.0);
    Ok(())
}

fn read_tracks<R: Read + Seek>(
    source: &mut Source<R>,
    notes: &mut Notes,
    tracks: &Element,
) -> io::Result<()> {
    let mut number = 0;
    children(source, tracks, |source, entry| {
        if entry.id != id::TRACK_ENTRY {
            return Ok(());
        }
        number += 1;
        children(source, &entry, |source, child| {
            let field = match child.id {
                id::TRACK_NAME => "Name",
                id::CODEC_NAME => "CodecName",
                _ => return Ok(()),
            };
            notes.string(format!("Segment/Tracks/TrackEntry[{number}]/{field}"), child.text(source)?);
            Ok(())
        })
    })
}

fn read_tags<R: Read + Seek>(source: &mut Source<R>, notes: &mut Notes, tags: &Element) -> io::Result<()> {
    children(source, tags, |source, tag| {
        if tag.id != id::TAG {
            return Ok(());
        }
        children(source, &tag, |source, simple| {
            if simple.id != id::SIMPLE_TAG {
                return Ok(());
            }
            let (mut name, mut value) = (String::new(), String::new());
            children(source, &simple, |source, child| {
                match child.id {
                    id::TAG_NAME => name = child.text(source)?,
                    id::TAG_STRING => value = child.text(source)?,
                    _ => {}
                }
                Ok(())
            })?;
            // FFmpeg repeats each track's length as a tag; lengths and places name no program.
            if !matches!(name.as_str(), "DURATION" | "LOCATION") {
                notes.string(format!("Segment/Tags/{name}"), value);
            }
            Ok(())
        })
    })
}
