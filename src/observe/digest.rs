//! SHA-256 (FIPS 180-4) and SM3 (GB/T 32905) of a file in one read, and whether the file held still
//! meanwhile. Meant to run on a thread of its own, beside the analysis.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::time::SystemTime;

use sha2::{Digest, Sha256};
use sm3::Sm3;

use crate::figures::hexadecimal;
use crate::lang::Prose;

/// Large enough that system calls cost nothing, small enough to stay in a core's cache.
const BUFFER_BYTES: usize = 256 * 1_024;

/// Both digests of the same bytes, lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    pub bytes: u64,
    pub sha256: String,
    pub sm3: String,
}

/// Why there are no digests.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DigestError {
    /// The file cannot be read, or not to its end.
    #[error("the file cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Somebody wrote to the file or put another in its place: no digest stands for what was seen,
    /// and the report must say so.
    #[error("the file changed while it was read: {0}")]
    Changed(Change),
}

/// What about a file was different afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Change {
    #[error("its length went from {before} to {after} bytes")]
    Length { before: u64, after: u64 },
    #[error("it was written to")]
    Written,
    #[error("another file took its place, or it was moved away")]
    Replaced,
}

impl DigestError {
    /// The error in both languages, for a report's limits.
    pub fn prose(&self) -> Prose {
        match self {
            Self::Io(error) => Prose::new(
                format!("未能计算校验值：文件无法读取（{error}）"),
                format!("no digests: the file cannot be read ({error})"),
            ),
            Self::Changed(change) => {
                let change = change.prose();
                Prose::new(
                    format!("{}，未给出校验值", change.zh),
                    format!("{}, so no digests are given", change.en),
                )
            }
        }
    }
}

impl Change {
    /// What happened, in both languages.
    pub fn prose(self) -> Prose {
        let zh = match self {
            Self::Length { before, after } => format!("长度由 {before} 字节变为 {after} 字节"),
            Self::Written => "内容被写入".to_owned(),
            Self::Replaced => "文件被替换或移走".to_owned(),
        };
        Prose::new(
            format!("读取过程中文件发生变化（{zh}）"),
            format!("the file changed while it was read ({self})"),
        )
    }
}

/// What tells that a path still leads to the same, untouched file. Take one before the analysis and
/// compare after it, to cover what [`of`] does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileState {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Device and inode.
    #[cfg(unix)]
    identity: (u64, u64),
}

impl FileState {
    pub fn of(path: &Path) -> io::Result<Self> {
        std::fs::metadata(path).map(|metadata| Self::from_metadata(&metadata))
    }

    fn from_metadata(metadata: &Metadata) -> Self {
        Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            identity: {
                use std::os::unix::fs::MetadataExt;
                (metadata.dev(), metadata.ino())
            },
        }
    }

    /// What changed between `self` and `later`; `None` when nothing did.
    pub fn change(&self, later: &Self) -> Option<Change> {
        #[cfg(unix)]
        if self.identity != later.identity {
            return Some(Change::Replaced);
        }
        if self.bytes != later.bytes {
            return Some(Change::Length { before: self.bytes, after: later.bytes });
        }
        (self.modified != later.modified).then_some(Change::Written)
    }

    /// As [`Self::change`] against the file that `path` leads to now.
    pub fn change_since(&self, path: &Path) -> Option<Change> {
        match Self::of(path) {
            Ok(now) => self.change(&now),
            Err(_) => Some(Change::Replaced),
        }
    }
}

/// Reads the file at `path` once, to its end, and digests it.
pub fn of(path: &Path) -> Result<Digests, DigestError> {
    digest(path, |_| ())
}

/// `after_piece` is told how many bytes have been read, after each piece.
fn digest(path: &Path, mut after_piece: impl FnMut(u64)) -> Result<Digests, DigestError> {
    // To open a pipe is to wait for whoever writes into it.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file").into());
    }
    let mut file = File::open(path)?;
    let before = FileState::from_metadata(&file.metadata()?);
    let (mut sha256, mut sm3) = (Sha256::new(), Sm3::new());
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut bytes = 0;
    // A file that grows as fast as it is read would never end: it has changed, and that is enough.
    while bytes <= before.bytes {
        let count = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        sha256.update(&buffer[..count]);
        sm3.update(&buffer[..count]);
        bytes += count as u64;
        after_piece(bytes);
    }
    if let Some(change) = before.change_since(path) {
        return Err(DigestError::Changed(change));
    }
    if bytes != before.bytes {
        return Err(DigestError::Changed(Change::Length { before: before.bytes, after: bytes }));
    }
    Ok(Digests { bytes, sha256: hexadecimal(&sha256.finalize()), sm3: hexadecimal(&sm3.finalize()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn written(content: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        file
    }

    /// FIPS 180-4's and GB/T 32905's own examples.
    #[test]
    fn known_vectors() {
        let short = of(written(b"abc").path()).unwrap();
        assert_eq!(short.bytes, 3);
        assert_eq!(short.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(short.sm3, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
        let long = of(written(&b"abcd".repeat(16)).path()).unwrap();
        assert_eq!(long.sm3, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
        let empty = of(written(b"").path()).unwrap();
        assert_eq!(empty.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(empty.sm3, "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b");
    }

    #[test]
    fn pieces_make_the_same_digest_as_the_whole() {
        let content: Vec<u8> = (0..3 * BUFFER_BYTES + 17).map(|n| (n * 31 % 251) as u8).collect();
        let mut pieces = 0;
        let digests = digest(written(&content).path(), |_| pieces += 1).unwrap();
        assert!(pieces > 3);
        assert_eq!(digests.sha256, hexadecimal(&Sha256::digest(&content)));
        assert_eq!(digests.sm3, hexadecimal(&Sm3::digest(&content)));
    }

    #[test]
    fn a_growing_file_has_no_digest() {
        let mut file = written(&[7; 2 * BUFFER_BYTES]);
        let path = file.path().to_owned();
        let result = digest(&path, |_| file.write_all(&[8; 1_000]).unwrap());
        let Err(error @ DigestError::Changed(Change::Length { before, after })) = result else {
            panic!("{result:?}")
        };
        assert_eq!(before, 2 * BUFFER_BYTES as u64);
        assert!(after > before);
        assert!(error.prose().zh.contains("发生变化"));
    }

    #[test]
    fn a_file_rewritten_in_place_has_no_digest() {
        let file = written(&[7; 10]);
        let result = digest(file.path(), |_| {
            file.as_file().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        });
        assert!(matches!(result, Err(DigestError::Changed(Change::Written))), "{result:?}");
    }

    #[test]
    fn a_file_replaced_by_another_has_no_digest() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("clip"), folder.path().join("other"));
        std::fs::write(&path, [7; 10]).unwrap();
        std::fs::write(&other, [7; 10]).unwrap();
        let result = digest(&path, |_| std::fs::rename(&other, &path).unwrap_or_default());
        assert!(matches!(result, Err(DigestError::Changed(Change::Replaced))), "{result:?}");
    }

    #[test]
    fn a_shrinking_file_has_no_digest() {
        let file = written(&[7; 3 * BUFFER_BYTES]);
        let result = digest(file.path(), |_| file.as_file().set_len(10).unwrap());
        assert!(matches!(result, Err(DigestError::Changed(Change::Length { .. }))), "{result:?}");
    }

    #[test]
    fn what_is_no_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(of(folder.path()), Err(DigestError::Io(_))));
        assert!(matches!(of(&folder.path().join("nothing")), Err(DigestError::Io(_))));
    }
}
