//! From a decoded picture's planes to what the models are fed with.

use opencv::core::{Mat, MatTraitConst};
use opencv::imgproc;

use super::TextError;
use crate::media::Plane;

/// The part of a plane between two corners.
pub fn window(plane: Plane<'_>, left: usize, top: usize, right: usize, bottom: usize) -> Plane<'_> {
    let (right, bottom) = (right.min(plane.width), bottom.min(plane.height));
    let (left, top) = (left.min(right), top.min(bottom));
    let start = (top * plane.stride + left).min(plane.data.len());
    Plane { data: &plane.data[start..], stride: plane.stride, width: right - left, height: bottom - top }
}

/// A grey picture of a luma plane as video codes it (16 black, 235 white).
pub fn grey_of(luma: Plane<'_>) -> Result<Mat, TextError> {
    let shades: [u8; 256] =
        std::array::from_fn(|coded| ((coded as f32 - 16.0) * (255.0 / 219.0)).round() as u8);
    let mut pixels: Vec<u8> = Vec::with_capacity(luma.width * luma.height);
    for y in 0..luma.height {
        pixels.extend(luma.row(y).iter().map(|&coded| shades[usize::from(coded)]));
    }
    let rows = pixels.len() / luma.width.max(1);
    Ok(Mat::new_rows_cols_with_data(rows as i32, luma.width as i32, &pixels)?.try_clone()?)
}

/// A BGR picture of the rows from `top` to `bottom`; both are taken down to even numbers, and so is
/// the width, for two rows and columns share their colour.
pub fn bgr_of(
    luma: Plane<'_>,
    chroma: (Plane<'_>, Plane<'_>),
    top: usize,
    bottom: usize,
) -> Result<Mat, TextError> {
    let even = |length: usize| length & !1;
    let (width, top, bottom) = (even(luma.width), even(top), even(bottom.min(luma.height)));
    let luma = window(luma, 0, top, width, bottom);
    let half = |plane| window(plane, 0, top / 2, width / 2, bottom / 2);
    let (blue, red) = (half(chroma.0), half(chroma.1));
    let mut planes: Vec<u8> = Vec::with_capacity(luma.width * luma.height * 3 / 2);
    for plane in [luma, blue, red] {
        (0..plane.height).for_each(|y| planes.extend_from_slice(plane.row(y)));
    }
    let rows = luma.height * 3 / 2;
    let packed = Mat::new_rows_cols_with_data(rows as i32, width as i32, &planes)?;
    let mut bgr = Mat::default();
    imgproc::cvt_color_def(&packed, &mut bgr, imgproc::COLOR_YUV2BGR_I420)?;
    Ok(bgr)
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencv::core::{MatTraitConstManual, Vec3b};

    #[test]
    fn windows_stay_inside_the_plane() {
        let data: Vec<u8> = (0..12).collect();
        let plane = Plane { data: &data, stride: 4, width: 3, height: 3 };
        let part = window(plane, 1, 1, 9, 9);
        assert_eq!((part.width, part.height, part.row(0), part.row(1)), (2, 2, &[5, 6][..], &[9, 10][..]));
        assert_eq!(window(plane, 5, 5, 9, 9).row(0), &[] as &[u8]);
    }

    #[test]
    fn grey_uses_the_whole_range() {
        let data = [0, 16, 235, 255];
        let grey = grey_of(Plane { data: &data, stride: 4, width: 4, height: 1 }).unwrap();
        assert_eq!(grey.data_bytes().unwrap(), [0, 0, 255, 255]);
    }

    #[test]
    fn colour_comes_from_the_right_rows() {
        // Four rows, the lower two red; an odd width loses its last column.
        let luma: Vec<u8> = [[16; 5], [16; 5], [81; 5], [81; 5]].concat();
        let (blue, red) = ([128, 128, 128, 90, 90, 90], [128, 128, 128, 240, 240, 240]);
        let plane = |data, stride, width, height| Plane { data, stride, width, height };
        let chroma = (plane(&blue[..], 3, 3, 2), plane(&red[..], 3, 3, 2));
        let bgr = bgr_of(plane(&luma, 5, 5, 4), chroma, 3, 4).unwrap();
        assert_eq!((bgr.cols(), bgr.rows()), (4, 2));
        let Vec3b { 0: [blue, green, red] } = *bgr.at_2d::<Vec3b>(0, 0).unwrap();
        assert!(red > 240 && green < 20 && blue < 20, "{red} {green} {blue}");
    }
}
