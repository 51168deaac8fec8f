//! Writing report files: whole or not at all.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use sha2::{Digest, Sha256};

use super::scan::is_stopping;
use crate::evidence::Region;
use crate::figures::hexadecimal;
use crate::report::{Format, Report, Still, Style, render};

/// A clip's files in the folder of reports.
pub(super) struct ReportFiles<'a> {
    folder: &'a Path,
    clip: OsString,
}

impl<'a> ReportFiles<'a> {
    pub fn new(folder: &'a Path, clip: &Path) -> Self {
        Self { folder, clip: fitting(clip.file_name().unwrap_or(clip.as_os_str())) }
    }

    /// Writes the stills, and the report in each format; returns the reports' paths.
    pub fn write(
        &self,
        report: &mut Report,
        formats: &[Format],
        style: &Style,
    ) -> anyhow::Result<Vec<PathBuf>> {
        self.write_stills(report)?;
        let mut written = Vec::new();
        for &format in formats {
            let bytes = render(report, format, style)?;
            let path = self.folder.join(self.name(&format!(".report.{}", format.extension())));
            with_room(&path, || write_whole(&path, &bytes))
                .with_context(|| format!("{} could not be written", path.display()))?;
            written.push(path);
        }
        Ok(written)
    }

    /// Whether a report in each of the formats lies there.
    pub fn are_there(&self, formats: &[Format]) -> bool {
        let path = |format: &Format| self.folder.join(self.name(&format!(".report.{}", format.extension())));
        formats.iter().all(|format| path(format).is_file())
    }

    /// Whether each of them was written after a time.
    pub fn all_newer_than(&self, formats: &[Format], time: SystemTime) -> bool {
        let path = |format: &Format| self.folder.join(self.name(&format!(".report.{}", format.extension())));
        let written = |path: PathBuf| std::fs::metadata(path).and_then(|metadata| metadata.modified());
        formats.iter().all(|format| written(path(format)).is_ok_and(|written| written >= time))
    }

    fn name(&self, ending: &str) -> OsString {
        let mut name = self.clip.clone();
        name.push(ending);
        name
    }

    /// Each still once, in a folder beside the report.
    fn write_stills(&self, report: &mut Report) -> anyhow::Result<()> {
        let folder = self.name(".stills");
        let mut named = Vec::new();
        for still in report.findings.iter_mut().flat_map(|finding| &mut finding.stills) {
            let Some(jpeg) = &still.jpeg else { continue };
            let file = still_name(still, &mut named);
            let path = self.folder.join(&folder);
            with_room(&path, || std::fs::create_dir_all(&path))
                .with_context(|| format!("{} could not be made", path.display()))?;
            with_room(&path, || write_whole(&path.join(&file), jpeg))
                .with_context(|| format!("{} could not be written", path.display()))?;
            still.file = Some(format!("{}/{file}", folder.to_string_lossy()));
        }
        Ok(())
    }
}

/// Named for its time in milliseconds, and numbered where another one of that time has other regions drawn into it.
/// `named` are those that have their names.
fn still_name(still: &Still, named: &mut Vec<(u64, Vec<Region>)>) -> String {
    let own = ((still.at_s * 1000.0).round().max(0.0) as u64, still.regions.clone());
    if !named.contains(&own) {
        named.push(own.clone());
    }
    let of_its_time = named.iter().filter(|(at_ms, _)| *at_ms == own.0);
    match of_its_time.take_while(|other| **other != own).count() {
        0 => format!("{:09}.jpg", own.0),
        before => format!("{:09}-{}.jpg", own.0, before + 1),
    }
}

/// Linux's file systems take no longer names (limits.h, `NAME_MAX`), and this is the longest that is put behind a clip's.
const MAX_NAME_BYTES: usize = 255;
const LONGEST_ENDING: &str = ".report.json";
/// What is left of the digest of a name that had to be cut: enough to tell it from others of the same beginning.
const MARK_DIGITS: usize = 12;

/// A clip's name, cut where a report's would be too long.
fn fitting(name: &OsStr) -> OsString {
    let room = MAX_NAME_BYTES - LONGEST_ENDING.len();
    if name.len() <= room {
        return name.to_owned();
    }
    let digest = hexadecimal(&Sha256::digest(name.as_encoded_bytes()));
    let mark = format!("~{}", &digest[..MARK_DIGITS]);
    let text = name.to_string_lossy();
    let mut end = room - mark.len();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    OsString::from(format!("{}{mark}", &text[..end]))
}

/// Writes a file that appears under its name only when it is complete and on the disk.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(path, |file| file.write_all(bytes))
}

/// As [`write_whole`], by what writes it piece by piece.
pub(super) fn write_with<E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut File) -> Result<(), E>,
) -> Result<(), E> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = temporary_in(folder)?;
    write(file.as_file_mut())?;
    make_readable(file.as_file())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // A rename is durable only once its folder is.
    Ok(File::open(folder)?.sync_all()?)
}

/// A file that is not whole yet, named so that what is left of it is known as such.
pub(super) fn temporary_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(&format!("{TEMPORARY}{}-", own_mark())).tempfile_in(folder)
}

/// What files are called that are not whole yet, before whose they are.
const TEMPORARY: &str = ".pingcha-";

/// A full disk is looked at again this often.
const LOOK_AGAIN: Duration = Duration::from_secs(3);

/// Leftovers of another machine, which cannot be asked whether it still writes, are removed after this.
const LEFT_OVER: Duration = Duration::from_secs(24 * 3600);

/// Writes something; while the disk is full it says so, waits, and goes on by itself.
pub(super) fn with_room<T>(path: &Path, mut write: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut told = false;
    loop {
        match write() {
            Err(error) if is_full(&error) && !is_stopping() => {
                if !told {
                    let path = path.display();
                    eprintln!(
                        "pingcha: {path}: 磁盘已满，等待空间 / the disk is full; waiting for room ({error})"
                    );
                    told = true;
                }
                std::thread::sleep(LOOK_AGAIN);
            }
            other => return other,
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// This machine and process.
fn own_mark() -> String {
    format!("{}-{}", machine(), std::process::id())
}

/// The machine's name, of letters that a file name bears.
pub(super) fn machine() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name.trim().chars().filter(|c| c.is_alphanumeric() || *c == '.').collect();
    if name.is_empty() { "machine".to_owned() } else { name }
}

/// Removes what programs that were killed left half-written in a folder of reports and those in it. A report that is
/// whole and not in the catalogue yet stays: it is written again, with the same bytes.
pub(super) fn remove_leftovers(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => remove_leftovers(&entry.path()),
            Ok(kind) if kind.is_file() && is_left_over(&entry) => {
                // Somebody else may have been faster.
                let _ = std::fs::remove_file(entry.path());
            }
            _ => {}
        }
    }
}

fn is_left_over(entry: &std::fs::DirEntry) -> bool {
    let name = entry.file_name();
    let Some(mark) = name.to_str().and_then(|name| name.strip_prefix(TEMPORARY)) else { return false };
    let process = mark.strip_prefix(&format!("{}-", machine())).and_then(|rest| rest.split('-').next());
    match process {
        Some(process) => !Path::new("/proc").join(process).exists(),
        None => {
            let age = entry.metadata().and_then(|metadata| metadata.modified()).ok();
            age.and_then(|changed| changed.elapsed().ok()).is_some_and(|age| age > LEFT_OVER)
        }
    }
}

/// Temporary files are for their owner alone; a report is for whoever may read the folder.
#[cfg(unix)]
fn make_readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_file: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_of_names_as_long_as_can_be_have_names_that_fit() {
        assert_eq!(fitting(OsStr::new("-a\n.mp4")), "-a\n.mp4");
        let (one, other) = (format!("{}.mp4", "长".repeat(83)), format!("{}.avi", "长".repeat(83)));
        let names = [fitting(OsStr::new(&one)), fitting(OsStr::new(&other))];
        assert!(names.iter().all(|name| name.len() + LONGEST_ENDING.len() <= MAX_NAME_BYTES), "{names:?}");
        assert_ne!(names[0], names[1]);
        assert_eq!(names[0], fitting(OsStr::new(&one)));
    }

    #[test]
    fn stills_of_one_time_with_other_regions_have_names_of_their_own() {
        let still = |at_s, regions| Still { at_s, file: None, regions, faces_blurred: None, jpeg: None };
        let region = Region { left: 0.1, top: 0.1, width: 0.2, height: 0.2 };
        let mut named = Vec::new();
        let mut name = |at_s, regions| still_name(&still(at_s, regions), &mut named);
        assert_eq!(name(2.1, Vec::new()), "000002100.jpg");
        assert_eq!(name(2.1, vec![region]), "000002100-2.jpg");
        assert_eq!(name(2.1, Vec::new()), "000002100.jpg");
        assert_eq!(name(3.0, vec![region]), "000003000.jpg");
    }

    #[test]
    fn what_a_killed_program_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: String| folder.path().join("day 1").join(name);
        std::fs::create_dir(folder.path().join("day 1")).unwrap();
        // No process has this number.
        let left = at(format!(".pingcha-{}-4194999-abc", machine()));
        let others = [
            at(format!(".pingcha-{}-abc", own_mark())),
            at(".pingcha-other.host-7-abc".into()),
            at("a.json".into()),
        ];
        for path in others.iter().chain([&left]) {
            std::fs::write(path, "x").unwrap();
        }
        remove_leftovers(folder.path());
        assert!(!left.exists());
        assert!(others.iter().all(|path| path.exists()));
    }
}
