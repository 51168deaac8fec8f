//! How much of a clip is read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counts the bytes of a clip that are asked of its file, each time that they are. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    bytes: AtomicU64,
    broken_off: AtomicBool,
}

impl Meter {
    pub fn add(&self, bytes: u64) {
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// A reading ended before its end: how far it had come by then is chance.
    pub(super) fn break_off(&self) {
        self.0.broken_off.store(true, Ordering::Relaxed);
    }

    /// Bytes read so far; `None` where a reading broke off, because two runs would not count the same.
    pub fn bytes(&self) -> Option<u64> {
        (!self.0.broken_off.load(Ordering::Relaxed)).then(|| self.0.bytes.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_count_together_until_a_reading_breaks_off() {
        let meter = Meter::default();
        meter.clone().add(3);
        meter.add(4);
        assert_eq!(meter.bytes(), Some(7));
        meter.clone().break_off();
        assert_eq!(meter.bytes(), None);
    }
}
