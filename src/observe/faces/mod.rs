//! Where faces are in a picture, so that they can be made unrecognisable. Nobody is recognised: nothing is told of a
//! face but its place. YuNet (Wu, Peng, Yu, "YuNet: A Tiny Millisecond-level Face Detector", 2023).

mod decode;

use std::collections::HashMap;

use opencv::core::{
    Mat, MatTraitConst, MatTraitConstManual, ROTATE_90_CLOCKWISE, ROTATE_90_COUNTERCLOCKWISE, ROTATE_180,
    Size, rotate,
};
use opencv::imgproc;
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use decode::{Level, STRIDES, best, found_in};

use super::model_use;
use super::network::{Network, OneThread};
use crate::evidence::ModelUse;
use crate::lang::Prose;
use crate::models::{Model, ModelError, ModelStore, Role};

/// The network halves its input five times.
const SIDE_MULTIPLE: usize = 32;

/// Upright, a picture is looked at enlarged so much: faces of 7 to 10 pixels are found so, and large ones no worse.
const ENLARGED: f32 = 2.0;

/// Score from which a place is a face. Measured on labelled group pictures (docs/accuracy.md): at 0.7 the smallest are
/// missed, at 0.5 textures are taken for faces.
const UPRIGHT_THRESHOLD: f32 = 0.6;

/// The same of a picture that was turned, in which there are three times as many places to be wrong.
const TURNED_THRESHOLD: f32 = 0.7;

/// How a picture was held is told at this width, by a face of such a score in it, by so much surer than as it is turned
/// otherwise: of two filmed scenes in all four ways the right one had 0.92 to 0.95, the others 0.89 at most, never nearer
/// than 0.028.
const BEARING_WIDTH_PX: i32 = 320;
const SURE_THRESHOLD: f32 = 0.8;
const SURE_MARGIN: f32 = 0.02;

/// Cameras are worn upside down and on their side: their people are looked for as well.
const TURNS: [i32; 3] = [ROTATE_90_CLOCKWISE, ROTATE_180, ROTATE_90_COUNTERCLOCKWISE];

/// A face's place, in pixels of its picture; it may reach beyond the picture's edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
    /// 0 to 1.
    pub score: f32,
}

/// How the people of a picture stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearing {
    Upright,
    OnTheirSide,
    UpsideDown,
}

/// Why faces could not be looked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FaceError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("face model '{name}' cannot be used: {detail}")]
    Unusable { name: String, detail: String },
    #[error("a picture cannot be searched for faces: {0}")]
    Picture(#[from] opencv::Error),
}

impl FaceError {
    pub fn prose(&self) -> Prose {
        Prose::new(format!("无法查找人脸：{self}"), format!("faces cannot be found: {self}"))
    }
}

/// Finds faces. Runs on one thread, so that the same picture gives the same answer.
pub struct FaceFinder {
    network: Network,
    installed: Model,
    thread: OneThread,
}

impl FaceFinder {
    pub fn load(store: &ModelStore) -> Result<Self, FaceError> {
        let installed = store.installed(Role::FaceDetection)?;
        let network = Network::load(&installed.path).map_err(|error| unusable(&installed, error))?;
        Ok(Self { network, installed, thread: OneThread::default() })
    }

    /// The model that finds.
    pub fn model(&self) -> ModelUse {
        model_use(&self.installed)
    }

    /// The faces in a picture of 8-bit BGR, upright, lying and upside down, the surest first.
    pub fn find(&self, picture: &Mat) -> Result<Vec<Face>, FaceError> {
        if picture.cols() < 1 || picture.rows() < 1 {
            return Ok(Vec::new());
        }
        let (width, height) = (picture.cols() as f32, picture.rows() as f32);
        let mut enlarged = Mat::default();
        let size = Size::new((width * ENLARGED) as i32, (height * ENLARGED) as i32);
        imgproc::resize(picture, &mut enlarged, size, 0.0, 0.0, imgproc::INTER_LINEAR)?;
        let mut faces: Vec<Face> = self.look(&enlarged, UPRIGHT_THRESHOLD)?;
        faces.iter_mut().for_each(|face| *face = face.scaled(1.0 / ENLARGED));
        for turn in TURNS {
            let mut turned = Mat::default();
            rotate(picture, &mut turned, turn)?;
            let found = self.look(&turned, TURNED_THRESHOLD)?;
            faces.extend(found.iter().map(|face| face.turned_back(turn, width, height)));
        }
        Ok(best(faces))
    }

    /// How the surest face of a picture of 8-bit BGR stands in it; `None` where there is none that is sure, or not this way
    /// rather than another. Blind to small ones, and cheap: four looks of some 7 ms.
    pub fn bearing(&self, picture: &Mat) -> Result<Option<Bearing>, FaceError> {
        if picture.cols() < 1 || picture.rows() < 1 {
            return Ok(None);
        }
        let mut small = Mat::default();
        let size = Size::new(BEARING_WIDTH_PX, (picture.rows() * BEARING_WIDTH_PX / picture.cols()).max(1));
        imgproc::resize(picture, &mut small, size, 0.0, 0.0, imgproc::INTER_AREA)?;
        let surest = |picture: &Mat| -> Result<f32, FaceError> {
            let faces = self.look(picture, UPRIGHT_THRESHOLD)?;
            Ok(faces.iter().map(|face| face.score).fold(0.0, f32::max))
        };
        let mut scores = vec![(surest(&small)?, Bearing::Upright)];
        for turn in TURNS {
            let mut turned = Mat::default();
            rotate(&small, &mut turned, turn)?;
            let bearing = if turn == ROTATE_180 { Bearing::UpsideDown } else { Bearing::OnTheirSide };
            scores.push((surest(&turned)?, bearing));
        }
        scores.sort_by(|a, b| b.0.total_cmp(&a.0));
        tracing::debug!(?scores, "the surest face, as the picture is turned");
        let sure = scores[0].0 >= SURE_THRESHOLD && scores[0].0 - scores[1].0 >= SURE_MARGIN;
        Ok(sure.then_some(scores[0].1))
    }

    fn look(&self, picture: &Mat, threshold: f32) -> Result<Vec<Face>, FaceError> {
        let unusable = |error: &dyn std::fmt::Display| unusable(&self.installed, error);
        let input = planes(picture)?;
        let [_, _, rows, columns] = input.shape();
        let values = self.network.run_all::<3>(input, &self.thread).map_err(|error| unusable(&error))?;
        let values: HashMap<&str, Vec<f32>> =
            values.iter().map(|(name, tensor)| (name.as_str(), tensor.to_vec())).collect();
        let mut faces = Vec::new();
        for stride in STRIDES {
            let map = |kind: &str| {
                let map = values.get(format!("{kind}_{stride}").as_str());
                map.map(Vec::as_slice).ok_or_else(|| unusable(&format!("it has no {kind}_{stride}")))
            };
            let level = Level {
                stride,
                columns: columns / stride,
                faces: map("cls")?,
                objects: map("obj")?,
                boxes: map("bbox")?,
            };
            if level.cells() != Some(rows / stride * (columns / stride)) {
                return Err(unusable(&format!("its maps of stride {stride} have another size")));
            }
            faces.extend(found_in(&level, threshold));
        }
        Ok(best(faces))
    }
}

impl Face {
    fn scaled(self, scale: f32) -> Self {
        Self {
            left: self.left * scale,
            top: self.top * scale,
            width: self.width * scale,
            height: self.height * scale,
            score: self.score,
        }
    }

    /// Its place in a picture of that size, which was turned before it was found.
    fn turned_back(self, turn: i32, width: f32, height: f32) -> Self {
        let lying = Self { width: self.height, height: self.width, ..self };
        match turn {
            ROTATE_90_CLOCKWISE => Self { left: self.top, top: height - (self.left + self.width), ..lying },
            ROTATE_90_COUNTERCLOCKWISE => {
                Self { left: width - (self.top + self.height), top: self.left, ..lying }
            }
            _ => Self {
                left: width - (self.left + self.width),
                top: height - (self.top + self.height),
                ..self
            },
        }
    }
}

fn unusable(model: &Model, error: impl std::fmt::Display) -> FaceError {
    FaceError::Unusable { name: model.name.clone(), detail: error.to_string() }
}

/// The pixels as the network wants them: three planes in the order of BGR, 0 to 255, black to the right and below up to
/// a multiple of its stride.
fn planes(picture: &Mat) -> Result<NdTensor<f32, 4>, FaceError> {
    let (rows, columns) = (picture.rows() as usize, picture.cols() as usize);
    let (height, width) = (rows.next_multiple_of(SIDE_MULTIPLE), columns.next_multiple_of(SIDE_MULTIPLE));
    let continuous = picture.try_clone()?;
    let bytes = continuous.data_bytes()?;
    let mut values = vec![0.0; 3 * height * width];
    for (channel, plane) in values.chunks_exact_mut(height * width).enumerate() {
        for (line, pixels) in plane.chunks_exact_mut(width).zip(bytes.chunks_exact(columns * 3)) {
            for (value, pixel) in line.iter_mut().zip(pixels.chunks_exact(3)) {
                *value = f32::from(pixel[channel]);
            }
        }
    }
    Ok(NdTensor::from_data([1, 3, height, width], values))
}
