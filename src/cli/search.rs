//! Finding recordings in folders, and saying what was passed by.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::lang::Prose;
use crate::report::visible;

/// Folders in folders, as cameras and docks make them: `DCIM/100MEDIA`, a folder a day.
const MAX_DEPTH: u32 = 16;

/// What recordings are called; a dock's logs and pictures lie beside them.
const ENDINGS: [&str; 17] = [
    "mp4", "mov", "m4v", "3gp", "avi", "mkv", "webm", "ts", "mts", "m2ts", "mpg", "mpeg", "vob", "flv",
    "wmv", "asf", "dav",
];

/// Names of each kind that are shown; a dock may hold a log beside each recording.
const SHOWN: usize = 5;

/// Why something in a folder was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PassedBy {
    /// Closed to us, or it vanished.
    Unreadable,
    /// Followed, it could lead back.
    LinkToFolder,
    /// To nothing, or to itself.
    BrokenLink,
    /// A pipe, a device, a socket.
    NoFile,
    TooDeep,
    Hidden,
    /// No pattern takes it.
    NoRecording,
}

impl PassedBy {
    fn name(self) -> Prose {
        let (zh, en) = match self {
            Self::Unreadable => ("无法读取", "cannot be read"),
            Self::LinkToFolder => ("指向文件夹的链接", "links to folders"),
            Self::BrokenLink => ("无效的链接", "links that lead nowhere"),
            Self::NoFile => ("不是普通文件", "not regular files"),
            Self::TooDeep => ("层次过深的文件夹", "folders that lie too deep"),
            Self::Hidden => ("隐藏的", "hidden"),
            Self::NoRecording => {
                ("不是录像文件，或不符合 --pattern", "not named as recordings, or matching no --pattern")
            }
        };
        Prose::new(zh, en)
    }
}

/// What lies in folders.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// In order of their paths.
    pub files: Vec<PathBuf>,
    pub passed_by: BTreeMap<PassedBy, Vec<PathBuf>>,
}

impl Found {
    fn pass_by(&mut self, why: PassedBy, path: PathBuf) {
        self.passed_by.entry(why).or_default().push(path);
    }

    /// Leaves the recordings below `root`.
    pub fn keep(&mut self, wanted: &Wanted, root: &Path) {
        let (kept, others) =
            std::mem::take(&mut self.files).into_iter().partition(|path| wanted.takes(root, path));
        self.files = kept;
        others.into_iter().for_each(|path| self.pass_by(PassedBy::NoRecording, path));
    }

    pub fn add(&mut self, other: Self) {
        self.files.extend(other.files);
        for (why, paths) in other.passed_by {
            self.passed_by.entry(why).or_default().extend(paths);
        }
    }

    /// A line for each reason, with the first few names; nothing where nothing was passed by.
    pub fn told(&self) -> Prose {
        let mut said = Prose::default();
        for (why, paths) in &self.passed_by {
            let (name, count) = (why.name(), paths.len());
            let names = paths.iter().take(SHOWN).map(|path| visible(&path.to_string_lossy()));
            let names = names.collect::<Vec<_>>().join(", ");
            let more = if count > SHOWN { ", …" } else { "" };
            said.zh += &format!("未查看（{}）{count} 个：{names}{more}\n", name.zh);
            said.en += &format!("not looked at ({}): {count}: {names}{more}\n", name.en);
        }
        said
    }
}

/// Every file in the folder and those in it; hidden ones are no recordings. What is no plain file is passed by, and so
/// are folders that links lead to.
pub(super) fn files_in(dir: &Path) -> io::Result<Found> {
    let mut found = Found::default();
    let mut folders = vec![(dir.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            // A folder within that vanished or is closed to us must not end the search.
            Err(_) if depth > 0 => {
                found.pass_by(PassedBy::Unreadable, folder);
                continue;
            }
            Err(error) => return Err(error),
        };
        for entry in entries {
            let Ok(entry) = entry else {
                found.pass_by(PassedBy::Unreadable, folder.clone());
                break;
            };
            let path = entry.path();
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                found.pass_by(PassedBy::Hidden, path);
                continue;
            }
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            match std::fs::metadata(&path) {
                Ok(metadata) if metadata.is_file() => found.files.push(path),
                Ok(metadata) if metadata.is_dir() && is_link => found.pass_by(PassedBy::LinkToFolder, path),
                Ok(metadata) if metadata.is_dir() && depth >= MAX_DEPTH => {
                    found.pass_by(PassedBy::TooDeep, path);
                }
                Ok(metadata) if metadata.is_dir() => folders.push((path, depth + 1)),
                Ok(_) => found.pass_by(PassedBy::NoFile, path),
                Err(_) if is_link => found.pass_by(PassedBy::BrokenLink, path),
                Err(_) => found.pass_by(PassedBy::Unreadable, path),
            }
        }
    }
    found.files.sort();
    found.passed_by.values_mut().for_each(|paths| paths.sort());
    Ok(found)
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
        {
            std::os::unix::fs::symlink(folder.path(), at("2025/again")).unwrap();
            std::os::unix::fs::symlink(at("loop.mp4"), at("loop.mp4")).unwrap();
            std::os::unix::net::UnixListener::bind(at("socket.mp4")).unwrap();
        }
        let search = |wanted: &Wanted| {
            let mut found = files_in(folder.path()).unwrap();
            found.keep(wanted, folder.path());
            found
        };
        let found = |wanted: &Wanted| search(wanted).files;
        let all = [at("-c.avi"), at("2025/03/14/a.MP4"), at("b\n.mov")];
        assert_eq!(found(&Wanted::new(&[]).unwrap()), all);
        let only = Wanted::new(&["2025/**/*.mp4".to_owned()]).unwrap();
        assert_eq!(found(&only), [at("2025/03/14/a.MP4")]);
        assert!(Wanted::new(&["[".to_owned()]).is_err());

        #[cfg(unix)]
        {
            let passed_by = search(&Wanted::new(&[]).unwrap()).passed_by;
            let expected = [
                (PassedBy::LinkToFolder, vec![at("2025/again")]),
                (PassedBy::BrokenLink, vec![at("loop.mp4")]),
                (PassedBy::NoFile, vec![at("socket.mp4")]),
                (PassedBy::Hidden, vec![at(".trash")]),
                (PassedBy::NoRecording, vec![at("2025/03/14/a.log"), at("e.jpg")]),
            ];
            assert_eq!(passed_by, BTreeMap::from(expected));
        }
    }

    #[test]
    fn what_was_passed_by_is_told_with_a_few_names() {
        let paths = (0..7).map(|n| PathBuf::from(format!("{n}\u{202e}.log"))).collect();
        let found = Found { passed_by: BTreeMap::from([(PassedBy::NoRecording, paths)]), ..Found::default() };
        let said = found.told().en;
        assert!(
            said.starts_with("not looked at (not named as recordings, or matching no --pattern): 7: 0"),
            "{said}"
        );
        assert!(said.ends_with(", …\n") && !said.contains('\u{202e}') && !said.contains("5.log"), "{said}");
        assert_eq!(Found::default().told(), Prose::default());
    }
}
