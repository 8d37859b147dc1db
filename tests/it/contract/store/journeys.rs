//! The journeys that data-driven models are computed from, with and without a conversion.

use leadline::attribution::path::Channel;
use leadline::attribution::{AttributionModel, Credit, CreditsByModel, Touch, WHOLE};
use leadline::campaign_report::ReportAxis;
use leadline::campaign_report::credits::CampaignCredits;
use leadline::click::RawClick;
use leadline::clock::{DAY_MS, QUARTER_HOUR_MS};
use leadline::conversion::{ConversionKind, JoinEvidence, NewConversion};
use leadline::id::WorkspaceId;
use leadline::store::campaign_report::journeys::{self, JourneyFingerprint, JourneyQuery};
use leadline::store::click_event::people::pack_next;
use leadline::store::click_event::writer::ClickWriter;
use leadline::store::credit::cache;
use leadline::store::{Tx, credit};
use rstest::rstest;

use super::people::{hit, insert, pseudonym};
use super::{T0, campaign_id, conversion_id, workspace};
use crate::support::database::Database;

/// Credits a conversion at `T0` and so many milliseconds to these clicks, in their order, as
/// `linear` does.
async fn convert(
    tx: &mut Tx,
    of: WorkspaceId,
    n: u8,
    kind: ConversionKind,
    at: i64,
    clicks: &[&RawClick],
) {
    let touch = |hit: &&RawClick| Touch {
        click_id: Some(hit.id),
        campaign_id: hit.campaign_id,
        network: hit.network.clone(),
        network_seen: None,
        country: None,
        device: None,
        link_id: Some(hit.link_id),
        clicked_at: Some(hit.clicked_at),
    };
    let share = |hit| Credit {
        touch: Some(touch(hit)),
        weight: WHOLE / i64::try_from(clicks.len()).unwrap(),
        amount: None,
    };
    let report = NewConversion {
        id: conversion_id(n),
        workspace_id: of,
        source_id: None,
        event_id: format!("e-{n}"),
        kind,
        name: None,
        occurred_at: T0.plus_ms(at),
        received_at: T0,
        value: None,
        refund_of: None,
        evidence: JoinEvidence::default(),
        order: None,
    };
    let credits: Vec<Credit> = clicks.iter().map(share).collect();
    let credits = CreditsByModel::from([(AttributionModel::Linear, credits)]);
    credit::replace(tx, &report, report.occurred_at, "path", &credits)
        .await
        .unwrap();
}

async fn credits(tx: &mut Tx, wanted: &JourneyQuery) -> CampaignCredits {
    cache::of_campaign(tx, wanted.campaign).await.unwrap()
}

async fn fingerprint(tx: &mut Tx, wanted: &JourneyQuery) -> JourneyFingerprint {
    let credits = credits(tx, wanted).await;
    journeys::fingerprint(tx, &credits, wanted).await.unwrap()
}

/// Paths by the names of their networks, with how many converted and how many did not.
async fn paths(tx: &mut Tx, wanted: &JourneyQuery) -> Vec<(String, u64, u64)> {
    let credits = credits(tx, wanted).await;
    let journeys = journeys::read(tx, &credits, wanted).await.unwrap();
    let name = |channel: &Channel| journeys.networks[usize::from(*channel)].as_str();
    let path = |path: &[Channel]| path.iter().map(name).collect::<Vec<_>>().join(" ");
    let all = journeys.paths.iter();
    let mut all: Vec<_> = all
        .map(|(channels, ends)| (path(channels), ends.converting, ends.others))
        .collect();
    all.sort();
    all
}

#[rstest]
#[tokio::test]
async fn journeys_are_read_in_their_order(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let hour = 4 * QUARTER_HOUR_MS;
    // Link 1 is for x, 2 and 3 for linkedin, 4 for no network.
    let clicks: Vec<RawClick> = [
        (1, 1, 0),
        (2, 1, hour),
        (2, 2, 0),
        (1, 2, hour),
        (1, 2, 2 * hour),
        (4, 2, 3 * hour),
        (1, 3, 0),
        (2, 3, 1),
        (4, 4, 0),
        (1, 5, 2 * DAY_MS),
    ]
    .into_iter()
    .zip(0u64..)
    .map(|((link, visitor, at), n)| RawClick {
        network: match link {
            1 => Some("x".to_owned()),
            2 => Some("linkedin".to_owned()),
            _ => None,
        },
        ..hit(one, n, link, pseudonym(visitor), at)
    })
    .collect();
    insert(&test.store, &mut ClickWriter::default(), &clicks).await;
    let mut tx = test.store.ingest().await.unwrap();
    let own: Vec<&RawClick> = clicks[..2].iter().collect();
    convert(&mut tx, one, 1, ConversionKind::Lead, 5 * hour, &own).await;
    convert(&mut tx, one, 2, ConversionKind::Sale, 6 * hour, &own).await;
    convert(
        &mut tx,
        one,
        3,
        ConversionKind::Event,
        6 * hour,
        &[&clicks[2]],
    )
    .await;
    let wanted = JourneyQuery {
        campaign: campaign_id(1),
        axis: ReportAxis::Click,
        period: (T0, T0.plus_ms(DAY_MS)),
        window_ms: i64::MAX,
    };
    let named = |all: &[(&str, u64, u64)]| -> Vec<(String, u64, u64)> {
        all.iter()
            .map(|(path, yes, no)| ((*path).to_owned(), *yes, *no))
            .collect()
    };
    // Lead and sale of the same clicks are one journey; within a quarter-hour names decide.
    let expected = named(&[("linkedin x", 0, 2), ("x linkedin", 1, 0)]);
    for packed in [false, true] {
        assert_eq!(paths(&mut tx, &wanted).await, expected, "packed: {packed}");
        let before = fingerprint(&mut tx, &wanted).await;
        assert_eq!(fingerprint(&mut tx, &wanted).await, before);
        while pack_next(&mut tx, T0.plus_ms(3 * DAY_MS)).await.unwrap() {}
    }
    let longer = JourneyQuery {
        period: (T0, T0.plus_ms(3 * DAY_MS)),
        ..wanted
    };
    let expected = named(&[("linkedin x", 0, 2), ("x", 0, 1), ("x linkedin", 1, 0)]);
    assert_eq!(paths(&mut tx, &longer).await, expected);
    // The first hour has the first click of the path, and not who came behind it.
    let first = JourneyQuery {
        period: (T0, T0.plus_ms(hour)),
        ..wanted
    };
    let expected = named(&[("linkedin", 0, 1), ("linkedin x", 0, 1), ("x", 1, 0)]);
    assert_eq!(paths(&mut tx, &first).await, expected);
    // By the conversion's moment, and with clicks at most five hours before it: the sale lost one.
    let narrow = JourneyQuery {
        axis: ReportAxis::Conversion,
        window_ms: 5 * hour,
        ..wanted
    };
    let expected = named(&[
        ("linkedin", 1, 0),
        ("linkedin x", 0, 2),
        ("x linkedin", 1, 0),
    ]);
    assert_eq!(paths(&mut tx, &narrow).await, expected);

    let before = fingerprint(&mut tx, &wanted).await;
    convert(
        &mut tx,
        one,
        4,
        ConversionKind::Lead,
        7 * hour,
        &[&clicks[6]],
    )
    .await;
    let after = fingerprint(&mut tx, &wanted).await;
    assert_ne!(before, after);
    tx.commit().await.unwrap();
    insert(
        &test.store,
        &mut ClickWriter::default(),
        &[hit(one, 99, 1, pseudonym(9), 0)],
    )
    .await;
    let mut tx = test.store.read().await.unwrap();
    assert_ne!(fingerprint(&mut tx, &wanted).await, after);
}
