//! What the coded pictures say of themselves, without decoding: texts that encoders leave in the
//! stream, parameter sets, and where they change.
//!
//! Fed with every packet of the picture track in order. Only what stands before the first slice of
//! a packet is looked at, and that slice's first numbers, so a packet costs next to nothing. Syntax: ITU-T H.264 and H.265 (7.3,
//! annex B and D), ISO/IEC 14496-2 (6.2), ITU-T T.81 (annex B). Bits and supplemental information
//! are read by `h264-reader`; picture sizes are not, because it refuses whole parameter sets over
//! details (a level too low for the size, for one) in which cameras are careless.

mod numbering;
mod picture_size;
mod quantiser;
mod slices;
#[cfg(test)]
mod tests;
mod units;

use std::collections::{BTreeMap, BTreeSet};

use h264_reader::nal::sei::user_data_unregistered::UserDataUnregistered;
use h264_reader::nal::sei::{HeaderType, SeiReader};
use h264_reader::rbsp::ByteReader;
use sha2::{Digest, Sha256};

use super::clues::Clue;
use super::container::text;
use crate::evidence::{EncoderString, PictureCoding, ResolutionChange};
use crate::figures::hexadecimal;
use crate::time::{Pts, round_to_microsecond};
use numbering::Numbers;
use picture_size::Size;
use quantiser::Quantisers;
use units::{Framing, NalKind, NalSyntax};

/// Delta packets in which texts are looked for, besides all key packets: encoders sign at the start.
const OTHER_PACKETS: u32 = 16;
/// Longest parameter set that is compared; longer ones are compared by their beginning.
const MAX_SET_BYTES: usize = 4_096;
/// Different parameter sets told apart and counted.
const MAX_SETS: usize = 256;
const MAX_CHANGES: usize = 256;
const MAX_STRINGS: usize = 64;
/// Texts kept that differ in their digits only: some cameras write time or place into each picture.
const MAX_ALIKE: usize = 4;

/// What [`CodingObserver`] found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CodingFacts {
    pub encoder_strings: Vec<EncoderString>,
    /// Number of different parameter sets met, those in the codec header included.
    pub parameter_sets: u32,
    /// Times, after the first packet, at which a parameter set comes with another content.
    pub parameter_set_changes_s: Vec<f64>,
    pub resolution_changes: Vec<ResolutionChange>,
    pub coding: Option<PictureCoding>,
    /// Where the pictures' numbers do not go on, and key frames by how far their coarseness steps.
    pub clues: Vec<Clue>,
}

enum Syntax {
    Nal(NalSyntax, Framing),
    Mpeg4,
    Jpeg,
    /// Nothing is known of this codec: nothing is found.
    Other,
}

pub struct CodingObserver {
    syntax: Syntax,
    first_at_s: Option<f64>,
    others_left: u32,
    /// The parameter sets in force, by their kind and number.
    active: BTreeMap<(u8, u32), Vec<u8>>,
    different: BTreeSet<Vec<u8>>,
    /// The first set of each kind and number, up to the first packet.
    first: BTreeMap<(u8, u32), Vec<u8>>,
    size: Option<Size>,
    slices: slices::Reader,
    numbers: Numbers,
    quantisers: Quantisers,
    facts: CodingFacts,
}

impl CodingObserver {
    /// `codec` as in [`crate::evidence::VideoFacts::codec`]; `codec_header` is what travels outside
    /// the packets (`avcC`, `hvcC`, decoder specific info), empty if there is none.
    pub fn new(codec: &str, codec_header: &[u8]) -> Self {
        let syntax = match codec {
            "h264" => Syntax::Nal(NalSyntax::H264, Framing::StartCodes),
            "h265" => Syntax::Nal(NalSyntax::H265, Framing::StartCodes),
            "mpeg4" => Syntax::Mpeg4,
            "mjpeg" => Syntax::Jpeg,
            _ => Syntax::Other,
        };
        let mut observer = Self {
            syntax,
            first_at_s: None,
            others_left: OTHER_PACKETS,
            active: BTreeMap::new(),
            different: BTreeSet::new(),
            first: BTreeMap::new(),
            size: None,
            slices: slices::Reader::default(),
            numbers: Numbers::default(),
            quantisers: Quantisers::default(),
            facts: CodingFacts::default(),
        };
        observer.codec_header(None, codec_header);
        observer
    }

    /// A codec header that the demuxer announces; `at_s` is `None` for the one before all packets.
    pub fn codec_header(&mut self, at_s: Option<f64>, header: &[u8]) {
        match self.syntax {
            Syntax::Nal(syntax, ref mut framing) => {
                let Some((found, units)) = units::configuration(syntax, header) else { return };
                *framing = found;
                for unit in units {
                    self.nal_unit(syntax, at_s, unit, true);
                }
            }
            Syntax::Mpeg4 => self.mpeg4(at_s, header),
            Syntax::Jpeg | Syntax::Other => {}
        }
    }

    /// One coded packet.
    pub fn packet(&mut self, pts: Pts, key: bool, data: &[u8]) {
        let at_s = pts.seconds(Pts::ZERO);
        self.first_at_s.get_or_insert(at_s);
        let with_texts = key || self.others_left > 0;
        if !key {
            self.others_left = self.others_left.saturating_sub(1);
        }
        match self.syntax {
            Syntax::Nal(syntax, framing) => {
                let picture = units::before_pictures(syntax, framing, data, |unit| {
                    self.nal_unit(syntax, Some(at_s), unit, with_texts)
                });
                if let Some(slice) = picture.and_then(|unit| self.slices.read(syntax, unit, &self.active)) {
                    self.numbers.picture(pts, slice);
                    self.quantisers.picture(pts, slice);
                }
            }
            Syntax::Mpeg4 => self.mpeg4(Some(at_s), data),
            Syntax::Jpeg => self.jpeg(at_s, data),
            Syntax::Other => {}
        }
    }

    /// Times of clues count from `origin`.
    pub fn finish(mut self, origin: Pts) -> CodingFacts {
        self.facts.clues = std::mem::take(&mut self.numbers).finish(origin);
        self.facts.clues.extend(std::mem::take(&mut self.quantisers).finish(origin));
        self.facts.parameter_sets = self.different.len() as u32;
        self.facts.coding = self.picture_coding();
        self.facts.encoder_strings.sort();
        self.facts
    }

    fn picture_coding(&self) -> Option<PictureCoding> {
        if self.first.is_empty() {
            return None;
        }
        let mut digest = Sha256::new();
        self.first.values().for_each(|set| digest.update(set));
        let said = match self.syntax {
            Syntax::Nal(syntax, _) => {
                self.first.values().find_map(|set| units::profile_and_level(syntax, set))
            }
            _ => None,
        };
        Some(PictureCoding {
            profile: said.map(|(profile, _)| profile),
            level: said.map(|(_, level)| level),
            parameter_sets_sha256: hexadecimal(&digest.finalize()),
        })
    }

    fn nal_unit(&mut self, syntax: NalSyntax, at_s: Option<f64>, unit: &[u8], with_texts: bool) {
        match syntax.kind(unit) {
            NalKind::ParameterSet { kind, number } => {
                let size = picture_size::of_parameter_set(syntax, unit);
                self.parameter_set(at_s, (kind, number), unit, size);
            }
            NalKind::Supplemental if with_texts => self.supplemental(syntax, unit),
            _ => {}
        }
    }

    fn supplemental(&mut self, syntax: NalSyntax, unit: &[u8]) {
        let mut scratch = Vec::new();
        let mut messages =
            SeiReader::from_rbsp_bytes(ByteReader::skipping_bytes(unit, syntax.header_bytes()), &mut scratch);
        while let Ok(Some(message)) = messages.next() {
            if message.payload_type == HeaderType::UserDataUnregistered
                && let Ok(data) = UserDataUnregistered::read(&message)
            {
                let text = whole_text(data.payload());
                self.string("SEI user data", text);
            }
        }
    }

    fn mpeg4(&mut self, at_s: Option<f64>, data: &[u8]) {
        const USER_DATA: u8 = 0xb2;
        units::before_mpeg4_picture(data, |code, unit| match code {
            USER_DATA => self.string("MPEG-4 user data", whole_text(unit)),
            0x20..=0x2f => {
                let size = picture_size::of_video_object_layer(unit);
                self.parameter_set(at_s, (code, 0), unit, size);
            }
            _ => {}
        });
    }

    fn jpeg(&mut self, at_s: f64, data: &[u8]) {
        const COMMENT: u8 = 0xfe;
        const FRAME: u8 = 0;
        units::before_jpeg_scan(data, |marker, segment| match marker {
            COMMENT => self.string("JPEG comment", whole_text(segment)),
            0xe0..=0xef => self.string(&format!("JPEG APP{}", marker & 0xf), text::runs(segment)),
            _ if units::starts_jpeg_frame(marker) => {
                // Precision, height, width.
                let size = picture_size::of_jpeg_frame(segment);
                self.parameter_set(Some(at_s), (FRAME, 0), segment, size);
            }
            _ => {}
        });
    }

    fn parameter_set(&mut self, at_s: Option<f64>, key: (u8, u32), bytes: &[u8], size: Option<Size>) {
        let bytes = &bytes[..bytes.len().min(MAX_SET_BYTES)];
        let from_the_start =
            at_s.is_none_or(|at_s| self.first_at_s.is_none_or(|first_at_s| at_s <= first_at_s));
        if from_the_start && self.first.len() < MAX_SETS {
            self.first.entry(key).or_insert_with(|| bytes.to_vec());
        }
        if self.active.get(&key).is_some_and(|active| active == bytes) {
            return;
        }
        let kind_known = self.active.keys().any(|&(kind, _)| kind == key.0);
        if self.different.len() < MAX_SETS {
            self.different.insert(bytes.to_vec());
        }
        // Only so many numbers are told apart; the standards allow 32 sequence and 256 picture sets.
        if self.active.len() < 2 * MAX_SETS || self.active.contains_key(&key) {
            self.active.insert(key, bytes.to_vec());
            self.slices.forget();
        }
        // What comes with the first packet completes or corrects the header; later it is a change.
        let changed_at_s = match (at_s, self.first_at_s) {
            (Some(at_s), Some(first_at_s)) if kind_known && at_s > first_at_s => {
                Some(round_to_microsecond(at_s))
            }
            _ => None,
        };
        let resized = size.is_some() && size != self.size;
        if let Some(at_s) = changed_at_s {
            let changes = &mut self.facts.parameter_set_changes_s;
            if changes.len() < MAX_CHANGES && changes.last() != Some(&at_s) {
                changes.push(at_s);
            }
            if let Some(Size { width, height }) = size.filter(|_| resized)
                && self.facts.resolution_changes.len() < MAX_CHANGES
            {
                self.facts.resolution_changes.push(ResolutionChange { at_s, width, height });
            }
        }
        self.size = size.or(self.size);
    }

    fn string(&mut self, place: &str, text: String) {
        let strings = &mut self.facts.encoder_strings;
        if !text.contains(char::is_alphabetic) || strings.len() >= MAX_STRINGS {
            return;
        }
        if strings.iter().any(|known| known.place == place && known.text == text) {
            return;
        }
        let alike = strings
            .iter()
            .filter(|known| known.place == place && same_but_digits(&known.text, &text))
            .count();
        if alike < MAX_ALIKE {
            strings.push(EncoderString { place: place.to_owned(), text });
        }
    }
}

/// The bytes as text when all of them are text (up to closing zeros); empty otherwise.
fn whole_text(bytes: &[u8]) -> String {
    const MIN_CHARS: usize = 4;
    let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    match std::str::from_utf8(&bytes[..end]) {
        Ok(text)
            if text.chars().all(|c| !c.is_control() || c.is_whitespace())
                && text.chars().count() >= MIN_CHARS =>
        {
            text::printable(text.as_bytes())
        }
        _ => String::new(),
    }
}

fn same_but_digits(one: &str, other: &str) -> bool {
    let shape = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    shape(one) == shape(other)
}
