//! Faces in stills: how many are found and covered, and what is taken for one.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, ensure};
use opencv::core::{Mat, MatTraitConst};
use pingcha::models::ModelStore;
use pingcha::observe::faces::{Face, FaceFinder};
use serde::Deserialize;

use super::Arguments;
use super::common::cpu_time;

/// What is blurred around a face, of its size, on each side (`engine/blur.rs`).
const MARGIN: f32 = 0.25;

/// A face is covered where this much of what was labelled is blurred.
const COVERED: f32 = 0.75;

#[derive(Debug, Deserialize)]
struct Truth {
    pictures: Vec<Picture>,
}

#[derive(Debug, Deserialize)]
struct Picture {
    /// A portable pixmap (P6).
    file: String,
    condition: String,
    faces: Vec<Place>,
}

/// In pixels.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Place {
    left: f32,
    top: f32,
    width: f32,
    height: f32,
}

#[derive(Debug, Default)]
struct Tally {
    pictures: u32,
    pictures_with_false: u32,
    faces: u32,
    covered: u32,
    wrong: u32,
}

pub fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let data = arguments.data("faces");
    let path = data.join("truth.json");
    let text = std::fs::read_to_string(&path).with_context(|| {
        format!("{} cannot be read; make it with benches/accuracy/make_faces.py", path.display())
    })?;
    let truth: Truth = serde_json::from_str(&text)?;
    let finder = FaceFinder::load(&ModelStore::open(&arguments.models)?)?;
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let begun = cpu_time();
    for picture in truth.pictures.iter().filter(|picture| arguments.takes(&picture.file)) {
        let found = finder.find(&pixmap(&data.join(&picture.file))?)?;
        let areas: Vec<Place> = found.iter().map(blurred).collect();
        let wrong =
            areas.iter().filter(|area| picture.faces.iter().all(|face| shared(face, area) == 0.0)).count();
        for class in [&picture.condition, "all"] {
            let tally = tallies.entry(class.to_owned()).or_default();
            tally.pictures += 1;
            tally.wrong += wrong as u32;
            tally.pictures_with_false += u32::from(wrong > 0);
        }
        for face in &picture.faces {
            let covered = areas.iter().any(|area| shared(face, area) >= COVERED * face.width * face.height);
            for class in [&picture.condition, "all", &format!("{} px wide", size_class(face.width))] {
                let tally = tallies.entry(class.to_owned()).or_default();
                tally.faces += 1;
                tally.covered += u32::from(covered);
            }
        }
    }
    let pictures = tallies.get("all").map_or(0, |all| all.pictures);
    println!("{:.2} CPU s a picture", (cpu_time() - begun).as_secs_f64() / f64::from(pictures.max(1)));
    println!(
        "| faces | covered | of | pictures | other places blurred | in pictures |\n|---|---:|---:|---:|---:|---:|"
    );
    for (class, tally) in &tallies {
        let Tally { pictures, pictures_with_false, faces, covered, wrong } = tally;
        println!("| {class} | {covered} | {faces} | {pictures} | {wrong} | {pictures_with_false} |");
    }
    Ok(())
}

fn size_class(width: f32) -> &'static str {
    match width {
        width if width < 8.0 => "05 to 08",
        width if width < 12.0 => "08 to 12",
        width if width < 20.0 => "12 to 20",
        width if width < 40.0 => "20 to 40",
        _ => "40 and more",
    }
}

fn blurred(face: &Face) -> Place {
    Place {
        left: face.left - face.width * MARGIN,
        top: face.top - face.height * MARGIN,
        width: face.width * (1.0 + 2.0 * MARGIN),
        height: face.height * (1.0 + 2.0 * MARGIN),
    }
}

/// Pixels that both have.
fn shared(one: &Place, other: &Place) -> f32 {
    let overlap = |start: f32, length: f32, other_start: f32, other_length: f32| {
        ((start + length).min(other_start + other_length) - start.max(other_start)).max(0.0)
    };
    overlap(one.left, one.width, other.left, other.width)
        * overlap(one.top, one.height, other.top, other.height)
}

/// A portable pixmap as make_faces.py writes it, in BGR.
fn pixmap(path: &Path) -> anyhow::Result<Mat> {
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut fields = bytes.splitn(5, |byte| byte.is_ascii_whitespace());
    let mut text = || fields.next().and_then(|field| std::str::from_utf8(field).ok()).unwrap_or_default();
    let kind = text() == "P6";
    let (width, height): (i32, i32) = (text().parse()?, text().parse()?);
    ensure!(kind && text() == "255", "{}: not a pixmap of 8 bits", path.display());
    let mut pixels = fields.next().unwrap_or_default().to_vec();
    ensure!(pixels.len() as i32 == width * height * 3, "{}: cut short", path.display());
    pixels.chunks_exact_mut(3).for_each(|pixel| pixel.swap(0, 2));
    Ok(Mat::new_rows_cols_with_data(height, width * 3, &pixels)?.reshape(3, height)?.try_clone()?)
}
