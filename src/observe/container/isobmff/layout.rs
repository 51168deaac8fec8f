//! The order in which boxes stand: what a writer's code does, whatever it is given to write.

use std::io::{self, Read, Seek};

use super::{Box, MAX_CHILDREN, Step, box_at};
use crate::observe::container::source::Source;

/// Boxes that hold boxes, down from the index. What lies in metadata is content, not layout.
const PARENTS: [[u8; 4]; 8] =
    [*b"trak", *b"edts", *b"mdia", *b"minf", *b"dinf", *b"stbl", *b"mvex", *b"udta"];
/// `trak/mdia/minf/stbl` is as deep as it goes.
const MAX_DEPTH: u32 = 6;
/// Longest layout that is kept; a camera's track has some two hundred characters.
const MAX_CHARS: usize = 2_000;

/// Names of the boxes between `from` and `to` in order, each with those it holds in brackets, except
/// for those of the kinds `closed`. Damage ends a level: it is reported elsewhere.
pub fn of<R: Read + Seek>(
    source: &mut Source<R>,
    (from, to): (u64, u64),
    closed: &[[u8; 4]],
) -> io::Result<String> {
    let mut layout = String::new();
    append(source, &mut layout, (from, to), closed, 0)?;
    Ok(layout)
}

fn append<R: Read + Seek>(
    source: &mut Source<R>,
    layout: &mut String,
    (from, to): (u64, u64),
    closed: &[[u8; 4]],
    depth: u32,
) -> io::Result<()> {
    let mut at = from;
    for _ in 0..MAX_CHILDREN {
        let Step::Box(child) = box_at(source, at, to)? else { return Ok(()) };
        if child.end > to || layout.len() > MAX_CHARS {
            return Ok(());
        }
        if !layout.is_empty() && !layout.ends_with('(') {
            layout.push(' ');
        }
        layout.push_str(&name(&child));
        if child.is(b"stsd") {
            descriptions(source, layout, &child)?;
        } else if PARENTS.contains(&child.kind) && !closed.contains(&child.kind) && depth < MAX_DEPTH {
            layout.push('(');
            append(source, layout, (child.payload, child.end), closed, depth + 1)?;
            layout.push(')');
        }
        at = child.end;
    }
    Ok(())
}

/// Offsets of 32 and of 64 bits are a matter of the file's size, not of its writer.
fn name(found: &Box) -> String {
    if found.is(b"co64") { "stco".to_owned() } else { found.name() }
}

/// The kinds of the sample descriptions, behind version, flags and count.
fn descriptions<R: Read + Seek>(source: &mut Source<R>, layout: &mut String, found: &Box) -> io::Result<()> {
    const BEFORE_ENTRIES: u64 = 8;
    if let Step::Box(entry) = box_at(source, found.payload.saturating_add(BEFORE_ENTRIES), found.end)? {
        layout.push_str(&format!("({})", entry.name()));
    }
    Ok(())
}
