//! Finding recordings in folders, and what they are called on every machine.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::engine::batch::path_text;

/// Where machines have the footage. A catalogue keeps `NAME:/path below it` of what lies there, and the path itself of
/// everything else.
#[derive(Debug, Clone, Default, Args)]
pub struct Roots {
    /// Folder under which this machine has what the catalogue calls NAME; once for each
    #[arg(long = "root", value_name = "NAME=PATH", value_parser = root)]
    roots: Vec<(String, PathBuf)>,
}

impl Roots {
    /// By paths as the kernel knows them, without links.
    pub fn kept_as(&self, path: &Path) -> String {
        let below = |(name, folder): &(String, PathBuf)| {
            let folder = folder.canonicalize().unwrap_or_else(|_| folder.clone());
            let rest = path.strip_prefix(&folder).ok()?.to_str()?;
            Some((folder.components().count(), format!("{name}:/{rest}")))
        };
        let nearest = self.roots.iter().filter_map(below).max();
        nearest.map_or_else(|| path_text(path), |(_, text)| text)
    }

    /// Where a clip of the catalogue lies here; `None` below a root that this machine was not told of, and of a
    /// name that had to be written out.
    pub fn locate(&self, kept_as: &str) -> Option<PathBuf> {
        if kept_as.starts_with('/') {
            return Some(PathBuf::from(kept_as));
        }
        let (name, rest) = kept_as.split_once(":/")?;
        let (_, folder) = self.roots.iter().find(|(known, _)| known == name)?;
        // What the catalogue says must not lead out of the folder.
        let plain = Path::new(rest).components().all(|part| matches!(part, std::path::Component::Normal(_)));
        plain.then(|| folder.join(rest))
    }

    /// As [`locate`](Self::locate) for whoever is not trusted: a plain file that lies below a root, links and all.
    pub fn allowed(&self, kept_as: &str) -> Option<PathBuf> {
        let (name, _) = kept_as.split_once(":/")?;
        let (_, folder) = self.roots.iter().find(|(known, _)| known == name)?;
        let file = self.locate(kept_as)?.canonicalize().ok()?;
        (file.starts_with(folder.canonicalize().ok()?) && file.is_file()).then_some(file)
    }
}

fn root(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path))
            if !name.is_empty()
                && !path.is_empty()
                && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_') =>
        {
            Ok((name.to_owned(), PathBuf::from(path)))
        }
        _ => Err("a name of letters, digits, - and _, then = and a folder".to_owned()),
    }
}

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
    fn what_lies_in_a_root_is_called_the_same_on_every_machine() {
        let here = tempfile::tempdir().unwrap();
        let roots = |folder: &Path| Roots { roots: vec![("nas".to_owned(), folder.to_owned())] };
        let real = here.path().canonicalize().unwrap();
        let kept = roots(here.path()).kept_as(&real.join("2025/a.mp4"));
        assert_eq!(kept, "nas:/2025/a.mp4");
        assert_eq!(roots(Path::new("/mnt/x")).locate(&kept).unwrap(), Path::new("/mnt/x/2025/a.mp4"));
        assert_eq!(roots(here.path()).kept_as(Path::new("/elsewhere/a.mp4")), "/elsewhere/a.mp4");
        assert_eq!(Roots::default().locate("/elsewhere/a.mp4").unwrap(), Path::new("/elsewhere/a.mp4"));
        assert_eq!(roots(here.path()).locate("other:/a.mp4"), None);
        assert_eq!(roots(here.path()).locate("nas:/../etc/passwd"), None);
        assert!(root("nas=/mnt").is_ok() && root("nas").is_err() && root("a:b=/mnt").is_err());
    }

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
