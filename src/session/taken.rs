//! When and by which device a clip was taken, as it tells itself: for whoever holds it against a ledger.

use super::{Naming, Source, read_name, times};
use crate::evidence::Evidence;

/// What a clip's own records say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Taken {
    /// By what its device may be known: from the file's name (device, officer, both together), and the
    /// words beside the burnt-in clock.
    pub devices: Vec<String>,
    /// The likeliest of them: from the file's name, else from the picture.
    pub device: Option<String>,
    /// From the file's name.
    pub officer: Option<String>,
    /// Those with a date, the finest first.
    pub times: Vec<TakenTimes>,
}

/// From when until when, by one record: civil seconds since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TakenTimes {
    pub source: Source,
    pub start_s: f64,
    pub end_s: f64,
}

/// What the clip tells of when and by which device it was taken.
pub fn taken(evidence: &Evidence, naming: &Naming) -> Taken {
    let name = read_name(&evidence.clip.name, &naming.patterns);
    let both =
        name.device.as_ref().zip(name.officer.as_ref()).map(|(device, officer)| format!("{device}{officer}"));
    let beside = evidence.clock.seen().map(|clock| clock.other_text.as_slice()).unwrap_or_default();
    let words = beside.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned);
    let times = times(evidence, &name, &naming.zone);
    let whole = times.iter().filter(|times| times.dated).filter_map(|times| {
        Some(TakenTimes { source: times.source, start_s: times.start.at_s, end_s: times.end?.at_s })
    });
    Taken {
        times: whole.collect(),
        device: name.device.clone().or_else(|| super::device_in_picture(evidence)),
        officer: name.officer.clone(),
        devices: [name.device, both, name.officer].into_iter().flatten().chain(words).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DEFAULT_PATTERNS, Pattern};
    use super::*;
    use crate::evidence::{AbsenceReason, ClipFacts};

    #[test]
    fn name_tells_device_and_times() {
        let naming = Naming {
            patterns: DEFAULT_PATTERNS.iter().map(|text| Pattern::parse(text).unwrap()).collect(),
            zone: jiff::tz::TimeZone::UTC,
        };
        let clip = ClipFacts {
            name: "J1_010203_20250314093011_0001.MP4".to_owned(),
            duration_s: 20.0,
            ..ClipFacts::default()
        };
        let found = taken(&Evidence::blank(clip, AbsenceReason::NotAsked), &naming);
        assert_eq!(found.devices, ["J1", "J1010203", "010203"]);
        let [times] = found.times.as_slice() else { panic!("{found:?}") };
        assert_eq!((times.source, times.end_s - times.start_s), (Source::FileName, 20.0));
        assert!((times.start_s - 1_741_944_611.5).abs() < 0.51);
    }
}
