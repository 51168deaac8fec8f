//! One decoded picture, upright, as the decoder left it in memory.

use std::borrow::Cow;

use gstreamer_video as gst_video;
use gstreamer_video::prelude::*;

use crate::time::Pts;

/// A decoded picture in planar 4:2:0 (I420), already turned upright.
pub struct Picture {
    pub pts: Pts,
    /// Width of a pixel over its height.
    pub pixel_aspect: f64,
    pub(super) frame: gst_video::VideoFrame<gst_video::video_frame::Readable>,
}

/// One plane's bytes, row by row.
#[derive(Clone, Copy)]
pub struct Plane<'a> {
    pub data: &'a [u8],
    /// Bytes from one row to the next, at least `width`.
    pub stride: usize,
    pub width: usize,
    pub height: usize,
}

impl Picture {
    pub fn width(&self) -> usize {
        self.frame.width() as usize
    }

    pub fn height(&self) -> usize {
        self.frame.height() as usize
    }

    /// The same picture once more, to be kept while this one goes; no pixel is copied. `None` where it cannot be read
    /// again.
    pub fn kept(&self) -> Option<Self> {
        let buffer = self.frame.buffer().copy();
        let frame = gst_video::VideoFrame::from_buffer_readable(buffer, self.frame.info()).ok()?;
        Some(Self { pts: self.pts, pixel_aspect: self.pixel_aspect, frame })
    }

    /// Luma: full size, nominal range 16–235 as coded.
    pub fn luma(&self) -> Plane<'_> {
        self.plane(0)
    }

    /// The two colour difference planes (Cb, Cr), half size each way, centred on 128.
    pub fn chroma(&self) -> (Plane<'_>, Plane<'_>) {
        (self.plane(1), self.plane(2))
    }

    fn plane(&self, index: u32) -> Plane<'_> {
        let (width, height) = match index {
            0 => (self.width(), self.height()),
            _ => (self.width().div_ceil(2), self.height().div_ceil(2)),
        };
        Plane {
            // The caps after the converter fix I420, which has three planes.
            data: self.frame.plane_data(index).unwrap_or(&[]),
            stride: self.frame.plane_stride()[index as usize].unsigned_abs() as usize,
            width,
            height,
        }
    }
}

impl<'a> Plane<'a> {
    /// Row `y` without its padding; empty past the end.
    pub fn row(&self, y: usize) -> &[u8] {
        let start = y * self.stride;
        self.data.get(start..start + self.width).unwrap_or(&[])
    }

    /// All rows without padding, borrowed where there is none.
    pub fn packed(&self) -> Cow<'a, [u8]> {
        match self.data.get(..self.width * self.height) {
            Some(data) if self.stride == self.width => data.into(),
            _ => (0..self.height).flat_map(|y| self.row(y)).copied().collect::<Vec<u8>>().into(),
        }
    }
}
