//! How figures are written down: digests in hexadecimal, and no more digits than mean something.

/// Lower-case hexadecimal, two digits a byte.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

pub fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_two_digits_each() {
        assert_eq!(hexadecimal(&[0, 10, 255]), "000aff");
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        assert_eq!((tenths(0.25), tenths(-0.25)), (0.3, -0.3));
        assert_eq!((hundredths(1.125), hundredths(-1.125)), (1.13, -1.13));
    }
}
