//! `pingcha models list | verify`.

use std::io::{self, Write};
use std::path::Path;

use clap::{Args, Subcommand};

use super::Status;
use crate::lang::{Lang, Text};
use crate::models::{Entry, Manifest, ModelError, ModelStore};

#[derive(Debug, Args)]
pub struct ModelsArgs {
    #[command(subcommand)]
    command: ModelsCommand,
}

#[derive(Debug, Subcommand)]
enum ModelsCommand {
    /// List the models that can be used, and which of them are installed
    List,
    /// Hold every installed model file against its digest
    Verify,
}

/// Runs the subcommand and returns the exit status: 0, or 2 when models cannot be used.
pub fn run(args: &ModelsArgs, folder: Option<&Path>, lang: Lang) -> anyhow::Result<u8> {
    let store = match ModelStore::locate(folder) {
        // Without a folder there is still a list of what could be put into one.
        Err(ModelError::NoFolder) if matches!(args.command, ModelsCommand::List) => None,
        other => Some(other?),
    };
    let mut out = io::stdout().lock();
    match (&args.command, store) {
        (ModelsCommand::Verify, Some(store)) => verify(&store, lang, &mut out, &mut io::stderr().lock()),
        (_, store) => list(store.as_ref(), lang, &mut out),
    }
}

const INSTALLED: Text = Text::new("已安装", "installed");
const NOT_INSTALLED: Text = Text::new("未安装", "not installed");
const DEMONSTRATION: Text = Text::new("，仅供演示和测试", ", for demonstration and tests only");

fn list(store: Option<&ModelStore>, lang: Lang, out: &mut impl Write) -> anyhow::Result<u8> {
    let manifest = match store {
        Some(store) => store.manifest().clone(),
        None => Manifest::embedded()?,
    };
    match (store, lang) {
        (Some(store), _) => writeln!(out, "{}", store.folder().display())?,
        (None, Lang::Zh) => writeln!(out, "未找到模型目录")?,
        (None, Lang::En) => writeln!(out, "no folder of models was found")?,
    }
    for entry in &manifest.models {
        let state =
            if store.is_some_and(|store| store.is_installed(entry)) { INSTALLED } else { NOT_INSTALLED };
        let note = if entry.demonstration { DEMONSTRATION.get(lang) } else { "" };
        let state = state.get(lang);
        writeln!(out, "\n{}  [{}]  {state}{note}", entry.name, entry.role.id())?;
        writeln!(out, "  {}{}", entry.file, size(entry))?;
        writeln!(out, "  {}; {}", entry.origin, entry.licence)?;
        match (&entry.sha256, &entry.sha1) {
            (Some(sha256), _) => writeln!(out, "  SHA-256 {sha256}")?,
            (None, Some(sha1)) => writeln!(out, "  SHA-1 {sha1}")?,
            (None, None) => {}
        }
    }
    Ok(Status::Compliant as u8)
}

fn size(entry: &Entry) -> String {
    entry.bytes.map(|bytes| format!(", {:.1} MB", bytes as f64 / 1e6)).unwrap_or_default()
}

fn verify(store: &ModelStore, lang: Lang, out: &mut impl Write, err: &mut impl Write) -> anyhow::Result<u8> {
    let mut status = Status::Compliant;
    for entry in store.manifest().models.iter().filter(|entry| store.is_installed(entry)) {
        match store.verify(entry) {
            Ok(model) => {
                let good = Text::new("与清单相符", "as the manifest says").get(lang);
                writeln!(out, "{}  {good}  SHA-256 {}", entry.name, model.sha256)?;
            }
            Err(error) => {
                writeln!(err, "pingcha: {error}")?;
                status = Status::WrongUse;
            }
        }
    }
    Ok(status as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[[model]]\nname = \"a\"\nrole = \"speech\"\nfile = \"a.bin\"\nlicence = \"MIT\"\norigin = \"a test\"\nsha256 = \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"\ndemonstration = true\n";

    fn store(content: Option<&str>) -> (tempfile::TempDir, ModelStore) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("manifest.toml"), MANIFEST).unwrap();
        if let Some(content) = content {
            std::fs::write(folder.path().join("a.bin"), content).unwrap();
        }
        let store = ModelStore::open(folder.path()).unwrap();
        (folder, store)
    }

    #[test]
    fn the_list_says_what_is_installed() {
        for (content, said) in [(Some("abc"), "  installed,"), (None, "  not installed,")] {
            let (_folder, store) = store(content);
            let mut out = Vec::new();
            assert_eq!(list(Some(&store), Lang::En, &mut out).unwrap(), 0);
            let text = String::from_utf8(out).unwrap();
            assert!(text.contains(said) && text.contains("a.bin"), "{text}");
        }
        let mut out = Vec::new();
        list(None, Lang::Zh, &mut out).unwrap();
        assert!(String::from_utf8(out).unwrap().contains("ppocr-v4-rec"));
    }

    #[test]
    fn a_damaged_file_is_named_with_its_digest() {
        let (_folder, good) = store(Some("abc"));
        let (mut out, mut err) = (Vec::new(), Vec::new());
        assert_eq!(verify(&good, Lang::En, &mut out, &mut err).unwrap(), 0);
        assert!(err.is_empty());
        let (_folder, damaged) = store(Some("abd"));
        assert_eq!(verify(&damaged, Lang::En, &mut out, &mut err).unwrap(), 2);
        let text = String::from_utf8(err).unwrap();
        assert!(text.contains("a.bin") && text.contains("ba7816bf"), "{text}");
    }
}
