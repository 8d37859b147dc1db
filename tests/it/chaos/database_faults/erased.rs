//! Erased data also leave SQLite's files.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use leadline::store::Error;
use leadline::worker::erasure;
use reqwest::{Method, StatusCode};
use serde_json::json;
use sqlx::{Connection, Executor, SqliteConnection};

use crate::pipeline::shops::{CLICK, send, source, story, told};
use crate::support::app::{TestApp, click_id, location, read};

/// Words that only the person's conversions hold.
const MARK: &str = "customer-whose-mark-is-4711";

/// The customer that shop fixtures tell of.
const SHOPPER: &str = "7012345678901";

/// How often the mark stands in the store's files.
fn found(app: &TestApp, mark: &str) -> usize {
    let names = ["leadline.db", "leadline.db-wal"];
    let files = names
        .iter()
        .map(|name| std::fs::read(app.dir().join(name)).unwrap_or_default());
    let bytes = files.collect::<Vec<_>>().concat();
    memchr::memmem::find_iter(&bytes, mark).count()
}

#[tokio::test]
async fn an_erased_mark_leaves_no_bytes_in_the_file() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let click = click_id(&location(&app.click(&link, &[]).await));
    for n in 0..20 {
        let lead = json!({"kind": "lead", "event_id": format!("lead-{n}"), "click_id": click,
            "customer": {"external_id": MARK}});
        let answer = app.post("/conversions", &lead).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    }
    app.drain().await;
    assert!(found(&app, MARK) > 0);
    let erase = app
        .request(Method::DELETE, "/people")
        .json(&json!({"customer": MARK}));
    let answer = read(erase.send().await.unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(found(&app, MARK), 0);
}

/// Whoever erases goes on beside a reader, nobody who edits waits for it, and the log is emptied
/// once the reader has ended.
#[tokio::test]
async fn what_a_reader_keeps_in_the_log_goes_after_it() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let lead = json!({"kind": "lead", "event_id": "lead-1", "customer": {"external_id": MARK}});
    app.post("/conversions", &lead).await;
    app.drain().await;
    let url = format!("sqlite:{}/leadline.db", app.dir().display());
    let mut reader = SqliteConnection::connect(&url).await.unwrap();
    reader.execute("BEGIN").await.unwrap();
    reader.execute("SELECT * FROM campaign").await.unwrap();
    let erase = app.request(Method::DELETE, "/people");
    let person = json!({"customer": MARK});
    let erase = app.with_key(&app.key, erase, &person);
    let is_done = AtomicBool::new(false);
    let erase = async {
        let erased = erase.await;
        is_done.store(true, Ordering::Relaxed);
        erased
    };
    let edits = async {
        let mut slowest = Duration::ZERO;
        while !is_done.load(Ordering::Relaxed) {
            let begun = Instant::now();
            let path = format!("/campaigns/{campaign}");
            let edit = app.patch(&path, &json!({"name": "Summer"})).await;
            assert_eq!(edit.status, StatusCode::OK, "{edit:?}");
            slowest = slowest.max(begun.elapsed());
        }
        slowest
    };
    let (erased, slowest) = futures_util::future::join(erase, edits).await;
    assert_eq!(erased.status, StatusCode::OK, "{erased:?}");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    let store = &app.state.context.store;
    assert!(found(&app, MARK) > 0 && store.is_scrub_due());
    assert!(erasure::scrub_again(store).await.is_err());
    reader.execute("COMMIT").await.unwrap();
    erasure::scrub_again(store).await.unwrap();
    assert!(!store.is_scrub_due());
    assert_eq!(found(&app, MARK), 0);
}

/// A reader of the log as it was before keeps it from being emptied: that is said.
#[tokio::test]
async fn a_log_that_is_still_read_is_not_called_empty() {
    let app = TestApp::spawn().await;
    let url = format!("sqlite:{}/leadline.db", app.dir().display());
    let mut reader = SqliteConnection::connect(&url).await.unwrap();
    reader.execute("BEGIN").await.unwrap();
    reader.execute("SELECT * FROM campaign").await.unwrap();
    app.campaign("Spring").await;
    let scrubbed = app.state.context.store.scrub().await;
    assert!(matches!(scrubbed, Err(Error::Busy(_))), "{scrubbed:?}");
    reader.execute("COMMIT").await.unwrap();
    app.state.context.store.scrub().await.unwrap();
}

#[tokio::test]
async fn a_mark_that_a_webhook_erases_leaves_no_bytes_in_the_file() {
    let app = TestApp::spawn().await;
    let source = source(&app, "shopify").await;
    for told in &story("shopify", CLICK)[..3] {
        send(&app, "shopify", &source, told).await;
    }
    app.drain().await;
    assert!(found(&app, SHOPPER) > 0);
    let redact = told("shopify", "customers/redact", "customers-redact", CLICK);
    send(&app, "shopify", &source, &redact).await;
    app.drain().await;
    assert_eq!(found(&app, SHOPPER), 0);
}
