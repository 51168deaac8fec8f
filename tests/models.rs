//! The models' own commands, and choosing one to listen with.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{check, pingcha, run, sample};

const DEMO: &str = "ggml-pingcha-demo-q8_0.bin";

fn shipped(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(file)
}

fn models(folder: &Path, args: &[&str]) -> (i32, String, String) {
    run(pingcha().args(["--lang", "en", "models"]).args(args).arg("--models").arg(folder))
}

/// The manifest alone: what a folder is before anything is put into it.
fn empty_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(shipped("manifest.toml"), folder.path().join("manifest.toml")).unwrap();
    folder
}

#[test]
fn a_model_that_is_pulled_from_a_folder_is_listed_and_verified() {
    let folder = empty_folder();
    let carried = shipped("");
    let from = ["pull", "pingcha-demo", "--from", carried.to_str().unwrap()];
    let (status, stdout, stderr) = models(folder.path(), &from);
    assert_eq!(status, 0, "{stderr}");
    assert!(stdout.contains("pingcha-demo  installed"), "{stdout}");
    let (status, stdout, _) = models(folder.path(), &from);
    assert!(status == 0 && stdout.contains("already installed"), "{stdout}");

    let (status, stdout, _) = models(folder.path(), &["list"]);
    assert_eq!(status, 0);
    assert!(stdout.contains("pingcha-demo  [speech]  installed, for demonstration"), "{stdout}");
    assert!(stdout.contains("whisper-small  [speech]  not installed"), "{stdout}");
    assert!(stdout.contains("pingcha models pull NAME"), "{stdout}");
    let (status, stdout, _) = models(folder.path(), &["verify"]);
    assert!(status == 0 && stdout.starts_with("pingcha-demo  as the manifest says"), "{stdout}");
}

#[test]
fn damage_is_found_and_mended() {
    let folder = empty_folder();
    let whole = fs::read(shipped(DEMO)).unwrap();
    fs::write(folder.path().join(DEMO), &whole[..whole.len() / 2]).unwrap();
    let (status, _, stderr) = models(folder.path(), &["verify"]);
    assert_eq!(status, 2);
    assert!(stderr.contains(DEMO) && stderr.contains("cut short"), "{stderr}");

    let stick = tempfile::tempdir().unwrap();
    fs::write(stick.path().join(DEMO), vec![7; whole.len()]).unwrap();
    let from = ["pull", "pingcha-demo", "--from", stick.path().to_str().unwrap()];
    let (status, _, stderr) = models(folder.path(), &from);
    assert_eq!(status, 2);
    assert!(stderr.contains("SHA-256") && stderr.contains(stick.path().to_str().unwrap()), "{stderr}");
    fs::write(stick.path().join(DEMO), &whole).unwrap();
    assert_eq!(models(folder.path(), &from).0, 0);
    assert_eq!(fs::read(folder.path().join(DEMO)).unwrap(), whole);
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 2, "the manifest and the model");
}

#[test]
fn what_cannot_be_pulled_is_explained() {
    let folder = empty_folder();
    let (status, _, stderr) = models(folder.path(), &["pull", "whisper-huge"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("whisper-huge") && stderr.contains("whisper-small"), "{stderr}");

    // A proxy that nobody answers on stands for a closed network.
    let (status, _, stderr) = run(pingcha()
        .args(["--lang", "en", "models", "pull", "whisper-tiny-q8_0", "--models"])
        .arg(folder.path())
        .envs([("HTTPS_PROXY", "http://127.0.0.1:1"), ("https_proxy", "http://127.0.0.1:1")])
        .envs([("NO_PROXY", ""), ("no_proxy", "")]));
    assert_eq!(status, 2);
    for said in [
        "https://huggingface.co/ggerganov/whisper.cpp/resolve/main/ggml-tiny-q8_0.bin: ",
        "https://hf-mirror.com/ggerganov/whisper.cpp/resolve/main/ggml-tiny-q8_0.bin: ",
        "c2085835d3f50733e2ff6e4b41ae8a2b8d8110461e18821b09a15c40c42d1cca",
        "43537433",
        "pingcha models pull whisper-tiny-q8_0 --from DIR",
        folder.path().to_str().unwrap(),
    ] {
        assert!(stderr.contains(said), "{said}: {stderr}");
    }
}

#[test]
fn a_speech_model_that_was_named_and_cannot_be_used_is_wrong_use() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(shipped(DEMO)).unwrap();
    let mut english = whole.clone();
    english[4..8].copy_from_slice(&51_864_u32.to_le_bytes());
    let files: [(&str, &[u8], &str); 5] = [
        ("text.bin", b"not a model at all", "is not a speech model"),
        ("english.bin", &english, "knows English only"),
        ("cut.bin", &whole[..whole.len() / 3], "damaged or cut short"),
        ("empty.bin", b"", "is not a speech model"),
        // Under a known model's name another content is damage, whatever it holds.
        (DEMO, &whole[..whole.len() - 1], "cut short"),
    ];
    let refusal = |choice: &Path| {
        let mut command = pingcha();
        command.args(["--lang", "en", "check"]).arg(sample("silent.mp4")).arg("--speech-model").arg(choice);
        let (status, stdout, stderr) = run(&mut command);
        assert_eq!((status, stdout.as_str()), (2, ""), "{}: {stderr}", choice.display());
        stderr
    };
    for (name, content, reason) in files {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        let stderr = refusal(&path);
        assert!(stderr.contains(name) && stderr.contains(reason), "{stderr}");
    }
    let missing = refusal(Path::new("whisper-huge"));
    assert!(missing.contains("neither a file nor") && missing.contains("whisper-small"), "{missing}");
    assert!(refusal(folder.path()).contains("not a file"));
    assert!(refusal(Path::new("ppocr-v4-det")).contains("text-detection"));
    assert!(refusal(Path::new("whisper-medium")).contains("pingcha models pull whisper-medium"));
    assert!(refusal(&shipped("ppocr-v4-rec.onnx")).contains("text-recognition"));
}

/// The demonstration model by path, under another name: still known, still no carrier of verdicts.
#[test]
fn a_chosen_model_stands_in_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("ours.bin");
    fs::copy(shipped(DEMO), &copy).unwrap();
    let (_, report) = check(&sample("compliant.mp4"), &["--speech-model", copy.to_str().unwrap()]);
    let models = report["models"].as_array().unwrap();
    let speech = models.iter().find(|model| model["role"] == "speech").unwrap();
    assert_eq!((&speech["name"], &speech["preset"]), (&"pingcha-demo".into(), &"short-windows".into()));
    let manifest = fs::read_to_string(shipped("manifest.toml")).unwrap();
    assert!(manifest.contains(&format!("sha256 = {}", speech["sha256"])), "{speech}");
    assert!(report["limits"].to_string().contains("演示模型"), "{}", report["limits"]);

    // Another digest is another model: driven like Whisper, and named by its file.
    let mut tuned = fs::read(&copy).unwrap();
    *tuned.last_mut().unwrap() ^= 1;
    fs::write(&copy, tuned).unwrap();
    let (_, report) = check(&sample("compliant.mp4"), &["--speech-model", copy.to_str().unwrap()]);
    let models = report["models"].as_array().unwrap();
    let speech = models.iter().find(|model| model["role"] == "speech").unwrap();
    assert_eq!((&speech["name"], &speech["preset"]), (&"ours.bin".into(), &"whisper".into()));
    assert!(!report["limits"].to_string().contains("演示模型"), "{}", report["limits"]);
}
