//! One `trak`: its times, edit list, handler names, sample descriptions.

use std::io::{self, Read, Seek};

use super::{Box, Movie, TimeHeader, children, layout, metadata};
use crate::evidence::{EditList, TrackFacts};
use crate::observe::container::Notes;
use crate::observe::container::source::{Source, be32, be64, take};
use crate::observe::container::text;
use crate::time::round_to_microsecond;

/// Entries read of one edit list; a recording has one, an edited one a handful.
const MAX_EDITS: usize = 64;

/// An edit list as written: lengths count in the movie's time scale, starts in the track's.
struct RawEdit {
    duration: u64,
    media_start: i64,
}

#[derive(Default)]
struct Track {
    id: u32,
    timescale: u32,
    handler: [u8; 4],
    handler_name: String,
    edits: Vec<RawEdit>,
}

/// Tracks described; a recording has two or three.
const MAX_TRACKS: usize = 16;

pub(super) fn read<R: Read + Seek>(
    source: &mut Source<R>,
    notes: &mut Notes,
    found: &Box,
    movie: &mut Movie,
) -> io::Result<()> {
    let place = format!("moov/trak[{}]", movie.tracks);
    let mut track = Track { id: movie.tracks, ..Track::default() };
    children(source, notes, &place, (found.payload, found.end), |source, notes, child| {
        match &child.kind {
            b"tkhd" => read_header(source, &child, &mut track, movie)?,
            b"edts" => children(source, notes, &place, (child.payload, child.end), |source, _, list| {
                if list.is(b"elst") {
                    track.edits = read_edits(source, &list)?;
                }
                Ok(())
            })?,
            b"mdia" => read_media(source, notes, &place, &child, &mut track, movie)?,
            b"udta" => metadata::read_user_data(source, notes, &format!("{place}/udta"), &child)?,
            b"meta" => metadata::read_meta(source, notes, &format!("{place}/meta"), &child)?,
            _ => {}
        }
        Ok(())
    })?;
    match &track.handler {
        b"vide" => notes.facts.picture_tracks += 1,
        b"soun" => notes.facts.sound_tracks += 1,
        _ => {}
    }
    if is_played(track.handler) && track.timescale == 0 {
        notes.problem(format!("{place}: its times have no unit"));
        notes.facts.index_damaged = true;
    }
    if notes.facts.tracks.len() < MAX_TRACKS {
        let layout = layout::of(source, (found.payload, found.end), &[])?;
        notes.facts.tracks.push(TrackFacts {
            kind: text::four_cc(track.handler),
            handler: track.handler_name.clone(),
            time_scale: track.timescale,
            layout,
        });
    }
    if let Some(list) = track.edit_list(movie.timescale) {
        notes.edit_list(list);
    }
    Ok(())
}

impl Track {
    /// The edit list in seconds, unless all it says is "start at the first sample".
    fn edit_list(&self, movie_timescale: u32) -> Option<EditList> {
        let plain = match self.edits.as_slice() {
            [] => true,
            [only] => only.media_start == 0,
            _ => false,
        };
        if plain || self.timescale == 0 || movie_timescale == 0 {
            return None;
        }
        Some(EditList {
            track: self.id,
            media_start_s: self
                .edits
                .iter()
                .map(|edit| match edit.media_start {
                    // -1 stands for "nothing is shown", whatever the time scale.
                    start if start < 0 => -1.0,
                    start => round_to_microsecond(start as f64 / f64::from(self.timescale)),
                })
                .collect(),
            duration_s: self
                .edits
                .iter()
                .map(|edit| round_to_microsecond(edit.duration as f64 / f64::from(movie_timescale)))
                .collect(),
        })
    }
}

fn read_header<R: Read + Seek>(
    source: &mut Source<R>,
    found: &Box,
    track: &mut Track,
    movie: &mut Movie,
) -> io::Result<()> {
    const TRACK_HEADER_BYTES: u64 = 32;
    let payload = found.read(source, TRACK_HEADER_BYTES)?;
    let (modified, id) = match payload.first() {
        Some(1) => (be64(&payload, 12), be32(&payload, 20)),
        _ => (be32(&payload, 8).map(u64::from), be32(&payload, 12)),
    };
    movie.modified = movie.modified.max(modified.unwrap_or(0));
    track.id = id.unwrap_or(track.id);
    Ok(())
}

fn read_edits<R: Read + Seek>(source: &mut Source<R>, found: &Box) -> io::Result<Vec<RawEdit>> {
    const WIDE_ENTRY: usize = 20;
    const NARROW_ENTRY: usize = 12;
    let payload = found.read(source, (8 + MAX_EDITS * WIDE_ENTRY) as u64)?;
    let wide = payload.first() == Some(&1);
    let entry = if wide { WIDE_ENTRY } else { NARROW_ENTRY };
    let declared = be32(&payload, 4).unwrap_or(0) as usize;
    let edits = payload.get(8..).unwrap_or_default().chunks_exact(entry).take(declared.min(MAX_EDITS));
    Ok(edits
        .filter_map(|edit| {
            Some(if wide {
                RawEdit { duration: be64(edit, 0)?, media_start: be64(edit, 8)?.cast_signed() }
            } else {
                RawEdit { duration: be32(edit, 0)?.into(), media_start: be32(edit, 4)?.cast_signed().into() }
            })
        })
        .collect())
}

fn read_media<R: Read + Seek>(
    source: &mut Source<R>,
    notes: &mut Notes,
    place: &str,
    found: &Box,
    track: &mut Track,
    movie: &mut Movie,
) -> io::Result<()> {
    const MEDIA_HEADER_BYTES: u64 = 36;
    let place = format!("{place}/mdia");
    children(source, notes, &place, (found.payload, found.end), |source, notes, child| {
        match &child.kind {
            b"mdhd" => match TimeHeader::parse(&child.read(source, MEDIA_HEADER_BYTES)?) {
                Some(header) => {
                    track.timescale = header.timescale;

                    movie.modified = movie.modified.max(header.modified);
                    if movie.created == 0 {
                        movie.created = header.created;
                    }
                }
                None => notes.problem(format!("{place}/mdhd at byte {} is too short", child.start)),
            },
            b"hdlr" => {
                (track.handler, track.handler_name) = read_handler(source, notes, &place, &child)?;
            }
            b"minf" => read_information(source, notes, &format!("{place}/minf"), &child, track.handler)?,
            _ => {}
        }
        Ok(())
    })
}

/// Notes the handler's name and returns its type and name.
fn read_handler<R: Read + Seek>(
    source: &mut Source<R>,
    notes: &mut Notes,
    place: &str,
    found: &Box,
) -> io::Result<([u8; 4], String)> {
    const NAME_AT: usize = 24;
    const MAX_NAME_BYTES: u64 = 256;
    let payload = found.read(source, NAME_AT as u64 + MAX_NAME_BYTES)?;
    let name = payload.get(NAME_AT..).unwrap_or_default();
    // QuickTime counts the characters in front, ISO ends with zero; writers mix the two up.
    let name = match name.split_first() {
        Some((&count, text)) if usize::from(count) <= text.len() && count < b' ' => {
            &text[..usize::from(count)]
        }
        _ => name.split(|&byte| byte == 0).next().unwrap_or_default(),
    };
    let name = text::printable(name);
    notes.string(format!("{place}/hdlr"), name.clone());
    Ok((take(&payload, 8).unwrap_or_default(), name))
}

fn read_information<R: Read + Seek>(
    source: &mut Source<R>,
    notes: &mut Notes,
    place: &str,
    found: &Box,
    handler: [u8; 4],
) -> io::Result<()> {
    children(source, notes, place, (found.payload, found.end), |source, notes, child| match &child.kind {
        b"hdlr" => read_handler(source, notes, place, &child).map(|_| ()),
        b"stbl" => {
            let place = format!("{place}/stbl");
            children(source, notes, &place, (child.payload, child.end), |source, notes, table| {
                if table.is(b"stsd") {
                    return read_descriptions(source, notes, &format!("{place}/stsd"), &table, handler);
                }
                if is_played(handler) && overflows(source, &table)? {
                    let name = table.name();
                    notes.problem(format!("{place}/{name}: it declares more entries than it has room for"));
                    notes.facts.index_damaged = true;
                }
                Ok(())
            })
        }
        _ => Ok(()),
    })
}

fn is_played(handler: [u8; 4]) -> bool {
    matches!(&handler, b"vide" | b"soun")
}

/// Whether one of the tables that say where samples lie, and when, declares more entries than fit into it.
fn overflows<R: Read + Seek>(source: &mut Source<R>, table: &Box) -> io::Result<bool> {
    const MOST_HEADER_BYTES: u64 = 12;
    let head = table.read(source, MOST_HEADER_BYTES)?;
    let (count_at, entry_bytes) = match &table.kind {
        b"stts" | b"ctts" | b"co64" => (4, 8),
        b"stss" | b"stco" => (4, 4),
        b"stsc" => (4, 12),
        // Samples that are all of one size need no entries.
        b"stsz" if be32(&head, 4) == Some(0) => (8, 4),
        _ => return Ok(false),
    };
    let Some(count) = be32(&head, count_at) else { return Ok(true) };
    let room = table.end.saturating_sub(table.payload).saturating_sub(count_at as u64 + 4);
    Ok(u64::from(count) * entry_bytes > room)
}

fn read_descriptions<R: Read + Seek>(
    source: &mut Source<R>,
    notes: &mut Notes,
    place: &str,
    found: &Box,
    handler: [u8; 4],
) -> io::Result<()> {
    // Version, flags and count stand before the entries.
    let mut entries = 0;
    children(source, notes, place, (found.payload.saturating_add(8), found.end), |source, notes, entry| {
        entries += 1;
        if handler != *b"vide" {
            return Ok(());
        }
        const VENDOR_AT: usize = 12;
        const COMPRESSOR_AT: usize = 42;
        const COMPRESSOR_BYTES: usize = 32;
        let payload = entry.read(source, (COMPRESSOR_AT + COMPRESSOR_BYTES) as u64)?;
        if let Some(vendor) =
            take::<4>(&payload, VENDOR_AT).filter(|vendor| vendor.iter().all(u8::is_ascii_graphic))
        {
            notes.string(format!("{place}/{} vendor", entry.name()), text::four_cc(vendor));
        }
        let name = payload.get(COMPRESSOR_AT..).unwrap_or_default();
        if let Some((&count, name)) = name.split_first() {
            let name = &name[..usize::from(count).min(name.len())];
            notes.string(format!("{place}/{} compressorname", entry.name()), text::printable(name));
        }
        Ok(())
    })?;
    notes.facts.sample_descriptions = notes.facts.sample_descriptions.max(entries);
    Ok(())
}
