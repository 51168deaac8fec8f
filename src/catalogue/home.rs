//! Where a catalogue lives.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::lang::Prose;

/// File systems that reach another machine. SQLite's write-ahead log needs memory that all its users share,
/// which these do not give (sqlite.org, "Write-Ahead Logging", section 2.2).
const NETWORK: [&str; 13] = [
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "beegfs", "gpfs", "ocfs2", "gfs2",
];
/// FUSE carries network file systems under names of their own; block devices are `fuseblk`.
const FUSE: &str = "fuse.";

/// Where the kernel lists what is mounted where.
const MOUNTS: &str = "/proc/self/mountinfo";

/// Where a catalogue lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// A SQLite file.
    File(PathBuf),
    /// A `postgres://` address.
    Postgres(String),
}

/// Why nothing can live there.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum HomeError {
    #[error(
        "{} lies on a network file system ({file_system}), where a SQLite catalogue can be damaged; keep it on \
         a disk of this machine, or use postgres://", path.display()
    )]
    Network { path: PathBuf, file_system: String },
    #[error("there is no catalogue at {}", .0.display())]
    Missing(PathBuf),
    #[error("{} cannot be a catalogue: its name is not valid UTF-8", .0.display())]
    Name(PathBuf),
}

impl HomeError {
    pub fn prose(&self) -> Prose {
        let zh = match self {
            Self::Network { path, file_system } => format!(
                "{} 位于网络文件系统（{file_system}），SQLite 评查库在其上可能损坏；请放在本机磁盘，或使用 postgres://",
                path.display()
            ),
            Self::Missing(path) => format!("{} 处没有评查库", path.display()),
            Self::Name(path) => format!("{} 不能作评查库：文件名不是有效的 UTF-8", path.display()),
        };
        Prose::new(zh, self.to_string())
    }
}

impl Home {
    pub fn of(address: &str) -> Result<Self, HomeError> {
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            return Ok(Self::Postgres(address.to_owned()));
        }
        let path = PathBuf::from(address);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let mounts = std::fs::read_to_string(MOUNTS).unwrap_or_default();
        match file_system(&folder, &mounts) {
            Some(file_system) if is_network(&file_system) => Err(HomeError::Network { path, file_system }),
            _ => Ok(Self::File(path)),
        }
    }

    pub fn must_exist(&self) -> Result<(), HomeError> {
        match self {
            Self::File(path) if !path.exists() => Err(HomeError::Missing(path.clone())),
            _ => Ok(()),
        }
    }

    pub fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }

    pub fn url(&self) -> String {
        match self {
            Self::Postgres(address) => address.clone(),
            Self::File(path) => {
                let mut url = "sqlite://".to_owned();
                for c in path.to_string_lossy().chars() {
                    match c {
                        '%' | '?' | '#' => url.push_str(&format!("%{:02X}", u32::from(c))),
                        c => url.push(c),
                    }
                }
                url + "?mode=rwc"
            }
        }
    }
}

/// As messages show it: without the password.
impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Postgres(address) => {
                let host = address.rsplit_once('@').map_or(address.as_str(), |(_, host)| host);
                let host = host.trim_start_matches("postgres://").trim_start_matches("postgresql://");
                write!(f, "postgres://{}", host.split('?').next().unwrap_or_default())
            }
        }
    }
}

fn is_network(file_system: &str) -> bool {
    NETWORK.contains(&file_system) || file_system.starts_with(FUSE)
}

/// The type of the file system that a folder lies on, by the kernel's list (proc(5), `mountinfo`): of the
/// mount points above it the longest, of several there the last.
fn file_system(folder: &Path, mounts: &str) -> Option<String> {
    let mut found: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let (places, types) = line.split_once(" - ")?;
        let point = unescaped(places.split(' ').nth(4)?);
        let kind = types.split(' ').next()?;
        let depth = Path::new(&point).components().count();
        if folder.starts_with(&point) && found.is_none_or(|(deepest, _)| depth >= deepest) {
            found = Some((depth, kind));
        }
    }
    found.map(|(_, kind)| kind.to_owned())
}

/// Blanks and the like stand as `\040`.
fn unescaped(point: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = point.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let octal = after.get(..3).filter(|_| byte == b'\\');
        let octal = octal.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        bytes.push(octal.unwrap_or(byte));
        rest = if octal.is_some() { &after[3..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTED: &str = "\
22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
50 22 0:45 / /srv/footage rw shared:9 - nfs4 nas:/footage rw
51 50 0:46 / /srv/footage/local rw - xfs /dev/sdb1 rw
52 22 0:47 / /mnt/my\\040share rw - cifs //nas/share rw
53 22 0:48 / /mnt/phone rw - fuse.sshfs phone:/ rw
54 22 0:49 / /mnt/stick rw - fuseblk /dev/sdc1 rw
";

    #[test]
    fn the_deepest_mount_point_counts() {
        let on = |folder: &str| file_system(Path::new(folder), MOUNTED).unwrap();
        assert_eq!(on("/home/audit"), "ext4");
        assert_eq!(on("/srv/footage/2025"), "nfs4");
        assert_eq!(on("/srv/footage/local/2025"), "xfs");
        assert_eq!(on("/mnt/my share/2025"), "cifs");
        assert!(is_network(&on("/mnt/phone")) && !is_network(&on("/mnt/stick")));
    }

    #[test]
    fn an_address_with_a_password_is_shown_without_it() {
        let home = Home::of("postgres://audit:secret@db.local:5432/pingcha?sslmode=disable").unwrap();
        assert_eq!(home.to_string(), "postgres://db.local:5432/pingcha");
    }

    #[test]
    fn odd_file_names_stand_for_themselves() {
        let home = Home::File(PathBuf::from("/tmp/50%?#/年.db"));
        assert_eq!(home.url(), "sqlite:///tmp/50%25%3F%23/年.db?mode=rwc");
    }
}
