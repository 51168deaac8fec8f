//! Pulling from small servers on this machine.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use sha2::{Digest, Sha256};

use super::*;

/// How the server answers one request.
#[derive(Debug, Clone, Copy)]
enum Manner {
    /// As asked, from the offset where there is one.
    Ranges,
    /// The whole file, whatever was asked.
    NoRanges,
    /// Promises all that was asked, and closes the line after so many bytes.
    CutAfter(usize),
    /// The same without a promise of how much there is.
    CutWithoutLength(usize),
    /// The whole file without saying its length.
    Endless,
    NotFound,
    /// To `/elsewhere` on the same server.
    Redirect,
}

/// Answers one request in each manner, then is gone. Gives the requests' ranges when it is joined.
struct Server {
    url: String,
    thread: JoinHandle<Vec<Option<usize>>>,
}

impl Server {
    fn of(content: &[u8], manners: &[Manner]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/m.bin", listener.local_addr().unwrap());
        let (content, manners) = (content.to_vec(), manners.to_vec());
        let serve = move || {
            manners.iter().map(|manner| answer(listener.accept().unwrap().0, &content, *manner)).collect()
        };
        Self { url, thread: std::thread::spawn(serve) }
    }

    /// Where the range of each request began.
    fn asked(self) -> Vec<Option<usize>> {
        self.thread.join().unwrap()
    }
}

fn answer(mut line: TcpStream, content: &[u8], manner: Manner) -> Option<usize> {
    let request: Vec<String> =
        BufReader::new(&line).lines().map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
    let range = request.iter().find_map(|header| {
        let (name, value) = header.split_once(": ")?;
        let value = value.strip_prefix("bytes=")?.strip_suffix('-')?;
        name.eq_ignore_ascii_case("range").then(|| value.parse().unwrap())
    });
    let from = range.unwrap_or(0);
    let whole = content.len();
    let length = |bytes: usize| format!("Content-Length: {bytes}\r\n");
    let (status, headers, body) = match manner {
        Manner::Ranges if from >= whole && range.is_some() => {
            ("416 Range Not Satisfiable", length(0), &[][..])
        }
        Manner::Ranges | Manner::CutAfter(_) | Manner::CutWithoutLength(_) => {
            let (end, promise) = match manner {
                Manner::CutAfter(bytes) => (from + bytes, length(whole - from)),
                Manner::CutWithoutLength(bytes) => (from + bytes, String::new()),
                _ => (whole, length(whole - from)),
            };
            let place = format!("Content-Range: bytes {from}-{}/{whole}\r\n", whole - 1);
            match range {
                Some(_) => ("206 Partial Content", promise + &place, &content[from..end.min(whole)]),
                None => ("200 OK", promise, &content[..end.min(whole)]),
            }
        }
        Manner::NoRanges => ("200 OK", length(whole), content),
        Manner::Endless => ("200 OK", String::new(), content),
        Manner::NotFound => ("404 Not Found", length(0), &[][..]),
        Manner::Redirect => ("302 Found", length(0) + "Location: /elsewhere\r\n", &[][..]),
    };
    write!(line, "HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n").unwrap();
    // The other side may have hung up over the headers.
    let _ = line.write_all(body);
    range
}

/// Some bytes that compress to nothing and have no period of a buffer's length.
fn content() -> Vec<u8> {
    (0..300_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

fn sha256(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A folder of models with one entry, `m`, in `m.bin`; `more` are lines of the entry.
fn store(urls: &[&str], more: &str) -> (tempfile::TempDir, ModelStore) {
    let folder = tempfile::tempdir().unwrap();
    let entry = format!(
        "[[model]]\nname = \"m\"\nrole = \"speech\"\nfile = \"m.bin\"\nlicence = \"MIT\"\norigin = \"a test\"\nmirrors = {urls:?}\n{more}\n"
    );
    fs::write(folder.path().join("manifest.toml"), entry).unwrap();
    let store = ModelStore::open(folder.path()).unwrap();
    (folder, store)
}

fn with_digest(content: &[u8]) -> String {
    format!("sha256 = \"{}\"", sha256(content))
}

fn pulled(store: &ModelStore, source: Source) -> Result<Pulled, PullError> {
    pull(store, store.manifest().named("m").unwrap(), source, &mut |_, _| {})
}

/// What lies under the model's name and under its name while it is fetched.
fn files(folder: &Path) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    (fs::read(folder.join("m.bin")).ok(), fs::read(folder.join("m.bin.part")).ok())
}

fn failures(outcome: Result<Pulled, PullError>) -> Vec<String> {
    match outcome {
        Err(PullError::NoMirror(failures)) => failures,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_whole_file_is_fetched_once_and_then_is_there() {
    let content = content();
    let server = Server::of(&content, &[Manner::Redirect, Manner::Ranges]);
    let (folder, store) = store(&[&server.url], &with_digest(&content));
    let mut seen = Vec::new();
    let entry = store.manifest().named("m").unwrap();
    let outcome = pull(&store, entry, Source::Mirrors, &mut |at, total| seen.push((at, total))).unwrap();
    let Pulled::Installed(model) = outcome else { panic!("{outcome:?}") };
    assert_eq!((model.name.as_str(), model.sha256), ("m", sha256(&content)));
    assert_eq!(files(folder.path()), (Some(content.clone()), None));
    let whole = content.len() as u64;
    assert_eq!(seen.last(), Some(&(whole, Some(whole))));
    assert!(seen.is_sorted());
    assert_eq!(server.asked(), [None, None]);
    // The server is gone: nobody is asked again.
    assert!(matches!(pulled(&store, Source::Mirrors), Ok(Pulled::AlreadyThere(_))));
}

#[test]
fn what_was_begun_goes_on_where_it_stopped() {
    let content = content();
    for (manner, at_server) in [(Manner::Ranges, Some(1000)), (Manner::NoRanges, Some(1000))] {
        let server = Server::of(&content, &[manner]);
        let (folder, store) = store(&[&server.url], &with_digest(&content));
        fs::write(folder.path().join("m.bin.part"), &content[..1000]).unwrap();
        assert!(matches!(pulled(&store, Source::Mirrors), Ok(Pulled::Installed(_))), "{manner:?}");
        assert_eq!(files(folder.path()), (Some(content.clone()), None));
        assert_eq!(server.asked(), [at_server]);
    }
}

#[test]
fn a_part_that_is_already_whole_is_only_checked() {
    let content = content();
    let server = Server::of(&content, &[Manner::Ranges]);
    let (folder, store) = store(&[&server.url], &with_digest(&content));
    fs::write(folder.path().join("m.bin.part"), &content).unwrap();
    assert!(matches!(pulled(&store, Source::Mirrors), Ok(Pulled::Installed(_))));
    assert_eq!(server.asked(), [Some(content.len())]);
}

#[test]
fn a_line_that_breaks_is_taken_up_again() {
    let content = content();
    let server = Server::of(&content, &[Manner::CutAfter(70_000), Manner::CutAfter(5), Manner::Ranges]);
    let (folder, first) = store(&[&server.url], &with_digest(&content));
    assert!(matches!(pulled(&first, Source::Mirrors), Ok(Pulled::Installed(_))));
    assert_eq!(files(folder.path()), (Some(content.clone()), None));
    assert_eq!(server.asked(), [None, Some(70_000), Some(70_005)]);

    // Also where only the manifest tells that something is missing, and in a later run.
    let server = Server::of(&content, &[Manner::CutWithoutLength(70_000)]);
    let bytes = format!("bytes = {}\n", content.len());
    let (folder, second) = store(&[&server.url], &(bytes + &with_digest(&content)));
    assert_eq!(failures(pulled(&second, Source::Mirrors)).len(), 1);
    assert_eq!(server.asked(), [None]);
    assert_eq!(files(folder.path()), (None, Some(content[..70_000].to_vec())));
    let carried = tempfile::tempdir().unwrap();
    fs::write(carried.path().join("m.bin"), &content).unwrap();
    assert!(matches!(pulled(&second, Source::Folder(carried.path())), Ok(Pulled::Installed(_))));
    assert_eq!(files(folder.path()), (Some(content), None));
}

#[test]
fn a_wrong_file_gets_no_name_and_is_removed() {
    let (content, other) = (content(), b"<html>please log in</html>".to_vec());
    let server = Server::of(&other, &[Manner::NoRanges]);
    let (folder, store) = store(&[&server.url], &with_digest(&content));
    let why = failures(pulled(&store, Source::Mirrors)).join("\n");
    assert!(why.contains(&sha256(&content)) && why.contains(&sha256(&other)), "{why}");
    assert!(why.contains(&server.url), "{why}");
    assert_eq!(files(folder.path()), (None, None));
    server.asked();
}

#[test]
fn the_next_mirror_is_asked_where_one_fails() {
    let content = content();
    let (missing, wrong) = (Server::of(&[], &[Manner::NotFound]), Server::of(b"xyz", &[Manner::NoRanges]));
    let good = Server::of(&content, &[Manner::Ranges]);
    let (folder, first) = store(&[&missing.url, &wrong.url, &good.url], &with_digest(&content));
    assert!(matches!(pulled(&first, Source::Mirrors), Ok(Pulled::Installed(_))));
    assert_eq!(files(folder.path()), (Some(content.clone()), None));
    assert_eq!(good.asked(), [None]);

    let missing = Server::of(&[], &[Manner::NotFound]);
    let (_folder, second) = store(&[&missing.url, &missing.url], &with_digest(&content));
    let why = failures(pulled(&second, Source::Mirrors));
    assert!(why.len() == 2 && why[0].contains("404"), "{why:?}");
}

#[test]
fn nothing_longer_than_the_manifest_says_is_kept() {
    let content = content();
    for manner in [Manner::Ranges, Manner::Endless] {
        let server = Server::of(&content, &[manner]);
        let (folder, store) = store(&[&server.url], &format!("bytes = 1000\nsha256 = \"{}\"", sha256(b"x")));
        let why = failures(pulled(&store, Source::Mirrors)).join("\n");
        assert!(why.contains("1000"), "{why}");
        assert_eq!(files(folder.path()), (None, None));
        server.asked();
    }
}

#[test]
fn a_carried_file_is_checked_like_a_downloaded_one() {
    let content = content();
    let (folder, store) = store(&[], &with_digest(&content));
    let carried = tempfile::tempdir().unwrap();
    let missing = pulled(&store, Source::Folder(carried.path())).unwrap_err().to_string();
    assert!(missing.contains("m.bin"), "{missing}");

    fs::write(carried.path().join("m.bin"), &content[..1000]).unwrap();
    let cut = pulled(&store, Source::Folder(carried.path())).unwrap_err().to_string();
    assert!(cut.contains(&carried.path().join("m.bin").display().to_string()), "{cut}");
    assert_eq!(files(folder.path()), (None, None));

    let (sized, bounded) = self::store(&[], &format!("bytes = 1000\n{}", with_digest(&content)));
    fs::write(carried.path().join("m.bin"), &content).unwrap();
    let long = pulled(&bounded, Source::Folder(carried.path()));
    assert!(matches!(long, Err(PullError::Model(ModelError::WrongSize { expected: 1000, .. }))), "{long:?}");
    assert_eq!(files(sized.path()), (None, None));

    fs::write(folder.path().join("m.bin"), "damaged").unwrap();
    assert!(matches!(pulled(&store, Source::Folder(carried.path())), Ok(Pulled::Installed(_))));
    assert_eq!(files(folder.path()), (Some(content), None));
}

#[test]
fn an_entry_without_digest_is_not_fetched() {
    let (_folder, store) = store(&["http://127.0.0.1:1/m.bin"], "");
    let refused = pulled(&store, Source::Mirrors);
    assert!(matches!(refused, Err(PullError::Model(ModelError::NoDigest { .. }))), "{refused:?}");
}
