//! Clues: what the first pass notices, at next to no cost, where a recording may have been joined. Each is
//! weak; they say where to look closely, and count as signs where a close look finds a break.

use crate::time::Span;

/// Where clues come from. Clues of one origin may have one innocent cause; those of different origins
/// hardly do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Sizes of coded pictures and figures of sampled ones: they follow what is filmed.
    Picture,
    /// Times and key flags of packets: the recorder's own rhythm.
    Structure,
    /// Numbers that the encoder gives its pictures: no matter what is filmed, they go on until pictures are lost, taken out
    /// or put in.
    Numbers,
    Sound,
}

/// One clue.
#[derive(Debug, Clone, PartialEq)]
pub struct Clue {
    /// Where the join would lie.
    pub span: Span,
    pub origin: Origin,
    /// Name of the sign and its figure, as in [`crate::evidence::Sign`].
    pub name: &'static str,
    pub value: f64,
    /// How far it stands out from what is usual in this clip: 1.0 just does.
    pub strength: f64,
}

impl Clue {
    pub fn at(at_s: f64, origin: Origin, name: &'static str, value: f64, strength: f64) -> Self {
        Self { span: Span::new(at_s, at_s), origin, name, value, strength }
    }
}

/// The strongest of clues that lie within `apart_s` of each other, in order of time.
pub fn strongest(mut clues: Vec<Clue>, apart_s: f64) -> Vec<Clue> {
    clues.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    let mut kept: Vec<Clue> = Vec::new();
    for clue in clues {
        if !kept.iter().any(|other| (other.span.start_s - clue.span.start_s).abs() < apart_s) {
            kept.push(clue);
        }
    }
    kept.sort_by(|a, b| a.span.start_s.total_cmp(&b.span.start_s));
    kept
}
