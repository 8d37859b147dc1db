//! Exchange rates, and the value of credits by them.

use leadline::attribution::{AttributionModel, Credit, CreditsByModel, Touch, WHOLE};
use leadline::campaign::Campaign;
use leadline::campaign_report::CreditSum;
use leadline::clock::{DAY_MS, Millis};
use leadline::conversion::{ConversionKind, JoinEvidence, NewConversion};
use leadline::id::{CampaignId, WorkspaceId};
use leadline::money::rate::DayRate;
use leadline::money::{Currency, Money};
use leadline::store::credit::cache;
use leadline::store::credit::{self, exchange};
use leadline::store::{self, Tx, exchange_rate};
use leadline::worker::rates::{self, LoadedRates};
use rstest::rstest;

use super::{T0, campaign, campaign_id, conversion_id, workspace};
use crate::support::database::Database;

fn rate(day: i64, code: &str, rate: &str) -> DayRate {
    DayRate {
        day,
        currency: code.parse().unwrap(),
        rate: rate.parse().unwrap(),
    }
}

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

async fn earned(tx: &mut Tx, campaign: CampaignId, until: Millis) -> Vec<CreditSum> {
    let credits = cache::of_campaign(tx, campaign).await;
    credits.unwrap().earned(AttributionModel::LastTouch, until)
}

#[rstest]
#[tokio::test]
async fn rates_are_put_once_and_hold_for_a_week(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let mut tx = test.store.write().await.unwrap();
    let rates = [
        rate(10, "USD", "1.10"),
        rate(10, "JPY", "160"),
        rate(12, "USD", "1.2"),
    ];
    let put = exchange_rate::upsert(&mut tx, &rates, "ecb", T0)
        .await
        .unwrap();
    assert_eq!((put.new, put.changed, put.unchanged), (3, 0, 0));
    let rates = [
        rate(10, "USD", "1.10"),
        rate(12, "USD", "1.3"),
        rate(-4, "USD", "1"),
    ];
    let put = exchange_rate::upsert(&mut tx, &rates, "ecb", T0)
        .await
        .unwrap();
    assert_eq!((put.new, put.changed, put.unchanged), (1, 1, 1));
    let known = exchange_rate::list(&mut tx).await.unwrap();
    let known: Vec<_> = known
        .iter()
        .map(|it| (&*it.currency, it.first_day, it.last_day, it.days))
        .collect();
    assert_eq!(known, [("JPY", 10, 10, 1), ("USD", -4, 12, 3)]);
    for (from, to, day, expected) in [
        ("USD", "EUR", 11, Some((10, "1.10"))),
        ("USD", "EUR", 19, Some((12, "1.3"))),
        ("USD", "EUR", 20, None),
        ("USD", "JPY", 13, Some((10, "1.10"))),
        ("GBP", "EUR", 10, None),
    ] {
        let quote = exchange_rate::quote(&mut tx, currency(from), currency(to), day).await;
        let quote = quote
            .unwrap()
            .map(|quote| (quote.day, quote.from.to_string()));
        let expected = expected.map(|(day, from)| (day, from.to_owned()));
        assert_eq!(quote, expected, "{from} {to} {day}");
    }
}

/// So much of a sale, for a campaign.
fn share(campaign: Option<u8>, weight: i64, amount: i64) -> Credit {
    Credit {
        touch: campaign.map(|n| Touch {
            click_id: None,
            campaign_id: Some(campaign_id(n)),
            network: Some(format!("n{n}")),
            network_seen: None,
            country: None,
            device: None,
            link_id: None,
            clicked_at: None,
        }),
        weight,
        amount: Some(amount),
    }
}

/// A sale of 100 dollars.
fn sale(workspace_id: WorkspaceId, n: u8) -> NewConversion {
    NewConversion {
        id: conversion_id(n),
        workspace_id,
        source_id: None,
        event_id: format!("o-{n}"),
        kind: ConversionKind::Sale,
        name: None,
        occurred_at: T0,
        received_at: T0,
        value: Some(Money {
            amount: 10_000,
            currency: currency("USD"),
        }),
        refund_of: None,
        evidence: JoinEvidence::default(),
        order: None,
    }
}

#[rstest]
#[tokio::test]
async fn shares_sum_to_the_converted_amount_in_each_campaign_s_currency(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut tx = test.store.write().await.unwrap();
    for (n, code) in [(1, "EUR"), (2, "EUR"), (3, "JPY"), (4, "USD")] {
        let campaign = Campaign {
            currency: currency(code),
            ..campaign(one, n, &format!("c{n}"))
        };
        assert!(store::campaign::insert(&mut tx, &campaign).await.unwrap());
    }
    let sale = |n| sale(one, n);
    let third = WHOLE / 3;
    let euros = [
        share(Some(1), third, 3_333),
        share(Some(2), third, 3_333),
        share(Some(2), WHOLE - 2 * third, 3_334),
    ];
    let mixed = [
        share(Some(1), WHOLE / 2, 5_000),
        share(Some(3), WHOLE / 4, 2_500),
        share(Some(4), WHOLE / 8, 1_250),
        share(None, WHOLE / 8, 1_250),
    ];
    let model = AttributionModel::LastTouch;
    for (n, credits) in [(1, &euros[..]), (2, &mixed[..])] {
        let sale = sale(n);
        assert!(store::conversion::insert(&mut tx, &sale).await.unwrap());
        let all = CreditsByModel::from([(model, credits.to_vec())]);
        credit::replace(&mut tx, &sale, T0, "utm", &all)
            .await
            .unwrap();
    }
    let span = (T0, T0.plus_ms(DAY_MS));
    let waiting = exchange::waiting(&mut tx, span, None, 9).await.unwrap();
    assert_eq!(waiting, [], "no rate is there");
    let day = T0.day() - 3;
    let rates = [rate(day, "USD", "1.0521"), rate(day, "JPY", "163.2")];
    exchange_rate::upsert(&mut tx, &rates, "ecb", T0)
        .await
        .unwrap();
    let first = exchange::waiting(&mut tx, span, None, 1).await.unwrap();
    assert_eq!(first, [(T0, conversion_id(1))]);
    let rest = exchange::waiting(&mut tx, span, Some(&first[0]), 9)
        .await
        .unwrap();
    assert_eq!(rest, [(T0, conversion_id(2))]);
    for (n, credits) in [(1, &euros[..]), (2, &mixed[..])] {
        let all = CreditsByModel::from([(model, credits.to_vec())]);
        credit::replace(&mut tx, &sale(n), T0, "utm", &all)
            .await
            .unwrap();
    }
    let waiting = exchange::waiting(&mut tx, span, None, 9).await.unwrap();
    assert_eq!(waiting, [], "all are converted");
    let mut converted = Vec::new();
    for n in 1..=4 {
        let sums = earned(&mut tx, campaign_id(n), span.1).await;
        for sum in sums {
            assert!(sum.converted.is_none_or(|it| it.latest_day == day));
            converted.push((n, sum.amount, sum.converted.map(|it| it.amount)));
        }
    }
    // 100 USD are 95.05 EUR, or 15512 JPY: of the first sale 31.68 + 63.37 EUR, and half of the
    // other.
    assert_eq!(
        converted,
        [
            (1, 8_333, Some(3_168 + 4_753)),
            (2, 6_667, Some(6_337)),
            (3, 2_500, Some(3_878)),
            (4, 1_250, None),
        ]
    );
}

#[rstest]
#[tokio::test]
async fn whatever_has_waited_is_converted_in_batches_and_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut tx = test.store.write().await.unwrap();
    let euros = campaign(one, 1, "Spring");
    assert!(store::campaign::insert(&mut tx, &euros).await.unwrap());
    let (model, waiting) = (AttributionModel::LastTouch, 250u8);
    for n in 0..waiting {
        let sale = sale(one, n);
        let whole = CreditsByModel::from([(model, vec![share(Some(1), WHOLE, 10_000)])]);
        assert!(store::conversion::insert(&mut tx, &sale).await.unwrap());
        credit::replace(&mut tx, &sale, T0, "utm", &whole)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let rates = [rate(T0.day(), "USD", "1.0521")];
    for expected in [u64::from(waiting), 0] {
        let mut told = Vec::new();
        let tell = |so_far: &LoadedRates| told.push(so_far.converted);
        let loaded = rates::load(&test.store, &rates, "ecb", T0, tell).await;
        assert_eq!(loaded.unwrap().converted, expected);
        assert_eq!(told.len(), if expected == 0 { 1 } else { 3 }, "{told:?}");
    }
    let mut tx = test.store.read().await.unwrap();
    let span = (T0, T0.plus_ms(1));
    let sums = earned(&mut tx, euros.id, span.1).await;
    let converted: Vec<_> = sums
        .iter()
        .map(|sum| sum.converted.map(|it| it.amount))
        .collect();
    assert_eq!(converted, [Some(250 * 9_505)]);
}
