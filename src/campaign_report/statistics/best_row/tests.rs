//! Which row is the best, held against closed forms, bayesian-testing's lots and statsmodels'
//! sizes.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::campaign_report::statistics::empirical_bayes::learn;
use crate::campaign_report::statistics::estimate::float;
use crate::campaign_report::statistics::posterior::{Beta, Posterior};
use crate::campaign_report::statistics::probability_best::probability_best;

#[derive(Deserialize)]
struct Oracle {
    cases: Vec<Case>,
    closed_form: Closed,
    bayesian_testing: Case,
    sizes: Vec<Size>,
}

#[derive(Deserialize)]
struct Case {
    rows: Vec<(f64, f64)>,
    probability: Vec<f64>,
    loss: Vec<f64>,
}

#[derive(Deserialize)]
struct Closed {
    rows: Vec<(f64, f64)>,
    second_is_best: f64,
}

#[derive(Deserialize)]
struct Size {
    rates: (f64, f64),
    sample_size: f64,
}

fn oracle() -> Oracle {
    serde_json::from_str(include_str!("../../../../tests/oracles/best_row.json")).unwrap()
}

fn betas(rows: &[(f64, f64)]) -> Vec<Beta> {
    rows.iter()
        .map(|(alpha, beta)| Beta::new(*alpha, *beta).unwrap())
        .collect()
}

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() < tolerance,
        "{found} is not {expected}"
    );
}

#[test]
fn two_rows_have_the_probability_of_the_closed_form() {
    let closed = oracle().closed_form;
    let found = probability_best(&betas(&closed.rows));
    near(found[1].probability_best, closed.second_is_best, 1e-9);
    near(found[1].probability_best, 0.764_037_048, 1e-9);
}

#[test]
fn equals_another_integration_for_any_number_of_rows() {
    for case in oracle().cases {
        let found = probability_best(&betas(&case.rows));
        for (place, found) in found.iter().enumerate() {
            near(found.probability_best, case.probability[place], 1e-7);
            near(found.expected_loss, case.loss[place], 1e-7);
        }
    }
}

#[test]
fn agrees_with_bayesian_testing_as_far_as_its_lots_go() {
    let case = oracle().bayesian_testing;
    for (place, found) in probability_best(&betas(&case.rows)).iter().enumerate() {
        near(found.probability_best, case.probability[place], 2e-3);
        near(found.expected_loss, case.loss[place], 1e-4);
    }
}

#[test]
fn sample_sizes_equal_those_of_statsmodels() {
    for size in oracle().sizes {
        let found = sample_size(size.rates.0, size.rates.1);
        near(found / size.sample_size, 1.0, 1e-9);
    }
}

#[test]
fn one_row_is_the_best_and_none_is_nothing() {
    let one = probability_best(&betas(&[(3.0, 40.0)]));
    near(one[0].probability_best, 1.0, 1e-12);
    near(one[0].expected_loss, 0.0, 1e-9);
    assert_eq!(probability_best::<Beta>(&[]), []);
}

fn contender(successes: f64, people: i64) -> Contender {
    let posterior = Beta::new(successes + 1.0, float(people) - successes + 1.0).unwrap();
    Contender {
        successes,
        people,
        posterior,
    }
}

fn judged(rows: &[Contender]) -> Option<BestVerdict> {
    let posteriors: Vec<Beta> = rows.iter().map(|row| row.posterior).collect();
    verdict(
        rows,
        &probability_best(&posteriors),
        &BestRowFloor::default(),
    )
}

fn more(rows: &[Contender]) -> MoreVisitors {
    match judged(rows) {
        Some(BestVerdict::NotDistinguishableYet { more_visitors }) => more_visitors,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_clear_winner_is_named() {
    let found = judged(&[contender(10.0, 1000), contender(60.0, 1000)]).unwrap();
    assert!(matches!(found, BestVerdict::Best { row: 1, probability } if probability > 0.99));
    assert_eq!(
        found.sentence(|row| ["x", "linkedin"][row].to_owned()),
        "linkedin is the best, 99 % sure"
    );
}

#[test]
fn a_row_is_said_to_be_behind_only_those_that_it_is_behind() {
    use super::{Separation, TrailingRow};
    let behind = |row, of: &[usize]| TrailingRow {
        row,
        of: of.to_vec(),
    };
    let apart = |behind| Separation {
        leading: vec![0, 1],
        behind,
    };
    let says = |behind| {
        let undecided = BestVerdict::NotDistinguishableYet {
            more_visitors: MoreVisitors::About(9),
        };
        let name = |row: usize| ["a", "b", "c", "d"][row].to_owned();
        let says = undecided.sentence_with(&apart(behind), name);
        says.rsplit_once("; ").unwrap().1.to_owned()
    };
    let both = vec![behind(2, &[1]), behind(3, &[0, 1])];
    assert_eq!(says(both), "c and d are clearly behind b");
    let each = vec![behind(2, &[0]), behind(3, &[1])];
    assert_eq!(says(each), "c is clearly behind a");
}

#[test]
fn rows_too_close_tell_what_is_missing() {
    // Means of the posteriors 13/402 and 22/537: 7,030 people each, less the 400 and 535 there are.
    let rows = [contender(12.0, 400), contender(21.0, 535)];
    let each = sample_size(13.0 / 402.0, 22.0 / 537.0);
    let MoreVisitors::About(found) = more(&rows) else {
        panic!("a number was to be had");
    };
    let shown = u32::try_from(found).unwrap();
    let missing = 2.0 * each - 935.0;
    assert!(
        (missing..missing * 1.1).contains(&f64::from(shown)),
        "{found} for {missing}"
    );
    let shown = judged(&rows).unwrap().sentence(|_| unreachable!());
    assert_eq!(
        shown,
        format!(
            "not distinguishable yet: about {},000 more visitors needed",
            found / 1000
        )
    );
}

#[test]
fn the_example_of_the_docs() {
    let counts = [(40.0, 2000), (45.0, 1000), (2.0, 10)];
    let learnt: Vec<Beta> = learn(&counts).rows.into_iter().flatten().collect();
    let rows: Vec<Contender> = counts
        .iter()
        .zip(&learnt)
        .map(|((successes, people), posterior)| Contender {
            successes: *successes,
            people: *people,
            posterior: *posterior,
        })
        .collect();
    let percents: Vec<String> = learnt
        .iter()
        .map(Posterior::estimate)
        .map(|rate| {
            format!(
                "{:.1} {:.1} {:.1}",
                rate.mean * 100.0,
                rate.low * 100.0,
                rate.high * 100.0
            )
        })
        .collect();
    assert_eq!(percents, ["2.2 1.5 2.9", "4.3 3.1 5.7", "5.7 0.7 15.5"]);
    near(probability_best(&learnt)[2].probability_best, 0.56, 0.005);
    assert_eq!(more(&rows), MoreVisitors::About(7300));
    let found = judged(&[contender(40.0, 2000), contender(45.0, 1000)]);
    assert!(matches!(found, Some(BestVerdict::Best { row: 1, .. })));
}

#[test]
fn equal_rows_never_get_there() {
    let rows = [contender(30.0, 1000), contender(30.0, 1000)];
    assert_eq!(more(&rows), MoreVisitors::MoreThanAMillion);
    assert_eq!(more(&rows).to_string(), "more than 1,000,000");
}

#[test]
fn sure_of_too_little_is_not_sure() {
    // Nine leads of twenty people against none, then three of sixty against one of two thousand:
    // probable, but below the floor.
    let rows = [contender(9.0, 20), contender(0.0, 20)];
    assert_eq!(more(&rows), MoreVisitors::About(60));
    let rows = [contender(1.0, 2000), contender(3.0, 60)];
    assert_eq!(more(&rows), MoreVisitors::About(31));
    assert_eq!(judged(&[contender(9.0, 20)]), None);
    assert_eq!(judged(&[]), None);
}

#[test]
fn numbers_are_rounded_up_to_two_digits() {
    for (more, shown) in [
        (0.2, "about 1"),
        (41.2, "about 42"),
        (1210.0, "about 1,300"),
        (990_001.0, "about 1,000,000"),
        (f64::INFINITY, "more than 1,000,000"),
    ] {
        assert_eq!(verdict::rounded(more).to_string(), shown);
    }
}

proptest! {
    #[test]
    fn probabilities_sum_to_one_in_any_order(
        rows in prop::collection::vec((0.01f64..3000.0, 0.05f64..90_000.0), 1..25),
        turn in 0usize..25,
    ) {
        let turn = turn % rows.len();
        let rows = betas(&rows);
        let mut turned = rows.clone();
        turned.rotate_left(turn);
        let mut found = probability_best(&rows);
        let sum: f64 = found.iter().map(|chance| chance.probability_best).sum();
        prop_assert!((sum - 1.0).abs() < 1e-9);
        found.rotate_left(turn);
        for (one, other) in found.iter().zip(probability_best(&turned)) {
            prop_assert!((0.0..=1.0 + 1e-9).contains(&one.probability_best));
            prop_assert!((one.probability_best - other.probability_best).abs() < 1e-9);
            prop_assert!((one.expected_loss - other.expected_loss).abs() < 1e-9);
            prop_assert!(one.expected_loss >= 0.0);
        }
    }
}
