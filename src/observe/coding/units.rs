//! Taking coded packets apart, up to where the picture itself begins.

use std::num::NonZeroUsize;

use h264_reader::rbsp::{BitRead, BitReader, ByteReader};

use super::picture_size;

/// Units looked at in one packet. Between two pictures stand a handful.
const MAX_UNITS: usize = 64;
/// Bytes of a picture that its numbers stand in.
const SLICE_BYTES: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NalSyntax {
    H264,
    H265,
}

/// How NAL units are told apart in a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Annex B: 00 00 01 before each.
    StartCodes,
    /// A length of so many bytes before each.
    Lengths(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NalKind {
    /// `kind` is the unit's type, `number` the set's own id.
    ParameterSet {
        kind: u8,
        number: u32,
    },
    Supplemental,
    Picture,
    Other,
}

impl NalSyntax {
    pub fn header_bytes(self) -> NonZeroUsize {
        const ONE: NonZeroUsize = NonZeroUsize::MIN;
        match self {
            Self::H264 => ONE,
            Self::H265 => ONE.saturating_add(1),
        }
    }

    /// A reader of the unit's bits behind its header.
    pub fn bits(self, unit: &[u8]) -> BitReader<ByteReader<&[u8]>> {
        BitReader::new(ByteReader::skipping_bytes(unit, self.header_bytes()))
    }

    pub fn kind(self, unit: &[u8]) -> NalKind {
        let Some(&first) = unit.first() else { return NalKind::Other };
        match self {
            Self::H264 => {
                let kind = first & 0x1f;
                match kind {
                    1..=5 => NalKind::Picture,
                    6 => NalKind::Supplemental,
                    // Sequence, picture, subset sequence.
                    7 | 15 => NalKind::ParameterSet {
                        kind,
                        number: picture_size::h264_sequence_number(unit).unwrap_or(0),
                    },
                    8 => {
                        NalKind::ParameterSet { kind, number: self.bits(unit).read_ue("pps id").unwrap_or(0) }
                    }
                    _ => NalKind::Other,
                }
            }
            Self::H265 => {
                let kind = first >> 1 & 0x3f;
                let layer = (first & 1) << 5 | unit.get(1).map_or(0, |second| second >> 3);
                match kind {
                    _ if layer > 0 => NalKind::Other,
                    0..=31 => NalKind::Picture,
                    32 => {
                        let number = self.bits(unit).read::<4, u32>("vps id").unwrap_or(0);
                        NalKind::ParameterSet { kind, number }
                    }
                    33 => NalKind::ParameterSet {
                        kind,
                        number: picture_size::h265_sequence_number(unit).unwrap_or(0),
                    },
                    34 => {
                        NalKind::ParameterSet { kind, number: self.bits(unit).read_ue("pps id").unwrap_or(0) }
                    }
                    39 | 40 => NalKind::Supplemental,
                    _ => NalKind::Other,
                }
            }
        }
    }
}

/// `profile_idc` and `level_idc` of a sequence parameter set (ITU-T H.264 7.3.2.1.1, H.265 7.3.2.2.1
/// and 7.3.3); `None` of any other unit.
pub fn profile_and_level(syntax: NalSyntax, unit: &[u8]) -> Option<(u8, u8)> {
    const SEQUENCE: [u8; 2] = [7, 33];
    let first = *unit.first()?;
    let mut bits = syntax.bits(unit);
    match syntax {
        NalSyntax::H264 if first & 0x1f == SEQUENCE[0] => {
            let profile = bits.read::<8, u8>("profile_idc").ok()?;
            bits.skip(8, "constraint flags").ok()?;
            Some((profile, bits.read::<8, u8>("level_idc").ok()?))
        }
        NalSyntax::H265 if first >> 1 & 0x3f == SEQUENCE[1] => {
            bits.skip(8, "sps_video_parameter_set_id to sps_temporal_id_nesting_flag").ok()?;
            bits.skip(3, "general_profile_space, general_tier_flag").ok()?;
            let profile = bits.read::<5, u8>("general_profile_idc").ok()?;
            bits.skip(32 + 48, "compatibility and constraint flags").ok()?;
            Some((profile, bits.read::<8, u8>("general_level_idc").ok()?))
        }
        _ => None,
    }
}

/// Calls `visit` with the units before the first one that codes a picture, and returns what begins with that one,
/// as far as it is of interest.
pub fn before_pictures(
    syntax: NalSyntax,
    framing: Framing,
    data: &[u8],
    mut visit: impl FnMut(&[u8]),
) -> Option<&[u8]> {
    let mut rest = data;
    let framing = match framing {
        // Some demuxers hand over start codes although the header promised lengths: read as a
        // length, a start code of four bytes means a unit of one byte.
        Framing::Lengths(_) if data.starts_with(&[0, 0, 0, 1]) => Framing::StartCodes,
        framing => framing,
    };
    for _ in 0..MAX_UNITS {
        let unit = match framing {
            Framing::StartCodes => {
                let unit = &rest[start_code(rest)? + 3..];
                // The picture's end is not looked for: it may be hundreds of kilobytes away.
                if syntax.kind(unit) == NalKind::Picture {
                    return Some(beginning(unit));
                }
                let end = start_code(unit).unwrap_or(unit.len());
                rest = &unit[end..];
                without_closing_zeros(&unit[..end])
            }
            Framing::Lengths(bytes) => {
                let (length, after) = rest.split_at_checked(bytes)?;
                let length = length.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
                let (unit, after) = after.split_at_checked(length)?;
                if syntax.kind(unit) == NalKind::Picture {
                    return Some(beginning(unit));
                }
                rest = after;
                unit
            }
        };
        visit(unit);
    }
    None
}

fn beginning(unit: &[u8]) -> &[u8] {
    &unit[..unit.len().min(SLICE_BYTES)]
}

/// Offset of the next 00 00 01.
fn start_code(data: &[u8]) -> Option<usize> {
    data.windows(3).position(|window| window == [0, 0, 1])
}

fn without_closing_zeros(unit: &[u8]) -> &[u8] {
    let end = unit.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    &unit[..end]
}

/// The framing that a codec header prescribes, and the units in it. `None` when it is not one.
pub fn configuration(syntax: NalSyntax, header: &[u8]) -> Option<(Framing, Vec<&[u8]>)> {
    if header.starts_with(&[0, 0, 1]) || header.starts_with(&[0, 0, 0, 1]) {
        return Some((Framing::StartCodes, start_code_units(header)));
    }
    match syntax {
        NalSyntax::H264 => avc_configuration(header),
        NalSyntax::H265 => hevc_configuration(header),
    }
}

fn start_code_units(header: &[u8]) -> Vec<&[u8]> {
    let mut units = Vec::new();
    let mut rest = header;
    while let Some(at) = start_code(rest).filter(|_| units.len() < MAX_UNITS) {
        let unit = &rest[at + 3..];
        let end = start_code(unit).unwrap_or(unit.len());
        units.push(without_closing_zeros(&unit[..end]));
        rest = &unit[end..];
    }
    units
}

/// `AVCDecoderConfigurationRecord`, ISO/IEC 14496-15 5.3.3.1.
fn avc_configuration(header: &[u8]) -> Option<(Framing, Vec<&[u8]>)> {
    let [1, _, _, _, length_size, sequence_sets, rest @ ..] = header else { return None };
    let mut rest = rest;
    let mut units = Vec::new();
    for _ in 0..sequence_sets & 0x1f {
        let Some(unit) = counted(&mut rest) else { break };
        units.push(unit);
    }
    if let Some((&picture_sets, after)) = rest.split_first() {
        rest = after;
        for _ in 0..picture_sets {
            let Some(unit) = counted(&mut rest) else { break };
            units.push(unit);
        }
    }
    Some((Framing::Lengths(usize::from(length_size & 3) + 1), units))
}

/// `HEVCDecoderConfigurationRecord`, ISO/IEC 14496-15 8.3.3.1.
fn hevc_configuration(header: &[u8]) -> Option<(Framing, Vec<&[u8]>)> {
    const LENGTH_SIZE_AT: usize = 21;
    if header.first() != Some(&1) {
        return None;
    }
    let [length_size, arrays, rest @ ..] = header.get(LENGTH_SIZE_AT..)? else { return None };
    let mut rest = rest;
    let mut units = Vec::new();
    for _ in 0..*arrays {
        let [_kind, high, low, after @ ..] = rest else { break };
        rest = after;
        for _ in 0..u16::from_be_bytes([*high, *low]) {
            let Some(unit) = counted(&mut rest).filter(|_| units.len() < MAX_UNITS) else { break };
            units.push(unit);
        }
    }
    Some((Framing::Lengths(usize::from(length_size & 3) + 1), units))
}

/// Takes a unit with 16 bits of length in front off `rest`.
fn counted<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<2>()?;
    let (unit, after) = after.split_at_checked(u16::from_be_bytes(*length).into())?;
    *rest = after;
    Some(unit)
}

/// Calls `visit` with the code and content of each MPEG-4 start code before the first picture.
pub fn before_mpeg4_picture(data: &[u8], mut visit: impl FnMut(u8, &[u8])) {
    const PICTURE: u8 = 0xb6;
    let mut rest = data;
    for _ in 0..MAX_UNITS {
        let Some(at) = start_code(rest) else { return };
        let Some((&code, unit)) = rest[at + 3..].split_first() else { return };
        if code == PICTURE {
            return;
        }
        let end = start_code(unit).unwrap_or(unit.len());
        visit(code, &unit[..end]);
        rest = &unit[end..];
    }
}

/// Calls `visit` with the marker and content of each JPEG segment before the picture's data.
pub fn before_jpeg_scan(data: &[u8], mut visit: impl FnMut(u8, &[u8])) {
    const START_OF_SCAN: u8 = 0xda;
    let mut rest = data.strip_prefix(&[0xff, 0xd8]).unwrap_or_default();
    for _ in 0..MAX_UNITS {
        match rest {
            // Fill bytes may stand before a marker.
            [0xff, 0xff, ..] => rest = &rest[1..],
            [0xff, START_OF_SCAN, ..] => return,
            [0xff, marker, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                let Some(segment) = rest.get(4..2 + length) else { return };
                visit(*marker, segment);
                rest = &rest[2 + length..];
            }
            _ => return,
        }
    }
}

/// SOF0 to SOF15; three codes between them mean something else.
pub fn starts_jpeg_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}
