//! Bounded random access to a file, and reading numbers out of byte slices without panicking.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

/// Reads allowed for one file. One per box, element or chunk: enough for a day of one-second
/// fragments, and still under a second of system calls on a file made to keep a reader busy.
const MAX_READS: u32 = 400_000;

/// A file of known length that hands out small pieces. It stops giving after [`MAX_READS`], so that
/// every parser on top of it ends, whatever the file says.
pub struct Source<R> {
    reader: R,
    bytes: u64,
    reads: u32,
}

impl<R: Read + Seek> Source<R> {
    pub fn new(reader: R, bytes: u64) -> Self {
        Self { reader, bytes, reads: 0 }
    }

    /// Length of the file in bytes when it was opened.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether reading was cut off by the limit rather than by the end of the file.
    pub fn exhausted(&self) -> bool {
        self.reads >= MAX_READS
    }

    /// `count` bytes from `at`, or as many as there are; none beyond the end or the limit.
    pub fn read(&mut self, at: u64, count: usize) -> io::Result<Vec<u8>> {
        let there = self.bytes.saturating_sub(at).min(count as u64) as usize;
        let mut piece = vec![0; there];
        let filled = self.fill(at, &mut piece)?;
        piece.truncate(filled);
        Ok(piece)
    }

    /// Exactly `N` bytes from `at`; `None` when the file (or the limit) ends before.
    pub fn array<const N: usize>(&mut self, at: u64) -> io::Result<Option<[u8; N]>> {
        let mut piece = [0; N];
        Ok((self.fill(at, &mut piece)? == N).then_some(piece))
    }

    fn fill(&mut self, at: u64, piece: &mut [u8]) -> io::Result<usize> {
        if piece.is_empty() || at >= self.bytes || self.exhausted() {
            return Ok(0);
        }
        self.reads += 1;
        self.reader.seek(SeekFrom::Start(at))?;
        let mut filled = 0;
        while filled < piece.len() {
            match self.reader.read(&mut piece[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

/// The `N` bytes of `bytes` at `at`.
pub fn take<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

pub fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    take(bytes, at).map(u16::from_be_bytes)
}

pub fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    take(bytes, at).map(u32::from_be_bytes)
}

pub fn be64(bytes: &[u8], at: usize) -> Option<u64> {
    take(bytes, at).map(u64::from_be_bytes)
}

pub fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    take(bytes, at).map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn reading_stops_at_the_end_of_the_file() {
        let mut source = Source::new(Cursor::new(vec![1, 2, 3, 4]), 4);
        assert_eq!(source.read(2, 10).unwrap(), [3, 4]);
        assert!(source.read(u64::MAX, 10).unwrap().is_empty());
        assert_eq!(source.array::<2>(3).unwrap(), None);
        assert_eq!(source.array::<2>(2).unwrap(), Some([3, 4]));
    }

    #[test]
    fn reading_stops_at_the_limit() {
        let mut source = Source::new(Cursor::new(vec![0; 8]), 8);
        for _ in 0..MAX_READS {
            assert!(source.array::<1>(0).unwrap().is_some());
        }
        assert!(source.exhausted());
        assert_eq!(source.array::<1>(0).unwrap(), None);
    }

    #[test]
    fn numbers_outside_the_slice_are_none() {
        assert_eq!(be32(&[0, 0, 1, 0], 0), Some(256));
        assert_eq!(be32(&[0, 0, 1], 0), None);
        assert_eq!(be16(&[0; 4], usize::MAX), None);
    }
}
