//! What recordings are called on every machine.

use std::path::{Path, PathBuf};

use clap::Args;

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
}
