//! `pingcha models list | verify | pull`.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};

use super::{Status, WrongUse};
use crate::lang::{Lang, Prose, Text};
use crate::models::{self, Entry, Manifest, ModelError, ModelStore, PullError, Pulled, Source};

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
    /// Download a model, or copy it from a folder, into the folder of models
    ///
    /// What was interrupted goes on where it stopped. The file gets its name only when its digest
    /// is the manifest's. Proxies are taken from HTTPS_PROXY, ALL_PROXY and NO_PROXY.
    Pull {
        /// As `pingcha models list` calls it
        name: String,
        /// Take the file from this folder instead of the network
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
    },
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
        (ModelsCommand::Pull { name, from }, Some(store)) => {
            pull(&store, name, from.as_deref(), lang, &mut out)
        }
        (_, store) => list(store.as_ref(), lang, &mut out),
    }
}

const INSTALLED: Text = Text::new("已安装", "installed");
const NOT_INSTALLED: Text = Text::new("未安装", "not installed");
const DEMONSTRATION: Text = Text::new("，仅供演示和测试", ", for demonstration and tests only");
const PULL_HINT: Text = Text::new(
    "下载并安装：pingcha models pull 名称；离线安装：pingcha models pull 名称 --from 文件夹",
    "to download and install one: pingcha models pull NAME; without network: pingcha models pull NAME --from DIR",
);

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
        writeln!(out, "  {}{}{}", entry.file, size(entry), language(entry, lang))?;
        writeln!(out, "  {}; {}", entry.origin, entry.licence)?;
        if let Some(digest) = entry.digest() {
            writeln!(out, "  {digest}")?;
        }
    }
    writeln!(out, "\n{}", PULL_HINT.get(lang))?;
    Ok(Status::Compliant as u8)
}

fn size(entry: &Entry) -> String {
    entry.bytes.map(|bytes| format!(", {:.1} MB", megabytes(bytes))).unwrap_or_default()
}

fn language(entry: &Entry, lang: Lang) -> String {
    let language = match (entry.language.as_deref(), lang) {
        (None, _) => return String::new(),
        (Some("multilingual"), Lang::Zh) => "多语言",
        (Some("zh"), Lang::Zh) => "中文",
        (Some("zh"), Lang::En) => "Chinese",
        (Some(other), _) => other,
    };
    format!(", {language}")
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
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

fn pull(
    store: &ModelStore,
    name: &str,
    from: Option<&Path>,
    lang: Lang,
    out: &mut impl Write,
) -> anyhow::Result<u8> {
    let entry = store.manifest().named(name)?;
    let mut progress = Progress::new(&entry.file);
    let source = from.map_or(Source::Mirrors, Source::Folder);
    let pulled = models::pull(store, entry, source, &mut |bytes, total| progress.show(bytes, total));
    progress.clear();
    let (model, said) = match pulled {
        Ok(Pulled::Installed(model)) => (model, Text::new("已安装", "installed")),
        Ok(Pulled::AlreadyThere(model)) => {
            (model, Text::new("早已安装，与清单相符", "already installed, as the manifest says"))
        }
        Err(PullError::NoMirror(failures)) => {
            return Err(WrongUse(what_to_carry(store, entry, &failures)).into());
        }
        Err(error) => return Err(error.into()),
    };
    writeln!(out, "{}  {}  {}", model.name, said.get(lang), model.path.display())?;
    writeln!(out, "  SHA-256 {}", model.sha256)?;
    Ok(Status::Compliant as u8)
}

/// Why the network gave nothing, and how the file comes here without it.
fn what_to_carry(store: &ModelStore, entry: &Entry, failures: &[String]) -> Prose {
    let name = &entry.name;
    let fact = |what: Text, value: &str| {
        Prose::new(format!("  {}  {value}", what.zh), format!("  {}  {value}", what.en))
    };
    let mut lines =
        vec![Prose::new(format!("无法下载模型 {name}"), format!("model {name} could not be downloaded"))];
    if failures.is_empty() {
        lines.push(Prose::new("  清单未列出下载地址", "  the manifest names no mirror"));
    }
    lines.extend(failures.iter().map(|failure| Prose::new(format!("  {failure}"), format!("  {failure}"))));
    lines.push(Prose::new(
        "离线安装：在能上网的机器上取得下列文件，核对后用移动存储带入",
        "To bring it into a closed network, fetch this file on another machine, check it, and carry it here:",
    ));
    lines.push(fact(Text::new("文件名", "file  "), &entry.file));
    lines.extend(entry.mirrors.iter().map(|url| fact(Text::new("地址  ", "from  "), url)));
    if entry.shipped {
        lines.push(fact(Text::new("来源  ", "from  "), "pingcha, models/"));
    }
    lines.extend(entry.digest().map(|digest| fact(Text::new("校验值", "digest"), &digest)));
    lines.extend(entry.bytes.map(|bytes| fact(Text::new("字节数", "bytes "), &bytes.to_string())));
    lines.push(fact(Text::new("装入  ", "into  "), &store.folder().display().to_string()));
    lines.push(Prose::new(
        format!("然后在本机执行（文件夹为文件所在位置）：pingcha models pull {name} --from 文件夹"),
        format!("Then, where DIR is the folder that holds it: pingcha models pull {name} --from DIR"),
    ));
    let joined = |lang: Lang| lines.iter().map(|line| line.get(lang)).collect::<Vec<_>>().join("\n");
    Prose::new(joined(Lang::Zh), joined(Lang::En))
}

/// A line on the terminal that tells how far it is; nothing where nobody watches.
struct Progress<'a> {
    file: &'a str,
    watched: bool,
    shown: Option<Instant>,
}

impl<'a> Progress<'a> {
    const INTERVAL: Duration = Duration::from_millis(200);
    const CLEAR_LINE: &'static str = "\r\x1b[K";

    fn new(file: &'a str) -> Self {
        Self { file, watched: io::stderr().is_terminal(), shown: None }
    }

    fn show(&mut self, bytes: u64, total: Option<u64>) {
        let fresh = self.shown.is_some_and(|at| at.elapsed() < Self::INTERVAL);
        if !self.watched || fresh {
            return;
        }
        self.shown = Some(Instant::now());
        let total = total.map(|total| format!(" / {:.1}", megabytes(total))).unwrap_or_default();
        eprint!("{}{}  {:.1}{total} MB", Self::CLEAR_LINE, self.file, megabytes(bytes));
    }

    fn clear(&self) {
        if self.shown.is_some() {
            eprint!("{}", Self::CLEAR_LINE);
        }
    }
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
        let text = String::from_utf8(out).unwrap();
        for said in ["ppocr-v4-rec", "ggml-small.bin, 多语言", "pingcha models pull"] {
            assert!(text.contains(said), "{said}: {text}");
        }
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

    #[test]
    fn a_closed_network_is_told_what_to_carry() {
        let (folder, store) = store(None);
        let entry = &store.manifest().models[0];
        let prose = what_to_carry(&store, entry, &["http://a/x: answers 404 Not Found".to_owned()]);
        let folder = folder.path().display().to_string();
        for said in ["answers 404", "a.bin", "ba7816bf", "pingcha models pull a --from", &folder] {
            assert!(prose.zh.contains(said) && prose.en.contains(said), "{said}: {prose:?}");
        }
    }
}
