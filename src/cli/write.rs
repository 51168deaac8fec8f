//! Writing report files: whole or not at all.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::report::{Format, Report, Style, render};

/// A clip's files in the folder of reports.
pub(super) struct ReportFiles<'a> {
    folder: &'a Path,
    clip: OsString,
}

impl<'a> ReportFiles<'a> {
    pub fn new(folder: &'a Path, clip: &Path) -> Self {
        Self { folder, clip: clip.file_name().unwrap_or(clip.as_os_str()).to_owned() }
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
            write_whole(&path, &bytes).with_context(|| format!("{} could not be written", path.display()))?;
            written.push(path);
        }
        Ok(written)
    }

    /// Whether a report in each of the formats lies there.
    pub fn are_there(&self, formats: &[Format]) -> bool {
        let path = |format: &Format| self.folder.join(self.name(&format!(".report.{}", format.extension())));
        formats.iter().all(|format| path(format).is_file())
    }

    fn name(&self, ending: &str) -> OsString {
        let mut name = self.clip.clone();
        name.push(ending);
        name
    }

    /// Each still once, in a folder beside the report, named for its time in milliseconds.
    fn write_stills(&self, report: &mut Report) -> anyhow::Result<()> {
        let folder = self.name(".stills");
        for still in report.findings.iter_mut().flat_map(|finding| &mut finding.stills) {
            let Some(jpeg) = &still.jpeg else { continue };
            let file = format!("{:09}.jpg", (still.at_s * 1000.0).round().max(0.0) as u64);
            let path = self.folder.join(&folder);
            std::fs::create_dir_all(&path)
                .with_context(|| format!("{} could not be made", path.display()))?;
            write_whole(&path.join(&file), jpeg)
                .with_context(|| format!("{} could not be written", path.display()))?;
            still.file = Some(format!("{}/{file}", folder.to_string_lossy()));
        }
        Ok(())
    }
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
    let mut file = tempfile::Builder::new().prefix(".pingcha-").tempfile_in(folder)?;
    write(file.as_file_mut())?;
    make_readable(file.as_file())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // A rename is durable only once its folder is.
    Ok(File::open(folder)?.sync_all()?)
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
