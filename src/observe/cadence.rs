//! A sensor slower than its encoder: at night, or where a frame rate was converted, pictures are given more than once.
//!
//! What is told from how one picture follows from another goes by the pictures that are new.

use super::picture::Change;

/// A repeated picture, which an encoder refines, changes by no more than this share of what the new ones on either side of it
/// change. A hand that comes to rest does not stop within one picture, and go on within one.
const REPEATED_SHARE: f64 = 0.15;
/// Repeats up to here are a matter of cadence, four new pictures a second and more; longer ones may be a stop.
const MAX_REPEATED_S: f64 = 0.25;

/// Fewer repeats among all pictures than this are an encoder's, which falls behind or leaves out what hardly changed.
const MIN_REPEATED: f64 = 0.2;

/// The changes to new pictures, each counted from the new one before it ([`Change::repeated_s`]), in order of time, as
/// `changes` are; all of them where pictures are not repeated as a rule.
pub fn to_new_pictures(changes: &[Change]) -> Vec<Change> {
    let mut new: Vec<Change> = Vec::with_capacity(changes.len());
    let mut repeats = 0;
    let mut rest = changes;
    while let Some(change) = rest.get(repeats) {
        let repeated_s = change.from_s - rest[0].from_s;
        new.push(Change { from_s: rest[0].from_s, repeated_s, ..*change });
        rest = &rest[repeats + 1..];
        repeats = repeats_behind(change, rest);
    }
    let repeated = changes.len() - new.len();
    if (repeated as f64) < MIN_REPEATED * changes.len() as f64 { changes.to_vec() } else { new }
}

/// How many changes behind one to a new picture lead to repeats of that.
fn repeats_behind(change: &Change, later: &[Change]) -> usize {
    let (mut repeats, mut most, mut last_s) = (0, 0.0f64, change.at_s);
    for (n, next) in later.iter().enumerate() {
        if next.from_s != last_s || next.from_s - change.at_s > MAX_REPEATED_S {
            break;
        }
        if n > 0 && most < REPEATED_SHARE * change.small_step.min(next.small_step) {
            repeats = n;
        }
        (most, last_s) = (most.max(next.small_step), next.at_s);
    }
    repeats
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(steps: &[f64]) -> Vec<Change> {
        let change = |(n, &small_step): (usize, &f64)| Change {
            from_s: n as f64 / 25.0,
            at_s: (n + 1) as f64 / 25.0,
            small_step,
            ..Change::default()
        };
        steps.iter().enumerate().map(change).collect()
    }

    fn kept(steps: &[f64]) -> Vec<(f64, f64)> {
        let new = to_new_pictures(&changes(steps));
        assert!(new.windows(2).all(|pair| pair[0].at_s == pair[1].from_s), "{new:?}");
        new.iter().map(|change| (change.small_step, (change.repeated_s * 25.0).round())).collect()
    }

    #[test]
    fn every_second_and_every_third_picture_given_again() {
        assert_eq!(kept(&[4.0, 0.2, 5.0, 0.0, 4.0]), [(4.0, 0.0), (5.0, 1.0), (4.0, 1.0)]);
        assert_eq!(kept(&[4.0, 5.0, 0.1, 4.0, 4.0]), [(4.0, 0.0), (5.0, 0.0), (4.0, 1.0), (4.0, 0.0)]);
        assert_eq!(kept(&[0.3, 0.0, 0.01, 0.3]), [(0.3, 0.0), (0.3, 2.0)]);
    }

    #[test]
    fn a_hand_that_comes_to_rest_and_a_stop_are_kept() {
        let resting = [4.0, 2.0, 0.5, 0.3, 0.5, 2.0, 4.0];
        assert_eq!(kept(&resting).len(), resting.len());
        let stopped: Vec<f64> = (0..30).map(|n| if (5..20).contains(&n) { 0.0 } else { 4.0 }).collect();
        assert_eq!(kept(&stopped).len(), stopped.len());
        assert_eq!(to_new_pictures(&[]), []);
    }

    #[test]
    fn nothing_is_told_of_single_repeats_or_across_a_hole() {
        let single = [4.0, 5.0, 0.1, 4.0, 4.0, 5.0];
        assert_eq!(kept(&single).len(), single.len());
        let mut two_stretches = changes(&[4.0, 0.0, 4.0]);
        two_stretches[2].from_s += 1.0;
        assert_eq!(to_new_pictures(&two_stretches).len(), 3);
    }
}
