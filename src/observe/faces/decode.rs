//! From the network's maps to faces, as its makers and OpenCV's `FaceDetectorYN` read them
//! (github.com/ShiqiYu/libfacedetection.train, opencv/modules/objdetect/src/face_detect.cpp): it has no anchors. Each
//! cell of a map gives the likelihood of a face, that of an object, and a box relative to its own corner.

use super::Face;

/// Pixels of the input for a cell of each map.
pub const STRIDES: [usize; 3] = [8, 16, 32];

/// Of boxes that share more than this of their joint area the surer one stays; OpenCV's own setting.
const SAME_FACE: f32 = 0.3;

/// The maps of one stride, cell by cell, row by row.
pub struct Level<'a> {
    pub stride: usize,
    pub columns: usize,
    /// Likelihood of a face, 0 to 1.
    pub faces: &'a [f32],
    /// Likelihood of an object, 0 to 1.
    pub objects: &'a [f32],
    /// Of each cell four: the box's middle from the cell's corner, right and down, in strides, and the natural
    /// logarithm of its width and height in strides.
    pub boxes: &'a [f32],
}

impl Level<'_> {
    /// Cells of the maps; `None` where they are not equally large.
    pub fn cells(&self) -> Option<usize> {
        let cells = self.faces.len();
        (self.objects.len() == cells && self.boxes.len() == cells * 4).then_some(cells)
    }
}

/// The faces of a level that score as much as `threshold`, in pixels of the input. One face is found by several cells.
pub fn found_in(level: &Level, threshold: f32) -> Vec<Face> {
    let stride = level.stride as f32;
    let cells = level.faces.iter().zip(level.objects).zip(level.boxes.chunks_exact(4)).enumerate();
    cells
        .filter_map(|(cell, ((face, object), place))| {
            let score = (face.clamp(0.0, 1.0) * object.clamp(0.0, 1.0)).sqrt();
            let &[right, down, width, height] = place else { return None };
            let (row, column) = (cell / level.columns.max(1), cell % level.columns.max(1));
            let (width, height) = (width.exp() * stride, height.exp() * stride);
            let face = Face {
                left: (column as f32 + right) * stride - width / 2.0,
                top: (row as f32 + down) * stride - height / 2.0,
                width,
                height,
                score,
            };
            let finite = [face.left, face.top, face.width, face.height].iter().all(|value| value.is_finite());
            (score >= threshold && finite).then_some(face)
        })
        .collect()
}

/// Each face once, the surest first.
pub fn best(mut faces: Vec<Face>) -> Vec<Face> {
    faces.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Face> = Vec::new();
    for face in faces {
        if kept.iter().all(|other| shared(&face, other) <= SAME_FACE) {
            kept.push(face);
        }
    }
    kept
}

/// The area that both have, as a share of the area that either has.
fn shared(one: &Face, other: &Face) -> f32 {
    let overlap = |start: f32, length: f32, other_start: f32, other_length: f32| {
        ((start + length).min(other_start + other_length) - start.max(other_start)).max(0.0)
    };
    let both = overlap(one.left, one.width, other.left, other.width)
        * overlap(one.top, one.height, other.top, other.height);
    both / (one.width * one.height + other.width * other.height - both).max(f32::EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(left: f32, top: f32, side: f32, score: f32) -> Face {
        Face { left, top, width: side, height: side, score }
    }

    #[test]
    fn a_cell_tells_its_face_relative_to_its_corner() {
        // Two rows of three cells; the fifth sees a face.
        let mut faces = [0.01; 6];
        let mut objects = [0.9; 6];
        let mut boxes = [0.0; 24];
        (faces[4], objects[4]) = (0.81, 1.0);
        boxes[16..20].copy_from_slice(&[0.5, 0.25, 2.0_f32.ln(), 4.0_f32.ln()]);
        let level = Level { stride: 16, columns: 3, faces: &faces, objects: &objects, boxes: &boxes };
        assert_eq!(level.cells(), Some(6));
        let found = found_in(&level, 0.6);
        assert_eq!(found.len(), 1);
        let Face { left, top, width, height, score } = found[0];
        // Middle at (1.5, 1.25) strides, 2 by 4 strides large.
        for (value, expected) in [(left, 8.0), (top, -12.0), (width, 32.0), (height, 64.0), (score, 0.9)] {
            assert!((value - expected).abs() < 1e-3, "{value} {expected}");
        }
        assert_eq!(found_in(&level, 0.91), []);
    }

    #[test]
    fn boxes_that_are_no_numbers_are_dropped() {
        let boxes = [0.0, 0.0, f32::INFINITY, 0.0, f32::NAN, 0.0, 0.0, 0.0];
        let level = Level { stride: 8, columns: 2, faces: &[1.0; 2], objects: &[1.0; 2], boxes: &boxes };
        assert_eq!(found_in(&level, 0.5), []);
        let short = Level { objects: &[1.0], ..level };
        assert_eq!(short.cells(), None);
    }

    #[test]
    fn the_surest_of_several_boxes_on_one_face_stays() {
        let kept =
            best(vec![face(0.0, 0.0, 10.0, 0.7), face(1.0, 0.0, 10.0, 0.9), face(50.0, 0.0, 10.0, 0.8)]);
        assert_eq!(kept, [face(1.0, 0.0, 10.0, 0.9), face(50.0, 0.0, 10.0, 0.8)]);
    }
}
