//! Telling a format from the first bytes of a file, never from its name.

use super::UNKNOWN_FORMAT;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Iso,
    Matroska,
    Avi,
    MpegTs(Framing),
    /// The first pack header is `at` bytes into the file.
    MpegPs {
        at: u64,
    },
    /// Known by name only.
    Other(&'static str),
}

/// How a transport stream lies in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Framing {
    /// Distance between sync bytes: 188, 192 with a time stamp before each packet, 204 with parity behind.
    pub stride: usize,
    /// Offset of the first sync byte.
    pub first_sync: usize,
}

pub const SYNC_BYTE: u8 = 0x47;
pub const PACK_START: [u8; 4] = [0, 0, 1, 0xba];
/// Hikvision's recorders put this and 36 more bytes in front of an MPEG program stream.
pub const HIKVISION_HEADER: &[u8] = b"IMKH";
const HIKVISION_HEADER_BYTES: usize = 40;

pub fn sniff(head: &[u8]) -> Format {
    if head.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) {
        return Format::Matroska;
    }
    if head.starts_with(b"RIFF") || head.starts_with(b"RIFX") {
        return match head.get(8..12) {
            Some(b"AVI ") => Format::Avi,
            Some(b"WAVE") => Format::Other("wav"),
            _ => Format::Other("riff"),
        };
    }
    if matches!(
        head.get(4..8),
        Some(
            b"ftyp"
                | b"moov"
                | b"mdat"
                | b"moof"
                | b"styp"
                | b"sidx"
                | b"free"
                | b"skip"
                | b"wide"
                | b"pnot"
                | b"uuid"
        )
    ) {
        return Format::Iso;
    }
    if head.starts_with(&PACK_START) {
        return Format::MpegPs { at: 0 };
    }
    if head.starts_with(HIKVISION_HEADER)
        && head[4..].get(HIKVISION_HEADER_BYTES - 4..).is_some_and(|rest| rest.starts_with(&PACK_START))
    {
        return Format::MpegPs { at: HIKVISION_HEADER_BYTES as u64 };
    }
    if let Some(framing) = transport_framing(head) {
        return Format::MpegTs(framing);
    }
    const NAMED: [(&[u8], &str); 5] = [
        (&[0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11], "asf"),
        (b"FLV\x01", "flv"),
        (b"OggS", "ogg"),
        (b"DHAV", "dhav"),
        (b"\x06\x0e\x2b\x34", "mxf"),
    ];
    let name =
        NAMED.iter().find(|(magic, _)| head.starts_with(magic)).map_or(UNKNOWN_FORMAT, |&(_, name)| name);
    Format::Other(name)
}

/// Finds a sync byte that repeats at a packet's distance, at least three times.
fn transport_framing(head: &[u8]) -> Option<Framing> {
    const STRIDES: [usize; 3] = [188, 192, 204];
    const REPEATS: usize = 3;
    (0..STRIDES[2]).find_map(|first_sync| {
        STRIDES
            .into_iter()
            .find(|stride| (0..REPEATS).all(|n| head.get(first_sync + n * stride) == Some(&SYNC_BYTE)))
            .map(|stride| Framing { stride, first_sync })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_bytes() {
        assert_eq!(sniff(b"\x1a\x45\xdf\xa3\x01"), Format::Matroska);
        assert_eq!(sniff(b"RIFF\0\0\0\0AVI LIST"), Format::Avi);
        assert_eq!(sniff(b"RIFF\0\0\0\0WAVEfmt "), Format::Other("wav"));
        assert_eq!(sniff(b"\0\0\0\x18ftypmp42"), Format::Iso);
        assert_eq!(sniff(b"\0\0\0\0mdat"), Format::Iso);
        assert_eq!(sniff(&PACK_START), Format::MpegPs { at: 0 });
        let mut hikvision = b"IMKH".to_vec();
        hikvision.resize(40, 0);
        hikvision.extend(PACK_START);
        assert_eq!(sniff(&hikvision), Format::MpegPs { at: 40 });
        assert_eq!(sniff(b"a text that calls itself .mp4"), Format::Other(UNKNOWN_FORMAT));
        assert_eq!(sniff(b""), Format::Other(UNKNOWN_FORMAT));
    }

    #[test]
    fn transport_streams_may_start_in_the_middle_of_a_packet() {
        for (stride, first_sync) in [(188, 0), (192, 4), (204, 0), (188, 77)] {
            let mut head = vec![0; first_sync + 4 * stride];
            for n in 0..4 {
                head[first_sync + n * stride] = SYNC_BYTE;
            }
            assert_eq!(sniff(&head), Format::MpegTs(Framing { stride, first_sync }));
        }
    }
}
