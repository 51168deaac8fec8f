//! Whether required parts stand together and in order, and where they do when a notice is said more
//! than once: then each part's own best place may lie in another saying of it.

use super::super::params::Phrase;
use super::heard::Heard;
use super::parts::Part;
use super::{Grade, Match, WHOLE_DISTANCE, Wording};
use crate::time::Span;

/// Parts of one announcement stand no further apart than this from first to last; what is spread
/// wider may belong to different utterances.
const SPREAD_S: f64 = 60.0;
/// Word times are good to this; parts that begin closer together have no order.
const ORDER_SLACK_S: f64 = 0.3;

/// Whether the required parts are out of order or far apart where they were found.
pub(super) fn scattered(parts: &[Part]) -> bool {
    let required: Vec<(&Part, Span)> = parts
        .iter()
        .filter(|part| part.phrase.required)
        .filter_map(|part| part.found.as_ref().map(|found| (part, found.span)))
        .collect();
    let disordered = required.windows(2).any(|pair| precedes(pair[1].1, pair[0].1));
    // A short part such as a greeting is said more than once; its place says nothing.
    let sure = || required.iter().filter(|(part, _)| part.is_sure()).map(|(_, span)| span);
    let first_s = sure().map(|span| span.start_s).fold(f64::INFINITY, f64::min);
    let last_s = sure().map(|span| span.end_s).fold(f64::NEG_INFINITY, f64::max);
    disordered || last_s - first_s > SPREAD_S
}

fn precedes(a: Span, b: Span) -> bool {
    a.start_s < b.start_s - ORDER_SLACK_S
}

/// The first places where the required parts follow each other closely enough, if there are any;
/// in the order of `parts`, `None` for optional ones.
pub(super) fn sequence(parts: &[Phrase], heard: &Heard) -> Option<Vec<Option<(Wording, Match)>>> {
    let places: Vec<Vec<(Wording, Match)>> =
        parts.iter().filter(|part| part.required).map(|part| whole_places(part, heard)).collect();
    let (first, others) = places.split_first()?;
    let chain = first.iter().find_map(|start| {
        let mut chain = vec![start];
        for candidates in others {
            let last = chain.last()?.1.span;
            chain.push(candidates.iter().find(|(_, found)| !precedes(found.span, last))?);
        }
        (chain.last()?.1.span.end_s - start.1.span.start_s <= SPREAD_S).then_some(chain)
    })?;
    let mut chain = chain.into_iter().cloned();
    Some(parts.iter().map(|part| if part.required { chain.next() } else { None }).collect())
}

/// Every place where a part was said whole, in order of time.
fn whole_places(part: &Phrase, heard: &Heard) -> Vec<(Wording, Match)> {
    let wordings = part.any.iter().filter_map(|text| Wording::new(text));
    let mut places: Vec<(Wording, Match)> = wordings
        .flat_map(|wording| {
            let found = wording.all(heard, WHOLE_DISTANCE);
            found.into_iter().map(move |found| (wording.clone(), found))
        })
        .filter(|(_, found)| found.grade() == Grade::Whole)
        .collect();
    places.sort_by(|(_, a), (_, b)| a.units.cmp(&b.units).then(a.distance.total_cmp(&b.distance)));
    places
}
