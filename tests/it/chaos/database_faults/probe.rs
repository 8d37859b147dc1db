//! The probe behind readiness reads and writes.

use std::time::Instant;

use leadline::readiness::SHARED_FOR;
use leadline::store::Error;
use leadline::store::probe::PROBE_DEADLINE;
use rstest::rstest;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, Executor};

use crate::support::app::{Size, TestApp};
use crate::support::database::{Database, Raw};

/// How often the store was probed with a write that was committed.
async fn writes(url: &SecretString) -> Option<i64> {
    let sql = "SELECT writes FROM store_probe";
    match Raw::open(url).await {
        Raw::Sqlite(mut it) => sqlx::query_scalar(sql).fetch_optional(&mut it).await,
        Raw::Postgres(mut it) => sqlx::query_scalar(sql).fetch_optional(&mut it).await,
    }
    .unwrap()
}

#[rstest]
#[tokio::test]
async fn a_probe_commits_a_write(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    assert_eq!(writes(&test.url).await, None);
    for count in 1..=3 {
        test.store.probe().await.unwrap();
        assert_eq!(writes(&test.url).await, Some(count));
    }
}

#[rstest]
#[tokio::test]
async fn all_who_ask_for_readiness_share_a_probe(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    // The start has written once.
    let before = writes(&app.store_url).await.unwrap_or(0);
    let begun = Instant::now();
    let asked = (0..50).map(|_| reqwest::get(format!("{}/readyz", app.base)));
    for answer in futures_util::future::join_all(asked).await {
        assert_eq!(answer.unwrap().status(), 200);
    }
    let periods = i64::try_from(begun.elapsed().as_secs()).unwrap() + 1;
    let written = writes(&app.store_url).await.unwrap() - before;
    assert!((1..=periods).contains(&written), "{written} in {periods} s");
    tokio::time::sleep(SHARED_FOR).await;
    reqwest::get(format!("{}/readyz", app.base)).await.unwrap();
    assert!(writes(&app.store_url).await.unwrap() - before > written);
}

#[tokio::test]
async fn a_probe_sees_a_lock_of_another_program_in_time_and_its_end() {
    let test = Database::Sqlite.store().await;
    let url = test.url.expose_secret();
    let mut other = sqlx::SqliteConnection::connect(url).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let begun = Instant::now();
    let error = test.store.probe().await.unwrap_err();
    assert!(matches!(error, Error::Busy(_)), "{error}");
    assert!(begun.elapsed() < PROBE_DEADLINE * 2);
    other.execute("ROLLBACK").await.unwrap();
    let begun = Instant::now();
    while let Err(error) = test.store.probe().await {
        assert!(begun.elapsed() < PROBE_DEADLINE * 2, "{error}");
    }
}

/// As a maintenance command of this program does: it holds the one connection that writes.
#[tokio::test]
async fn a_probe_tells_a_long_transaction_from_a_fault() {
    let test = Database::Sqlite.store().await;
    let long = test.store.write().await.unwrap();
    let error = test.store.probe().await.unwrap_err();
    assert!(matches!(error, Error::Busy(_)), "{error}");
    drop(long);
    test.store.probe().await.unwrap();
}
