//! Since when each line of text has stood in its place: what is held up came later than the writing behind it.

use super::glance::{Found, Look, in_middle};

/// Between two looks a line that stays moves by no more than this share of its height, on a camera that is worn as well …
const MAX_MOVE: f32 = 0.8;
/// … and its width and height change by no more than this factor.
const MAX_CHANGE: f32 = 1.3;

/// A line that was not found in one look may have been there; one that was not in two is gone.
const MAX_MISSED: u32 = 1;

/// Looks that are further apart do not follow each other.
const MAX_APART_S: f64 = 3.0;

/// Where lines stood in all looks so far.
#[derive(Debug, Default)]
pub struct Standing {
    /// In order of time.
    looks: Vec<Seen>,
}

#[derive(Debug, Clone)]
struct Seen {
    at_s: f64,
    look: Look,
    lines: Vec<Line>,
}

/// Shares of the picture's width, as in [`Found`].
#[derive(Debug, Clone, Copy, PartialEq)]
struct Line {
    x: f32,
    y: f32,
    width: f32,
    height: f32,
}

impl Line {
    fn of(found: &Found) -> Self {
        Self {
            x: (found.left + found.right) / 2.0,
            y: (found.top + found.bottom) / 2.0,
            width: found.right - found.left,
            height: found.bottom - found.top,
        }
    }

    fn is(&self, other: &Self) -> bool {
        let alike = |a: f32, b: f32| (1.0 / MAX_CHANGE..=MAX_CHANGE).contains(&(a / b.max(1e-6)));
        let height = self.height.max(other.height);
        (self.x - other.x).hypot(self.y - other.y) <= MAX_MOVE * height
            && alike(self.width, other.width)
            && alike(self.height, other.height)
    }
}

impl Standing {
    /// The lines of a look, at any time; tells each since when it has stood there. `aspect`: the picture's height over its
    /// width.
    pub fn look(&mut self, at_s: f64, look: Look, lines: &mut [Found], aspect: f32) {
        let place = self.looks.partition_point(|seen| seen.at_s < at_s);
        for line in &mut *lines {
            line.since_s = since(at_s, &self.looks[..place], Line::of(line), aspect);
        }
        self.looks.insert(place, Seen { at_s, look, lines: lines.iter().map(Line::of).collect() });
    }

    /// Nothing moved since the last look.
    pub fn same(&mut self, at_s: f64) {
        if let Some(last) = self.looks.last().cloned() {
            self.looks.push(Seen { at_s, ..last });
        }
    }
}

/// Since when a line that is seen `at_s` has stood in its place, by the looks before, in order of time.
fn since(at_s: f64, before: &[Seen], mut line: Line, aspect: f32) -> f64 {
    let (mut since_s, mut last_s, mut missed) = (at_s, at_s, 0);
    for seen in before.iter().rev() {
        if last_s - seen.at_s > MAX_APART_S {
            break;
        }
        last_s = seen.at_s;
        if let Some(same) = seen.lines.iter().find(|other| other.is(&line)) {
            (since_s, line, missed) = (seen.at_s, *same, 0);
        } else if seen.look != Look::Middle || in_middle(line.x, line.y / aspect) {
            missed += 1;
            if missed > MAX_MISSED {
                break;
            }
        }
    }
    since_s
}

#[cfg(test)]
mod tests {
    use opencv::core::{CV_8UC1, Mat, Scalar};

    use super::*;
    use crate::observe::text::LineImage;

    const ASPECT: f32 = 0.5625;

    fn line(x: f32, y: f32) -> Found {
        let pixels = Mat::new_rows_cols_with_default(20, 60, CV_8UC1, Scalar::all(9.0)).unwrap();
        let image = LineImage::new(&pixels).unwrap();
        Found {
            left: x,
            top: y,
            right: x + 0.2,
            bottom: y + 0.03,
            height_px: 30.0,
            runs_down: false,
            since_s: 0.0,
            image,
        }
    }

    /// When, how, and where the lines stood.
    type Looked<'l> = (f64, Look, &'l [(f32, f32)]);

    /// Since when the lines of the last look have stood there.
    fn since_of(looks: &[Looked]) -> Vec<f64> {
        let mut standing = Standing::default();
        let mut last = Vec::new();
        for (at_s, look, places) in looks {
            let mut lines: Vec<Found> = places.iter().map(|&(x, y)| line(x, y)).collect();
            standing.look(*at_s, *look, &mut lines, ASPECT);
            last = lines.iter().map(|line| line.since_s).collect();
        }
        last
    }

    #[test]
    fn what_is_held_up_came_later_than_the_sign_behind_it() {
        let sign = (0.4, 0.2);
        let looks: [Looked; 4] = [
            (1.0, Look::Middle, &[sign]),
            (2.0, Look::Middle, &[(0.41, 0.21)]),
            (3.0, Look::Middle, &[]),
            (4.0, Look::Middle, &[(0.4, 0.2), (0.4, 0.26)]),
        ];
        assert_eq!(since_of(&looks), [1.0, 4.0]);
    }

    #[test]
    fn what_was_gone_or_moved_has_come_anew() {
        let here: &[(f32, f32)] = &[(0.4, 0.2)];
        let gone = [
            (1.0, Look::Middle, here),
            (2.0, Look::Middle, &[]),
            (3.0, Look::Middle, &[]),
            (4.0, Look::Middle, here),
        ];
        assert_eq!(since_of(&gone), [4.0]);
        assert_eq!(since_of(&[(1.0, Look::Middle, &[(0.4, 0.24)]), (2.0, Look::Middle, here)]), [2.0]);
        assert_eq!(
            since_of(&[(1.0, Look::Middle, here), (9.0, Look::Middle, here)]),
            [9.0],
            "nobody looked between"
        );
    }

    #[test]
    fn where_a_look_does_not_reach_nothing_is_missed() {
        let edge: &[(f32, f32)] = &[(0.4, 0.02)];
        let looks = [
            (1.0, Look::Whole, edge),
            (2.0, Look::Middle, &[]),
            (3.0, Look::Middle, &[]),
            (4.0, Look::Whole, edge),
        ];
        assert_eq!(since_of(&looks), [1.0]);
    }
}
