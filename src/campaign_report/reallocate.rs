//! Sums of a campaign's credits, reallocated among its networks by a data-driven model.
//!
//! # Invariants
//! - The sums of networks stay the sums of networks: for each kind, currency and match rule, to the
//!   last millionth and minor unit (largest remainder).
//! - Everything else stays where it was.
//!
//! # Out of scope
//! The model.

use super::observed::{ConvertedAmount, CreditSum, LeadLag};
use super::segment::Segment;
use crate::attribution::split;

/// Shares become whole numbers of this unit: 2^40.
const UNIT: f64 = 1_099_511_627_776.0;

/// Reallocates what networks were credited with, by `shares` of 1, each network once. Without any
/// share it becomes unattributed.
pub fn reallocate(credits: &[CreditSum], shares: &[(String, f64)]) -> Vec<CreditSum> {
    let (mut gathered, mut rest): (Vec<CreditSum>, Vec<CreditSum>) = (Vec::new(), Vec::new());
    for sum in credits {
        if sum.segment.network.is_none() || !sum.in_window {
            rest.push(sum.clone());
            continue;
        }
        let alike = |other: &&mut CreditSum| kind(other) == kind(sum);
        match gathered.iter_mut().find(alike) {
            Some(other) => add(other, sum),
            None => gathered.push(CreditSum {
                segment: Segment::default(),
                ..sum.clone()
            }),
        }
    }
    #[expect(clippy::cast_possible_truncation, reason = "shares are 0 to 1")]
    let weights: Vec<i64> = shares
        .iter()
        .map(|(_, share)| (share * UNIT).round() as i64)
        .collect();
    for sum in gathered {
        if weights.iter().all(|weight| *weight == 0) {
            rest.push(sum);
            continue;
        }
        rest.extend(parts(&sum, shares, &weights));
    }
    rest
}

/// The part of each network.
fn parts(sum: &CreditSum, shares: &[(String, f64)], weights: &[i64]) -> Vec<CreditSum> {
    let split = |whole| split(whole, weights);
    let [counts, firsts, seconds, amounts] =
        [sum.weight, sum.first_sales, sum.second_sales, sum.amount].map(split);
    let converted = sum
        .converted
        .map(|converted| (split(converted.amount), converted.latest_day));
    let lags: Vec<_> = sum.lags.iter().map(|lag| split(lag.weight)).collect();
    let payments: Vec<_> = sum
        .payments
        .iter()
        .map(|(_, amount)| split(*amount))
        .collect();
    let part = |(place, (network, _)): (usize, &(String, f64))| CreditSum {
        segment: Segment {
            network: Some(network.into()),
            ..Segment::default()
        },
        weight: counts[place],
        first_sales: firsts[place],
        second_sales: seconds[place],
        lags: sum
            .lags
            .iter()
            .zip(&lags)
            .map(|(lag, parts)| LeadLag {
                weight: parts[place],
                ..*lag
            })
            .collect(),
        payments: sum
            .payments
            .iter()
            .zip(&payments)
            .map(|((click, _), parts)| (*click, parts[place]))
            .collect(),
        amount: amounts[place],
        converted: converted
            .as_ref()
            .map(|(amounts, latest_day)| ConvertedAmount {
                amount: amounts[place],
                latest_day: *latest_day,
            }),
        ..sum.clone()
    };
    shares.iter().enumerate().map(part).collect()
}

/// What sums that may be added have in common.
fn kind(sum: &CreditSum) -> CreditSum {
    CreditSum {
        segment: Segment::default(),
        weight: 0,
        first_sales: 0,
        second_sales: 0,
        lags: Vec::new(),
        payments: Vec::new(),
        amount: 0,
        converted: sum.converted.map(|_| ConvertedAmount {
            amount: 0,
            latest_day: 0,
        }),
        ..sum.clone()
    }
}

fn add(sum: &mut CreditSum, more: &CreditSum) {
    sum.weight += more.weight;
    sum.first_sales += more.first_sales;
    sum.second_sales += more.second_sales;
    sum.lags.extend_from_slice(&more.lags);
    sum.payments.extend_from_slice(&more.payments);
    sum.amount = sum.amount.saturating_add(more.amount);
    if let (Some(sum), Some(more)) = (&mut sum.converted, more.converted) {
        sum.amount = sum.amount.saturating_add(more.amount);
        sum.latest_day = sum.latest_day.max(more.latest_day);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::WHOLE;
    use crate::conversion::{ConversionKind, MatchRule};
    use proptest::prelude::*;

    fn any_sum() -> impl Strategy<Value = CreditSum> {
        (
            prop::option::of(prop::sample::select(vec!["x", "facebook", "linkedin"])),
            prop::sample::select(vec![
                ConversionKind::Lead,
                ConversionKind::Sale,
                ConversionKind::Refund,
            ]),
            0i64..50 * WHOLE,
            -100_000i64..100_000,
            prop::option::of(-100_000i64..100_000),
            any::<bool>(),
        )
            .prop_map(
                |(network, kind, weight, amount, converted, in_window)| CreditSum {
                    segment: Segment {
                        network: network.map(Into::into),
                        ..Segment::default()
                    },
                    kind,
                    name: None,
                    currency: Some("EUR".parse().unwrap()),
                    joined_by: MatchRule::Path,
                    in_window,
                    weight,
                    first_sales: weight / 2,
                    second_sales: weight / 3,
                    lags: vec![LeadLag {
                        minutes: 1,
                        clicked_minute: 1,
                        weight,
                    }],
                    payments: vec![([7; 16], amount)],
                    amount,
                    converted: converted.map(|amount| ConvertedAmount {
                        amount,
                        latest_day: 20_000,
                    }),
                },
            )
    }

    /// What must be the same before and after: sums by kind, and by whether they stand with a
    /// network.
    fn totals(sums: &[CreditSum], is_with_network: bool, kind: ConversionKind) -> [i64; 7] {
        let mut totals = [0; 7];
        let with = |sum: &&CreditSum| sum.segment.network.is_some() && sum.in_window;
        let of = |sum: &&CreditSum| sum.kind == kind && with(sum) == is_with_network;
        for sum in sums.iter().filter(of) {
            let converted = sum.converted.map_or(0, |converted| converted.amount);
            let lags = sum.lags.iter().map(|lag| lag.weight).sum();
            let paid = sum.payments.iter().map(|(_, amount)| amount).sum();
            let sales = [sum.first_sales, sum.second_sales];
            let all = [
                sum.weight, sales[0], sales[1], sum.amount, converted, lags, paid,
            ];
            totals
                .iter_mut()
                .zip(all)
                .for_each(|(total, more)| *total += more);
        }
        totals
    }

    fn shares(all: &[(&str, f64)]) -> Vec<(String, f64)> {
        all.iter()
            .map(|(network, share)| ((*network).to_owned(), *share))
            .collect()
    }

    proptest! {
        #[test]
        fn every_sum_stays_whole(
            sums in prop::collection::vec(any_sum(), 0..20),
            parts in prop::collection::vec(0u8..=255, 3),
        ) {
            let whole: f64 = parts.iter().map(|part| f64::from(*part)).sum();
            prop_assume!(whole > 0.0);
            let names = ["facebook", "linkedin", "x"];
            let given: Vec<_> = names.into_iter().zip(&parts).collect();
            let given: Vec<_> = given.into_iter().map(|(name, part)| (name, f64::from(*part) / whole)).collect();
            let reallocated = reallocate(&sums, &shares(&given));
            for kind in [ConversionKind::Lead, ConversionKind::Sale, ConversionKind::Refund] {
                for with_network in [true, false] {
                    prop_assert_eq!(
                        totals(&sums, with_network, kind),
                        totals(&reallocated, with_network, kind)
                    );
                }
            }
            let nobodys = reallocate(&sums, &[]);
            for kind in [ConversionKind::Lead, ConversionKind::Sale, ConversionKind::Refund] {
                prop_assert_eq!(totals(&nobodys, true, kind), [0; 7]);
            }
        }
    }

    #[test]
    fn each_network_gets_its_share() {
        let sum = |network: &str, weight, amount| CreditSum {
            segment: Segment {
                network: Some(network.into()),
                ..Segment::default()
            },
            kind: ConversionKind::Sale,
            name: None,
            currency: Some("EUR".parse().unwrap()),
            joined_by: MatchRule::Path,
            in_window: true,
            weight,
            first_sales: 0,
            second_sales: 0,
            lags: Vec::new(),
            payments: Vec::new(),
            amount,
            converted: None,
        };
        let sums = [sum("x", 3 * WHOLE, 900), sum("linkedin", WHOLE, 101)];
        let reallocated = reallocate(
            &sums,
            &shares(&[("facebook", 0.0), ("linkedin", 0.75), ("x", 0.25)]),
        );
        let found: Vec<_> = reallocated
            .iter()
            .map(|sum| {
                (
                    sum.segment.network.as_deref().unwrap(),
                    sum.weight,
                    sum.amount,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("facebook", 0, 0),
                ("linkedin", 3 * WHOLE, 751),
                ("x", WHOLE, 250)
            ]
        );
    }
}
