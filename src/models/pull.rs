//! Bringing a model file into the folder of models: from a mirror, or from a folder that was
//! carried here. What arrives is called `<file>.part` until its digest is the manifest's, so that
//! no unchecked file ever bears a model's name, and what was interrupted goes on from there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::digests::Digests;
use super::download::{self, Answer};
use super::{Entry, Model, ModelError, ModelStore};

/// Where the manifest does not say a file's size: more than twice the largest Whisper model.
const MOST_BYTES: u64 = 8 << 30;
/// How often one mirror may break off, each time after sending something, before the next is asked.
const MOST_BREAKS: u32 = 5;
const BLOCK_BYTES: usize = 1 << 20;

/// Where a model file comes from.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// The mirrors of the manifest, one after the other.
    Mirrors,
    /// A folder that holds the file under its name.
    Folder(&'a Path),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pulled {
    /// It was there already and is what the manifest says.
    AlreadyThere(Model),
    Installed(Model),
}

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PullError {
    /// What came from a folder, or the manifest itself, is at fault.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Why each mirror gave no good file, in their order; every line names its mirror. Empty where
    /// there are none.
    #[error("no mirror could be used: {}", .0.join("; "))]
    NoMirror(Vec<String>),
    #[error("{path}: cannot be written: {error}")]
    Write { path: PathBuf, error: io::Error },
}

/// Installs a model, unless it is there. `progress` is told the bytes that are there and, where it
/// is known, how many there will be.
pub fn pull(
    store: &ModelStore,
    entry: &Entry,
    source: Source,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Pulled, PullError> {
    if entry.digest().is_none() {
        return Err(ModelError::NoDigest { path: store.path(entry) }.into());
    }
    // What is missing or damaged is fetched and takes its place.
    if let Ok(model) = store.verify(entry) {
        return Ok(Pulled::AlreadyThere(model));
    }
    let mut part = Part { path: store.folder().join(format!("{}.part", entry.file)), entry, progress };
    let digests = match source {
        Source::Mirrors => part.fetch()?,
        Source::Folder(folder) => part.copy_from(folder)?,
    };
    let path = store.path(entry);
    part.install(&path)?;
    Ok(Pulled::Installed(Model::of_entry(entry, path, digests)))
}

/// The file that is being fetched.
struct Part<'a> {
    path: PathBuf,
    entry: &'a Entry,
    progress: &'a mut dyn FnMut(u64, Option<u64>),
}

/// Why a mirror is left for the next, or everything is given up.
enum Failure {
    /// The line broke after something had arrived: worth going on with the same mirror.
    Broken(String),
    Mirror(String),
    WrongFile(ModelError),
    Write(PullError),
}

impl Part<'_> {
    fn fetch(&mut self) -> Result<Digests, PullError> {
        let mut failures = Vec::new();
        for url in &self.entry.mirrors {
            match self.fetch_from(url) {
                Ok(digests) => return Ok(digests),
                Err(Failure::Write(error)) => return Err(error),
                Err(Failure::Broken(why) | Failure::Mirror(why)) => failures.push(format!("{url}: {why}")),
                Err(Failure::WrongFile(error)) => failures.push(error.to_string()),
            }
        }
        Err(PullError::NoMirror(failures))
    }

    fn fetch_from(&mut self, url: &str) -> Result<Digests, Failure> {
        let mut breaks = 0;
        loop {
            match self.receive(url) {
                Err(Failure::Broken(_)) if breaks < MOST_BREAKS => breaks += 1,
                Err(failure) => return Err(failure),
                Ok(()) => break,
            }
        }
        self.check(Path::new(url)).map_err(|error| match error {
            PullError::Model(error) => Failure::WrongFile(error),
            error => Failure::Write(error),
        })
    }

    /// Takes from the mirror what is missing of the file.
    fn receive(&mut self, url: &str) -> Result<(), Failure> {
        let held = fs::metadata(&self.path).map_or(0, |metadata| metadata.len());
        // More than there should be is not the beginning of this file.
        let held = if held > self.limit() { 0 } else { held };
        if self.entry.bytes == Some(held) {
            return Ok(());
        }
        let (offset, bytes, mut body) = match download::ask(url, held).map_err(Failure::Mirror)? {
            Answer::NothingMore => return Ok(()),
            Answer::Bytes { offset, bytes, body } => (offset, bytes, body),
        };
        if let (Some(bytes), Some(expected)) = (bytes, self.entry.bytes)
            && bytes != expected
        {
            let why = format!("has a file of {bytes} bytes, but the manifest says {expected}");
            return Err(Failure::Mirror(why));
        }
        let total = bytes.or(self.entry.bytes);
        let mut file = self.open(offset).map_err(Failure::Write)?;
        let (copied, outcome) = self.copy(&mut body, &mut file, offset, total).map_err(Failure::Write)?;
        let why = match (outcome, total) {
            (Err(error), _) => error.to_string(),
            // Without its length the library cannot tell an answer that was cut from a whole one.
            (Ok(()), Some(total)) if offset + copied < total => "ends too early".to_owned(),
            (Ok(()), _) => return Ok(()),
        };
        Err(if copied > 0 { Failure::Broken(why) } else { Failure::Mirror(why) })
    }

    fn copy_from(&mut self, folder: &Path) -> Result<Digests, PullError> {
        let carried = folder.join(&self.entry.file);
        let read = |error| ModelError::Read { path: carried.clone(), error };
        let mut source = File::open(&carried).map_err(read)?;
        let bytes = source.metadata().map_err(read)?.len();
        if bytes > self.limit() {
            let expected = self.limit();
            return Err(ModelError::WrongSize { path: carried, expected, found: bytes }.into());
        }
        let mut file = self.open(0)?;
        let (_, outcome) = self.copy(&mut source, &mut file, 0, Some(bytes))?;
        if let Err(error) = outcome {
            self.remove()?;
            return Err(read(error).into());
        }
        self.check(&carried)
    }

    fn limit(&self) -> u64 {
        self.entry.bytes.unwrap_or(MOST_BYTES)
    }

    /// Opens the file to go on after its first `offset` bytes.
    fn open(&self, offset: u64) -> Result<File, PullError> {
        let file = OpenOptions::new().create(true).append(true).open(&self.path);
        let cut = file.and_then(|file| file.set_len(offset).map(|()| file));
        cut.map_err(|error| self.write_error(error))
    }

    /// Copies to the end of `from`. The outer error is of the file here; the inner one, with the
    /// bytes that arrived before it, of the source.
    fn copy(
        &mut self,
        from: &mut dyn Read,
        file: &mut File,
        offset: u64,
        total: Option<u64>,
    ) -> Result<(u64, io::Result<()>), PullError> {
        let mut block = vec![0; BLOCK_BYTES];
        let mut copied = 0;
        loop {
            let length = match from.read(&mut block) {
                Ok(0) => return Ok((copied, Ok(()))),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Ok((copied, Err(error))),
            };
            copied += length as u64;
            if offset + copied > self.limit() {
                // Nothing that long can become the file that is meant.
                self.remove()?;
                let error = format!("sends more than {} bytes", self.limit());
                return Ok((0, Err(io::Error::other(error))));
            }
            file.write_all(&block[..length]).map_err(|error| self.write_error(error))?;
            (self.progress)(offset + copied, total);
        }
    }

    /// Holds the whole file against the manifest and removes it when it is another; the error then
    /// names its `origin`.
    fn check(&self, origin: &Path) -> Result<Digests, PullError> {
        match Digests::of_entry(self.entry, &self.path, origin) {
            Ok(digests) => Ok(digests),
            Err(error @ ModelError::Read { .. }) => Err(error.into()),
            Err(error) => {
                self.remove()?;
                Err(error.into())
            }
        }
    }

    /// Gives the checked file its name, durably.
    fn install(&self, path: &Path) -> Result<(), PullError> {
        let sync = |path: &Path| File::open(path).and_then(|file| file.sync_all());
        let folder = path.parent().unwrap_or(Path::new("."));
        sync(&self.path)
            .and_then(|()| fs::rename(&self.path, path))
            // A rename is durable only once its folder is.
            .and_then(|()| sync(folder))
            .map_err(|error| PullError::Write { path: path.to_owned(), error })
    }

    fn remove(&self) -> Result<(), PullError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.write_error(error)),
            _ => Ok(()),
        }
    }

    fn write_error(&self, error: io::Error) -> PullError {
        PullError::Write { path: self.path.clone(), error }
    }
}

#[cfg(test)]
mod tests;
