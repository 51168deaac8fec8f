//! What checking a whole clip costs: a table a clip, in CPU seconds.
//!
//! `cargo bench --bench clip [-- CLIP…] [--peers]`; paths count from the repository's root. `--peers` runs others' tools on
//! the same clips.

#[path = "../common/mod.rs"]
mod common;
mod long_clip;
mod measure;
mod peers;

use std::path::{Path, PathBuf};

use comfy_table::{CellAlignment, Table, presets};

use common::{models, sample};
use measure::{Measured, Row, measure};

fn main() -> anyhow::Result<()> {
    let (options, named): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    // `cargo test --benches` runs this too, without the option that `cargo bench` gives.
    if !options.iter().any(|option| option == "--bench") {
        return Ok(());
    }
    let models = models()?;
    let show = |clip: &Path, how: &str| -> anyhow::Result<()> {
        let measured = measure(clip, &models)?;
        print(&measured, how);
        if options.iter().any(|option| option == "--peers") {
            beside(&measured, clip)?
        }
        Ok(())
    };
    if !named.is_empty() {
        return named.iter().map(PathBuf::from).try_for_each(|clip| show(&clip, ""));
    }
    show(&sample("compliant.mp4"), "")?;
    for recipe in &long_clip::RECIPES {
        match long_clip::made(recipe)? {
            Some(clip) => show(&clip, long_clip::HOW)?,
            None => println!("{} was skipped: it is made by ffmpeg, which is not installed.", recipe.name),
        }
    }
    Ok(())
}

fn print(measured: &Measured, how: &str) {
    println!("{}\n", heading(measured, how));
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(["stage", "CPU s", "least", "most", "runs", "× real time"]);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for row in &measured.rows {
        table.add_row([
            row.stage.to_owned(),
            seconds(row.median_s()),
            seconds(row.least_s()),
            seconds(row.most_s()),
            row.cpu_s.len().to_string(),
            speed(row, measured.clip.duration_s),
        ]);
    }
    println!("{table}\n");
}

/// Others' tools on the same clip, and how many times as much they cost as a whole check without speech.
fn beside(measured: &Measured, clip: &Path) -> anyhow::Result<()> {
    let own_s = measured.rows.iter().find(|row| row.stage == measure::WITHOUT_SPEECH).map(Row::median_s);
    for (way, name) in peers::WAYS {
        match peers::cost(way, clip)? {
            peers::Cost::Taken(cpu_s) => {
                let times =
                    own_s.map_or(String::new(), |own_s| format!(", {:.1} times as much", cpu_s / own_s));
                println!("{name}: {cpu_s:.1} CPU s{times}");
            }
            peers::Cost::Missing(what) => println!("{name}: skipped, not installed: {what}"),
        }
    }
    println!();
    Ok(())
}

/// Which clip, how long and how heavy, and what listened to it.
fn heading(measured: &Measured, how: &str) -> String {
    let clip = &measured.clip;
    let mut parts = vec![format!("{}: {:.1} s", clip.name, clip.duration_s)];
    if let Some(video) = &clip.video {
        let (width, height, rate) = (video.width, video.height, video.frame_rate);
        parts.push(format!("{} {width}×{height} at {rate:.0}/s", video.codec));
    }
    parts.push(format!("{:.1} Mbit/s", clip.bytes as f64 * 8.0 / 1e6 / clip.duration_s));
    parts.push(match &measured.speech_model {
        Some(name) => format!("speech model {name}"),
        None => "nothing listened".to_owned(),
    });
    if !how.is_empty() {
        parts.push(how.to_owned());
    }
    parts.join("; ")
}

/// To the millisecond; finer is noise.
fn seconds(cpu_s: f64) -> String {
    match cpu_s {
        short if short < 0.001 => "< 0.001".to_owned(),
        long => format!("{long:.3}"),
    }
}

/// How many seconds of footage one core gets through in a second. What is faster than reading the
/// file does not grow with the clip, and the number would say nothing.
fn speed(row: &Row, duration_s: f64) -> String {
    match duration_s / row.median_s() {
        _ if !row.per_clip => "once a process".to_owned(),
        fastest if fastest > 10_000.0 => "> 10000".to_owned(),
        fast if fast >= 100.0 => format!("{fast:.0}"),
        slow => format!("{slow:.1}"),
    }
}
