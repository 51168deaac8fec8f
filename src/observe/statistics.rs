//! Figures of order, which one wild value does not move.

/// Nearest-rank quantile, `share` from 0 to 1; 0 of no values.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * (sorted.len() as f64 - 1.0)).round() as usize;
    sorted.get(rank).copied().unwrap_or(0.0)
}

/// The middle value, of an even number the upper of the two; 0 of none.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_none_of_one_and_of_several() {
        assert_eq!((median(&[]), quantile(&[], 0.9)), (0.0, 0.0));
        assert_eq!((median(&[3.0]), quantile(&[3.0], 0.0)), (3.0, 3.0));
        assert_eq!((median(&[4.0, 1.0]), median(&[9.0, 1.0, 2.0])), (4.0, 2.0));
        assert_eq!(quantile(&[5.0, 1.0, 4.0, 2.0, 3.0], 0.25), 2.0);
    }
}
