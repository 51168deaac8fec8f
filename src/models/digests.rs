//! Digests of a model file, held against what the manifest says.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::{Entry, ModelError};
use crate::figures::hexadecimal;

pub struct Digests {
    pub bytes: u64,
    /// Lower-case hexadecimal, as `sha1`.
    pub sha256: String,
    /// Empty when no one asked for it.
    pub sha1: String,
}

impl Digests {
    /// Reads the whole file, once.
    pub fn of(path: &Path) -> Result<Self, ModelError> {
        Self::taken(path, true)
    }

    /// Reads the whole file and holds it against the entry. An error names the file as `shown`.
    pub fn of_entry(entry: &Entry, path: &Path, shown: &Path) -> Result<Self, ModelError> {
        let digests = Self::taken(path, entry.sha1.is_some())?;
        digests.hold_against(entry, shown)?;
        Ok(digests)
    }

    fn taken(path: &Path, with_sha1: bool) -> Result<Self, ModelError> {
        let read = |error| ModelError::Read { path: path.to_owned(), error };
        let mut file = File::open(path).map_err(read)?;
        let (mut sha256, mut sha1) = (Sha256::new(), with_sha1.then(Sha1::new));
        let mut bytes = 0;
        let mut block = vec![0; 1 << 20];
        loop {
            let length = file.read(&mut block).map_err(read)?;
            if length == 0 {
                break;
            }
            bytes += length as u64;
            sha256.update(&block[..length]);
            if let Some(sha1) = &mut sha1 {
                sha1.update(&block[..length]);
            }
        }
        let sha1 = sha1.map(|sha1| hexadecimal(&sha1.finalize())).unwrap_or_default();
        Ok(Self { bytes, sha256: hexadecimal(&sha256.finalize()), sha1 })
    }

    /// Whether these, with the SHA-1, are of the file that the entry means. An error names it as
    /// `path`.
    pub fn hold_against(&self, entry: &Entry, path: &Path) -> Result<(), ModelError> {
        let path = || path.to_owned();
        if entry.sha256.is_none() && entry.sha1.is_none() {
            return Err(ModelError::NoDigest { path: path() });
        }
        if let Some(expected) = entry.bytes.filter(|&bytes| bytes != self.bytes) {
            return Err(ModelError::WrongSize { path: path(), expected, found: self.bytes });
        }
        let pairs = [("SHA-256", &entry.sha256, &self.sha256), ("SHA-1", &entry.sha1, &self.sha1)];
        for (digest, expected, found) in pairs {
            if let Some(expected) = expected
                && expected != found
            {
                let (expected, found) = (expected.clone(), found.clone());
                return Err(ModelError::WrongDigest { path: path(), digest, expected, found });
            }
        }
        Ok(())
    }
}
