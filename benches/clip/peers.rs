//! What others' tools cost on the same clip, in the same run: `benches/peers/peers.py`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

/// What is compared, as the script names it, and how the table does.
pub const WAYS: [(&str, &str); 3] = [
    ("today", "a script of today's programs, no speech"),
    ("tuned", "a tuned script, no speech"),
    ("scenedetect", "PySceneDetect, detect-adaptive"),
];

/// CPU seconds, or what is missing to measure them.
pub enum Cost {
    Taken(f64),
    Missing(String),
}

/// Runs one way on a clip.
pub fn cost(way: &str, clip: &Path) -> anyhow::Result<Cost> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/peers.py");
    let Ok(done) = Command::new("python3").arg(script).arg(way).arg(clip).output() else {
        return Ok(Cost::Missing("python3".to_owned()));
    };
    let said = String::from_utf8_lossy(&done.stdout).trim().to_owned();
    match done.status.code() {
        Some(0) => {
            let last = said.lines().last().unwrap_or_default();
            let figures: serde_json::Value = serde_json::from_str(last).context("the script's figures")?;
            Ok(Cost::Taken(figures["cpu_s"].as_f64().context("the script gives no 'cpu_s'")?))
        }
        // The script's own status for what is not installed.
        Some(3) => Ok(Cost::Missing(said)),
        _ => bail!("{way}: {}", String::from_utf8_lossy(&done.stderr)),
    }
}
