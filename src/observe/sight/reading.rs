//! What the lines of a thing say, read one by one: the tallest ones first, and of a credential all.

use super::glance::{self, Group};
use super::tracks::Track;
use super::turned::is_clear;
use super::{Observer, Told, round, words};
use crate::evidence::{ReadLine, ThingKind};
use crate::observe::text::{TextError, TextReader};

/// Lines that tell a thing, the tallest ones first; of a credential more are read for the name and the number.
const TELLING_LINES: usize = 3;
const MORE_LINES: usize = 4;
const CREDENTIAL_LINES: usize = 10;
/// Middles of a label and its value differ by less than this share of the line's height, even on a tilted card.
const SAME_ROW: f32 = 0.7;

/// What was read with less than this on average is tried again in another picture.
pub(super) const WELL_READ: f32 = 0.6;

impl Observer {
    /// Reads a thing in the picture in which it can be read best, and in the next best while it stays unclear.
    pub(super) fn read(&mut self, track: Track) -> Result<Told, TextError> {
        let mut on_side = false;
        let mut best: Option<(f64, Vec<ReadLine>, Vec<ReadLine>, words::Told)> = None;
        for (at_s, group) in &track.best {
            let mut order: Vec<usize> = (0..group.lines.len()).collect();
            order.sort_by(|&a, &b| group.lines[b].height_px.total_cmp(&group.lines[a].height_px));
            let mut read: Vec<(usize, ReadLine)> = Vec::new();
            let mut told = words::tell(&[]);
            for part in [0..TELLING_LINES, TELLING_LINES..TELLING_LINES + MORE_LINES] {
                for &n in order.iter().skip(part.start).take(part.len()) {
                    on_side |= self.read_line(&group.lines[n], n, &mut read)?;
                }
                told = words::tell(&rows(group, &read));
                let clear = mean_confidence(read.iter().map(|(_, line)| line)) >= WELL_READ;
                if told.kind != ThingKind::Unknown || !clear || self.lines_left == 0 {
                    break;
                }
            }
            if told.kind == ThingKind::Credential {
                for &n in order.iter().skip(read.len()).take(CREDENTIAL_LINES) {
                    on_side |= self.read_line(&group.lines[n], n, &mut read)?;
                }
                told = words::tell(&rows(group, &read));
            }
            let clear = mean_confidence(read.iter().map(|(_, line)| line)) >= WELL_READ;
            let known = told.kind != ThingKind::Unknown;
            if best.as_ref().is_none_or(|(.., best)| told.confidence > best.confidence) {
                best = Some((*at_s, in_order(&read), rows(group, &read), told));
            }
            if known || clear || self.lines_left == 0 {
                break;
            }
        }
        let nothing = || (0.0, Vec::new(), Vec::new(), words::tell(&[]));
        let (at_s, lines, rows, told) = best.unwrap_or_else(nothing);
        let group = track.best.iter().find(|(read_s, _)| *read_s == at_s).map(|(_, group)| group);
        if on_side {
            self.turned.on_side(at_s);
        } else {
            self.turned.group(&self.reader, at_s, group, &lines)?;
        }
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        tracing::debug!(at_s, ?texts, kind = ?told.kind, told.confidence, "read");
        let mut track = track;
        let growth = track.growth();
        if told.kind != ThingKind::Unknown {
            track.trim_to(at_s);
        }
        Ok(Told { track, growth, at_s, lines, rows, told, looked_beside: false })
    }

    /// Whether the line is clear and lies on its side.
    fn read_line(
        &mut self,
        line: &glance::Found,
        n: usize,
        read: &mut Vec<(usize, ReadLine)>,
    ) -> Result<bool, TextError> {
        let (found, lies, cost) = if line.runs_down {
            let (found, lies) = self.reader.read_down(&line.image)?;
            (found, lies, TextReader::READS_DOWN)
        } else {
            (self.reader.read(&line.image)?, false, 1)
        };
        self.lines_left = self.lines_left.saturating_sub(cost);
        read.push((n, ReadLine { text: found.text.trim().to_owned(), confidence: round(found.confidence) }));
        Ok(lies && is_clear(&found))
    }
}

/// Mean of the lines' confidences; 0 of none.
pub(super) fn mean_confidence<'l>(lines: impl ExactSizeIterator<Item = &'l ReadLine>) -> f32 {
    let count = lines.len().max(1) as f32;
    lines.map(|line| line.confidence).sum::<f32>() / count
}

/// The lines that were read, a label and what stands beside it as one.
fn rows(group: &Group, read: &[(usize, ReadLine)]) -> Vec<ReadLine> {
    let beside = |n: usize| {
        let label = &group.lines[n];
        let height = label.bottom - label.top;
        let right = read.iter().filter(|(other, _)| {
            let value = &group.lines[*other];
            let level = ((value.top + value.bottom) - (label.top + label.bottom)).abs() / 2.0;
            *other != n && level <= height * SAME_ROW && value.left > label.left + height
        });
        let distance = |n: usize| group.lines[n].left;
        right.min_by(|a, b| distance(a.0).total_cmp(&distance(b.0))).map(|(_, line)| line)
    };
    let joined = |(n, line): &(usize, ReadLine)| match beside(*n).filter(|_| words::is_label(&line.text)) {
        Some(value) => ReadLine {
            text: format!("{}{}", line.text, value.text),
            confidence: line.confidence.min(value.confidence),
        },
        None => line.clone(),
    };
    let mut read: Vec<&(usize, ReadLine)> = read.iter().collect();
    read.sort_by_key(|(n, _)| *n);
    read.into_iter().map(joined).collect()
}

/// Lines as they were found, from top to bottom.
fn in_order(read: &[(usize, ReadLine)]) -> Vec<ReadLine> {
    let mut read: Vec<&(usize, ReadLine)> = read.iter().collect();
    read.sort_by_key(|(n, _)| *n);
    read.into_iter().map(|(_, line)| line.clone()).collect()
}
