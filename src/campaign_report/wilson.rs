//! The Wilson score interval: how far a measured rate may be from the true one.
//!
//! Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
//! Journal of the American Statistical Association 22 (1927).
//!
//! # Invariants
//! `0 <= low <= value <= high <= 1`.

use serde::{Deserialize, Serialize};

use super::statistics::Z_95;

/// A rate with its 95 % interval, each from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LeadRate {
    /// Leads per visitor.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl LeadRate {
    /// `successes` out of `trials`; `None` without trials, or with more successes than trials,
    /// which no proportion describes.
    pub fn wilson(successes: f64, trials: f64) -> Option<LeadRate> {
        if trials <= 0.0 || successes < 0.0 || successes > trials {
            return None;
        }
        let value = successes / trials;
        let z2 = Z_95 * Z_95;
        let centre = (value + z2 / (2.0 * trials)) / (1.0 + z2 / trials);
        let spread = Z_95 / (1.0 + z2 / trials)
            * (value * (1.0 - value) / trials + z2 / (4.0 * trials * trials)).sqrt();
        // Rounding may step over the ends, where the interval is exact.
        let low = if successes == 0.0 {
            0.0
        } else {
            (centre - spread).clamp(0.0, value)
        };
        let high = if successes >= trials {
            1.0
        } else {
            (centre + spread).clamp(value, 1.0)
        };
        Some(LeadRate { value, low, high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-8, "{a} is not {b}");
    }

    #[test]
    fn equals_reference_values() {
        let rate = LeadRate::wilson(3.0, 40.0).unwrap();
        near(rate.low, 0.025_836_026);
        near(rate.high, 0.198_642_335);
        let rate = LeadRate::wilson(21.0, 535.0).unwrap();
        near(rate.low, 0.025_814_635);
        near(rate.high, 0.059_259_478);
    }

    #[test]
    fn ends_are_exact_and_nonsense_has_no_rate() {
        let none = LeadRate::wilson(0.0, 7.0).unwrap();
        assert_eq!(none.low.to_bits(), 0f64.to_bits());
        assert!(LeadRate::wilson(7.0, 7.0).unwrap().high.to_bits() == 1f64.to_bits());
        assert_eq!(LeadRate::wilson(0.0, 0.0), None);
        assert_eq!(LeadRate::wilson(2.0, 1.0), None);
    }

    proptest! {
        #[test]
        fn holds_its_value(trials in 1u32..100_000, share in 0.0f64..=1.0) {
            let successes = (f64::from(trials) * share).floor();
            let rate = LeadRate::wilson(successes, f64::from(trials)).unwrap();
            prop_assert!(0.0 <= rate.low && rate.low <= rate.value);
            prop_assert!(rate.value <= rate.high && rate.high <= 1.0);
        }
    }
}
