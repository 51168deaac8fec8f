//! The sound around a break as an outline: seconds and shares of full scale to places in a drawing.

use super::timeline::Tick;
use crate::evidence::{Discontinuity, Waveform};
use crate::figures::tenths;
use crate::lang::MinutesSeconds;

const WIDTH: f64 = 1000.0;
/// Of the outline, without the times below it.
const HEIGHT: f64 = 56.0;
const LABEL_HEIGHT: f64 = 16.0;

/// The loudest peak fills the drawing, for a murmur is not to be taken for silence; but nothing softer than
/// this (-54 dBFS, a silent room) is blown up to look like sound.
const LEAST_FULL: f32 = 0.002;

/// A moment is drawn as wide as this.
const NARROWEST: f64 = 2.0;

pub struct Drawing {
    pub width: f64,
    pub height: f64,
    /// Where the outline ends and the times begin.
    pub base: f64,
    pub outline: String,
    /// The break itself.
    pub from: f64,
    pub across: f64,
    /// Start, break and end.
    pub times: [Tick; 3],
    /// What full height means.
    pub loudest_dbfs: f64,
}

/// `None` for a break without sound around it.
pub fn drawing(found: &Discontinuity) -> Option<Drawing> {
    let waveform = found.waveform.as_ref().filter(|waveform| !waveform.peaks.is_empty())?;
    let Waveform { start_s, step_s, peaks } = waveform;
    let length_s = step_s * peaks.len() as f64;
    let x = |at_s: f64| tenths(((at_s - start_s) / length_s).clamp(0.0, 1.0) * WIDTH);
    let loudest = peaks.iter().copied().fold(LEAST_FULL, f32::max);
    let half = |peak: f32| tenths(f64::from(peak / loudest) * HEIGHT / 2.0);
    let middle = HEIGHT / 2.0;
    let above = peaks.iter().enumerate();
    let mut outline = format!("M0 {middle}");
    for (n, &peak) in above {
        outline.push_str(&format!(
            "L{} {}",
            x(start_s + step_s * (n as f64 + 0.5)),
            tenths(middle - half(peak))
        ));
    }
    for (n, &peak) in peaks.iter().enumerate().rev() {
        outline.push_str(&format!(
            "L{} {}",
            x(start_s + step_s * (n as f64 + 0.5)),
            tenths(middle + half(peak))
        ));
    }
    outline.push('Z');
    let (from, to) = (x(found.at_s), x(found.end_s));
    let tick = |at_s: f64| Tick { x: x(at_s), label: MinutesSeconds(at_s).to_string() };
    Some(Drawing {
        width: WIDTH,
        height: HEIGHT + LABEL_HEIGHT,
        base: HEIGHT,
        outline,
        from,
        across: tenths((to - from).max(NARROWEST)),
        times: [tick(*start_s), tick(found.at_s), tick(start_s + length_s)],
        loudest_dbfs: (20.0 * f64::from(loudest).log10()).round(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::DiscontinuityKind;

    fn found(peaks: Vec<f32>) -> Discontinuity {
        Discontinuity {
            at_s: 61.0,
            end_s: 61.0,
            kind: DiscontinuityKind::Cut,
            confidence: 0.9,
            signs: vec![],
            waveform: Some(Waveform { start_s: 58.0, step_s: 1.5, peaks }),
        }
    }

    #[test]
    fn the_break_stands_where_it_is_and_the_loudest_peak_fills_the_height() {
        let drawn = drawing(&found(vec![0.1, 0.5, 0.05, 0.0])).unwrap();
        assert_eq!((drawn.from, drawn.across), (500.0, NARROWEST));
        assert_eq!(drawn.times.map(|tick| tick.label), ["0:58.0", "1:01.0", "1:04.0"]);
        assert!(
            drawn
                .outline
                .starts_with("M0 28L125 22.4L375 0L625 25.2L875 28L875 28L625 30.8L375 56L125 33.6Z")
        );
        assert_eq!(drawn.loudest_dbfs, -6.0);
    }

    #[test]
    fn silence_is_a_line() {
        let drawn = drawing(&found(vec![0.0; 4])).unwrap();
        assert_eq!(drawn.outline, "M0 28L125 28L375 28L625 28L875 28L875 28L625 28L375 28L125 28Z");
        assert!(drawing(&found(vec![])).is_none());
    }
}
