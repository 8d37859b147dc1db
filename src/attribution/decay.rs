//! The smaller weight of older touches.
//!
//! # Invariants
//! Only whole numbers are used, so every machine gets the same weight. The error is below one part
//! in a thousand million.

/// Weights are multiples of 2^-62.
const ONE: u128 = 1 << 62;

/// Binary places that are used for the fraction of a half-life.
const PLACES: usize = 32;

/// 2^(-1/2), 2^(-1/4), 2^(-1/8) …: each is the square root of the previous one.
const ROOTS: [u128; PLACES] = {
    let mut roots = [0; PLACES];
    let (mut before, mut place) = (ONE / 2, 0);
    while place < PLACES {
        before = (before * ONE).isqrt();
        roots[place] = before;
        place += 1;
    }
    roots
};

/// `2^(-age / half_life)` in units of 2^-62, rounded down; 0 beyond 62 half-lives.
pub(super) fn weight(age_ms: i64, half_life_ms: i64) -> i64 {
    let (age, half_life) = (age_ms.max(0), half_life_ms.max(1));
    let mut weight = ONE;
    let mut rest = i128::from(age % half_life);
    for root in ROOTS {
        rest *= 2;
        if rest >= i128::from(half_life) {
            rest -= i128::from(half_life);
            weight = weight * root / ONE;
        }
    }
    let halvings = u32::try_from(age / half_life).unwrap_or(u32::MAX);
    i64::try_from(weight.checked_shr(halvings).unwrap_or(0)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn half_lives_halve() {
        let one = 1i64 << 62;
        assert_eq!(weight(-5, 7), one);
        assert_eq!(weight(0, 7), one);
        assert_eq!(weight(7, 7), one / 2);
        assert_eq!(weight(21, 7), one / 8);
        assert_eq!(weight(62 * 7, 7), 1);
        assert_eq!(weight(i64::MAX, 7), 0);
        // 2^62 / sqrt(2), from an arbitrary-precision calculator.
        assert_eq!(weight(1, 2), 3_260_954_456_333_195_553);
    }

    proptest! {
        #[test]
        fn weights_follow_the_formula_and_fall(age in 0i64..1 << 40, half_life in 1i64..1 << 40) {
            let found = weight(age, half_life);
            #[expect(clippy::cast_precision_loss, reason = "compared with a tolerance")]
            let (found_f, expected) = (
                found as f64 / ONE as f64,
                (-(age as f64) / half_life as f64).exp2(),
            );
            prop_assert!((found_f - expected).abs() < 1e-9, "{found_f} {expected}");
            prop_assert!(weight(age + 1, half_life) <= found);
        }
    }
}
