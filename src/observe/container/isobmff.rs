//! ISO base media files: MP4, MOV, 3GP, fragmented or not (ISO/IEC 14496-12; Apple's QuickTime File
//! Format for what MOV does otherwise).

mod layout;
mod metadata;
mod track;

use std::io::{self, Read, Seek};

use super::source::{Source, be32, be64};
use super::{Notes, rfc3339, text};

/// Boxes looked at on one level. A file of one-second fragments has two a second on its top level.
const MAX_TOP_LEVEL: u32 = 250_000;
const MAX_CHILDREN: u32 = 4_096;
/// Small `free` boxes are read, because tools sign there.
const MAX_FREE_BYTES: u64 = 4_096;
/// 1904-01-01 to 1970-01-01, in seconds: the epoch of the headers.
const EPOCH_1904_S: u64 = 2_082_844_800;
const XMP_UUID: [u8; 16] =
    [0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8, 0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac];

/// One box as its header describes it.
#[derive(Debug, Clone, Copy)]
struct Box {
    kind: [u8; 4],
    /// Offset of the header, of the payload, and of the first byte behind the box, as declared.
    start: u64,
    payload: u64,
    end: u64,
}

impl Box {
    fn is(&self, kind: &[u8; 4]) -> bool {
        self.kind == *kind
    }

    fn name(&self) -> String {
        text::four_cc(self.kind)
    }

    /// The payload, or its first `limit` bytes.
    fn read<R: Read + Seek>(&self, source: &mut Source<R>, limit: u64) -> io::Result<Vec<u8>> {
        let bytes = self.end.saturating_sub(self.payload).min(limit);
        source.read(self.payload, bytes as usize)
    }
}

enum Step {
    Box(Box),
    End,
    /// What stands there is no box.
    Broken(String),
}

/// The box at `at`, in a parent that ends at `limit`, whatever its type.
fn any_box_at<R: Read + Seek>(source: &mut Source<R>, at: u64, limit: u64) -> io::Result<Step> {
    const SHORT_HEADER: u64 = 8;
    const LONG_HEADER: u64 = 16;
    if limit.saturating_sub(at) < SHORT_HEADER {
        return Ok(Step::End);
    }
    let Some(head) = source.array::<8>(at)? else { return Ok(Step::End) };
    if head == [0; 8] {
        // Zeros: the terminator of QuickTime user data, or the rest of space that was set aside.
        return Ok(Step::End);
    }
    let [s0, s1, s2, s3, kind @ ..] = head;
    let (header, size) = match u32::from_be_bytes([s0, s1, s2, s3]) {
        0 => (SHORT_HEADER, limit - at),
        1 => match source.array::<8>(at + SHORT_HEADER)? {
            Some(large) => (LONG_HEADER, u64::from_be_bytes(large)),
            None => return Ok(Step::End),
        },
        size => (SHORT_HEADER, size.into()),
    };
    match at.checked_add(size) {
        Some(end) if size >= header => Ok(Step::Box(Box { kind, start: at, payload: at + header, end })),
        _ => Ok(Step::Broken(format!(
            "box '{}' at byte {at} has the impossible size {size}",
            text::four_cc(kind)
        ))),
    }
}

/// The box at `at`, if its type looks like one.
fn box_at<R: Read + Seek>(source: &mut Source<R>, at: u64, limit: u64) -> io::Result<Step> {
    Ok(match any_box_at(source, at, limit)? {
        Step::Box(found)
            if !found.kind.iter().all(|&byte| byte == 0xa9 || byte == b' ' || byte.is_ascii_graphic()) =>
        {
            Step::Broken(format!("no box at byte {at}: its type is not text"))
        }
        step => step,
    })
}

/// Calls `visit` with each child box between `from` and `to`. A child that leaves its parent, and
/// anything that is no box, is a problem of `place` and ends the level.
fn children<R: Read + Seek>(
    source: &mut Source<R>,
    notes: &mut Notes,
    place: &str,
    (from, to): (u64, u64),
    mut visit: impl FnMut(&mut Source<R>, &mut Notes, Box) -> io::Result<()>,
) -> io::Result<()> {
    let mut at = from;
    for _ in 0..MAX_CHILDREN {
        match box_at(source, at, to)? {
            Step::Box(child) if child.end > to => {
                notes.problem(format!(
                    "{place}: box '{}' at byte {} is longer than its parent",
                    child.name(),
                    child.start
                ));
                return Ok(());
            }
            Step::Box(child) => {
                visit(source, notes, child)?;
                at = child.end;
            }
            Step::End => return Ok(()),
            Step::Broken(what) => {
                notes.problem(format!("{place}: {what}"));
                return Ok(());
            }
        }
    }
    notes.problem(format!("{place}: more than {MAX_CHILDREN} boxes; the rest was not looked at"));
    Ok(())
}

/// Seconds since 1904 as RFC 3339. Zero means "not set". Recorders that count from 1970 instead,
/// against the standard, are understood as such.
fn header_time(seconds: u64) -> Option<String> {
    if seconds == 0 {
        return None;
    }
    rfc3339(i64::try_from(seconds.checked_sub(EPOCH_1904_S).unwrap_or(seconds)).ok()?)
}

/// The start of `mvhd` and `mdhd`, which are alike: both exist with 32 and with 64 bit times.
struct TimeHeader {
    created: u64,
    modified: u64,
    timescale: u32,
    duration: u64,
}

impl TimeHeader {
    fn parse(payload: &[u8]) -> Option<Self> {
        let wide = *payload.first()? == 1;
        let time = |at: usize| if wide { be64(payload, at) } else { be32(payload, at).map(u64::from) };
        let (modified_at, timescale_at, duration_at) = if wide { (12, 20, 24) } else { (8, 12, 16) };
        Some(Self {
            created: time(4)?,
            modified: time(modified_at)?,
            timescale: be32(payload, timescale_at)?,
            duration: time(duration_at)?,
        })
    }

    /// The length, unless it is not set (all ones) or has no unit.
    fn duration_s(&self) -> Option<f64> {
        let unset = self.duration == u64::MAX || self.duration == u64::from(u32::MAX);
        (self.timescale > 0 && !unset)
            .then(|| crate::time::round_to_microsecond(self.duration as f64 / f64::from(self.timescale)))
    }
}

/// What the whole movie needs from its header and gathers from its tracks.
#[derive(Default)]
struct Movie {
    timescale: u32,
    created: u64,
    /// The latest modification that any header names.
    modified: u64,
    tracks: u32,
}

pub fn read<R: Read + Seek>(source: &mut Source<R>, notes: &mut Notes) -> io::Result<()> {
    notes.facts.format = "mp4".to_owned();
    let bytes = source.bytes();
    let (mut movie_found, mut brand_found) = (false, false);
    let mut at = 0;
    for _ in 0..MAX_TOP_LEVEL {
        let found = match box_at(source, at, bytes)? {
            Step::Box(found) => found,
            Step::End => break,
            Step::Broken(what) => {
                notes.problem(what);
                break;
            }
        };
        notes.part(found.name(), found.start, found.end - found.start);
        notes.promised(found.end, bytes);
        match &found.kind {
            b"ftyp" if !brand_found => {
                brand_found = true;
                read_brands(source, notes, &found)?;
            }
            b"moov" if !movie_found => {
                movie_found = true;
                read_movie(source, notes, &found)?;
            }
            b"moof" => notes.facts.fragmented = true,
            b"free" | b"skip" if found.end - found.payload <= MAX_FREE_BYTES => {
                let payload = found.read(source, MAX_FREE_BYTES)?;
                notes.string(found.name(), text::runs(&payload));
            }
            b"uuid" => metadata::read_uuid(source, notes, "uuid", &found)?,
            b"meta" => metadata::read_meta(source, notes, "meta", &found)?,
            _ => {}
        }
        at = found.end;
    }
    if !brand_found {
        // QuickTime files from before `ftyp` have none; no other kind of this family lacks it.
        notes.facts.format = "mov".to_owned();
    }
    notes.facts.index_missing = !movie_found;
    Ok(())
}

fn read_brands<R: Read + Seek>(source: &mut Source<R>, notes: &mut Notes, found: &Box) -> io::Result<()> {
    const MAX_BRAND_BYTES: u64 = 264;
    let payload = found.read(source, MAX_BRAND_BYTES)?;
    let codes = payload.as_chunks::<4>().0;
    // The second word is the minor version.
    notes.facts.brands =
        codes.iter().enumerate().filter(|(n, _)| *n != 1).map(|(_, &code)| text::four_cc(code)).collect();
    if codes.first() == Some(b"qt  ") {
        notes.facts.format = "mov".to_owned();
    }
    Ok(())
}

fn read_movie<R: Read + Seek>(source: &mut Source<R>, notes: &mut Notes, found: &Box) -> io::Result<()> {
    let mut movie = Movie::default();
    children(source, notes, "moov", (found.payload, found.end), |source, notes, child| {
        match &child.kind {
            b"mvhd" => read_movie_header(source, notes, &child, &mut movie)?,
            b"trak" => {
                movie.tracks += 1;
                track::read(source, notes, &child, &mut movie)?;
            }
            b"mvex" => notes.facts.fragmented = true,
            b"udta" => metadata::read_user_data(source, notes, "moov/udta", &child)?,
            b"meta" => metadata::read_meta(source, notes, "moov/meta", &child)?,
            b"uuid" => metadata::read_uuid(source, notes, "moov/uuid", &child)?,
            b"cmov" => notes.problem("moov/cmov: a compressed index is not read".to_owned()),
            _ => {}
        }
        Ok(())
    })?;
    notes.facts.index_layout = layout::of(source, (found.payload, found.end), &[*b"trak"])?;
    notes.facts.time_scale = movie.timescale;
    notes.facts.creation_time = header_time(movie.created);
    notes.facts.modification_time = header_time(movie.modified);
    Ok(())
}

fn read_movie_header<R: Read + Seek>(
    source: &mut Source<R>,
    notes: &mut Notes,
    found: &Box,
    movie: &mut Movie,
) -> io::Result<()> {
    const MOVIE_HEADER_BYTES: u64 = 112;
    match TimeHeader::parse(&found.read(source, MOVIE_HEADER_BYTES)?) {
        Some(header) => {
            movie.timescale = header.timescale;
            movie.created = header.created;
            movie.modified = movie.modified.max(header.modified);
            // A fragmented movie says 0: its length stands in the fragments.
            notes.facts.duration_s = header.duration_s().filter(|&duration_s| duration_s > 0.0);
        }
        None => notes.problem(format!("moov/mvhd at byte {} is too short", found.start)),
    }
    Ok(())
}
