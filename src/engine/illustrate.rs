//! Fetches the pictures that findings point to.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jpeg_encoder::{ColorType, Encoder};
use opencv::core::{Mat, MatTraitConst, MatTraitConstManual, Rect, Scalar, Size};
use opencv::imgproc::{COLOR_YUV2BGR_I420, INTER_AREA, LINE_8, cvt_color_def, rectangle, resize};

use serde::{Deserialize, Serialize};

use crate::evidence::Region;
use crate::media::{
    Event, MediaError, Packet, Pass, Picture, PictureChoice, Pipelines, Plane, SoundChoice, StreamKind, Wants,
};
use crate::report::Report;
use crate::time::Pts;

/// Stills are shown, not measured: wide enough to read a burnt-in clock, small enough to embed.
const STILL_WIDTH: i32 = 640;
const JPEG_QUALITY: u8 = 80;
/// Orange, as blue, green and red: it stands out of skin, paper and uniforms.
const MARK: Scalar = Scalar::new(0.0, 140.0, 255.0, 0.0);

/// The nearest picture within this distance stands for a time.
const NEAREST_S: f64 = 0.5;

/// Stills fetched for one report; a clip with hundreds of findings is looked at in a player.
const MAX_STILLS: usize = 24;

const PATIENCE: Duration = Duration::from_secs(30);

/// Puts pictures into the report's stills. Stills whose picture cannot be had are taken out of the
/// findings: a still that is not there proves nothing.
pub fn illustrate(report: &mut Report, path: &Path, pipelines: &Pipelines) -> Result<(), MediaError> {
    illustrate_with(report, |wanted| pictures_near(path, pipelines, wanted))
}

/// As [`illustrate`], with pictures from elsewhere: for each that is wanted one, where there is one, as JPEG.
pub fn illustrate_with<E>(
    report: &mut Report,
    fetch: impl FnOnce(&[Wanted]) -> Result<Vec<Option<Arc<[u8]>>>, E>,
) -> Result<(), E> {
    let stills = || report.findings.iter().flat_map(|finding| &finding.stills);
    let mut wanted: Vec<Wanted> =
        stills().map(|still| Wanted { at_s: still.at_s, regions: still.regions.clone() }).collect();
    wanted.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    // The same picture is wanted once as it is, and once for each thing that is drawn into it.
    wanted.dedup();
    wanted.truncate(MAX_STILLS);
    let pictures = if wanted.is_empty() { Vec::new() } else { fetch(&wanted)? };
    for finding in &mut report.findings {
        for still in &mut finding.stills {
            let place =
                wanted.iter().position(|wanted| wanted.at_s == still.at_s && wanted.regions == still.regions);
            still.jpeg = place.and_then(|place| pictures.get(place).cloned().flatten());
        }
        finding.stills.retain(|still| still.jpeg.is_some());
    }
    Ok(())
}

/// A picture and what is drawn into it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    pub at_s: f64,
    /// In shares of the picture.
    pub regions: Vec<Region>,
}

/// For each time the nearest presented picture as JPEG.
pub(super) fn pictures_near(
    path: &Path,
    pipelines: &Pipelines,
    wanted: &[Wanted],
) -> Result<Vec<Option<Arc<[u8]>>>, MediaError> {
    let index = Index::read(path, pipelines)?;
    let at = |seconds: f64| {
        index.origin.checked_add(Pts::from_seconds(seconds).nanoseconds()).unwrap_or(index.origin)
    };
    let stretches =
        wanted.iter().map(|&Wanted { at_s, .. }| (at(at_s - NEAREST_S), at(at_s + NEAREST_S))).collect();
    let pictures = PictureChoice::Within { stretches, key_frames: index.key_frames };
    let wants = Wants { packets: false, pictures, sound: SoundChoice::None, patience: PATIENCE };
    let mut pass = Pass::open(path, wants, pipelines)?;
    let mut nearest: Vec<Option<(f64, Arc<[u8]>)>> = vec![None; wanted.len()];
    // A damaged end does not take away the pictures before it.
    while let Ok(Some(event)) = pass.next() {
        let Event::Picture(picture) = event else { continue };
        let at_s = picture.pts.seconds(index.origin);
        for (place, wanted) in wanted.iter().enumerate() {
            let distance_s = (at_s - wanted.at_s).abs();
            let closer = nearest[place].as_ref().is_none_or(|(best_s, _)| distance_s < *best_s);
            if distance_s <= NEAREST_S && closer {
                let encoded = jpeg(&picture, &wanted.regions).ok().map(Arc::from);
                nearest[place] = encoded.map(|jpeg| (distance_s, jpeg));
            }
        }
    }
    Ok(nearest.into_iter().map(|best| best.map(|(_, jpeg)| jpeg)).collect())
}

/// Where the pictures of a clip lie.
struct Index {
    origin: Pts,
    key_frames: Vec<Pts>,
}

impl Index {
    fn read(path: &Path, pipelines: &Pipelines) -> Result<Self, MediaError> {
        let wants = Wants {
            packets: true,
            pictures: PictureChoice::None,
            sound: SoundChoice::None,
            patience: PATIENCE,
        };
        let mut pass = Pass::open(path, wants, pipelines)?;
        let mut origin: Option<Pts> = None;
        let mut key_frames = Vec::new();
        while let Ok(Some(event)) = pass.next() {
            if let Event::Packet(Packet { kind: StreamKind::Video, pts: Some(pts), key, .. }) = event {
                if pts >= Pts::ZERO {
                    origin = Some(origin.map_or(pts, |first| first.min(pts)));
                }
                if key {
                    key_frames.push(pts);
                }
            }
        }
        key_frames.sort();
        Ok(Self { origin: origin.unwrap_or(Pts::ZERO), key_frames })
    }
}

/// The picture as a JPEG of at most [`STILL_WIDTH`], with square pixels.
fn jpeg(picture: &Picture, regions: &[Region]) -> Result<Vec<u8>, NoPicture> {
    let (width, height) = (picture.width() & !1, picture.height() & !1);
    let mut planar = Vec::with_capacity(width * height * 3 / 2);
    let (blue, red) = picture.chroma();
    append(&mut planar, &picture.luma(), width, height);
    append(&mut planar, &blue, width / 2, height / 2);
    append(&mut planar, &red, width / 2, height / 2);
    let planar = Mat::new_rows_cols_with_data((height * 3 / 2) as i32, width as i32, &planar)?;
    let mut colour = Mat::default();
    cvt_color_def(&planar, &mut colour, COLOR_YUV2BGR_I420)?;
    let shown_width = f64::from(colour.cols()) * picture.pixel_aspect;
    let scale = (f64::from(STILL_WIDTH) / shown_width).min(1.0);
    let size = Size::new(
        (shown_width * scale).round().max(1.0) as i32,
        (f64::from(colour.rows()) * scale).round().max(1.0) as i32,
    );
    let mut still = Mat::default();
    resize(&colour, &mut still, size, 0.0, 0.0, INTER_AREA)?;
    for region in regions {
        outline(&mut still, region)?;
    }
    let (width, height) = (u16::try_from(still.cols())?, u16::try_from(still.rows())?);
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes, JPEG_QUALITY).encode(still.data_bytes()?, width, height, ColorType::Bgr)?;
    Ok(bytes)
}

/// Why a picture cannot be shown.
#[derive(Debug, thiserror::Error)]
enum NoPicture {
    #[error(transparent)]
    Drawing(#[from] opencv::Error),
    #[error("it is too large: {0}")]
    Size(#[from] std::num::TryFromIntError),
    #[error(transparent)]
    Encoding(#[from] jpeg_encoder::EncodingError),
}

/// A frame around a region, a little outside of it.
fn outline(still: &mut Mat, region: &Region) -> opencv::Result<()> {
    const MARGIN_PX: f32 = 5.0;
    const LINE_PX: i32 = 3;
    let (width, height) = (still.cols() as f32, still.rows() as f32);
    let within = |value: f32, most: f32| value.clamp(0.0, (most - 1.0).max(0.0)) as i32;
    let left = within(region.left * width - MARGIN_PX, width);
    let top = within(region.top * height - MARGIN_PX, height);
    let right = within((region.left + region.width) * width + MARGIN_PX, width);
    let bottom = within((region.top + region.height) * height + MARGIN_PX, height);
    let frame = Rect::new(left, top, (right - left).max(1), (bottom - top).max(1));
    rectangle(still, frame, MARK, LINE_PX, LINE_8, 0)
}

fn append(planar: &mut Vec<u8>, plane: &Plane, width: usize, height: usize) {
    for y in 0..height {
        planar.extend_from_slice(plane.row(y).get(..width).unwrap_or(&[]));
    }
}
