//! A future that is dropped in the middle leaves no connection behind that cannot be used.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::Poll;

use leadline::click::{ClickClass, EnrichedClick};
use leadline::clock::Millis;
use leadline::id::WorkspaceId;
use leadline::store::click_event::writer::ClickWriter;
use leadline::store::workspace::Workspace;
use leadline::store::{self, Page, Store, Tx};
use rstest::rstest;

use crate::contract::store::clicks::{ANN, hit};
use crate::contract::store::{T0, bits, workspace};
use crate::support::database::Database;
use crate::support::finding;

/// Connections of a test's store.
const CONNECTIONS: u8 = 4;

type Work<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Polls a future so many times, then drops it; whether it was done before.
async fn give_up_after(polls: usize, work: Work<'_>) -> bool {
    let mut work = pin!(work);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        match work.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(true),
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Every connection of the store writes: they are all held at once.
async fn all_write(store: &Store, connections: u8, round: usize, (operation, what): (u8, &str)) {
    let mut open = Vec::new();
    for connection in 0..connections {
        let mut tx = store.write().await.unwrap();
        let random = [&[connection, operation][..], &round.to_be_bytes()].concat();
        let id = WorkspaceId::from_parts(Millis(T0.0 - 1), random.try_into().unwrap());
        let one = named(id, what);
        let written = store::workspace::insert(&mut tx, &one).await;
        assert!(
            written.is_ok(),
            "{what}, dropped after {round}: {written:?}"
        );
        open.push(tx);
    }
    for tx in open {
        let done = tx.commit().await;
        assert!(done.is_ok(), "{what}, dropped after {round}: {done:?}");
    }
}

fn named(id: WorkspaceId, name: &str) -> Workspace {
    Workspace::new(id, name, T0)
}

async fn read(store: &Store) -> Tx {
    let mut tx = store.read().await.unwrap();
    store::workspace::first(&mut tx).await.unwrap();
    tx
}

/// A read of many rows, in parts.
async fn list(store: &Store, of: WorkspaceId) {
    let mut tx = store.read().await.unwrap();
    let page = Page {
        after: None,
        limit: 100,
    };
    let filter = store::click_event::ClickFilter::default();
    store::click_event::list(&mut tx, of, &filter, &page)
        .await
        .unwrap();
}

async fn write(store: &Store, n: u8) {
    let mut tx = store.write().await.unwrap();
    let id = WorkspaceId::from_parts(T0, bits(n));
    store::workspace::insert(&mut tx, &named(id, "dropped"))
        .await
        .unwrap();
    store::workspace::lock(&mut tx, id).await.unwrap();
    tx.commit().await.unwrap();
}

/// A duplicate: the transaction has failed when it is dropped.
async fn refused(store: &Store, of: WorkspaceId) {
    let mut tx = store.write().await.unwrap();
    let twice = store::workspace::insert(&mut tx, &named(of, "twice")).await;
    assert!(matches!(twice, Err(store::Error::Duplicate)), "{twice:?}");
}

async fn ingest(store: &Store, of: WorkspaceId, n: u8) {
    let mut tx = store.ingest().await.unwrap();
    let (hits, finding) = (
        (0..3).map(|at| hit(of, n, ANN, 100 * i64::from(n) + at)),
        finding(ClickClass::Human),
    );
    let hits: Vec<_> = hits.collect();
    let sighting = |hit| EnrichedClick {
        hit,
        finding: &finding,
    };
    let sightings: Vec<_> = hits.iter().map(sighting).collect();
    ClickWriter::default()
        .insert_all(&mut tx, &sightings)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn every_connection_writes_whenever_a_future_is_dropped(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let (store, of) = (&test.store, workspace(&test.store, 1).await);
    let connections = match database {
        Database::Sqlite => 1,
        Database::Postgres => CONNECTIONS,
    };
    let operations = [
        "begin a read",
        "read",
        "list",
        "write",
        "refused",
        "ingest",
        "probe",
    ];
    for (operation, what) in (0..).zip(operations) {
        let mut dropped = 0;
        for polls in 0.. {
            let n = u8::try_from(2 + polls).unwrap();
            let work: Work<'_> = match what {
                "begin a read" => Box::pin(async { drop(store.read().await.unwrap()) }),
                "read" => Box::pin(async { drop(read(store).await) }),
                "list" => Box::pin(list(store, of)),
                "write" => Box::pin(write(store, n)),
                "refused" => Box::pin(refused(store, of)),
                "ingest" => Box::pin(ingest(store, of, n)),
                _ => Box::pin(async { store.probe().await.unwrap() }),
            };
            let done = give_up_after(polls, work).await;
            all_write(store, connections, polls, (operation, what)).await;
            if done {
                break;
            }
            dropped += 1;
        }
        assert!(dropped > 0, "{what} was dropped {dropped} times");
    }
    store.close().await;
}
