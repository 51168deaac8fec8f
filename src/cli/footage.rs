//! Finding recordings in folders.

use std::io;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Folders in folders, as cameras and docks make them: `DCIM/100MEDIA`, a folder a day.
const MAX_DEPTH: u32 = 16;

/// What recordings are called; a dock's logs and pictures lie beside them.
const ENDINGS: [&str; 17] = [
    "mp4", "mov", "m4v", "3gp", "avi", "mkv", "webm", "ts", "mts", "m2ts", "mpg", "mpeg", "vob", "flv",
    "wmv", "asf", "dav",
];

/// Every file in the folder and those in it, in order of their paths; hidden ones are no recordings. What is
/// no plain file (a pipe, a device) is left out, and so are folders that links lead to: they could lead back.
pub(super) fn files_in(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![(dir.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            // A folder within that vanished or is closed to us must not end the search.
            Err(error) if depth > 0 => {
                eprintln!("pingcha: {}: {error}", folder.display());
                continue;
            }
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if entry.path().is_file() {
                files.push(entry.path());
            } else if entry.file_type()?.is_dir() && depth < MAX_DEPTH {
                folders.push((entry.path(), depth + 1));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Which files are recordings.
pub(super) enum Wanted {
    ByEnding,
    /// Paths below the folder that is searched.
    Matching(GlobSet),
}

impl Wanted {
    /// Without patterns the usual endings decide. Capital letters do not matter.
    pub fn new(patterns: &[String]) -> Result<Self, globset::Error> {
        if patterns.is_empty() {
            return Ok(Self::ByEnding);
        }
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            set.add(GlobBuilder::new(pattern).case_insensitive(true).build()?);
        }
        Ok(Self::Matching(set.build()?))
    }

    pub fn takes(&self, root: &Path, path: &Path) -> bool {
        match self {
            Self::ByEnding => path
                .extension()
                .is_some_and(|ending| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))),
            Self::Matching(set) => set.is_match(path.strip_prefix(root).unwrap_or(path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_found_in_folders_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("2025/03/14")).unwrap();
        std::fs::create_dir_all(at(".trash")).unwrap();
        for name in ["2025/03/14/a.MP4", "2025/03/14/a.log", "b\n.mov", "-c.avi", ".trash/d.mp4", "e.jpg"] {
            std::fs::write(at(name), "x").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), at("2025/again")).unwrap();
        let found = |wanted: &Wanted| -> Vec<PathBuf> {
            let files = files_in(folder.path()).unwrap();
            files.into_iter().filter(|path| wanted.takes(folder.path(), path)).collect()
        };
        let all = [at("-c.avi"), at("2025/03/14/a.MP4"), at("b\n.mov")];
        assert_eq!(found(&Wanted::new(&[]).unwrap()), all);
        let only = Wanted::new(&["2025/**/*.mp4".to_owned()]).unwrap();
        assert_eq!(found(&only), [at("2025/03/14/a.MP4")]);
        assert!(Wanted::new(&["[".to_owned()]).is_err());
    }
}
