//! What is to be expected, held against scipy's numbers.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Oracle {
    learnt: Vec<ShrunkRates>,
}

#[derive(Deserialize)]
struct ShrunkRates {
    periods: Vec<(u64, f64)>,
    exposure: f64,
    observed: u64,
    dispersion: f64,
    expected: f64,
    likely: (u64, u64),
    almost_certain: (u64, u64),
    at_least: f64,
    lift: (f64, Option<f64>),
}

fn oracle() -> Oracle {
    serde_json::from_str(include_str!("../../../../tests/oracles/predictive.json")).unwrap()
}

fn near(found: f64, expected: f64) {
    let tolerance = 1e-8 * expected.abs().max(1.0);
    assert!(
        (found - expected).abs() < tolerance,
        "{found} is not {expected}"
    );
}

fn ends(range: CountRange) -> (u64, u64) {
    (range.low, range.high)
}

#[test]
fn learnt_baselines_equal_scipys_negative_binomial() {
    for case in oracle().learnt {
        let baseline = Baseline::learn(&case.periods).unwrap();
        let found = baseline.compare(case.observed, case.exposure).unwrap();
        near(found.expected, case.expected);
        near(found.dispersion.unwrap(), case.dispersion);
        assert_eq!(ends(found.range_80), case.likely);
        assert_eq!(ends(found.range_95), case.almost_certain);
        near(found.at_least, case.at_least);
        near(found.lift.low, case.lift.0);
        near(found.lift.high.unwrap(), case.lift.1.unwrap());
    }
}

#[test]
fn too_few_periods_tell_nothing() {
    assert_eq!(Baseline::learn(&[(8, 1.0); 3]), None);
    assert_eq!(Baseline::learn(&[(8, 0.0); 9]), None);
    let baseline = Baseline::learn(&[(8, 1.0); 4]).unwrap();
    assert_eq!(baseline.compare(3, 0.0), None);
}

#[test]
fn where_nothing_ever_was_a_lift_has_no_upper_end() {
    let baseline = Baseline::learn(&[(0, 1.0); 5]).unwrap();
    let found = baseline.compare(3, 1.0).unwrap();
    assert_eq!(found.lift.high, None);
    assert!(found.at_least < 0.01 && found.lift.low > 0.0);
    assert_eq!(ends(found.range_80), (0, 0));
}

proptest! {
    #[test]
    fn ranges_hold_what_is_expected(
        periods in prop::collection::vec((0u64..4000, 0.1f64..9.0), 4..12),
        observed in 0u64..5000,
        exposure in 0.1f64..9.0,
    ) {
        let found = Baseline::learn(&periods).unwrap().compare(observed, exposure).unwrap();
        let turned: Vec<_> = periods.iter().rev().copied().collect();
        let other = Baseline::learn(&turned).unwrap().compare(observed, exposure).unwrap();
        prop_assert_eq!(found, other);
        prop_assert!((0.0..=1.0).contains(&found.at_least));
        prop_assert!(found.range_95.low <= found.range_80.low);
        prop_assert!(found.range_80.low <= found.range_80.high);
        prop_assert!(found.range_80.high <= found.range_95.high);
        prop_assert!(float(found.range_95.low) <= found.expected);
        prop_assert!(found.lift.low <= found.lift.value && found.lift.low >= -1.0);
        prop_assert!(found.lift.high.is_none_or(|high| found.lift.value <= high));
    }
}
