//! The rules by which conversions were credited, and the leads that windows of sales begin with.

use leadline::attribution::window::SKEW_MS;
use leadline::attribution::{AttributionModel, Credit, CreditsByModel, Touch, WHOLE};
use leadline::conversion::{ConversionKind, JoinEvidence, NewConversion};
use leadline::id::WorkspaceId;
use leadline::store::conversion::related::{self, Identifier};
use leadline::store::credit::{self, version};
use leadline::store::{self, conversion};
use rstest::rstest;

use super::{T0, campaign, campaign_id, conversion_id, workspace};
use crate::support::database::Database;

/// A conversion at `T0` and so many milliseconds, of a customer with these marks.
fn report(
    workspace_id: WorkspaceId,
    n: u8,
    kind: ConversionKind,
    marks: [Option<&str>; 2],
) -> NewConversion {
    NewConversion {
        id: conversion_id(n),
        workspace_id,
        source_id: None,
        event_id: format!("e-{n}"),
        kind,
        name: None,
        occurred_at: T0.plus_ms(i64::from(n)),
        received_at: T0,
        value: None,
        refund_of: None,
        evidence: JoinEvidence {
            external_id: marks[0].map(str::to_owned),
            email_hash: marks[1].map(str::to_owned),
            ..JoinEvidence::default()
        },
        order: None,
    }
}

fn whole(campaign: Option<u8>) -> Vec<Credit> {
    let touch = campaign.map(|n| Touch {
        click_id: None,
        campaign_id: Some(campaign_id(n)),
        network: None,
        network_seen: None,
        country: None,
        device: None,
        link_id: None,
        clicked_at: None,
    });
    vec![Credit {
        touch,
        weight: WHOLE,
        amount: None,
    }]
}

#[rstest]
#[tokio::test]
async fn what_was_credited_by_other_rules_is_found_in_order(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let two = workspace(&test.store, 2).await;
    let mut tx = test.store.write().await.unwrap();
    // Of campaign 1, of campaign 2, of nobody, of nobody with a click left out; likewise elsewhere.
    for (of, n, campaign, left_out, by) in [
        (one, 4, Some(1), 0, 7),
        (one, 3, Some(2), 0, 7),
        (one, 2, None, 0, 5),
        (one, 1, None, 2, 9),
        (two, 5, None, 1, 7),
    ] {
        let report = report(of, n, ConversionKind::Lead, [None; 2]);
        assert!(conversion::insert(&mut tx, &report).await.unwrap());
        let credits = CreditsByModel::from([
            (AttributionModel::LastTouch, whole(campaign)),
            (AttributionModel::Linear, whole(campaign)),
        ]);
        credit::replace(&mut tx, &report, report.occurred_at, "path", &credits)
            .await
            .unwrap();
        version::set(&mut tx, &report, by, left_out).await.unwrap();
    }
    let at = |n: u8| (T0.plus_ms(i64::from(n)), conversion_id(n));
    let stale = async |tx: &mut store::Tx, by, limit| version::stale(tx, by, limit).await.unwrap();
    assert_eq!(stale(&mut tx, 7, 9).await, [at(2)], "older ones come first");
    assert_eq!(stale(&mut tx, 5, 2).await, [at(3), at(4)]);
    let second = report(one, 2, ConversionKind::Lead, [None; 2]);
    version::set(&mut tx, &second, 7, 0).await.unwrap();
    assert_eq!(stale(&mut tx, 7, 9).await, [at(1)], "then newer ones");
    version::delete(&mut tx, conversion_id(1)).await.unwrap();
    assert_eq!(stale(&mut tx, 7, 9).await, []);

    let first = report(one, 1, ConversionKind::Lead, [None; 2]);
    version::set(&mut tx, &first, 7, 2).await.unwrap();
    let queued = version::queue_recrediting(&mut tx, one, campaign_id(1))
        .await
        .unwrap();
    assert_eq!(queued, 2);
    assert_eq!(stale(&mut tx, 7, 9).await, [at(1), at(4)]);
}

#[rstest]
#[tokio::test]
async fn a_campaign_tells_its_own_windows(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut tx = test.store.write().await.unwrap();
    let mut spring = campaign(one, 1, "Spring");
    assert!(store::campaign::insert(&mut tx, &spring).await.unwrap());
    let windows = store::campaign::windows(&mut tx, spring.id).await.unwrap();
    assert_eq!(windows, (Some(14), None));
    (spring.lead_window_days, spring.sale_window_days) = (None, Some(90));
    store::campaign::update(&mut tx, &spring).await.unwrap();
    let windows = store::campaign::windows(&mut tx, spring.id).await.unwrap();
    assert_eq!(windows, (None, Some(90)));
    let gone = store::campaign::windows(&mut tx, campaign_id(9))
        .await
        .unwrap();
    assert_eq!(gone, (None, None));
}

#[rstest]
#[tokio::test]
async fn a_sale_finds_its_customers_first_lead_and_a_lead_their_sales(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let two = workspace(&test.store, 2).await;
    let mut tx = test.store.write().await.unwrap();
    let (ann, mail) = (Some("ann"), Some("mail"));
    let lead = report(one, 20, ConversionKind::Lead, [ann, mail]);
    for report in [
        lead.clone(),
        report(one, 10, ConversionKind::Event, [ann, mail]),
        report(one, 30, ConversionKind::Lead, [None, mail]),
        report(two, 15, ConversionKind::Lead, [ann, mail]),
        NewConversion {
            occurred_at: T0.plus_ms(20 - SKEW_MS - 1),
            ..report(one, 18, ConversionKind::Sale, [ann, None])
        },
        NewConversion {
            occurred_at: T0.plus_ms(20 - SKEW_MS),
            ..report(one, 19, ConversionKind::Sale, [ann, None])
        },
        report(one, 21, ConversionKind::Sale, [ann, None]),
        report(one, 22, ConversionKind::Sale, [None, mail]),
        report(one, 23, ConversionKind::Sale, [Some("ben"), None]),
        report(two, 24, ConversionKind::Sale, [ann, mail]),
    ] {
        assert!(conversion::insert(&mut tx, &report).await.unwrap());
    }
    let mut sales = related::sales_from(&mut tx, &lead).await.unwrap();
    sales.sort();
    let ids: Vec<_> = sales.into_iter().map(|(_, id)| id).collect();
    assert_eq!(ids, [19, 21, 22].map(conversion_id));
    let (by_id, by_mail) = (
        Identifier::ExternalId("ann".into()),
        Identifier::EmailHash("mail".into()),
    );
    let both = [by_id.clone(), by_mail.clone()];
    for (marks, from, until, expected) in [
        (&both[..], 0, 99, Some(20)),
        (&both[..], 20, 20, Some(20)),
        (&both[..], 21, 99, Some(30)),
        (&both[..1], 21, 99, None),
        (&both[1..], 0, 99, Some(20)),
        (&both[..], 0, 19, None),
        (&[], 0, 99, None),
    ] {
        let (from, until) = (T0.plus_ms(from), T0.plus_ms(until));
        let found = related::first_lead(&mut tx, one, marks, from, until)
            .await
            .unwrap();
        assert_eq!(
            found,
            expected.map(|n| T0.plus_ms(n)),
            "{marks:?} {from} {until}"
        );
    }
}
