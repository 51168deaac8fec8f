//! Imports point one way: nothing on the right of the flow is imported by anything on its left.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms in the order of the flow. A room may import itself and any room before it.
const FLOW: [&[&str]; 12] = [
    &["figures", "lang", "pulse", "time"],
    &["evidence", "models"],
    &["isolation", "profile", "session"],
    &["records"],
    &["media", "checks"],
    &["observe", "policy"],
    &["report"],
    &["catalogue"],
    &["annual"],
    &["engine"],
    &["serve"],
    &["cli"],
];

/// Rooms of the same place in the flow that must not know each other, and rooms that must never
/// touch media.
const STRANGERS: [(&str, &str); 25] = [
    ("media", "checks"),
    ("checks", "media"),
    ("observe", "policy"),
    ("observe", "checks"),
    ("policy", "observe"),
    ("policy", "media"),
    ("report", "media"),
    ("report", "observe"),
    ("media", "session"),
    ("observe", "session"),
    ("report", "session"),
    ("media", "profile"),
    ("observe", "profile"),
    ("report", "profile"),
    ("media", "records"),
    ("observe", "records"),
    ("report", "records"),
    ("records", "profile"),
    ("profile", "session"),
    ("session", "profile"),
    ("catalogue", "media"),
    ("catalogue", "observe"),
    ("catalogue", "policy"),
    ("annual", "media"),
    ("annual", "observe"),
];

fn place(room: &str) -> Option<usize> {
    FLOW.iter().position(|rooms| rooms.contains(&room))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path, found),
            false if path.extension().is_some_and(|ending| ending == "rs") => found.push(path),
            false => {}
        }
    }
}

#[test]
fn imports_point_one_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut wrong = Vec::new();
    for file in &files {
        let room = file.strip_prefix(&src).unwrap().components().next().unwrap();
        let room = room.as_os_str().to_str().unwrap().trim_end_matches(".rs");
        if matches!(room, "lib" | "main") {
            continue;
        }
        let own = place(room).unwrap_or_else(|| panic!("src/{room} has no place in the flow"));
        let text = fs::read_to_string(file).unwrap();
        for import in text.split("crate::").skip(1) {
            let other: String =
                import.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let Some(other_place) = place(&other) else { continue };
            let stranger = STRANGERS.contains(&(room, other.as_str()));
            if other != room && (other_place > own || stranger) {
                wrong.push(format!("{}: src/{room} imports crate::{other}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn native_libraries_and_the_network_stay_in_their_rooms() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let allowed = [
        ("gstreamer", &["media"][..]),
        ("opencv", &["observe", "engine/illustrate.rs"]),
        ("whisper_rs", &["observe/speech"]),
        // Its tensors are what the text and face observers hand over.
        ("rten", &["observe/network", "observe/text", "observe/faces"]),
        ("rten_onnx", &["observe/network"]),
        ("ureq", &["models/download.rs"]),
        ("axum", &["serve"]),
    ];
    // Whatever decodes images decodes them for attackers too, and brings some hundred libraries into each start.
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let shipped = manifest.split("[dev-dependencies]").next().unwrap();
    assert!(!shipped.contains("imgcodecs"), "the program does without imgcodecs");
    let mut files = Vec::new();
    sources(&src, &mut files);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let path = file.strip_prefix(&src).unwrap();
        for (library, rooms) in allowed {
            let used = text.lines().any(|line| {
                let line = line.trim_start();
                !line.starts_with("//")
                    && (line.contains(&format!("use {library}")) || line.contains(&format!("{library}::")))
            });
            assert!(
                !used || rooms.iter().any(|room| path.starts_with(room)),
                "{} uses {library}",
                path.display()
            );
        }
    }
}
