//! Where programs sign ISO files: user data, iTunes and QuickTime metadata, vendors' boxes, XMP.

use std::io::{self, Read, Seek};

use super::{Box, MAX_CHILDREN, Step, XMP_UUID, any_box_at, box_at, children};
use crate::observe::container::Notes;
use crate::observe::container::source::{Source, be16, be32};
use crate::observe::container::text;

/// Longest value or vendor's box that is read for its text.
const MAX_VALUE_BYTES: u64 = 16 * 1_024;
/// Longest XMP packet that is searched; editors that keep a history write long ones.
const MAX_XMP_BYTES: u64 = 1_024 * 1_024;

/// `udta`: QuickTime texts (`©…`), 3GPP texts, iTunes `meta`, and whatever vendors put there. What
/// is no box in here is no problem: cameras write raw data into it.
pub(super) fn read_user_data<R: Read + Seek>(
    source: &mut Source<R>,
    notes: &mut Notes,
    place: &str,
    found: &Box,
) -> io::Result<()> {
    let mut at = found.payload;
    for _ in 0..MAX_CHILDREN {
        let Step::Box(item) = box_at(source, at, found.end)? else { return Ok(()) };
        if item.end > found.end {
            return Ok(());
        }
        at = item.end;
        let item_place = format!("{place}/{}", item.name());
        match &item.kind {
            b"meta" => read_meta(source, notes, &item_place, &item)?,
            b"XMP_" => read_xmp(source, notes, &item_place, &item)?,
            b"uuid" => read_uuid(source, notes, &item_place, &item)?,
            b"Xtra" => {
                // Windows' own attributes are UTF-16.
                let payload = item.read(source, MAX_VALUE_BYTES)?;
                notes.string(item_place, wide_runs(&payload));
            }
            kind if is_place(kind) => {}
            [0xa9, ..] => {
                let payload = item.read(source, MAX_VALUE_BYTES)?;
                notes.string(item_place, quicktime_text(&payload));
            }
            _ => {
                let payload = item.read(source, MAX_VALUE_BYTES)?;
                notes.string(item_place, text::runs(&payload));
            }
        }
    }
    Ok(())
}

/// Where the recording was made is nobody's program, and not kept.
fn is_place(kind: &[u8; 4]) -> bool {
    matches!(kind, b"\xa9xyz" | b"loci")
}

/// A QuickTime text item: length, language, text. Some writers leave out length and language.
fn quicktime_text(payload: &[u8]) -> String {
    let counted = be16(payload, 0).and_then(|count| payload.get(4..4 + usize::from(count)));
    text::printable(counted.unwrap_or(payload))
}

fn wide_runs(payload: &[u8]) -> String {
    let text = text::printable_utf16(payload, false);
    if text.is_ascii() { text } else { text::runs(payload) }
}

/// `meta`, as ISO's (with version and flags) or as QuickTime's (without).
pub(super) fn read_meta<R: Read + Seek>(
    source: &mut Source<R>,
    notes: &mut Notes,
    place: &str,
    found: &Box,
) -> io::Result<()> {
    let quicktime = source.array::<8>(found.payload)?.is_some_and(|head| head[4..] == *b"hdlr");
    let from = if quicktime { found.payload } else { found.payload.saturating_add(4) };
    let mut keys = Vec::new();
    children(source, notes, place, (from, found.end), |source, notes, child| {
        match &child.kind {
            b"keys" => keys = read_keys(source, &child)?,
            b"ilst" => read_items(source, notes, &format!("{place}/ilst"), &child, &keys)?,
            b"xml " => read_xmp(source, notes, &format!("{place}/xml"), &child)?,
            _ => {}
        }
        Ok(())
    })
}

/// The names that `ilst` items refer to by number, counting from 1.
fn read_keys<R: Read + Seek>(source: &mut Source<R>, found: &Box) -> io::Result<Vec<String>> {
    const MAX_KEYS: usize = 256;
    const KEY_HEADER_BYTES: usize = 8;
    let payload = found.read(source, MAX_VALUE_BYTES)?;
    let mut keys = Vec::new();
    let mut at = KEY_HEADER_BYTES;
    while let Some(size) =
        be32(&payload, at).map(|size| size as usize).filter(|&size| size >= KEY_HEADER_BYTES)
    {
        let Some(name) = payload.get(at + KEY_HEADER_BYTES..at.saturating_add(size)) else { break };
        keys.push(text::printable(name));
        at += size;
        if keys.len() == MAX_KEYS {
            break;
        }
    }
    Ok(keys)
}

fn read_items<R: Read + Seek>(
    source: &mut Source<R>,
    notes: &mut Notes,
    place: &str,
    found: &Box,
    keys: &[String],
) -> io::Result<()> {
    let mut at = found.payload;
    for _ in 0..MAX_CHILDREN {
        // With keys, an item's type is a number.
        let Step::Box(item) = any_box_at(source, at, found.end)? else { return Ok(()) };
        if item.end > found.end {
            return Ok(());
        }
        at = item.end;
        let number = u32::from_be_bytes(item.kind) as usize;
        let name =
            number.checked_sub(1).and_then(|index| keys.get(index)).cloned().unwrap_or_else(|| item.name());
        if !is_place(&item.kind) && !name.contains("location") {
            read_item(source, notes, &format!("{place}/{name}"), &item)?;
        }
    }
    Ok(())
}

/// An item's `data`; of an item of an own kind (`----`) also the name it goes by.
fn read_item<R: Read + Seek>(
    source: &mut Source<R>,
    notes: &mut Notes,
    place: &str,
    item: &Box,
) -> io::Result<()> {
    const FULL_BOX_BYTES: usize = 4;
    let mut own_name = String::new();
    children(source, notes, place, (item.payload, item.end), |source, notes, child| {
        let payload = child.read(source, MAX_VALUE_BYTES)?;
        match &child.kind {
            b"name" => own_name = text::printable(payload.get(FULL_BOX_BYTES..).unwrap_or_default()),
            b"data" => {
                // Type of the value (1: UTF-8, 2: UTF-16), then a locale.
                const UTF8: u32 = 1;
                const UTF16: u32 = 2;
                let value = payload.get(8..).unwrap_or_default();
                let value = match be32(&payload, 0) {
                    Some(UTF8) => text::printable(value),
                    Some(UTF16) => text::printable_utf16(value, true),
                    _ => return Ok(()),
                };
                let place =
                    if own_name.is_empty() { place.to_owned() } else { format!("{place} {own_name}") };
                notes.string(place, value);
            }
            _ => {}
        }
        Ok(())
    })
}

/// A `uuid` box: only XMP is understood.
pub(super) fn read_uuid<R: Read + Seek>(
    source: &mut Source<R>,
    notes: &mut Notes,
    place: &str,
    found: &Box,
) -> io::Result<()> {
    match source.array::<16>(found.payload)? {
        Some(XMP_UUID) => read_xmp(source, notes, &format!("{place} (XMP)"), found),
        _ => Ok(()),
    }
}

fn read_xmp<R: Read + Seek>(
    source: &mut Source<R>,
    notes: &mut Notes,
    place: &str,
    found: &Box,
) -> io::Result<()> {
    for tool in text::xmp_tools(&found.read(source, MAX_XMP_BYTES)?) {
        notes.string(place, tool);
    }
    Ok(())
}
