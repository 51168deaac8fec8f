//! What a file's structure says: the facts that `observe/container` fills.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the container and the codec headers say of themselves.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ContainerFacts {
    /// Format found by reading the file's structure, not its name: as [`ClipFacts::container`](super::ClipFacts).
    pub format: String,
    /// Major brand and compatible brands of an ISO file.
    pub brands: Vec<String>,
    /// Top-level boxes or chunks, in file order: the first 48, then the first of each further name.
    pub structure: Vec<StructurePart>,
    /// Program and library names that the file carries, with the place they stand in.
    pub encoder_strings: Vec<EncoderString>,
    /// RFC 3339 in UTC, as written by the recorder (which may mean local time).
    pub creation_time: Option<String>,
    /// The latest that any header names.
    pub modification_time: Option<String>,
    /// The length that the headers promise, in seconds; `None` where they leave it open.
    pub duration_s: Option<f64>,
    /// Descriptions of the coding in the track that has most; more than one where a track changes
    /// its coding midway. 0 where the format has none.
    pub sample_descriptions: u32,
    pub edit_lists: Vec<EditList>,
    /// Tracks of pictures and of sound in an ISO file, whether they can be read or not.
    #[serde(default)]
    pub picture_tracks: u32,
    #[serde(default)]
    pub sound_tracks: u32,
    /// Boxes of an ISO file's index in the order in which they stand, tracks left out:
    /// `mvhd trak trak udta(meta)`. Empty where the format has none.
    #[serde(default)]
    pub index_layout: String,
    /// Units a second in which the movie header of an ISO file counts; 0 where there is none.
    #[serde(default)]
    pub time_scale: u32,
    #[serde(default)]
    pub tracks: Vec<TrackFacts>,
    /// The length that the structure promises, where that is more than the file has.
    pub missing_bytes: Option<u64>,
    /// The index was never written, as power loss leaves it: an ISO file without `moov` (which
    /// cannot be played), an AVI file without `idx1` or `indx` (which can).
    pub index_missing: bool,
    /// Tables of an ISO file's index contradict themselves where they place pictures or sound, so that no
    /// player can tell what lies where; `problems` says which.
    #[serde(default)]
    pub index_damaged: bool,
    pub fragmented: bool,
    /// Anything that does not parse, with its place.
    pub problems: Vec<String>,
}

/// How one track of an ISO file is described.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct TrackFacts {
    /// Four-character code of the handler: `vide`, `soun`, `text` …
    pub kind: String,
    /// The handler's name; empty where it has none.
    pub handler: String,
    /// Units a second in which its times count.
    pub time_scale: u32,
    /// Its boxes in the order in which they stand: `tkhd mdia(mdhd hdlr minf(…))`.
    pub layout: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StructurePart {
    /// Four-character code or EBML element name.
    pub name: String,
    pub offset: u64,
    pub bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct EncoderString {
    /// Where it stands: `moov/udta/meta/ilst/©too`, `SEI user data`, `Segment/Info/MuxingApp` …
    pub place: String,
    pub text: String,
}

/// One track's edit list, when it does more than start the track at its first sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EditList {
    pub track: u32,
    /// Media time the edit starts at, in seconds; -1 for an empty edit, during which nothing is shown.
    pub media_start_s: Vec<f64>,
    pub duration_s: Vec<f64>,
}
