//! Of the curves that the measures share.

use proptest::prelude::*;
use serde::Deserialize;

use super::posterior::{Beta, Gamma, Posterior};

#[derive(Deserialize)]
struct Oracle {
    betas: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    alpha: f64,
    beta: f64,
    mean: f64,
    low: f64,
    high: f64,
}

#[test]
fn bounds_equal_scipys() {
    let oracle: Oracle =
        serde_json::from_str(include_str!("../../../tests/oracles/empirical_bayes.json")).unwrap();
    for case in oracle.betas {
        let found = Beta::new(case.alpha, case.beta).unwrap().estimate();
        for (found, expected) in [
            (found.mean, case.mean),
            (found.low, case.low.min(case.mean)),
            (found.high, case.high),
        ] {
            let apart = (found - expected).abs();
            assert!(apart < 1e-8 * expected, "{found} is not {expected}");
        }
    }
}

#[test]
fn a_curve_needs_something_on_both_sides() {
    for (alpha, beta) in [
        (0.0, 1.0),
        (1.0, 0.0),
        (f64::NAN, 1.0),
        (1.0, f64::INFINITY),
    ] {
        assert_eq!(Beta::new(alpha, beta), None);
        assert_eq!(Gamma::new(alpha, beta), None);
    }
}

proptest! {
    #[test]
    fn quantiles_are_where_the_probability_is(
        alpha in -2f64..6.0,
        beta in -2f64..7.0,
        share in 0.001f64..0.999,
    ) {
        let (alpha, beta) = (10f64.powf(alpha), 10f64.powf(beta));
        let rate = Beta::new(alpha, beta).unwrap();
        // Where the curve crowds against an end, neighbouring numbers lie far apart on it.
        let value = rate.quantile(share);
        if value > 1e-300 && value < 1.0 - 1e-6 {
            prop_assert!((rate.below(value) - share).abs() < 1e-7, "{} {}", value, rate.below(value));
        }
        let count = Gamma::new(alpha, beta).unwrap();
        let value = count.quantile(share);
        if value > 1e-300 {
            prop_assert!((count.below(value) - share).abs() < 1e-7, "{} {}", value, count.below(value));
        }
    }
}
