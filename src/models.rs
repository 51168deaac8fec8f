//! Finding the model files that observers need, and making sure that they are the ones meant.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha1::Sha1;
use sha2::{Digest, Sha256};

const MANIFEST_FILE: &str = "manifest.toml";

/// The manifest that this build came with, for when there is no folder of models.
const EMBEDDED_MANIFEST: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/manifest.toml"));

/// Names the folder of models when the command line does not.
pub const FOLDER_VARIABLE: &str = "PINGCHA_MODELS";

/// A model file that is installed and whose digest is the one its manifest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    pub role: Role,
    pub name: String,
    pub path: PathBuf,
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// Made for demonstration and tests: what it hears cannot carry a verdict by itself.
    pub demonstration: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Speech,
    TextDetection,
    TextRecognition,
}

impl Role {
    /// As manifests and reports write it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Speech => "speech",
            Self::TextDetection => "text-detection",
            Self::TextRecognition => "text-recognition",
        }
    }
}

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
    #[serde(default)]
    pub shipped: bool,
    #[serde(default)]
    pub demonstration: bool,
}

impl Manifest {
    /// The manifest of this build.
    pub fn embedded() -> Result<Self, ModelError> {
        Self::parse(EMBEDDED_MANIFEST, Path::new("models/manifest.toml (built in)"))
    }

    fn parse(text: &str, path: &Path) -> Result<Self, ModelError> {
        let manifest: Self = toml::from_str(text)
            .map_err(|error| ModelError::Manifest { path: path.to_owned(), detail: error.to_string() })?;
        // A manifest may be a site's own: it must not reach outside its folder.
        match manifest
            .models
            .iter()
            .find(|entry| Path::new(&entry.file).file_name() != Some(entry.file.as_ref()))
        {
            Some(entry) => Err(ModelError::Manifest {
                path: path.to_owned(),
                detail: format!("'{}' of model '{}' is not a plain file name", entry.file, entry.name),
            }),
            None => Ok(manifest),
        }
    }
}

/// What can go wrong with model files. Each message says which file and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    #[error(
        "no folder of models was found; name it with --models or {FOLDER_VARIABLE} (it holds {MANIFEST_FILE})"
    )]
    NoFolder,
    #[error("{path}: cannot be read: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path}: {detail}")]
    Manifest { path: PathBuf, detail: String },
    #[error("{folder}: no model for {} is installed; put one of these files there: {files}", .role.id())]
    NotInstalled { folder: PathBuf, role: Role, files: String },
    #[error("{path}: {found} bytes, but the manifest says {expected}; the file is cut short or another one")]
    WrongSize { path: PathBuf, expected: u64, found: u64 },
    #[error(
        "{path}: its {digest} is {found}, but the manifest says {expected}; the file is damaged or another one"
    )]
    WrongDigest { path: PathBuf, digest: &'static str, expected: String, found: String },
    #[error("{path}: the manifest gives no digest, so the file cannot be trusted")]
    NoDigest { path: PathBuf },
}

/// A folder of models and its manifest.
#[derive(Debug, Clone)]
pub struct ModelStore {
    folder: PathBuf,
    manifest: Manifest,
}

impl ModelStore {
    /// Opens the folder of models: `explicit`, else the one that `PINGCHA_MODELS` names, else the
    /// nearest `models` beside or above the executable, else `share/pingcha/models` of the
    /// executable's prefix.
    pub fn locate(explicit: Option<&Path>) -> Result<Self, ModelError> {
        if let Some(folder) = explicit {
            return Self::open(folder);
        }
        if let Some(folder) = std::env::var_os(FOLDER_VARIABLE).filter(|folder| !folder.is_empty()) {
            return Self::open(Path::new(&folder));
        }
        let executable = std::env::current_exe().ok().and_then(|path| path.canonicalize().ok());
        let folder = executable.as_deref().and_then(folder_near).ok_or(ModelError::NoFolder)?;
        Self::open(&folder)
    }

    /// Opens a folder that holds `manifest.toml`.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        let path = folder.join(MANIFEST_FILE);
        let text = std::fs::read_to_string(&path)
            .map_err(|source| ModelError::Read { path: path.clone(), source })?;
        Ok(Self { folder: folder.to_owned(), manifest: Manifest::parse(&text, &path)? })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub fn path(&self, entry: &Entry) -> PathBuf {
        self.folder.join(&entry.file)
    }

    pub fn is_installed(&self, entry: &Entry) -> bool {
        self.path(entry).is_file()
    }

    /// The first installed model of that role, one for demonstration only where there is no other.
    /// A file that is there but is not what the manifest says is an error, not a reason to take the
    /// next: a site that installed a better model must not silently get a worse one.
    pub fn installed(&self, role: Role) -> Result<Model, ModelError> {
        let of_role = || self.manifest.models.iter().filter(move |entry| entry.role == role);
        let chosen = of_role()
            .filter(|entry| !entry.demonstration)
            .chain(of_role().filter(|entry| entry.demonstration))
            .find(|entry| self.is_installed(entry));
        match chosen {
            Some(entry) => self.verify(entry),
            None => Err(ModelError::NotInstalled {
                folder: self.folder.clone(),
                role,
                files: of_role().map(|entry| entry.file.as_str()).collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// Reads the model's file and holds it against the manifest.
    pub fn verify(&self, entry: &Entry) -> Result<Model, ModelError> {
        let path = self.path(entry);
        if entry.sha256.is_none() && entry.sha1.is_none() {
            return Err(ModelError::NoDigest { path });
        }
        let found = digests(&path, entry.sha1.is_some())
            .map_err(|source| ModelError::Read { path: path.clone(), source })?;
        if let Some(expected) = entry.bytes.filter(|&bytes| bytes != found.bytes) {
            return Err(ModelError::WrongSize { path, expected, found: found.bytes });
        }
        let pairs = [("SHA-256", &entry.sha256, &found.sha256), ("SHA-1", &entry.sha1, &found.sha1)];
        for (digest, expected, found) in pairs {
            if let Some(expected) = expected
                && expected != found
            {
                let (expected, found) = (expected.clone(), found.clone());
                return Err(ModelError::WrongDigest { path, digest, expected, found });
            }
        }
        Ok(Model {
            role: entry.role,
            name: entry.name.clone(),
            path,
            sha256: found.sha256,
            demonstration: entry.demonstration,
        })
    }
}

/// `models` beside or above the executable, else `../share/pingcha/models` of its folder.
fn folder_near(executable: &Path) -> Option<PathBuf> {
    let beside = executable.ancestors().skip(1).map(|folder| folder.join("models"));
    let shared = executable.parent().and_then(Path::parent).map(|prefix| prefix.join("share/pingcha/models"));
    beside.chain(shared).find(|folder| folder.join(MANIFEST_FILE).is_file())
}

struct Digests {
    bytes: u64,
    sha256: String,
    /// Empty when it was not asked for.
    sha1: String,
}

fn digests(path: &Path, with_sha1: bool) -> std::io::Result<Digests> {
    let mut file = std::fs::File::open(path)?;
    let (mut sha256, mut sha1) = (Sha256::new(), with_sha1.then(Sha1::new));
    let mut bytes = 0;
    let mut block = vec![0; 1 << 20];
    loop {
        let length = file.read(&mut block)?;
        if length == 0 {
            break;
        }
        bytes += length as u64;
        sha256.update(&block[..length]);
        if let Some(sha1) = &mut sha1 {
            sha1.update(&block[..length]);
        }
    }
    let sha1 = sha1.map(|sha1| hexadecimal(&sha1.finalize())).unwrap_or_default();
    Ok(Digests { bytes, sha256: hexadecimal(&sha256.finalize()), sha1 })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 and SHA-1 of `abc`, from FIPS 180-4's examples.
    const ABC_SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const ABC_SHA1: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";

    fn store(manifest: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, ModelStore) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(MANIFEST_FILE), manifest).unwrap();
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        let store = ModelStore::open(folder.path()).unwrap();
        (folder, store)
    }

    fn entry(name: &str, more: &str) -> String {
        format!(
            "[[model]]\nname = \"{name}\"\nrole = \"speech\"\nfile = \"{name}.bin\"\nlicence = \"MIT\"\norigin = \"a test\"\n{more}\n"
        )
    }

    #[test]
    fn the_embedded_manifest_is_sound() {
        let manifest = Manifest::embedded().unwrap();
        for role in [Role::Speech, Role::TextDetection, Role::TextRecognition] {
            assert!(manifest.models.iter().any(|entry| entry.role == role), "{}", role.id());
        }
        for entry in manifest.models {
            for (digest, length) in [(entry.sha256, 64), (entry.sha1, 40)] {
                let sound =
                    |text: &String| text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
                assert!(digest.as_ref().is_none_or(sound), "{}", entry.name);
            }
        }
    }

    #[test]
    fn demonstration_models_come_last() {
        let manifest = entry("demo", &format!("sha256 = \"{ABC_SHA256}\"\ndemonstration = true"))
            + &entry("absent", &format!("sha256 = \"{ABC_SHA256}\""))
            + &entry("real", &format!("sha1 = \"{ABC_SHA1}\""));
        let (_folder, both) = store(&manifest, &[("demo.bin", "abc"), ("real.bin", "abc")]);
        let model = both.installed(Role::Speech).unwrap();
        assert_eq!((model.name.as_str(), model.demonstration), ("real", false));
        assert_eq!(model.sha256, ABC_SHA256);
        let (_folder, alone) = store(&manifest, &[("demo.bin", "abc")]);
        assert!(alone.installed(Role::Speech).unwrap().demonstration);
    }

    #[test]
    fn a_wrong_file_is_an_error_that_names_it() {
        let manifest = entry("cut", &format!("sha256 = \"{ABC_SHA256}\"\nbytes = 3"));
        let (_folder, short) = store(&manifest, &[("cut.bin", "ab")]);
        assert!(matches!(
            short.installed(Role::Speech),
            Err(ModelError::WrongSize { expected: 3, found: 2, .. })
        ));
        let (_folder, other) = store(&manifest, &[("cut.bin", "abd")]);
        let message = other.installed(Role::Speech).unwrap_err().to_string();
        assert!(message.contains("cut.bin") && message.contains(ABC_SHA256), "{message}");
        let (_folder, untrusted) = store(&entry("bare", ""), &[("bare.bin", "abc")]);
        assert!(matches!(untrusted.installed(Role::Speech), Err(ModelError::NoDigest { .. })));
    }

    #[test]
    fn what_is_missing_is_named() {
        let (_folder, store) = store(&entry("wanted", ""), &[]);
        let message = store.installed(Role::Speech).unwrap_err().to_string();
        assert!(message.contains("wanted.bin"), "{message}");
        assert!(matches!(ModelStore::open(Path::new("/nonexistent")), Err(ModelError::Read { .. })));
    }

    #[test]
    fn a_manifest_cannot_reach_outside_its_folder() {
        let manifest = entry("x", "").replace("x.bin", "../x.bin");
        assert!(matches!(Manifest::parse(&manifest, Path::new("m")), Err(ModelError::Manifest { .. })));
    }

    #[test]
    fn the_nearest_folder_above_the_executable_is_found() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("models");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join(MANIFEST_FILE), "model = []").unwrap();
        assert_eq!(folder_near(&root.path().join("target/release/pingcha")), Some(folder));
    }
}
