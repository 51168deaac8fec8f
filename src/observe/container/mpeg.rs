//! MPEG transport and program streams (ISO/IEC 13818-1; service names: ETSI EN 300 468).

use std::io::{self, Read, Seek};

use super::Notes;
use super::sniff::{Framing, HIKVISION_HEADER, SYNC_BYTE};
use super::source::{Source, be16};
use super::text;

/// How much of a stream's beginning and end is searched for service names. They are repeated at
/// least every two seconds, which 1 MiB covers at 4 Mbit/s.
const SEARCHED_BYTES: usize = 1_024 * 1_024;
/// Places, evenly spread over the file, at which the sync byte is looked for.
const SYNC_PROBES: u64 = 512;
/// A service description longer than this is no camera's.
const MAX_SECTION_BYTES: usize = 1_024;
const SERVICE_DESCRIPTION_PID: u16 = 0x11;

pub fn read_transport<R: Read + Seek>(
    source: &mut Source<R>,
    framing: Framing,
    notes: &mut Notes,
) -> io::Result<()> {
    notes.facts.format = "mpegts".to_owned();
    let bytes = source.bytes();
    let (stride, first) = (framing.stride as u64, framing.first_sync as u64);
    // With 192 bytes a packet, four of them stand before the sync byte: the last packet ends early.
    let before_sync = if stride == 192 { 4.min(first) } else { 0 };
    let span = bytes - first.saturating_sub(before_sync).min(bytes);
    notes.part(format!("{stride}-byte packets"), first - before_sync, span);
    let tail = span % stride;
    if tail > 0 {
        notes.facts.missing_bytes = Some(stride - tail);
    }
    check_sync(source, framing, notes)?;
    let start = source.read(first, SEARCHED_BYTES)?;
    read_services(&start, framing.stride, notes);
    // Streams are joined by putting one behind the other: the end may name another maker.
    let packets = span / stride;
    let end_at = first + packets.saturating_sub(SEARCHED_BYTES as u64 / stride) * stride;
    let end = source.read(end_at, SEARCHED_BYTES)?;
    read_services(&end, framing.stride, notes);
    Ok(())
}

fn check_sync<R: Read + Seek>(source: &mut Source<R>, framing: Framing, notes: &mut Notes) -> io::Result<()> {
    let (stride, first) = (framing.stride as u64, framing.first_sync as u64);
    let packets = source.bytes().saturating_sub(first) / stride;
    let probes = packets.min(SYNC_PROBES);
    let mut lost = 0;
    let mut first_lost = None;
    for n in 0..probes {
        let at = first + packets * n / probes * stride;
        if source.array::<1>(at)?.is_some_and(|[byte]| byte != SYNC_BYTE) {
            lost += 1;
            first_lost.get_or_insert(at);
        }
    }
    if let Some(at) = first_lost {
        notes.problem(format!("no sync byte at {lost} of {probes} places looked at, first at byte {at}"));
    }
    Ok(())
}

/// Provider and name of each service that the stream's service description table lists.
fn read_services(stream: &[u8], stride: usize, notes: &mut Notes) {
    const PACKET_BYTES: usize = 188;
    let mut section: Vec<u8> = Vec::new();
    for packet in stream.chunks(stride) {
        let Some(packet) = packet.get(..PACKET_BYTES) else { continue };
        let Some(header) = be16(packet, 1) else { continue };
        if packet[0] != SYNC_BYTE || header & 0x1fff != SERVICE_DESCRIPTION_PID {
            continue;
        }
        let starts = header & 0x4000 != 0;
        let adaptation = packet[3] >> 4 & 3;
        let payload_at = match adaptation {
            1 => 4,
            3 => 5 + usize::from(packet[4]),
            _ => continue,
        };
        let Some(payload) = packet.get(payload_at..) else { continue };
        if starts {
            // The pointer says how many bytes of an earlier section come first.
            let Some(fresh) = payload.first().and_then(|&pointer| payload.get(1 + usize::from(pointer)..))
            else {
                continue;
            };
            section = fresh.to_vec();
        } else if !section.is_empty() && section.len() < MAX_SECTION_BYTES {
            section.extend_from_slice(payload);
        }
        if read_section(&section, notes) {
            section.clear();
        }
    }
}

/// Reads one complete section of the service description table; `false` when bytes are missing.
fn read_section(section: &[u8], notes: &mut Notes) -> bool {
    const ACTUAL_STREAM: u8 = 0x42;
    const FIRST_SERVICE: usize = 11;
    const CHECKSUM: usize = 4;
    const SERVICE: u8 = 0x48;
    let Some(length) = be16(section, 1).map(|length| usize::from(length & 0x0fff)) else { return false };
    let Some(section) = section.get(..3 + length) else { return false };
    if section[0] != ACTUAL_STREAM || section.len() < FIRST_SERVICE + CHECKSUM {
        return true;
    }
    let mut services = &section[FIRST_SERVICE..section.len() - CHECKSUM];
    while let Some(loop_length) = be16(services, 3).map(|length| usize::from(length & 0x0fff)) {
        let Some(mut descriptors) = services.get(5..5 + loop_length) else { break };
        while let [tag, length, rest @ ..] = descriptors {
            let Some((body, after)) = rest.split_at_checked((*length).into()) else { break };
            if *tag == SERVICE
                && let [_kind, rest @ ..] = body
            {
                let (provider, rest) = counted(rest);
                notes.string("SDT service provider", service_text(provider));
                notes.string("SDT service name", service_text(counted(rest).0));
            }
            descriptors = after;
        }
        services = &services[5 + loop_length..];
    }
    true
}

/// A text with its length in front, and what follows it.
fn counted(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.split_first() {
        Some((&count, rest)) => rest.split_at_checked(count.into()).unwrap_or((rest, &[])),
        None => (&[], &[]),
    }
}

/// Bytes below 0x20 in front name the character table, which ASCII and UTF-8 survive.
fn service_text(bytes: &[u8]) -> String {
    text::printable(bytes)
}

pub fn read_program<R: Read + Seek>(source: &mut Source<R>, at: u64, notes: &mut Notes) -> io::Result<()> {
    notes.facts.format = "mpegps".to_owned();
    if at > 0 {
        notes.string("file header", text::printable(HIKVISION_HEADER));
    }
    notes.part("packs".to_owned(), at, source.bytes() - at.min(source.bytes()));
    Ok(())
}
