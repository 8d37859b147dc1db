//! Whether one measure goes with another: did the posts with more likes bring more leads?
//!
//! Spearman's rho compares orders instead of amounts, so a single viral post does not decide. It is
//! 1 if both measures give the same order, -1 if they give the reverse, and 0 if they are
//! unrelated. Ties share the mean of their places. Source of the range: D. G. Bonett, T. A. Wright,
//! "Sample size requirements for estimating Pearson, Kendall and Spearman correlations",
//! Psychometrika 65 (2000).
//!
//! # Invariants
//! - `-1 <= low <= rho <= high <= 1`.
//! - The order of pairs does not matter.

use serde::{Deserialize, Serialize};

use super::estimate::Z_95;

/// Fewer pairs than this have no range.
pub const LEAST_PAIRS: usize = 4;
/// A range that reaches further from 0 than this leaves a strong correlation possible.
const STRONG: f64 = 0.7;

/// How well the order by one measure agrees with the order by another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RankCorrelation {
    /// Spearman's rho, from -1 to 1.
    pub rho: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
    /// Pairs compared.
    pub pairs: usize,
}

/// Spearman's rho of the pairs; `None` for fewer than [`LEAST_PAIRS`], where one measure is the
/// same everywhere, and for what is not a number.
pub fn spearman(pairs: &[(f64, f64)]) -> Option<RankCorrelation> {
    if pairs.len() < LEAST_PAIRS || pairs.iter().any(|(x, y)| x.is_nan() || y.is_nan()) {
        return None;
    }
    let x = places(pairs, |pair| pair.0);
    let y = places(pairs, |pair| pair.1);
    // Twice a place less twice the mean place is whole, so these sums are exact in any order.
    let product = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    let spread = (product(&x, &x) * product(&y, &y)).sqrt();
    if spread == 0.0 {
        return None;
    }
    let rho = (product(&x, &y) / spread).clamp(-1.0, 1.0);
    #[expect(clippy::cast_precision_loss, reason = "a number of posts")]
    let count = pairs.len() as f64;
    // A perfect order among few is not certain: it counts as half a step short of perfect.
    let nearly = 1.0 - 6.0 / (count * (count * count - 1.0));
    let centre = rho.clamp(-nearly, nearly).atanh();
    let reach = Z_95 * ((1.0 + rho * rho / 2.0) / (count - 3.0)).sqrt();
    Some(RankCorrelation {
        rho,
        low: (centre - reach).tanh().min(rho),
        high: (centre + reach).tanh().max(rho),
        pairs: pairs.len(),
    })
}

/// Twice the place of each value in their order, less twice the mean place; ties share theirs.
fn places(pairs: &[(f64, f64)], of: fn(&(f64, f64)) -> f64) -> Vec<f64> {
    let values: Vec<f64> = pairs.iter().map(of).collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut places = vec![0.0; values.len()];
    let mut before = 0;
    #[expect(clippy::float_cmp, reason = "ties are values that are the same")]
    for ties in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let after = values.len() - before - ties.len();
        #[expect(clippy::cast_precision_loss, reason = "a number of posts")]
        let place = before as f64 - after as f64;
        for tied in ties {
            places[*tied] = place;
        }
        before += ties.len();
    }
    places
}

/// What follows for `measure` (such as `likes`) and `outcome` (such as `leads`), in plain words.
///
/// The measure predicted the outcome if the whole range lies above 0. If the range holds 0, it did
/// not. But if the range is so wide that a strong correlation (0.7) is possible, or if there is no
/// rho, the question cannot be answered yet.
pub fn sentence(measure: &str, outcome: &str, rank: Option<RankCorrelation>) -> String {
    let Some(rank) = rank else {
        return format!(
            "whether {measure} predict {outcome} cannot be told yet: too little to compare"
        );
    };
    // What rounds to nothing has no sign.
    let shown = |value: f64| (value * 10.0).round() / 10.0 + 0.0;
    let numbers = format!(
        "rho {:.1}, between {:.1} and {:.1}",
        shown(rank.rho),
        shown(rank.low),
        shown(rank.high)
    );
    if rank.low > 0.0 {
        format!("{measure} did predict {outcome} in this campaign: {numbers}")
    } else if rank.high < 0.0 {
        format!("{measure} went against {outcome} in this campaign: {numbers}")
    } else if rank.low < -STRONG || rank.high > STRONG {
        format!("whether {measure} predict {outcome} cannot be told yet: {numbers}")
    } else {
        format!("{measure} did not predict {outcome} in this campaign: {numbers}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Oracle {
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        pairs: Vec<(f64, f64)>,
        rho: f64,
        low: f64,
        high: f64,
    }

    #[test]
    fn equals_scipy() {
        let oracle = include_str!("../../../tests/oracles/spearman.json");
        let oracle: Oracle = serde_json::from_str(oracle).unwrap();
        for case in oracle.cases {
            let found = spearman(&case.pairs).unwrap();
            for (found, expected) in [
                (found.rho, case.rho),
                (found.low, case.low),
                (found.high, case.high),
            ] {
                assert!(
                    (found - expected).abs() < 1e-10,
                    "{found} is not {expected}"
                );
            }
        }
    }

    #[test]
    fn a_perfect_order_of_few_is_not_certain() {
        let found = spearman(&[(1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (4.0, 4.0)]).unwrap();
        assert!((found.rho - 1.0).abs() < 1e-12);
        assert!(found.low < 0.0, "{found:?}");
        let many: Vec<_> = (0..40).map(|n| (f64::from(n), f64::from(-n))).collect();
        let found = spearman(&many).unwrap();
        assert!((found.rho + 1.0).abs() < 1e-12 && found.high < -0.99);
    }

    #[test]
    fn what_cannot_be_compared_has_no_rho() {
        assert_eq!(spearman(&[(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)]), None);
        assert_eq!(
            spearman(&[(1.0, 5.0), (2.0, 5.0), (3.0, 5.0), (4.0, 5.0)]),
            None
        );
        assert_eq!(
            spearman(&[(1.0, 5.0), (2.0, f64::NAN), (3.0, 5.0), (4.0, 6.0)]),
            None
        );
    }

    #[test]
    fn the_numbers_decide_the_words() {
        let rank = |rho, low, high| {
            let pairs = 15;
            Some(RankCorrelation {
                rho,
                low,
                high,
                pairs,
            })
        };
        for (rank, words) in [
            (
                rank(0.12, -0.41, 0.58),
                "likes did not predict leads in this campaign: rho 0.1, between -0.4 and 0.6",
            ),
            (
                rank(0.8, 0.5, 0.93),
                "likes did predict leads in this campaign: rho 0.8, between 0.5 and 0.9",
            ),
            (
                rank(-0.6, -0.8, -0.3),
                "likes went against leads in this campaign: rho -0.6, between -0.8 and -0.3",
            ),
            (
                rank(-0.02, -0.8, 0.8),
                "whether likes predict leads cannot be told yet: rho 0.0, between -0.8 and 0.8",
            ),
            (
                None,
                "whether likes predict leads cannot be told yet: too little to compare",
            ),
        ] {
            assert_eq!(sentence("likes", "leads", rank), words);
        }
    }

    proptest! {
        #[test]
        fn stays_within_its_ends_in_any_order(
            pairs in prop::collection::vec((0i32..9, -4i32..5), 0..40),
        ) {
            let pairs: Vec<(f64, f64)> =
                pairs.iter().map(|(x, y)| (f64::from(*x), f64::from(*y))).collect();
            let turned: Vec<_> = pairs.iter().rev().copied().collect();
            prop_assert_eq!(spearman(&pairs), spearman(&turned));
            if let Some(found) = spearman(&pairs) {
                prop_assert!(-1.0 <= found.low && found.low <= found.rho);
                prop_assert!(found.rho <= found.high && found.high <= 1.0);
            }
        }
    }
}
