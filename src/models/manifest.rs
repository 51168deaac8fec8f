//! The list of models that this program knows, each pinned by digest.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{ModelError, Preset, Role};

pub const MANIFEST_FILE: &str = "manifest.toml";

/// The manifest that this build came with, for when there is no folder of models.
const EMBEDDED_MANIFEST: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/manifest.toml"));

/// What `manifest.toml` says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    #[serde(rename = "model")]
    pub models: Vec<Entry>,
}

/// One model of the manifest, installed or not.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub name: String,
    pub role: Role,
    /// File name in the folder of the manifest.
    pub file: String,
    /// Lower-case hexadecimal.
    pub sha256: Option<String>,
    /// Lower-case hexadecimal; for files whose makers publish no SHA-256.
    pub sha1: Option<String>,
    pub bytes: Option<u64>,
    pub licence: String,
    pub origin: String,
    /// Where the file itself can be downloaded, `http` or `https`, in the order to try them.
    #[serde(default)]
    pub mirrors: Vec<String>,
    /// What it was made for: a language's code, or `multilingual`.
    pub language: Option<String>,
    /// How a speech model is driven; [`Entry::preset`] has the default.
    #[serde(rename = "preset")]
    stated_preset: Option<Preset>,
    #[serde(default)]
    pub shipped: bool,
    #[serde(default)]
    pub demonstration: bool,
}

impl Entry {
    /// How it is driven; models for text have one way only and hence no preset.
    pub fn preset(&self) -> Option<Preset> {
        (self.role == Role::Speech).then(|| self.stated_preset.unwrap_or_default())
    }

    /// What the file must be, as `SHA-256 …`; the stronger digest where there are two.
    pub fn digest(&self) -> Option<String> {
        let sha256 = self.sha256.as_ref().map(|digest| format!("SHA-256 {digest}"));
        sha256.or_else(|| self.sha1.as_ref().map(|digest| format!("SHA-1 {digest}")))
    }

    fn flaw(&self) -> Option<String> {
        // A manifest may be a site's own: it must not reach outside its folder.
        if Path::new(&self.file).file_name() != Some(self.file.as_ref()) {
            return Some(format!("'{}' of model '{}' is not a plain file name", self.file, self.name));
        }
        if self.role != Role::Speech && self.stated_preset.is_some() {
            return Some(format!("model '{}' is not for speech and takes no preset", self.name));
        }
        let strange = |url: &&String| !url.starts_with("https://") && !url.starts_with("http://");
        let mirror = self.mirrors.iter().find(strange)?;
        Some(format!("mirror '{mirror}' of model '{}' is neither https nor http", self.name))
    }
}

impl Manifest {
    /// The manifest of this build.
    pub fn embedded() -> Result<Self, ModelError> {
        Self::parse(EMBEDDED_MANIFEST, Path::new("models/manifest.toml (built in)"))
    }

    /// Reads the manifest of a folder of models.
    pub fn of(folder: &Path) -> Result<Self, ModelError> {
        let path = folder.join(MANIFEST_FILE);
        let text =
            std::fs::read_to_string(&path).map_err(|error| ModelError::Read { path: path.clone(), error })?;
        Self::parse(&text, &path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, ModelError> {
        let refuse = |detail| ModelError::Manifest { path: PathBuf::from(path), detail };
        let manifest: Self = toml::from_str(text).map_err(|error| refuse(error.to_string()))?;
        match manifest.models.iter().find_map(Entry::flaw) {
            Some(flaw) => Err(refuse(flaw)),
            None => Ok(manifest),
        }
    }

    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.models.iter().find(|entry| entry.name == name)
    }

    /// The entry of that name; the error says which names there are.
    pub fn named(&self, name: &str) -> Result<&Entry, ModelError> {
        let known = || self.models.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>().join(", ");
        self.find(name).ok_or_else(|| ModelError::UnknownName { name: name.to_owned(), known: known() })
    }

    /// Names of the models of one role, for messages.
    pub fn names(&self, role: Role) -> String {
        let own = self.models.iter().filter(|entry| entry.role == role);
        own.map(|entry| entry.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(more: &str) -> Result<Manifest, ModelError> {
        let common =
            "[[model]]\nname = \"x\"\nfile = \"x.bin\"\nlicence = \"MIT\"\norigin = \"a test\"\n".to_owned();
        Manifest::parse(&(common + more), Path::new("m"))
    }

    #[test]
    fn the_embedded_manifest_is_sound() {
        let manifest = Manifest::embedded().unwrap();
        for role in [Role::Speech, Role::TextDetection, Role::TextRecognition, Role::FaceDetection] {
            assert!(manifest.models.iter().any(|entry| entry.role == role), "{}", role.id());
        }
        for entry in manifest.models {
            assert!(entry.language.is_some(), "{}", entry.name);
            assert!(entry.shipped || !entry.mirrors.is_empty(), "{} can be had nowhere", entry.name);
            assert!(entry.mirrors.iter().all(|url| url.ends_with(&entry.file)), "{}", entry.name);
            assert!(entry.sha256.is_some() || entry.sha1.is_some(), "{}", entry.name);
            for (digest, length) in [(entry.sha256, 64), (entry.sha1, 40)] {
                let lower = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
                let sound = |text: &String| text.len() == length && text.bytes().all(lower);
                assert!(digest.as_ref().is_none_or(sound), "{}", entry.name);
            }
        }
    }

    #[test]
    fn a_speech_model_is_driven_like_whisper_unless_it_says_else() {
        let preset = |more: &str| parse(more).unwrap().models[0].preset();
        assert_eq!(preset("role = \"speech\""), Some(Preset::Whisper));
        assert_eq!(preset("role = \"speech\"\npreset = \"short-windows\""), Some(Preset::ShortWindows));
        assert_eq!(preset("role = \"text-detection\""), None);
        assert!(parse("role = \"text-detection\"\npreset = \"whisper\"").is_err());
        assert!(parse("role = \"speech\"\npreset = \"loud\"").is_err());
    }

    #[test]
    fn a_manifest_cannot_reach_outside_its_folder_or_name_odd_mirrors() {
        let text = "[[model]]\nname = \"x\"\nrole = \"speech\"\nfile = \"../x.bin\"\nlicence = \"\"\norigin = \"\"\n";
        assert!(matches!(Manifest::parse(text, Path::new("m")), Err(ModelError::Manifest { .. })));
        assert!(parse("role = \"speech\"\nmirrors = [\"http://a/x.bin\"]").is_ok());
        let message = parse("role = \"speech\"\nmirrors = [\"file:///x.bin\"]").unwrap_err().to_string();
        assert!(message.contains("file:///x.bin"), "{message}");
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let manifest = parse("role = \"speech\"").unwrap();
        assert_eq!(manifest.named("x").unwrap().file, "x.bin");
        let message = manifest.named("y").unwrap_err().to_string();
        assert!(message.contains("'y'") && message.ends_with(": x"), "{message}");
    }
}
