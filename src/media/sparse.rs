//! Reading of an MP4 what is needed: of coded pictures that nobody decodes only how they begin.
//!
//! The demuxer pulls each picture, one by one; a reader in the file's place gives it the lengths and the headers of the
//! units in it, from which parsers tell key frames and observers read the numbers of pictures, and fills the rest up.
//! Where a gate admits the picture it is read whole, in place of the one that was filled up. Sound that nobody wants is
//! not read at all; index and all else are read as they are asked for.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gstreamer as gst;
use gstreamer_app as gst_app;

use super::Meter;
use super::sample_table::{self, Sample, Syntax};

/// Observers look at so much of a slice; parsers look at its type, which comes first.
const HEADER_BYTES: usize = 64;
/// Read at once of a picture: most are one slice behind a short unit or none.
const AT_ONCE_BYTES: usize = 96;
/// A smaller picture is read whole.
const SMALL_BYTES: u32 = 256;
/// A unit of anything but a picture is read whole; one that is longer, and a picture of more units, is not left out.
const MAX_OTHER_BYTES: usize = 8_192;
const MAX_UNITS: usize = 64;
/// What stands for what was not read: no start code, and no length that could be believed.
const FILLING: u8 = 0xff;
/// Pictures that were given to the demuxer and have not come out of it. They come out one by one.
const MAX_SERVED: usize = 64;
/// A parser inserts parameter sets before the first picture; they are no longer.
const MAX_INSERTED_BYTES: usize = 4_096;

/// An MP4 that is read in part.
pub(super) struct Sparse {
    file: File,
    file_bytes: u64,
    /// In order of their places.
    samples: Vec<Sample>,
    served: Mutex<VecDeque<Served>>,
    /// Sound is wanted.
    sound: bool,
    meter: Meter,
}

/// A picture that the demuxer was given.
#[derive(Debug, Clone, Copy)]
struct Served {
    sample: Sample,
    whole: bool,
}

/// What becomes of a packet on its way to the decoder.
pub(super) enum Completed {
    AsItIs,
    Read(gst::Buffer),
    /// It is none of the pictures that were given to the demuxer.
    Unknown,
}

impl Sparse {
    /// `None` for a file whose pictures cannot be told from the rest beforehand: it is read whole. `sound` says that
    /// sound is wanted.
    pub fn open(path: &Path, sound: bool, meter: &Meter) -> io::Result<Option<Arc<Self>>> {
        let file = File::open(path)?;
        let file_bytes = file.metadata()?.len();
        let samples = sample_table::read(&file, file_bytes, meter)?;
        // What lies ahead is not wanted. Only a wish: whether it is granted changes nothing else.
        #[cfg(target_os = "linux")]
        let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::Random);
        let (served, meter) = (Mutex::default(), meter.clone());
        Ok(samples.map(|samples| Arc::new(Self { file, file_bytes, samples, served, sound, meter })))
    }

    /// Lets `source` give out the file.
    pub fn feed(self: &Arc<Self>, source: &gst_app::AppSrc) {
        source.set_size(i64::try_from(self.file_bytes).unwrap_or(i64::MAX));
        let (sparse, position) = (Arc::clone(self), Arc::new(AtomicU64::new(0)));
        let sought = Arc::clone(&position);
        let callbacks = gst_app::AppSrcCallbacks::builder()
            .seek_data(move |_, offset| {
                sought.store(offset, Ordering::Relaxed);
                true
            })
            .need_data(move |source, bytes| match sparse.serve(position.load(Ordering::Relaxed), bytes) {
                Ok(data) => {
                    position.fetch_add(data.len() as u64, Ordering::Relaxed);
                    // Refused only while the pipeline is taken down.
                    let _ = source.push_buffer(gst::Buffer::from_mut_slice(data));
                }
                Err(error) => {
                    gst::element_error!(source, gst::ResourceError::Read, ["{error}"]);
                    let _ = source.end_of_stream();
                }
            })
            .build();
        source.set_callbacks(callbacks);
    }

    /// `bytes` from `offset`, or as many as there are.
    fn serve(&self, offset: u64, bytes: u32) -> io::Result<Vec<u8>> {
        let place = (offset, bytes);
        let found = self.samples.binary_search_by_key(&place, |sample| (sample.offset, sample.bytes));
        let Some(sample) = found.ok().map(|at| self.samples[at]) else {
            return self.read(offset, bytes as usize);
        };
        if sample.syntax == Syntax::Aac {
            return if self.sound {
                self.read(offset, bytes as usize)
            } else {
                Ok(vec![FILLING; bytes as usize])
            };
        }
        let beginnings = self.beginnings(&sample)?;
        let served = Served { sample, whole: beginnings.is_none() };
        {
            let mut all = self.served.lock().unwrap_or_else(PoisonError::into_inner);
            if all.len() == MAX_SERVED {
                all.pop_front();
            }
            all.push_back(served);
        }
        match beginnings {
            Some(data) => Ok(data),
            None => self.read(offset, bytes as usize),
        }
    }

    fn read(&self, offset: u64, bytes: usize) -> io::Result<Vec<u8>> {
        let there = self.file_bytes.saturating_sub(offset).min(bytes as u64) as usize;
        let mut data = vec![0; there];
        let count = self.read_into(&mut data, offset)?;
        data.truncate(count);
        Ok(data)
    }

    fn read_into(&self, data: &mut [u8], offset: u64) -> io::Result<usize> {
        read_at(&self.file, data, offset, &self.meter)
    }

    /// A picture of which only the beginnings of its units were read; `None` where it is to be read whole.
    fn beginnings(&self, sample: &Sample) -> io::Result<Option<Vec<u8>>> {
        let (bytes, length_bytes) = (sample.bytes as usize, usize::from(sample.length_bytes));
        if sample.bytes <= SMALL_BYTES {
            return Ok(None);
        }
        let mut data = vec![FILLING; bytes];
        // What was read last.
        let mut known = 0..0;
        let mut read = |data: &mut [u8], from: usize, to: usize| -> io::Result<bool> {
            if known.start <= from && to <= known.end {
                return Ok(true);
            }
            let end = to.max(from + AT_ONCE_BYTES).min(bytes);
            known = from..end;
            Ok(to <= end && self.read_into(&mut data[from..end], sample.offset + from as u64)? == end - from)
        };
        let mut at = 0;
        for _ in 0..MAX_UNITS {
            let unit = at + length_bytes;
            if !read(&mut data, at, unit + 1)? {
                return Ok(None);
            }
            let length = data[at..unit].iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
            let end = unit.saturating_add(length);
            // A length of one is a start code that some recorders write instead.
            if length <= 1 || end > bytes {
                return Ok(None);
            }
            let needed = match is_picture(sample.syntax, data[unit]) {
                true => length.min(HEADER_BYTES),
                false if length > MAX_OTHER_BYTES => return Ok(None),
                false => length,
            };
            if !read(&mut data, at, unit + needed)? {
                return Ok(None);
            }
            if end == bytes {
                return Ok(Some(data));
            }
            at = end;
        }
        Ok(None)
    }

    /// Takes a picture's packet as it comes out of the demuxer, and reads it whole if it is `wanted`.
    pub fn complete(&self, packet: &gst::Buffer, wanted: bool) -> io::Result<Completed> {
        let mut all = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        let inserted = |served: &Served| packet.size().checked_sub(served.sample.bytes as usize);
        let alike = |served: &Served| inserted(served) == Some(0);
        let shorter = |served: &Served| inserted(served).is_some_and(|bytes| bytes <= MAX_INSERTED_BYTES);
        while let Some(at) = all.iter().position(alike).or_else(|| all.iter().position(shorter)) {
            let Some(served) = all.drain(..=at).next_back() else { break };
            if !wanted || (served.whole && alike(&served)) {
                return Ok(Completed::AsItIs);
            }
            let data = self.read(served.sample.offset, served.sample.bytes as usize)?;
            let Ok(map) = packet.map_readable() else { break };
            if let Some(data) = filled(map.as_slice(), data) {
                let mut whole = gst::Buffer::from_mut_slice(data);
                let flags = gst::BufferCopyFlags::FLAGS
                    | gst::BufferCopyFlags::TIMESTAMPS
                    | gst::BufferCopyFlags::META;
                let copied = packet.copy_into(whole.make_mut(), flags, ..).is_ok();
                return Ok(if copied { Completed::Read(whole) } else { Completed::Unknown });
            }
        }
        Ok(if wanted { Completed::Unknown } else { Completed::AsItIs })
    }
}

/// The picture `whole` with what a parser inserted when it made `packet` of its beginnings: the parameter sets, before
/// the first one. `None` where the packet is of another picture.
fn filled(packet: &[u8], whole: Vec<u8>) -> Option<Vec<u8>> {
    let inserted = packet.len().checked_sub(whole.len())?;
    let same = packet.iter().zip(&whole).take_while(|(a, b)| a == b).count();
    let at = if inserted > 0 { same } else { 0 };
    let (before, after) = whole.split_at_checked(at)?;
    let known = packet.get(at + inserted..)?;
    if known.iter().zip(after).any(|(known, read)| *known != FILLING && known != read) {
        return None;
    }
    match inserted {
        0 => Some(whole),
        _ => Some([before, packet.get(at..at + inserted)?, after].concat()),
    }
}

/// Whether a unit that begins with this byte holds a part of a picture (ITU-T H.264 table 7-1, H.265 table 7-1).
fn is_picture(syntax: Syntax, first: u8) -> bool {
    match syntax {
        Syntax::H264 => matches!(first & 0x1f, 1..=5),
        Syntax::H265 => first >> 1 & 0x3f < 32,
        Syntax::Aac => false,
    }
}

/// Fills `data` from `offset` on, as far as the file goes; gives back how far.
pub(super) fn read_at(file: &File, data: &mut [u8], offset: u64, meter: &Meter) -> io::Result<usize> {
    let mut filled = 0;
    while filled < data.len() {
        match file.read_at(&mut data[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    meter.add(filled as u64);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{
        CodingOrder, Event, Pass, PictureChoice, Pipelines, Sampling, SoundChoice, StreamKind, Wants,
    };
    use crate::time::Pts;

    /// Packets by time, size, key flag and beginning, pictures by time and luma, and what was read.
    type Seen = (Vec<(Option<Pts>, usize, bool, Vec<u8>)>, Vec<(Pts, Vec<u8>)>, u64);

    fn seen(sample: &str, pipelines: &Pipelines, pictures: PictureChoice, sound: SoundChoice) -> Seen {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(sample);
        let pipelines = pipelines.metered();
        let patience = std::time::Duration::from_secs(30);
        let wants = Wants { packets: true, pictures, sound, patience };
        let mut pass = Pass::open(&path, wants, &pipelines).unwrap();
        let (mut packets, mut pictures) = (Vec::new(), Vec::new());
        while let Some(event) = pass.next().unwrap() {
            match event {
                Event::Packet(packet) => {
                    let beginning = |data: &[u8]| match packet.kind {
                        StreamKind::Video => data[..data.len().min(HEADER_BYTES)].to_vec(),
                        _ => Vec::new(),
                    };
                    let beginning = packet.with_data(beginning).unwrap();
                    packets.push((packet.pts, packet.bytes, packet.key, beginning));
                }
                Event::Picture(picture) => {
                    let luma = picture.luma();
                    pictures
                        .push((picture.pts, (0..luma.height).flat_map(|y| luma.row(y).to_vec()).collect()));
                }
                Event::Warning(why) => panic!("{why:?}"),
                _ => {}
            }
        }
        packets.sort();
        (packets, pictures, pipelines.meter().bytes().unwrap())
    }

    #[test]
    fn what_is_read_in_part_is_seen_as_what_is_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("source.launch"), Pipelines::default().source().unwrap()).unwrap();
        let whole = Pipelines::overridden_by(folder.path()).unwrap();
        let at = Pts::from_seconds;
        let sampling = Sampling::each(5_000_000_000);
        for sample in ["compliant.mp4", "h265.mp4"] {
            for (pictures, sound) in [
                (PictureChoice::None, SoundChoice::None),
                (PictureChoice::KeyFrames { sampling, whole: Vec::new() }, SoundChoice::All),
                (
                    PictureChoice::Within {
                        stretches: vec![(at(0.0), at(0.3)), (at(3.2), at(3.6))],
                        order: CodingOrder {
                            key_frames: vec![at(0.0), at(2.0)],
                            ahead_ns: CodingOrder::MOST_AHEAD_NS,
                        },
                    },
                    SoundChoice::None,
                ),
            ] {
                let in_part = seen(sample, &Pipelines::default(), pictures.clone(), sound.clone());
                let all = seen(sample, &whole, pictures, sound);
                assert_eq!(in_part.0, all.0);
                assert!(in_part.1 == all.1, "{sample}: {} {}", in_part.1.len(), all.1.len());
                assert!(in_part.2 < all.2, "{sample}: {} {}", in_part.2, all.2);
            }
        }
    }

    #[test]
    fn what_a_parser_inserted_stays_and_the_rest_is_filled() {
        let whole: Vec<u8> = (0..200).collect();
        let mut packet = whole.clone();
        packet[120..].fill(FILLING);
        assert_eq!(filled(&packet, whole.clone()), Some(whole.clone()));
        packet.splice(6..6, [6, 7, 99, 98]);
        let mut expected = whole.clone();
        expected.splice(6..6, [6, 7, 99, 98]);
        assert_eq!(filled(&packet, whole.clone()), Some(expected));
        packet[20] = 0;
        assert_eq!(filled(&packet, whole), None);
    }
}
