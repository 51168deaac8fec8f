//! What both benches stand on: the CPU time of the process, the samples, one reading of a clip.

use std::path::{Path, PathBuf};
use std::time::Duration;

use pingcha::media::{Event, MediaError, Pass, PictureChoice, Pipelines, Sampling, SoundChoice, Wants};
use pingcha::models::{ModelError, ModelStore};
use rustix::time::{ClockId, clock_gettime};

/// A clip that does nothing for this long will not be measured.
const PATIENCE: Duration = Duration::from_secs(30);

/// As the first pass has it: key frames nearer to each other are not decoded.
const KEY_FRAME_INTERVAL_NS: i64 = 900_000_000;

/// What a reading hands over.
pub const PACKETS: Wants =
    Wants { packets: true, pictures: PictureChoice::None, sound: SoundChoice::None, patience: PATIENCE };
pub const SOUND: Wants = Wants { packets: false, sound: SoundChoice::All, ..PACKETS };

#[allow(dead_code)] // each bench takes what it needs
pub const PICTURES: Wants = Wants { packets: false, pictures: PictureChoice::All, ..PACKETS };

/// Key frames only, without the first pass's closer view of both ends.
pub fn key_frames() -> Wants {
    let pictures =
        PictureChoice::KeyFrames { sampling: Sampling::each(KEY_FRAME_INTERVAL_NS), whole: Vec::new() };
    Wants { packets: false, pictures, ..PACKETS }
}

/// CPU time of the process so far, user and system, of all its threads: decoders run in their own.
/// Unlike the time on the wall it says the same on a busy machine, within some tens of per cent.
pub fn cpu_time() -> Duration {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(used.tv_sec.unsigned_abs(), used.tv_nsec as u32)
}

/// Reads a clip once, to its end.
pub fn read(clip: &Path, wants: Wants, mut take: impl FnMut(Event)) -> Result<(), MediaError> {
    let mut pass = Pass::open(clip, wants, &Pipelines::default())?;
    while let Some(event) = pass.next()? {
        take(event);
    }
    Ok(())
}

pub fn sample(name: &str) -> PathBuf {
    repository().join("samples").join(name)
}

pub fn models() -> Result<ModelStore, ModelError> {
    ModelStore::open(&repository().join("models"))
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
