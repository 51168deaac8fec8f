//! Guessing which known name was meant by an unknown one.

/// Ends of a name that say its unit, or that somebody took for it. Between two names that differ
/// only here, the unit was mistaken.
const UNIT_ENDS: [&str; 26] = [
    "s", "sec", "secs", "second", "seconds", "ms", "min", "mins", "minute", "minutes", "h", "hour", "hours",
    "d", "day", "days", "month", "months", "year", "years", "db", "ppm", "ppb", "percent", "pct", "share",
];

/// The candidate that `name` is most likely a slip for.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .filter_map(|candidate| slip(name, candidate).map(|distance| (distance, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

/// How far `name` is from `candidate`, or `None` when it is too far to be a slip: more than a third
/// of the letters.
fn slip(name: &str, candidate: &str) -> Option<usize> {
    if stem(name) == stem(candidate) {
        return Some(0);
    }
    let distance = strsim::damerau_levenshtein(&name.to_lowercase(), candidate);
    let allowed = (candidate.chars().count() / 3).max(1);
    (distance <= allowed).then_some(distance)
}

/// The name without its unit.
fn stem(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((stem, end)) if UNIT_ENDS.contains(&end) => stem,
        _ => name,
    }
}

/// What a number counts, told from the end of its parameter's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    pub zh: &'static str,
    pub en: &'static str,
    /// Fractions make no sense.
    pub whole: bool,
}

/// The unit of the parameter `name`; a plain number when the name does not say.
pub fn unit(name: &str) -> Unit {
    const fn of(zh: &'static str, en: &'static str, whole: bool) -> Unit {
        Unit { zh, en, whole }
    }
    let ends = |end: &str| name == end || name.strip_suffix(end).is_some_and(|stem| stem.ends_with('_'));
    if name.contains("working_days") {
        return of("工作日数", "a number of working days", true);
    }
    let known = [
        ("s", of("秒数", "a number of seconds", false)),
        ("db", of("分贝数", "a number of decibels", false)),
        ("dbfs", of("分贝数（满刻度为0）", "a number of decibels below full scale", false)),
        ("ppm", of("百万分率", "a number of parts per million", false)),
        ("share", of("0到1之间的比例", "a share between 0 and 1", false)),
        ("hours", of("小时数", "a number of hours", false)),
        ("months", of("月数", "a number of months", true)),
        ("persons", of("人数", "a number of persons", true)),
        ("copies", of("份数", "a number of copies", true)),
        ("photos", of("张数", "a number of photographs", true)),
        ("per_year", of("每年次数", "a number of times a year", true)),
    ];
    known.into_iter().find(|(end, _)| ends(end)).map_or(of("数字", "a number", false), |(_, unit)| unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let known = ["window_s", "parts", "max_gap_s"];
        assert_eq!(nearest("window_min", known), Some("window_s"));
        assert_eq!(nearest("window", known), Some("window_s"));
        assert_eq!(nearest("part", known), Some("parts"));
        assert_eq!(nearest("max_gpa_s", known), Some("max_gap_s"));
        assert_eq!(nearest("colour", known), None);
    }

    #[test]
    fn a_name_says_its_unit() {
        assert_eq!(unit("window_s").en, "a number of seconds");
        assert_eq!(unit("hours").en, "a number of hours");
        assert!(unit("working_days_special").whole);
        assert_eq!(unit("persons_s_tress").en, "a number");
        assert_eq!(unit("grounds").en, "a number");
    }
}
