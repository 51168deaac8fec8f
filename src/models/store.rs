//! The folder of models, and choosing one from it.

use std::path::{Path, PathBuf};

use super::digests::Digests;
use super::manifest::{Entry, MANIFEST_FILE, Manifest};
use super::{Model, ModelError, Preset, Role};

/// Names the folder of models when the command line does not.
pub const FOLDER_VARIABLE: &str = "PINGCHA_MODELS";

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
        Ok(Self { folder: folder.to_owned(), manifest: Manifest::of(folder)? })
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
        let digests = Digests::of_entry(entry, &path, &path)?;
        Ok(Model::of_entry(entry, path, digests))
    }

    /// The model of that name, which must be for speech, installed and undamaged.
    fn speech_model_named(&self, name: &str) -> Result<Model, ModelError> {
        let entry = self.manifest.named(name)?;
        if entry.role != Role::Speech {
            return Err(ModelError::AnotherRole { name: name.to_owned(), role: entry.role });
        }
        if !self.is_installed(entry) {
            return Err(ModelError::Missing { name: name.to_owned(), path: self.path(entry) });
        }
        self.verify(entry)
    }
}

/// The speech model that a person chose: a name in the manifest, else any file. A file that some
/// manifest knows by its digest is that model, demonstration or not, wherever it lies; any other is
/// driven as [`Preset::Whisper`] and bears its file's name. What the file holds is not looked at.
pub fn speech_model(store: Option<&ModelStore>, choice: &Path) -> Result<Model, ModelError> {
    let embedded = Manifest::embedded()?;
    let manifest = store.map_or(&embedded, ModelStore::manifest);
    if let Some(entry) = choice.to_str().and_then(|name| manifest.find(name)) {
        return store.ok_or(ModelError::NoFolder)?.speech_model_named(&entry.name);
    }
    if !choice.exists() {
        let choice = choice.display().to_string();
        return Err(ModelError::UnknownChoice { choice, known: manifest.names(Role::Speech) });
    }
    // A pipe or a device may never end.
    if !choice.is_file() {
        let error = std::io::Error::other("not a file");
        return Err(ModelError::Read { path: choice.to_owned(), error });
    }
    let digests = Digests::of(choice)?;
    let entries = || manifest.models.iter().chain(&embedded.models);
    if let Some(entry) = entries().find(|entry| digests.hold_against(entry, choice).is_ok()) {
        return match entry.role {
            Role::Speech => Ok(Model::of_entry(entry, choice.to_owned(), digests)),
            role => Err(ModelError::AnotherRole { name: entry.name.clone(), role }),
        };
    }
    let name = choice.file_name().unwrap_or(choice.as_os_str()).to_string_lossy().into_owned();
    // A known model's name on another content is a damaged download rather than a choice.
    if let Some(entry) = entries().find(|entry| entry.file == name) {
        digests.hold_against(entry, choice)?;
    }
    Ok(Model {
        role: Role::Speech,
        name,
        path: choice.to_owned(),
        sha256: digests.sha256,
        preset: Some(Preset::default()),
        demonstration: false,
    })
}

/// `models` beside or above the executable, else `../share/pingcha/models` of its folder.
fn folder_near(executable: &Path) -> Option<PathBuf> {
    let beside = executable.ancestors().skip(1).map(|folder| folder.join("models"));
    let shared = executable.parent().and_then(Path::parent).map(|prefix| prefix.join("share/pingcha/models"));
    beside.chain(shared).find(|folder| folder.join(MANIFEST_FILE).is_file())
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
    fn a_chosen_model_is_the_named_one_or_says_why_not() {
        let manifest = entry("good", &format!("sha256 = \"{ABC_SHA256}\""))
            + &entry("gone", &format!("sha256 = \"{ABC_SHA256}\""))
            + &entry("text", "").replace("speech", "text-detection");
        let (_folder, store) = store(&manifest, &[("good.bin", "abc")]);
        let choose = |choice: &str| speech_model(Some(&store), Path::new(choice));
        assert_eq!(choose("good").unwrap().name, "good");
        let message = |choice: &str| choose(choice).unwrap_err().to_string();
        assert!(message("gone").contains("pingcha models pull gone"), "{}", message("gone"));
        assert!(message("text").contains("text-detection"), "{}", message("text"));
        assert!(message("another").ends_with(": good, gone"), "{}", message("another"));
        assert!(message("/").contains("not a file"), "{}", message("/"));
        let homeless = speech_model(None, Path::new("pingcha-demo"));
        assert!(matches!(homeless, Err(ModelError::NoFolder)));
    }

    #[test]
    fn a_chosen_file_is_known_by_its_digest() {
        let manifest = entry("demo", &format!("sha1 = \"{ABC_SHA1}\"\ndemonstration = true"))
            .replace("demo.bin", "published.bin");
        let files = [("renamed.bin", "abc"), ("published.bin", "abd"), ("tuned.bin", "abd")];
        let (folder, store) = store(&manifest, &files);
        let choose = |file: &str| speech_model(Some(&store), &folder.path().join(file));
        let renamed = choose("renamed.bin").unwrap();
        assert_eq!((renamed.name.as_str(), renamed.demonstration), ("demo", true));
        let tuned = choose("tuned.bin").unwrap();
        assert_eq!((tuned.name.as_str(), tuned.demonstration), ("tuned.bin", false));
        assert_eq!((tuned.preset, tuned.sha256.len()), (Some(Preset::Whisper), 64));
        assert!(matches!(choose("published.bin"), Err(ModelError::WrongDigest { .. })));
    }

    #[test]
    fn the_demonstration_model_stays_one_where_the_sites_manifest_does_not_know_it() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/ggml-pingcha-demo-q8_0.bin");
        let (_folder, silent) = store("model = []", &[]);
        for store in [Some(&silent), None] {
            let model = speech_model(store, &file).unwrap();
            assert_eq!(model.name, "pingcha-demo");
            assert!(model.demonstration && model.preset == Some(Preset::ShortWindows));
        }
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
