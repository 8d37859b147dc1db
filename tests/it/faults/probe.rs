//! The probe behind readiness reads and writes.

use std::time::Instant;

use leadline::store::Error;
use leadline::store::probe::{PROBE_DEADLINE, SHARED_FOR};
use rstest::rstest;
use secrecy::ExposeSecret;
use sqlx::{Connection, Executor};

use crate::support::database::{Database, Raw};

/// How often the store was probed with a write that was committed.
async fn writes(test: &crate::support::database::TestStore) -> Option<i64> {
    let sql = "SELECT writes FROM store_probe";
    match Raw::open(&test.url).await {
        Raw::Sqlite(mut it) => sqlx::query_scalar(sql).fetch_optional(&mut it).await,
        Raw::Postgres(mut it) => sqlx::query_scalar(sql).fetch_optional(&mut it).await,
    }
    .unwrap()
}

#[rstest]
#[tokio::test]
async fn a_probe_commits_a_write_that_others_share(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    assert_eq!(writes(&test).await, None);
    for _ in 0..20 {
        test.store.probe().await.unwrap();
    }
    assert_eq!(writes(&test).await, Some(1), "one result for all who ask");
    tokio::time::sleep(SHARED_FOR).await;
    test.store.probe().await.unwrap();
    assert_eq!(writes(&test).await, Some(2));
}

#[tokio::test]
async fn a_probe_sees_a_lock_of_another_program_in_time_and_its_end() {
    let test = Database::Sqlite.store().await;
    let url = test.url.expose_secret();
    let mut other = sqlx::SqliteConnection::connect(url).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let begun = Instant::now();
    let error = test.store.probe().await.unwrap_err();
    assert!(matches!(*error, Error::Busy(_)), "{error}");
    assert!(begun.elapsed() < PROBE_DEADLINE * 2);
    other.execute("ROLLBACK").await.unwrap();
    let begun = Instant::now();
    while let Err(error) = test.store.probe().await {
        assert!(begun.elapsed() < PROBE_DEADLINE * 2, "{error}");
        tokio::time::sleep(SHARED_FOR).await;
    }
}

/// As a maintenance command of this program does: it holds the one connection that writes.
#[tokio::test]
async fn a_probe_tells_a_long_transaction_from_a_fault() {
    let test = Database::Sqlite.store().await;
    let long = test.store.write().await.unwrap();
    let error = test.store.probe().await.unwrap_err();
    assert!(matches!(*error, Error::Busy(_)), "{error}");
    drop(long);
    tokio::time::sleep(SHARED_FOR).await;
    test.store.probe().await.unwrap();
}
