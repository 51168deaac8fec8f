//! Fetches the pictures that findings point to.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jpeg_encoder::{ColorType, Encoder};
use opencv::core::{Mat, MatTraitConst, MatTraitConstManual, MatTraitManual, Rect, Scalar, Size};
use opencv::imgproc::{COLOR_YUV2BGR_I420, INTER_AREA, LINE_8, cvt_color_def, rectangle, resize};

use serde::{Deserialize, Serialize};

use super::blur::blur;
use crate::evidence::Region;
use crate::lang::Prose;
use crate::media::{
    CodingOrder, Event, MediaError, Packet, Pass, Picture, PictureChoice, Pipelines, Plane, SoundChoice,
    StreamKind, Wants,
};
use crate::observe::faces::{Face, FaceError, FaceFinder};
use crate::report::Report;
use crate::time::Pts;

/// Stills are shown, not measured: wide enough to read a burnt-in clock, small enough to embed.
const STILL_WIDTH: i32 = 640;
const JPEG_QUALITY: u8 = 80;
/// Orange, as blue, green and red: it stands out of skin, paper and uniforms.
const MARK: Scalar = Scalar::new(0.0, 140.0, 255.0, 0.0);

/// The nearest picture within this distance stands for a time.
const NEAREST_S: f64 = 0.5;
/// Times of pictures are rounded by less than this, and no camera takes two pictures within twice as long: nearly every
/// time that is wanted is a picture's, and of that nothing around it need be decoded.
const SAME_PICTURE_S: f64 = 0.002;

/// Stills fetched for one report; a clip with hundreds of findings is looked at in a player.
const MAX_STILLS: usize = 24;

const PATIENCE: Duration = Duration::from_secs(30);

/// Why there are no stills.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StillsError {
    #[error(transparent)]
    Media(#[from] MediaError),
    /// Faces are to be blurred and cannot be: no picture is shown rather than one with faces.
    #[error(transparent)]
    Faces(#[from] FaceError),
}

impl StillsError {
    pub fn prose(&self) -> Prose {
        match self {
            Self::Media(error) => error.prose(),
            Self::Faces(error) => {
                let Prose { zh, en } = error.prose();
                Prose::new(
                    format!("{zh}；未遮蔽人脸的画面不予导出（--blur-faces off 可保留人脸）"),
                    format!("{en}; no still is written with faces unless --blur-faces off asks for it"),
                )
            }
        }
    }
}

/// Puts pictures into the report's stills, the faces that `finder` finds blurred in them. Stills whose picture cannot
/// be had are taken out of the findings: a still that is not there proves nothing.
pub fn illustrate(
    report: &mut Report,
    path: &Path,
    pipelines: &Pipelines,
    finder: Option<&FaceFinder>,
) -> Result<(), StillsError> {
    illustrate_with(report, |wanted| pictures_near(path, pipelines, wanted, finder))
}

/// As [`illustrate`], with pictures from elsewhere: for each that is wanted one, where there is one.
pub fn illustrate_with<E>(
    report: &mut Report,
    fetch: impl FnOnce(&[Wanted]) -> Result<Vec<Option<Shown>>, E>,
) -> Result<(), E> {
    let stills = || report.findings.iter().flat_map(|finding| &finding.stills);
    let mut wanted: Vec<Wanted> =
        stills().map(|still| Wanted { at_s: still.at_s, regions: still.regions.clone() }).collect();
    wanted.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    // The same picture is wanted once as it is, and once for each thing that is drawn into it.
    wanted.dedup();
    wanted.truncate(MAX_STILLS);
    let fetched = if wanted.is_empty() { Ok(Vec::new()) } else { fetch(&wanted) };
    let (pictures, outcome) = match fetched {
        Ok(pictures) => (pictures, Ok(())),
        Err(error) => (Vec::new(), Err(error)),
    };
    for finding in &mut report.findings {
        for still in &mut finding.stills {
            let place =
                wanted.iter().position(|wanted| wanted.at_s == still.at_s && wanted.regions == still.regions);
            let shown = place.and_then(|place| pictures.get(place)?.as_ref());
            still.jpeg = shown.map(|shown| Arc::from(shown.jpeg.as_slice()));
            still.faces_blurred = shown.and_then(|shown| shown.faces_blurred);
        }
        finding.stills.retain(|still| still.jpeg.is_some());
    }
    outcome
}

/// A picture and what is drawn into it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    pub at_s: f64,
    /// In shares of the picture.
    pub regions: Vec<Region>,
}

/// A picture as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    pub jpeg: Vec<u8>,
    /// Faces that were found and blurred; `None` where faces are kept.
    pub faces_blurred: Option<u32>,
}

/// A picture nearest so far to a wanted time.
struct Nearest {
    distance_s: f64,
    still: Mat,
}

/// For each time the nearest presented picture.
pub(super) fn pictures_near(
    path: &Path,
    pipelines: &Pipelines,
    wanted: &[Wanted],
    finder: Option<&FaceFinder>,
) -> Result<Vec<Option<Shown>>, StillsError> {
    let index = Index::read(path, pipelines)?;
    let mut nearest: Vec<Option<Nearest>> = wanted.iter().map(|_| None).collect();
    for within_s in [SAME_PICTURE_S, NEAREST_S] {
        index.look(path, pipelines, wanted, within_s, &mut nearest)?;
    }
    let mut shown = Vec::new();
    // One picture is searched for faces once, whatever is drawn into it.
    let mut searched: Option<(f64, Vec<Face>)> = None;
    for (wanted, best) in wanted.iter().zip(nearest) {
        let Some(Nearest { mut still, .. }) = best else {
            shown.push(None);
            continue;
        };
        let mut faces_blurred = None;
        if let Some(finder) = finder {
            let faces = match searched.take().filter(|(at_s, _)| *at_s == wanted.at_s) {
                Some((_, faces)) => faces,
                None => finder.find(&still)?,
            };
            let width = still.cols().max(0) as usize;
            blur(still.data_bytes_mut().map_err(FaceError::from)?, width, &faces);
            faces_blurred = Some(u32::try_from(faces.len()).unwrap_or(u32::MAX));
            searched = Some((wanted.at_s, faces));
        }
        let jpeg = jpeg(&mut still, &wanted.regions).ok();
        shown.push(jpeg.map(|jpeg| Shown { jpeg, faces_blurred }));
    }
    Ok(shown)
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

    /// Looks for the pictures that were not found yet, this far from their times. A damaged end does not take away the
    /// pictures before it.
    fn look(
        &self,
        path: &Path,
        pipelines: &Pipelines,
        wanted: &[Wanted],
        within_s: f64,
        nearest: &mut [Option<Nearest>],
    ) -> Result<(), MediaError> {
        let missing: Vec<usize> = (0..wanted.len()).filter(|&place| nearest[place].is_none()).collect();
        let Some(last_s) = missing.iter().map(|&place| wanted[place].at_s).reduce(f64::max) else {
            return Ok(());
        };
        let stretches = missing.iter().map(|&place| self.stretch(wanted[place].at_s, within_s)).collect();
        let order = CodingOrder { key_frames: self.key_frames.clone(), ahead_ns: CodingOrder::MOST_AHEAD_NS };
        let pictures = PictureChoice::Within { stretches, order };
        let wants = Wants { packets: false, pictures, sound: SoundChoice::None, patience: PATIENCE };
        let mut pass = Pass::open(path, wants, pipelines)?;
        while let Ok(Some(event)) = pass.next() {
            let Event::Picture(picture) = event else { continue };
            let at_s = picture.pts.seconds(self.origin);
            for &place in &missing {
                let distance_s = (at_s - wanted[place].at_s).abs();
                let closer = nearest[place].as_ref().is_none_or(|best| distance_s < best.distance_s);
                if distance_s <= within_s && closer {
                    nearest[place] = scaled(&picture).ok().map(|still| Nearest { distance_s, still });
                }
            }
            let exact = |place: &usize| {
                nearest[*place].as_ref().is_some_and(|best| best.distance_s <= SAME_PICTURE_S)
            };
            if at_s >= last_s + within_s || missing.iter().all(exact) {
                break;
            }
        }
        Ok(())
    }

    /// What is decoded around a time: where a key frame stands there, that alone.
    fn stretch(&self, at_s: f64, within_s: f64) -> (Pts, Pts) {
        let at = |seconds: f64| {
            self.origin.checked_add(Pts::from_seconds(seconds).nanoseconds()).unwrap_or(self.origin)
        };
        let (start, end) = (at(at_s - within_s), at(at_s + within_s));
        let key = self.key_frames.get(self.key_frames.partition_point(|&key| key < start));
        match key.filter(|&&key| within_s <= SAME_PICTURE_S && key <= end) {
            Some(&key) => (key, key),
            None => (start, end),
        }
    }
}

/// The picture in BGR, at most [`STILL_WIDTH`] wide, with square pixels.
fn scaled(picture: &Picture) -> opencv::Result<Mat> {
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
    Ok(still)
}

/// The still as a JPEG, with frames around the regions.
fn jpeg(still: &mut Mat, regions: &[Region]) -> Result<Vec<u8>, NoPicture> {
    for region in regions {
        outline(still, region)?;
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
