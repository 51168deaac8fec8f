//! Writing that stands upside down or lies on its side. A camera that is worn so turns all of the scene's writing, and not
//! what it burns in itself.

use super::glance::Group;
use crate::evidence::ReadLine;
use crate::observe::text::{Line, TextError, TextReader};

/// As it stands it is read with less than this on average …
const NOT_CLEAR: f32 = 0.6;
/// … and turned with this and more: three in four lines that are printed clearly are.
const CLEAR: f32 = 0.9;
/// Shorter scraps are read into anything by chance.
const MIN_CHINESE: usize = 3;

/// Lines that are read turned of any clip, at most: each takes as long as another line.
const MAX_TRIED: u32 = 16;

/// Places with writing that reads only otherwise than it stands: when each of them was read.
#[derive(Debug, Default)]
pub struct Turned {
    tried: u32,
    upside_down_at_s: Vec<f64>,
    on_side_at_s: Vec<f64>,
}

impl Turned {
    /// Tries a group's tallest level line turned by half a circle, where `read`, its lines as they stand, are not clear.
    pub fn group(
        &mut self,
        reader: &TextReader,
        at_s: f64,
        group: Option<&Group>,
        read: &[ReadLine],
    ) -> Result<(), TextError> {
        let confidence = read.iter().map(|line| line.confidence).sum::<f32>() / read.len().max(1) as f32;
        let level = group.into_iter().flat_map(|group| &group.lines).filter(|line| !line.runs_down);
        let tallest = level.max_by(|a, b| a.height_px.total_cmp(&b.height_px));
        let Some(line) = tallest.filter(|_| confidence < NOT_CLEAR && self.tried < MAX_TRIED) else {
            return Ok(());
        };
        self.tried += 1;
        if is_clear(&reader.read(&line.image.turned())?) {
            self.upside_down_at_s.push(at_s);
        }
        Ok(())
    }

    /// A place where a line that lies on its side was read clearly.
    pub fn on_side(&mut self, at_s: f64) {
        self.on_side_at_s.push(at_s);
    }

    /// When each of them was read, in order: what stands upside down, and what lies on its side.
    pub fn finish(mut self) -> (Vec<f64>, Vec<f64>) {
        self.upside_down_at_s.sort_by(f64::total_cmp);
        self.on_side_at_s.sort_by(f64::total_cmp);
        (self.upside_down_at_s, self.on_side_at_s)
    }
}

/// Whether a line says so much, so clearly, that it stands as it was read.
pub fn is_clear(line: &Line) -> bool {
    let chinese = line.text.chars().filter(|symbol| ('一'..='鿿').contains(symbol)).count();
    line.confidence >= CLEAR && chinese >= MIN_CHINESE
}

#[cfg(test)]
mod tests {
    use opencv::core::{Mat, ROTATE_180, rotate};

    use super::*;
    use crate::observe::sight::glance::Found;
    use crate::observe::text::LineImage;
    use crate::observe::text::tests::{grey_png, reader};

    fn group(picture: &Mat) -> Group {
        let found = reader().detect(picture, 1.0).unwrap();
        let lines: Vec<Found> = found
            .iter()
            .map(|found| {
                let (left, top, right, bottom) = found.bounds();
                let image = LineImage::new(&found.cut(picture).unwrap()).unwrap();
                let height_px = found.height;
                Found { left, top, right, bottom, height_px, runs_down: false, since_s: 0.0, image }
            })
            .collect();
        Group { lines, left: 0.0, top: 0.0, right: 1.0, bottom: 1.0 }
    }

    fn read(group: &Group) -> Vec<ReadLine> {
        let line = |found: &Found| {
            let line = reader().read(&found.image).unwrap();
            ReadLine { text: line.text, confidence: line.confidence }
        };
        group.lines.iter().map(line).collect()
    }

    #[test]
    fn writing_upside_down_is_told_from_writing_that_is_not() {
        // 2025年03月14日 09:30:11: three Chinese characters.
        let upright = grey_png(include_bytes!("../../../tests/pictures/line.png"));
        let mut down = Mat::default();
        rotate(&upright, &mut down, ROTATE_180).unwrap();
        for (picture, told) in [(upright, vec![]), (down, vec![7.0])] {
            let group = group(&picture);
            assert_eq!(group.lines.len(), 1);
            let mut turned = Turned::default();
            turned.group(&reader(), 7.0, Some(&group), &read(&group)).unwrap();
            turned.group(&reader(), 8.0, None, &[]).unwrap();
            assert_eq!(turned.finish(), (told, vec![]));
        }
    }
}
