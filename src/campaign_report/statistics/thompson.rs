//! What to post next: the options that brought most leads so far, and those too new to judge.
//!
//! An option (a network, an hour, a kind of text) gets posts in proportion to the probability that
//! it brings the most leads for each post (W. R. Thompson, "On the likelihood that one unknown
//! probability exceeds another", Biometrika 25, 1933). So good options are used, and unknown ones
//! are tried until they are known.
//!
//! # Invariants
//! - Shares sum to one, and an option without posts has a share.
//! - The same seed draws the same posts.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use super::posterior::{Gamma, Posterior};
use super::probability_best::probability_best;

/// What is known of each option's leads for each post, in the options' order.
///
/// `options` are the leads of each of its posts, old enough for most leads to have come; they may
/// be fractions. Posts of one option differ by more than chance, and so count as fewer that do not:
/// as many as their index of dispersion says, which all options share. To what is known of an
/// option, one such post with the mean of all is added. `None` when there is no post at all, or
/// leads below 0.
pub fn learn(options: &[&[f64]]) -> Option<Vec<Gamma>> {
    let mut all: Vec<f64> = options.iter().flat_map(|posts| *posts).copied().collect();
    if all.is_empty() || !all.iter().all(|leads| leads.is_finite() && *leads >= 0.0) {
        return None;
    }
    all.sort_by(f64::total_cmp);
    let usual = (all.iter().sum::<f64>() + 0.5) / count(all.len());
    let mut misfit: Vec<f64> = Vec::with_capacity(all.len());
    for posts in options {
        let mean = posts.iter().sum::<f64>() / count(posts.len());
        misfit.extend(
            posts
                .iter()
                .filter(|_| mean > 0.0)
                .map(|leads| (leads - mean).powi(2) / mean),
        );
    }
    misfit.sort_by(f64::total_cmp);
    let used = options.iter().filter(|posts| !posts.is_empty()).count();
    let free = all.len() - used;
    let dispersion = if free == 0 {
        1.0
    } else {
        (misfit.iter().sum::<f64>() / count(free)).max(1.0)
    };
    let known = |posts: &&[f64]| {
        let leads = posts.iter().sum::<f64>() + usual;
        Gamma::new(leads / dispersion, (count(posts.len()) + 1.0) / dispersion)
    };
    options.iter().map(known).collect()
}

/// Probability of each option to be the one that brings most; in their order.
pub fn shares<P: Posterior>(options: &[P]) -> Vec<f64> {
    probability_best(options)
        .into_iter()
        .map(|chance| chance.probability_best)
        .collect()
}

/// The next posts: for each the place of an option, drawn by its share. Over many draws each option
/// comes as often as its share says; with few, chance decides which goes first.
pub fn draw(shares: &[f64], posts: usize, seed: u64) -> Vec<usize> {
    if shares.is_empty() {
        return Vec::new();
    }
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let pick = |drawn: f64| {
        let mut upto = 0.0;
        let place = shares.iter().position(|share| {
            upto += share;
            drawn < upto
        });
        // Shares may sum to slightly less than one.
        place.unwrap_or(shares.len() - 1)
    };
    (0..posts).map(|_| pick(rng.random())).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a number of posts")]
fn count(posts: usize) -> f64 {
    posts as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;
    use crate::campaign_report::statistics::posterior::Beta;

    #[derive(Deserialize)]
    struct Oracle {
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        options: Vec<(f64, f64)>,
        probability: Vec<f64>,
        bayesian_testing: Vec<f64>,
        mean: Vec<f64>,
        low: Vec<f64>,
        high: Vec<f64>,
    }

    fn near(found: f64, expected: f64, tolerance: f64) {
        assert!(
            (found - expected).abs() < tolerance,
            "{found} is not {expected}"
        );
    }

    #[test]
    fn equals_another_integration_and_bayesian_testing() {
        let oracle = include_str!("../../../tests/oracles/thompson.json");
        let oracle: Oracle = serde_json::from_str(oracle).unwrap();
        for case in oracle.cases {
            let gamma = |option: &(f64, f64)| Gamma::new(option.0, option.1).unwrap();
            let options: Vec<Gamma> = case.options.iter().map(gamma).collect();
            for (place, share) in shares(&options).into_iter().enumerate() {
                near(share, case.probability[place], 1e-7);
                near(share, case.bayesian_testing[place], 2e-3);
                let found = options[place].estimate();
                near(found.mean, case.mean[place], 1e-9);
                near(found.low, case.low[place], 1e-9);
                near(found.high, case.high[place], 1e-8);
            }
        }
    }

    #[test]
    fn rates_compete_as_well_as_counts() {
        let options = [
            Beta::new(13.0, 389.0).unwrap(),
            Beta::new(22.0, 515.0).unwrap(),
        ];
        near(shares(&options)[1], 0.764_037_048, 1e-8);
    }

    #[test]
    fn what_was_never_tried_gets_its_turn() {
        let options = learn(&[&[2.0, 3.0, 1.0, 2.0, 2.0, 3.0], &[]]).unwrap();
        let shares = shares(&options);
        assert!(shares[1] > 0.2 && shares[1] < 0.8, "{shares:?}");
        assert_eq!(learn(&[&[], &[]]), None);
        assert_eq!(learn(&[&[1.0, -1.0]]), None);
        assert_eq!(learn(&[]), None);
    }

    #[test]
    fn posts_that_differ_wildly_tell_less() {
        let known = |posts: &[f64]| learn(&[posts]).unwrap()[0].estimate();
        let (wild, calm) = (known(&[0.0, 0.0, 0.0, 20.0]), known(&[5.0, 5.0, 5.0, 5.0]));
        // Twenty leads and one post's worth of the mean, of five posts.
        near(wild.mean, (20.0 + 20.5 / 4.0) / 5.0, 1e-12);
        near(calm.mean, wild.mean, 1e-12);
        assert!(wild.high - wild.low > 2.0 * (calm.high - calm.low));
    }

    #[test]
    fn posts_are_drawn_by_share() {
        let drawn = draw(&[0.2, 0.8], 10_000, 7);
        let second = drawn.iter().filter(|place| **place == 1).count();
        assert!((7800..8200).contains(&second), "{second}");
        assert_eq!(drawn, draw(&[0.2, 0.8], 10_000, 7));
        assert_ne!(drawn, draw(&[0.2, 0.8], 10_000, 8));
        assert!(draw(&[], 3, 1).is_empty());
    }

    proptest! {
        #[test]
        fn shares_sum_to_one_and_follow_their_options(
            options in prop::collection::vec(prop::collection::vec(0.0f64..30.0, 0..9), 1..12),
        ) {
            let posts: Vec<&[f64]> = options.iter().map(Vec::as_slice).collect();
            let turned: Vec<&[f64]> = posts.iter().rev().copied().collect();
            if let Some(known) = learn(&posts) {
                let found = shares(&known);
                prop_assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-9);
                let mut other = shares(&learn(&turned).unwrap());
                other.reverse();
                for (one, other) in found.iter().zip(other) {
                    prop_assert!((one - other).abs() < 1e-9);
                }
                for option in known {
                    let known = option.estimate();
                    prop_assert!(known.low <= known.mean && known.mean <= known.high);
                }
            }
        }
    }
}
