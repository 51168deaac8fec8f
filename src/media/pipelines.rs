//! Pipeline descriptions in GStreamer's launch syntax: embedded, and overridable by a folder, so
//! that a site can put a hardware decoder in.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::{MediaError, Meter};

static EMBEDDED: Dir = include_dir!("$CARGO_MANIFEST_DIR/pipelines");

/// The pipeline descriptions in use. `pipelines/README.md` lists them.
#[derive(Debug, Clone, Default)]
pub struct Pipelines {
    overrides: Option<PathBuf>,
    meter: Meter,
}

impl Pipelines {
    /// Descriptions found in `folder` stand in for the embedded ones of the same name.
    pub fn overridden_by(folder: &Path) -> Result<Self, MediaError> {
        match fs::read_dir(folder) {
            Ok(_) => Ok(Self { overrides: Some(folder.to_owned()), meter: Meter::default() }),
            Err(source) => Err(MediaError::Open { path: folder.to_owned(), source }),
        }
    }

    /// The folder of those that stand in for the embedded ones.
    pub fn folder(&self) -> Option<&Path> {
        self.overrides.as_deref()
    }

    /// The same descriptions; what is read through them is counted anew.
    pub fn metered(&self) -> Self {
        Self { meter: Meter::default(), ..self.clone() }
    }

    /// What was read through these descriptions.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// As [`Self::source`], from what gives out an MP4 in part; `None` where a site has a source of its own.
    pub(super) fn sparse_source(&self) -> Result<Option<String>, MediaError> {
        let own = self.overrides.as_ref().is_some_and(|folder| folder.join("source.launch").exists());
        if own { Ok(None) } else { self.description("sparse") }
    }

    pub(super) fn source(&self) -> Result<String, MediaError> {
        self.required("source")
    }

    /// From decoded pictures to upright I420.
    pub(super) fn pictures(&self) -> Result<String, MediaError> {
        self.required("pictures")
    }

    /// From decoded sound to 16 kHz mono.
    pub(super) fn sound(&self) -> Result<String, MediaError> {
        self.required("sound")
    }

    /// The decoder for a media type (`video/x-h264`), where one is named.
    pub(super) fn decoder(&self, media_type: &str) -> Result<Option<String>, MediaError> {
        self.description(&format!("decode/{}", media_type.replace('/', "-")))
    }

    fn required(&self, name: &str) -> Result<String, MediaError> {
        self.description(name)?.ok_or_else(|| MediaError::Pipeline {
            name: name.to_owned(),
            detail: "there is no such description".to_owned(),
        })
    }

    fn description(&self, name: &str) -> Result<Option<String>, MediaError> {
        let file = format!("{name}.launch");
        if let Some(folder) = &self.overrides {
            let path = folder.join(&file);
            match fs::read_to_string(&path) {
                Ok(description) => return Ok(Some(description.trim().to_owned())),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(source) => return Err(MediaError::Open { path, source }),
            }
        }
        let embedded = EMBEDDED.get_file(&file).and_then(|file| file.contents_utf8());
        Ok(embedded.map(|description| description.trim().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_overrides_single_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("decode")).unwrap();
        fs::write(folder.path().join("decode/video-x-h264.launch"), "vah264dec\n").unwrap();
        let pipelines = Pipelines::overridden_by(folder.path()).unwrap();
        assert_eq!(pipelines.decoder("video/x-h264").unwrap().unwrap(), "vah264dec");
        assert!(pipelines.decoder("video/x-h265").unwrap().unwrap().starts_with("avdec_h265"));
        assert_eq!(pipelines.decoder("video/x-odd").unwrap(), None);
    }

    #[test]
    fn a_missing_folder_is_an_error() {
        assert!(Pipelines::overridden_by(Path::new("/no/such/folder")).is_err());
    }
}
