//! Where the coded pictures and the sound of an MP4 lie in its file (ISO/IEC 14496-12, 8.7; for H.264 and H.265
//! ISO/IEC 14496-15, for AAC ISO/IEC 14496-14 and 14496-1).
//!
//! Only what [`super::sparse`] goes by: a file that is laid out in any other way than usual has no table here, and is
//! read whole.

use std::fs::File;
use std::io;

use super::Meter;
use super::sparse::read_at;

/// Boxes looked at on the top level before the index.
const MAX_TOP_LEVEL: usize = 64;
/// An index of a day at 60 pictures a second with its sound takes half as much.
const MAX_INDEX_BYTES: u64 = 128 << 20;
const MAX_SAMPLES: usize = 16 << 20;

/// What a sample description holds before the boxes in it, of pictures and of sound.
const VISUAL_ENTRY_BYTES: usize = 78;
const AUDIO_ENTRY_BYTES: usize = 28;

/// How a sample is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Syntax {
    H264,
    H265,
    Aac,
}

/// One coded picture, or one packet of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sample {
    /// In the file.
    pub offset: u64,
    pub bytes: u32,
    pub syntax: Syntax,
    /// Of pictures: bytes of the length before each unit.
    pub length_bytes: u8,
}

/// All coded pictures of an MP4 and its AAC sound in order of their place; `None` where the file is no MP4 with a plain
/// index, or its pictures are of another codec.
pub(super) fn read(file: &File, file_bytes: u64, meter: &Meter) -> io::Result<Option<Vec<Sample>>> {
    let mut at = 0;
    for _ in 0..MAX_TOP_LEVEL {
        let mut head = [0; 16];
        if read_at(file, &mut head, at, meter)? < head.len() {
            return Ok(None);
        }
        let Some((kind, header, size)) = header(&head) else { return Ok(None) };
        let size = if size == 0 { file_bytes - at.min(file_bytes) } else { size };
        match &kind {
            b"moov" if (header..=MAX_INDEX_BYTES).contains(&size) => {
                let mut index = vec![0; (size - header) as usize];
                let whole = read_at(file, &mut index, at + header, meter)? == index.len();
                return Ok(if whole { samples(&index, file_bytes) } else { None });
            }
            b"ftyp" | b"mdat" | b"free" | b"skip" | b"wide" | b"uuid" | b"pnot" if size >= header => {
                match at.checked_add(size) {
                    Some(next) if next < file_bytes => at = next,
                    _ => return Ok(None),
                }
            }
            _ => return Ok(None),
        }
    }
    Ok(None)
}

/// Type, bytes of the header and of the whole box (0: to the end), as its first bytes say.
fn header(head: &[u8]) -> Option<([u8; 4], u64, u64)> {
    let kind = take(head, 4)?;
    Some(match u32::from_be_bytes(take(head, 0)?) {
        1 => (kind, 16, u64::from_be_bytes(take(head, 8)?)),
        size => (kind, 8, size.into()),
    })
}

fn take<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    take(bytes, at).map(u32::from_be_bytes)
}

/// The boxes that follow each other in `bytes`: type and payload.
fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (kind, header, size) = header(bytes)?;
        let size = if size == 0 { bytes.len() } else { usize::try_from(size).ok()? };
        let payload = bytes.get(header as usize..size)?;
        bytes = &bytes[size..];
        Some((kind, payload))
    })
}

/// The payload of the first box of this path.
fn within<'a>(bytes: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    path.iter().try_fold(bytes, |bytes, kind| boxes(bytes).find(|(found, _)| found == *kind).map(|(_, b)| b))
}

/// `index` is the payload of `moov`.
fn samples(index: &[u8], file_bytes: u64) -> Option<Vec<Sample>> {
    // Pictures of a fragmented movie are listed elsewhere.
    if boxes(index).any(|(kind, _)| &kind == b"mvex" || &kind == b"cmov") {
        return None;
    }
    let mut samples = Vec::new();
    for (kind, track) in boxes(index) {
        if &kind != b"trak" {
            continue;
        }
        let handler = within(track, &[b"mdia", b"hdlr"]).and_then(|handler| take(handler, 8));
        let table = || within(track, &[b"mdia", b"minf", b"stbl"]);
        match handler.as_ref() {
            Some(b"vide") => samples.extend(of_track(table()?)?),
            Some(b"soun") => samples.extend(table().and_then(of_track).unwrap_or_default()),
            _ => {}
        }
    }
    samples
        .retain(|sample| sample.offset.checked_add(sample.bytes.into()).is_some_and(|end| end <= file_bytes));
    samples.sort_unstable();
    (!samples.is_empty() && samples.len() <= MAX_SAMPLES).then_some(samples)
}

/// `table` is the payload of `stbl`.
fn of_track(table: &[u8]) -> Option<Vec<Sample>> {
    let (syntax, length_bytes) = coding(within(table, &[b"stsd"])?)?;
    let sizes = within(table, &[b"stsz"])?;
    let count = be32(sizes, 8)? as usize;
    // One size for all samples: not of these codecs.
    if be32(sizes, 4)? != 0 || count > MAX_SAMPLES {
        return None;
    }
    let mut sizes = entries::<4>(sizes, 12, count)?.map(u32::from_be_bytes);
    let chunks: Vec<u64> = match (within(table, &[b"stco"]), within(table, &[b"co64"])) {
        (Some(offsets), _) => {
            let count = be32(offsets, 4)? as usize;
            entries::<4>(offsets, 8, count)?.map(|at| u32::from_be_bytes(at).into()).collect()
        }
        (None, Some(offsets)) => {
            entries::<8>(offsets, 8, be32(offsets, 4)? as usize)?.map(u64::from_be_bytes).collect()
        }
        (None, None) => return None,
    };
    let runs = within(table, &[b"stsc"])?;
    let runs: Vec<(usize, u32)> = entries::<12>(runs, 8, be32(runs, 4)? as usize)?
        .map(|run| Some((be32(&run, 0)? as usize, be32(&run, 4)?)))
        .collect::<Option<_>>()?;
    let mut samples = Vec::with_capacity(count);
    let mut runs = runs.into_iter().peekable();
    let mut in_a_chunk = 0;
    for (n, &chunk) in chunks.iter().enumerate() {
        // Chunks count from 1.
        while let Some((_, samples_in_each)) = runs.next_if(|&(first, _)| first <= n + 1) {
            in_a_chunk = samples_in_each;
        }
        let mut offset = chunk;
        for _ in 0..in_a_chunk {
            let Some(bytes) = sizes.next() else { return Some(samples) };
            samples.push(Sample { offset, bytes, syntax, length_bytes });
            offset = offset.checked_add(bytes.into())?;
        }
    }
    Some(samples)
}

/// `count` entries of `N` bytes from `from` on; `None` where there are fewer.
fn entries<const N: usize>(
    bytes: &[u8],
    from: usize,
    count: usize,
) -> Option<impl Iterator<Item = [u8; N]> + '_> {
    let list = bytes.get(from..from.checked_add(count.checked_mul(N)?)?)?;
    Some(list.as_chunks::<N>().0.iter().copied())
}

/// What the samples are coded with, and the bytes of their units' lengths; `description` is the payload of `stsd`.
fn coding(description: &[u8]) -> Option<(Syntax, u8)> {
    if be32(description, 4)? != 1 {
        return None;
    }
    let (kind, entry) = boxes(description.get(8..)?).next()?;
    // The two lowest bits of a byte of the decoder's configuration (5.3.3.1 and 8.3.3.1).
    let (syntax, configuration, at) = match &kind {
        b"avc1" | b"avc3" => (Syntax::H264, b"avcC", 4),
        b"hvc1" | b"hev1" => (Syntax::H265, b"hvcC", 21),
        b"mp4a" => return is_aac(entry).then_some((Syntax::Aac, 0)),
        _ => return None,
    };
    let inside = entry.get(VISUAL_ENTRY_BYTES..)?;
    let length_bytes = (within(inside, &[configuration])?.get(at)? & 3) + 1;
    Some((syntax, length_bytes))
}

/// Whether the elementary stream that a sound track's description names is MPEG-4 sound: of the decoder's
/// configuration (tag 4, and its length in one or four bytes) the first byte is 0x40.
fn is_aac(entry: &[u8]) -> bool {
    const DECODER: u8 = 4;
    const MPEG4_SOUND: u8 = 0x40;
    let stream = entry.get(AUDIO_ENTRY_BYTES..).and_then(|inside| within(inside, &[b"esds"]));
    stream.is_some_and(|stream| {
        stream.windows(6).any(|bytes| {
            bytes[0] == DECODER && (bytes[2] == MPEG4_SOUND || (bytes[1] == 0x80 && bytes[5] == MPEG4_SOUND))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_box(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
        [&(payload.len() as u32 + 8).to_be_bytes(), &kind[..], payload].concat()
    }

    fn numbers(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    fn movie(entry: &[u8; 4], extra: &[u8]) -> Vec<u8> {
        let configuration = a_box(b"avcC", &[1, 77, 64, 40, 0xff, 0xe1]);
        let description =
            [numbers(&[0, 1]), a_box(entry, &[vec![0; VISUAL_ENTRY_BYTES], configuration].concat())].concat();
        let table = [
            a_box(b"stsd", &description),
            a_box(b"stsz", &numbers(&[0, 0, 5, 10, 20, 30, 40, 50])),
            a_box(b"stsc", &numbers(&[0, 2, 1, 2, 1, 3, 1, 1])),
            a_box(b"stco", &numbers(&[0, 3, 100, 1000, 500])),
        ]
        .concat();
        let handler = a_box(b"hdlr", &[&[0; 8][..], b"vide", &[0; 12]].concat());
        let media = [handler, a_box(b"minf", &a_box(b"stbl", &table))].concat();
        [a_box(b"trak", &a_box(b"mdia", &media)), extra.to_vec()].concat()
    }

    #[test]
    fn chunks_and_their_runs_give_each_picture_its_place() {
        let places: Vec<(u64, u32)> = samples(&movie(b"avc1", &[]), 5_000)
            .unwrap()
            .iter()
            .map(|sample| (sample.offset, sample.bytes))
            .collect();
        assert_eq!(places, [(100, 10), (110, 20), (500, 50), (1000, 30), (1030, 40)]);
        let first = samples(&movie(b"avc3", &[]), 5_000).unwrap()[0];
        assert_eq!((first.syntax, first.length_bytes), (Syntax::H264, 4));
    }

    #[test]
    fn pictures_beyond_the_end_are_left_out_and_other_layouts_have_no_table() {
        assert_eq!(samples(&movie(b"avc1", &[]), 1_000).unwrap().len(), 3);
        assert_eq!(samples(&movie(b"jpeg", &[]), 5_000), None);
        assert_eq!(samples(&movie(b"avc1", &a_box(b"mvex", &[])), 5_000), None);
        let mut cut = movie(b"avc1", &[]);
        cut.truncate(cut.len() - 4);
        assert_eq!(samples(&cut, 5_000), None);
    }
}
