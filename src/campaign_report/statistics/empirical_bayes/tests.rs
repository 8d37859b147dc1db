//! Rates drawn towards the usual one, held against the whole integral over every prior.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::campaign_report::statistics::posterior::Posterior;

#[derive(Deserialize)]
struct Oracle {
    campaigns: Vec<Campaign>,
}

#[derive(Deserialize)]
struct Campaign {
    rows: Vec<(f64, i64)>,
    posteriors: Vec<Exact>,
}

#[derive(Deserialize)]
struct Exact {
    mean: f64,
    sd: f64,
    low: f64,
    high: f64,
}

fn means(rows: &[(f64, i64)]) -> Vec<f64> {
    let mean = |row: Option<Beta>| row.unwrap().mean();
    learn(rows).rows.into_iter().map(mean).collect()
}

#[test]
fn comes_near_the_whole_integral_over_every_prior() {
    let oracle = include_str!("../../../../tests/oracles/empirical_bayes.json");
    let oracle: Oracle = serde_json::from_str(oracle).unwrap();
    for campaign in oracle.campaigns {
        let learnt = learn(&campaign.rows);
        for ((row, learnt), exact) in campaign
            .rows
            .iter()
            .zip(learnt.rows)
            .zip(campaign.posteriors)
        {
            // A fifth of the spread away is nothing that a decision hangs on.
            let found = learnt.unwrap().estimate();
            let near = |a: f64, b: f64, spreads: f64| (a - b).abs() < spreads * exact.sd;
            let shown = format!("{row:?} of {:?}: {found:?}", campaign.rows);
            assert!(
                near(found.mean, exact.mean, 0.2),
                "{shown}, not {}",
                exact.mean
            );
            assert!(
                near(found.low, exact.low, 0.4),
                "{shown}, not {}",
                exact.low
            );
            assert!(
                near(found.high, exact.high, 0.7),
                "{shown}, not {}",
                exact.high
            );
        }
    }
}

#[test]
fn rows_alike_pull_a_small_one_to_the_common_rate() {
    let found = means(&[(30.0, 1000), (31.0, 1000), (29.0, 1000), (1.0, 5)]);
    assert!((found[3] - 0.03).abs() < 0.003, "{found:?}");
}

#[test]
fn rows_apart_are_left_alone() {
    let found = means(&[(5.0, 1000), (100.0, 1000), (30.0, 1000)]);
    for (found, raw) in found.iter().zip([0.005, 0.1, 0.03]) {
        assert!((found - raw).abs() < 0.002, "{found} is not near {raw}");
    }
}

#[test]
fn one_row_is_its_own_common_rate_and_no_surer_than_its_people() {
    let row = learn(&[(12.0, 400)]).rows[0].unwrap().estimate();
    assert!((row.mean - 0.03).abs() < 0.002);
    let alone = Beta::new(12.5, 388.5).unwrap().estimate();
    assert!((row.high - row.low) / (alone.high - alone.low) > 0.9);
}

#[test]
fn nonsense_has_no_rate_and_teaches_nothing() {
    let learnt = learn(&[(3.0, 2), (12.0, 400), (f64::NAN, 9), (-1.0, 5), (0.0, 0)]);
    assert_eq!(learnt.rows[0], None);
    assert_eq!((learnt.rows[2], learnt.rows[3]), (None, None));
    assert_eq!(learnt.rows[1], learn(&[(12.0, 400)]).rows[0]);
    assert_eq!(learnt.rows[4], learnt.prior);
    assert_eq!(learn(&[(0.0, 0)]).rows, [None]);
    assert_eq!(learn(&[]).prior, None);
}

proptest! {
    #[test]
    fn order_does_not_matter_and_rates_lie_within_their_bounds(
        rows in prop::collection::vec((0.0f64..=1.0, 0i64..100_000), 1..20),
        turn in 0usize..20,
    ) {
        let rows: Vec<(f64, i64)> = rows
            .iter()
            .map(|(share, people)| ((share * float(*people)).floor(), *people))
            .collect();
        let mut turned = rows.clone();
        turned.rotate_left(turn % rows.len());
        let mut learnt = learn(&rows).rows;
        let other = learn(&turned).rows;
        learnt.rotate_left(turn % rows.len());
        prop_assert_eq!(&learnt, &other);
        if let Some(prior) = learn(&rows).prior {
            prop_assert!(prior.mean() > 0.0 && prior.mean() < 1.0);
            for row in learnt.into_iter().flatten() {
                let found = row.estimate();
                prop_assert!(0.0 <= found.low && found.low <= found.mean);
                prop_assert!(found.mean <= found.high && found.high <= 1.0);
                prop_assert!(row.alpha() + row.beta() >= 1.0 - 1e-9);
            }
        }
    }
}
