//! Where text stands: the network's map of text likelihood, turned into boxes as in "Real-time
//! Scene Text Detection with Differentiable Binarization" (Liao et al., 2020).

use opencv::core::{CV_8UC1, Mat, MatTraitConst, Point, Point2f, Scalar, Size, Vector};
use opencv::imgproc;
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use super::{TextError, normalised};

/// The network halves its input five times.
const SIDE_MULTIPLE: usize = 32;

/// Likelihood from which a pixel belongs to text; PP-OCR's own setting.
const PIXEL_THRESHOLD: f32 = 0.3;

/// Mean likelihood from which a box counts; PP-OCR's own setting.
const BOX_THRESHOLD: f32 = 0.6;

/// The network is trained on shrunken boxes; they grow back by area × this / perimeter on each
/// side (PP-OCR's own setting is 1.5 to 1.6).
const UNCLIP_RATIO: f32 = 1.6;

/// Height over width from which a box runs down.
const RUNS_DOWN: f32 = 1.5;

/// Shorter sides, in pixels of the network's input, are specks.
const MIN_SIDE_PX: f32 = 3.0;

/// A text line's place: a rectangle turned by `angle_deg` about its centre, in picture pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextBox {
    pub centre_x: f32,
    pub centre_y: f32,
    /// Along the line of writing.
    pub width: f32,
    pub height: f32,
    /// Clockwise, from -45 (not included) to 45 degrees.
    pub angle_deg: f32,
    /// Mean likelihood of text in it, 0 to 1.
    pub score: f32,
}

impl TextBox {
    /// The upright rectangle around it: left, top, right, bottom.
    pub fn bounds(&self) -> (f32, f32, f32, f32) {
        let (sine, cosine) = self.angle_deg.to_radians().sin_cos();
        let half_width = (self.width * cosine.abs() + self.height * sine.abs()) / 2.0;
        let half_height = (self.width * sine.abs() + self.height * cosine.abs()) / 2.0;
        (
            self.centre_x - half_width,
            self.centre_y - half_height,
            self.centre_x + half_width,
            self.centre_y + half_height,
        )
    }

    /// Whether it runs down the picture: a line of symbols one below the other, or one that lies on its side. Scraps of a
    /// symbol or two are narrow as well (PaddleOCR turns what is half as high again as wide).
    pub fn runs_down(&self) -> bool {
        self.height >= RUNS_DOWN * self.width
    }

    /// The line cut out of its picture and turned upright.
    pub fn cut(&self, picture: &Mat) -> Result<Mat, TextError> {
        let (sine, cosine) = self.angle_deg.to_radians().sin_cos();
        let (half_width, half_height) = (self.width / 2.0, self.height / 2.0);
        // From the cut's pixels to the picture's.
        let matrix = [
            [cosine, -sine, self.centre_x - cosine * half_width + sine * half_height],
            [sine, cosine, self.centre_y - sine * half_width - cosine * half_height],
        ];
        let size = Size::new(self.width.round().max(1.0) as i32, self.height.round().max(1.0) as i32);
        let mut cut = Mat::default();
        imgproc::warp_affine(
            picture,
            &mut cut,
            &Mat::from_slice_2d(&matrix)?,
            size,
            imgproc::INTER_LINEAR | imgproc::WARP_INVERSE_MAP,
            opencv::core::BORDER_REPLICATE,
            Scalar::default(),
        )?;
        Ok(cut)
    }
}

pub(super) fn detect(
    picture: &Mat,
    scale: f32,
    run: impl FnOnce(NdTensor<f32, 4>) -> Result<NdTensor<f32, 4>, TextError>,
) -> Result<Vec<TextBox>, TextError> {
    let (width, height) = (picture.cols() as f32, picture.rows() as f32);
    if width < 1.0 || height < 1.0 {
        return Ok(Vec::new());
    }
    let (input_width, input_height) = (whole_multiple(width * scale), whole_multiple(height * scale));
    let mut input = Mat::default();
    let size = Size::new(input_width as i32, input_height as i32);
    imgproc::resize(picture, &mut input, size, 0.0, 0.0, imgproc::INTER_LINEAR)?;
    let likelihood = run(normalised(&input, input_width)?)?;
    let (scale_x, scale_y) = (width / input_width as f32, height / input_height as f32);
    boxes(&likelihood, scale_x, scale_y)
}

fn whole_multiple(length: f32) -> usize {
    ((length / SIDE_MULTIPLE as f32).round() as usize).max(1) * SIDE_MULTIPLE
}

fn boxes(likelihood: &NdTensor<f32, 4>, scale_x: f32, scale_y: f32) -> Result<Vec<TextBox>, TextError> {
    let [_, _, rows, columns] = likelihood.shape();
    let likelihood = likelihood.slice((0, 0));
    let mut mask = Mat::new_rows_cols_with_default(rows as i32, columns as i32, CV_8UC1, Scalar::all(0.0))?;
    for (pixel, &value) in
        opencv::core::MatTraitManual::data_bytes_mut(&mut mask)?.iter_mut().zip(likelihood.iter())
    {
        *pixel = u8::from(value > PIXEL_THRESHOLD);
    }
    let mut contours = Vector::<Vector<Point>>::new();
    imgproc::find_contours_def(&mask, &mut contours, imgproc::RETR_EXTERNAL, imgproc::CHAIN_APPROX_SIMPLE)?;
    let mut found = Vec::new();
    for contour in contours {
        let rectangle = imgproc::min_area_rect(&contour)?;
        let Point2f { x: centre_x, y: centre_y } = rectangle.center;
        let (mut width, mut height, mut angle_deg) =
            (rectangle.size.width, rectangle.size.height, rectangle.angle);
        while angle_deg > 45.0 {
            (width, height, angle_deg) = (height, width, angle_deg - 90.0);
        }
        if width.min(height) < MIN_SIDE_PX {
            continue;
        }
        let shrunken = TextBox { centre_x, centre_y, width, height, angle_deg, score: 0.0 };
        let score = mean_within(&likelihood, &shrunken);
        if score < BOX_THRESHOLD {
            continue;
        }
        let growth = 2.0 * width * height * UNCLIP_RATIO / (2.0 * (width + height));
        found.push(TextBox {
            // Pixels count from their middle, rectangles from their edge.
            centre_x: (centre_x + 0.5) * scale_x,
            centre_y: (centre_y + 0.5) * scale_y,
            width: (width + growth) * scale_x,
            height: (height + growth) * scale_y,
            angle_deg,
            score,
        });
    }
    found.sort_by(|a, b| a.centre_y.total_cmp(&b.centre_y).then(a.centre_x.total_cmp(&b.centre_x)));
    Ok(found)
}

fn mean_within(likelihood: &rten_tensor::NdTensorView<f32, 2>, area: &TextBox) -> f32 {
    let [rows, columns] = likelihood.shape();
    let (left, top, right, bottom) = area.bounds();
    let (sine, cosine) = area.angle_deg.to_radians().sin_cos();
    let (mut sum, mut count) = (0.0, 0u32);
    for y in top.max(0.0) as usize..=(bottom.max(0.0) as usize).min(rows - 1) {
        for x in left.max(0.0) as usize..=(right.max(0.0) as usize).min(columns - 1) {
            let (dx, dy) = (x as f32 - area.centre_x, y as f32 - area.centre_y);
            let along = dx * cosine + dy * sine;
            let across = dy * cosine - dx * sine;
            if along.abs() <= area.width / 2.0 && across.abs() <= area.height / 2.0 {
                sum += likelihood[[y, x]];
                count += 1;
            }
        }
    }
    if count == 0 { 0.0 } else { sum / count as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(rows: usize, columns: usize, lit: impl Fn(usize, usize) -> f32) -> NdTensor<f32, 4> {
        NdTensor::from_fn([1, 1, rows, columns], |[_, _, y, x]| lit(y, x))
    }

    #[test]
    fn a_lit_bar_becomes_one_grown_box() {
        let bar =
            map(64, 128, |y, x| if (20..30).contains(&y) && (10..110).contains(&x) { 0.9 } else { 0.0 });
        let found = boxes(&bar, 2.0, 2.0).unwrap();
        assert_eq!(found.len(), 1);
        let text = found[0];
        assert!((text.centre_x - 120.0).abs() < 1.5 && (text.centre_y - 50.0).abs() < 1.5, "{text:?}");
        assert!(text.height > 30.0 && text.height < 60.0 && text.width > 200.0, "{text:?}");
        assert_eq!(text.angle_deg, 0.0);
        assert!(text.score > 0.85);
    }

    #[test]
    fn faint_and_tiny_marks_are_dropped() {
        let faint = map(64, 64, |y, x| if y / 10 == 2 && x > 10 { 0.4 } else { 0.0 });
        assert_eq!(boxes(&faint, 1.0, 1.0).unwrap(), Vec::new());
        let speck = map(64, 64, |y, x| if y == 5 && x == 5 { 1.0 } else { 0.0 });
        assert_eq!(boxes(&speck, 1.0, 1.0).unwrap(), Vec::new());
    }

    #[test]
    fn a_turned_box_is_cut_upright() {
        let text = TextBox {
            centre_x: 50.0,
            centre_y: 40.0,
            width: 40.0,
            height: 10.0,
            angle_deg: 90.0,
            score: 1.0,
        };
        assert_eq!(text.bounds().0.round(), 45.0);
        let picture = Mat::new_rows_cols_with_default(80, 100, CV_8UC1, Scalar::all(7.0)).unwrap();
        let cut = text.cut(&picture).unwrap();
        assert_eq!((cut.cols(), cut.rows()), (40, 10));
    }
}
