//! Signs of life of a process that works on one clip: whoever makes headway on it beats, and who watches the
//! process from outside is told.

use std::sync::atomic::{AtomicU64, Ordering};

static BEATS: AtomicU64 = AtomicU64::new(0);

/// Something of the clip was done: a packet or a picture came, a piece was digested, a line was read.
pub fn beat() {
    BEATS.fetch_add(1, Ordering::Relaxed);
}

/// How often the process beat so far.
pub fn beats() -> u64 {
    BEATS.load(Ordering::Relaxed)
}
