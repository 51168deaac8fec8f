//! One look at a picture: its lines of text and how they stand together.

use opencv::core::{
    Mat, MatTraitConst, MatTraitConstManual, ROTATE_90_COUNTERCLOCKWISE, Size, mean_std_dev, rotate,
};
use opencv::imgproc::{COLOR_YUV2BGR_I420, INTER_AREA, cvt_color_def, resize};

use crate::evidence::Region;
use crate::media::Picture;
use crate::observe::reduced::area_means;
use crate::observe::text::{LineImage, TextBox, TextError, TextReader, grey_of, window};

/// Width at which text is searched for, in pixels: the writing on a card of a quarter of the picture's width is
/// found, that on one of a fifth hardly. At 320 pixels, a third of the cost, it must be twice as large.
const CLOSE_WIDTH_PX: i32 = 512;
const COARSE_WIDTH_PX: i32 = 320;

/// What is held up to a camera is held before its middle: this share of width and height.
const MIDDLE: f32 = 0.75;

/// A picture with less contrast than this (standard deviation of luma, 0–255) shows nothing that could be read.
const MIN_DEVIATION: f64 = 6.0;

/// Pictures that differ by less than this in every part (mean luma of a part, 0–255) are the same.
const SAME_PART: f64 = 2.5;
const PARTS: Size = Size { width: 32, height: 18 };

/// Lower lines cannot be read (pixels of the picture).
const MIN_HEIGHT_PX: f32 = 9.0;

/// Lines stand together when they are this many line heights apart, or nearer …
const NEAR_BELOW: f32 = 2.4;
const NEAR_BESIDE: f32 = 2.0;
/// … and came to their places within this time of each other: what is held up before a wall is none of the wall's writing. Two
/// looks and more, for of what is held up a line may be found one look later than the others.
const CAME_TOGETHER_S: f64 = 2.2;

/// Whether a place, in shares of width and height, lies in what [`Look::Middle`] searches.
pub fn in_middle(x: f32, y: f32) -> bool {
    (x - 0.5).abs() <= MIDDLE / 2.0 && (y - 0.5).abs() <= MIDDLE / 2.0
}

/// How much of a picture is searched, and how finely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The middle, for small writing.
    Middle,
    /// All of it, for small writing.
    Whole,
    /// All of it, for large writing only.
    Coarse,
}

/// A line of text that was found, as shares of the picture's width (all of them, so that directions keep).
#[derive(Debug, Clone)]
pub struct Found {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
    /// Of its letters, in picture pixels.
    pub height_px: f32,
    /// It runs down the picture, and its image lies on its side, its top to the left.
    pub runs_down: bool,
    /// Since when it has stood in its place.
    pub since_s: f64,
    pub image: LineImage,
}

/// Lines that stand together.
#[derive(Debug, Clone)]
pub struct Group {
    pub lines: Vec<Found>,
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Group {
    pub fn size(&self) -> f32 {
        (self.right - self.left).hypot(self.bottom - self.top)
    }

    pub fn middle(&self) -> (f32, f32) {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }

    /// Whether a line of it stood in its place before `at_s`, when it is seen.
    pub fn stood(&self, at_s: f64) -> bool {
        self.lines.iter().any(|line| line.since_s < at_s)
    }

    /// In shares of width and height; `aspect` is the picture's height over its width.
    pub fn region(&self, aspect: f32) -> Region {
        Region {
            left: self.left.max(0.0),
            top: (self.top / aspect).max(0.0),
            width: (self.right - self.left).min(1.0),
            height: ((self.bottom - self.top) / aspect).min(1.0),
        }
    }

    /// How well it can be read: the height of its lines counts, and how many there are.
    pub fn legibility(&self) -> f32 {
        let heights: f32 = self.lines.iter().map(|line| line.height_px).sum();
        heights / (self.lines.len().max(1) as f32).sqrt()
    }
}

/// A picture at reduced size.
pub struct Reduced {
    bgr: Mat,
    /// The picture's own width over that of `bgr`.
    factor: f32,
    /// Means of its parts.
    parts: Vec<u8>,
    flat: bool,
}

impl Reduced {
    pub fn of(picture: &Picture, look: Look) -> Result<Self, TextError> {
        let target = if look == Look::Coarse { COARSE_WIDTH_PX } else { CLOSE_WIDTH_PX };
        let even = |length: f32| ((length / 2.0).round().max(1.0) * 2.0) as i32;
        let luma = picture.luma();
        let width = target.min(luma.width as i32).max(2) & !1;
        let factor = luma.width as f32 / width as f32;
        let size = Size::new(width, even(luma.height as f32 / factor));
        let half = Size::new(size.width / 2, size.height / 2);
        let (blue, red) = picture.chroma();
        let mut bytes = Vec::with_capacity((size.area() * 3 / 2).max(0) as usize);
        for (plane, size) in [(luma, size), (blue, half), (red, half)] {
            bytes.extend(area_means(&plane, size.width as usize, size.height as usize));
        }
        let grey = &bytes[..(size.area() as usize).min(bytes.len())];
        let grey = Mat::new_rows_cols_with_data(size.height, size.width, grey)?;
        let (mut mean, mut deviation, mut parts) = (Mat::default(), Mat::default(), Mat::default());
        mean_std_dev(&grey, &mut mean, &mut deviation, &Mat::default())?;
        resize(&grey, &mut parts, PARTS, 0.0, 0.0, INTER_AREA)?;
        let planar = Mat::new_rows_cols_with_data(size.height * 3 / 2, size.width, &bytes)?;
        let mut bgr = Mat::default();
        cvt_color_def(&planar, &mut bgr, COLOR_YUV2BGR_I420)?;
        let flat = *deviation.at::<f64>(0)? < MIN_DEVIATION;
        Ok(Self { bgr, factor, parts: parts.data_bytes()?.to_vec(), flat })
    }

    /// All of the picture, 8-bit.
    pub fn bgr(&self) -> &Mat {
        &self.bgr
    }

    /// Whether nothing moved between two pictures.
    pub fn is_same(&self, other: &Self) -> bool {
        self.bgr.cols() == other.bgr.cols()
            && self.parts.len() == other.parts.len()
            && self.parts.iter().zip(&other.parts).all(|(a, b)| f64::from(a.abs_diff(*b)) < SAME_PART)
    }

    /// Places of text, in pixels of the picture.
    fn boxes(&self, look: Look, reader: &TextReader) -> Result<Vec<TextBox>, TextError> {
        if self.flat {
            return Ok(Vec::new());
        }
        let (width, height) = (self.bgr.cols(), self.bgr.rows());
        let cut =
            |length: i32| ((length as f32 * (1.0 - MIDDLE) / 2.0) as i32, (length as f32 * MIDDLE) as i32);
        let ((left, columns), (top, rows)) = match look {
            Look::Middle => (cut(width), cut(height)),
            _ => ((0, width), (0, height)),
        };
        let part = Mat::roi(&self.bgr, opencv::core::Rect::new(left, top, columns, rows))?.try_clone()?;
        let found = reader.detect(&part, 1.0)?.into_iter().map(|text| TextBox {
            centre_x: (text.centre_x + left as f32) * self.factor,
            centre_y: (text.centre_y + top as f32) * self.factor,
            width: text.width * self.factor,
            height: text.height * self.factor,
            ..text
        });
        Ok(found.collect())
    }
}

/// The lines of a picture that is presented `at_s`, cut out of it.
pub fn glance(
    at_s: f64,
    picture: &Picture,
    reduced: &Reduced,
    look: Look,
    reader: &TextReader,
) -> Result<Vec<Found>, TextError> {
    let luma = picture.luma();
    let mut lines = Vec::new();
    for text in reduced.boxes(look, reader)? {
        if text.height < MIN_HEIGHT_PX && text.width < MIN_HEIGHT_PX {
            continue;
        }
        let (left, top, right, bottom) = text.bounds();
        let corner = |value: f32| value.max(0.0) as usize;
        let part =
            window(luma, corner(left - 2.0), corner(top - 2.0), corner(right + 3.0), corner(bottom + 3.0));
        if part.width < 2 || part.height < 2 {
            continue;
        }
        let shifted = TextBox {
            centre_x: text.centre_x - corner(left - 2.0) as f32,
            centre_y: text.centre_y - corner(top - 2.0) as f32,
            ..text
        };
        let cut = shifted.cut(&grey_of(part)?)?;
        let runs_down = text.runs_down();
        let image = match runs_down {
            true => {
                let mut lying = Mat::default();
                rotate(&cut, &mut lying, ROTATE_90_COUNTERCLOCKWISE)?;
                LineImage::new(&lying)?
            }
            false => LineImage::new(&cut)?,
        };
        let scale = 1.0 / luma.width.max(1) as f32;
        lines.push(Found {
            left: left * scale,
            top: top * scale,
            right: right * scale,
            bottom: bottom * scale,
            height_px: if runs_down { text.width } else { text.height },
            runs_down,
            since_s: at_s,
            image,
        });
    }
    Ok(lines)
}

/// Puts lines together that stand near each other and came together. `width_px`: of their picture.
pub fn grouped(lines: Vec<Found>, width_px: f32) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for line in lines {
        let height = line.height_px / width_px;
        let near = |other: &Found| {
            let height = height.max(other.height_px / width_px);
            let apart_x = (other.left - line.right).max(line.left - other.right);
            let apart_y = (other.top - line.bottom).max(line.top - other.bottom);
            let near = apart_x <= NEAR_BESIDE * height && apart_y <= NEAR_BELOW * height;
            near && (other.since_s - line.since_s).abs() <= CAME_TOGETHER_S
        };
        let (mut joined, rest): (Vec<Group>, Vec<Group>) =
            groups.into_iter().partition(|group| group.lines.iter().any(near));
        groups = rest;
        let mut own = Group {
            left: line.left,
            top: line.top,
            right: line.right,
            bottom: line.bottom,
            lines: vec![line],
        };
        for mut group in joined.drain(..) {
            own.lines.append(&mut group.lines);
            own.left = own.left.min(group.left);
            own.top = own.top.min(group.top);
            own.right = own.right.max(group.right);
            own.bottom = own.bottom.max(group.bottom);
        }
        groups.push(own);
    }
    groups
}
