//! Expired data is deleted some rows at a time, so that others write in between.

use leadline::click::{ClickClass, EnrichedClick, RawClick};
use leadline::clock::{Clock, DAY_MS};
use leadline::id::ClickId;
use leadline::store;
use leadline::store::click_event::retention::{RetentionStep, delete_next, is_whole, remaining};
use leadline::store::click_event::writer::ClickWriter;
use leadline::worker::retention::{self, RetentionTimes};
use rstest::rstest;

use super::clicks::hit;
use super::{T0, workspace};
use crate::support::database::Database;
use crate::support::finding;

/// More than one statement drops.
const CLICKS: u64 = 1_700;

#[rstest]
#[tokio::test]
async fn a_days_clicks_go_some_at_a_time(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let class = ClickClass::Human;
    let mut hits: Vec<RawClick> = Vec::new();
    for n in 0..CLICKS {
        // Some hundreds share their millisecond.
        let at = i64::try_from(n / 400).unwrap();
        let mut random = [0; 10];
        random[..8].copy_from_slice(&n.to_be_bytes());
        let id = ClickId::from_parts(T0.plus_ms(at), random);
        hits.push(RawClick {
            id,
            ..hit(one, 0, None, at)
        });
    }
    let found = finding(class);
    let sightings: Vec<EnrichedClick<'_>> = hits
        .iter()
        .map(|hit| EnrichedClick {
            hit,
            finding: &found,
        })
        .collect();
    let mut tx = test.store.ingest().await.unwrap();
    let mut writer = ClickWriter::default();
    writer.insert_all(&mut tx, &sightings).await.unwrap();
    tx.commit().await.unwrap();

    let end = T0.plus_ms(2 * DAY_MS);
    let mut tx = test.store.ingest().await.unwrap();
    let step = delete_next(&mut tx, class, end).await.unwrap();
    assert!(
        matches!(step, RetentionStep::Some(count) if 0 < count && count < 1_000),
        "{step:?}"
    );
    tx.commit().await.unwrap();
    let mut tx = test.store.read().await.unwrap();
    let RetentionStep::Some(first) = step else {
        unreachable!()
    };
    let rest = remaining(&mut tx, class, end).await.unwrap();
    assert_eq!(rest.unsigned_abs() + first, CLICKS);
    assert!(
        !is_whole(&mut tx, T0).await.unwrap(),
        "a day that is half gone is not judged again"
    );
    drop(tx);

    let clock = Clock::manual(T0.plus_ms(40 * DAY_MS));
    let kept = RetentionTimes {
        clicks_days: [(class, 30)].into(),
        ..RetentionTimes::default()
    };
    let dropped = retention::step(&test.store, &clock, &kept).await.unwrap();
    assert_eq!(dropped.clicks + first, CLICKS);
    let mut tx = test.store.read().await.unwrap();
    assert_eq!(remaining(&mut tx, class, end).await.unwrap(), 0);
}

#[rstest]
#[tokio::test]
async fn old_answers_go_some_at_a_time(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut tx = test.store.write().await.unwrap();
    for n in 0..1_100 {
        let key = format!("key-{n}");
        let claim = store::idempotency::claim(&mut tx, one, &key, "print", T0).await;
        claim.unwrap();
    }
    let some = store::idempotency::delete_before(&mut tx, T0.plus_ms(1)).await;
    assert_eq!(some.unwrap(), 500);
    tx.commit().await.unwrap();
    let clock = Clock::manual(T0.plus_ms(40 * DAY_MS));
    let dropped = retention::step(&test.store, &clock, &RetentionTimes::default()).await;
    assert_eq!(dropped.unwrap().other, 600);
}
