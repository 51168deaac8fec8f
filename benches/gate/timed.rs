//! Stages on a whole clip, told by what plain demultiplexing and decoding of the same clip cost in the same run.

use std::collections::BTreeMap;

use crate::baseline::Ratio;
use crate::common::{models, sample};
use crate::measure::{Measured, Row, measure};

/// What each stage is held against: the cheapest that does something like it.
const AGAINST: [(&str, &str); 6] = [
    ("digests, SHA-256 and SM3", "packets"),
    ("sound to 16 kHz", "packets"),
    ("key frames", "every picture"),
    ("first pass and closer look", "every picture"),
    ("whole check without speech", "every picture"),
    ("every picture, thoroughly", "every picture"),
];

pub fn all() -> anyhow::Result<BTreeMap<String, Ratio>> {
    Ok(ratios(&measure(&sample("compliant.mp4"), &models()?)?))
}

fn ratios(measured: &Measured) -> BTreeMap<String, Ratio> {
    let of = |name: &str| measured.rows.iter().find(|row| row.stage == name).map(Row::median_s);
    let ratio = |(stage, to): (&str, &str)| {
        let (cpu_s, reference_s) = of(stage).zip(of(to))?;
        Some((stage.to_owned(), Ratio { to: to.to_owned(), ratio: cpu_s / reference_s, cpu_s }))
    };
    AGAINST.into_iter().filter_map(ratio).collect()
}
