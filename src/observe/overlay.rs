//! How a camera lays out what it burns in.

/// Lines that belong together begin, end or have their middle in one place within so many of the clock's heights: boxes around
/// text are good to half of it.
const ALIGNED: f32 = 1.0;

/// Whether two lines, each from its left to its right end, are written one below the other. `clock_height`: in their unit.
pub fn aligned(one: (f32, f32), other: (f32, f32), clock_height: f32) -> bool {
    let (left, right) = (one.0 - other.0, one.1 - other.1);
    let least = left.abs().min(right.abs()).min((left + right).abs() / 2.0);
    least <= ALIGNED * clock_height
}

#[cfg(test)]
mod tests {
    use super::aligned;

    #[test]
    fn lines_of_one_block_share_an_end_or_their_middle() {
        let clock = (400.0, 600.0);
        for other in [(404.0, 470.0), (500.0, 595.0), (440.0, 566.0)] {
            assert!(aligned(other, clock, 20.0), "{other:?}");
        }
        assert!(!aligned((440.0, 500.0), clock, 20.0));
    }
}
