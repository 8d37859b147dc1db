//! A person is erased in many short transactions: nothing that arrives between two of them changes
//! the result, and after a stop the next start finishes.

use std::time::{Duration, Instant};

use leadline::clock::Clock;
use leadline::conversion::{ConversionKind, JoinEvidence, NewConversion};
use leadline::id::ConversionId;
use leadline::store::conversion::related::Identifier;
use leadline::store::{Store, conversion, workspace};
use leadline::vault::Vault;
use leadline::worker::erasure::{self, ErasureCounts, ErasureSubject};
use reqwest::StatusCode;
use rstest::rstest;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Story, erase, holding};
use crate::pipeline::shops::{clicked, ledger, send, source, story};
use crate::support::app::{Size, TestApp};
use crate::support::database::Raw;
use crate::support::ground::Ground;
use crate::support::process::{free_port, listens};

fn customer(id: &str) -> ErasureSubject {
    ErasureSubject::Customer(vec![Identifier::ExternalId(id.to_owned())])
}

/// Buries a customer; nothing of what they did is erased yet.
async fn begin(app: &TestApp, id: &str) -> ErasureCounts {
    let (store, vault) = (&app.state.context.store, &app.state.context.vault);
    let mut tx = store.ingest().await.unwrap();
    let now = app.clock.now();
    let begun = erasure::begin(&mut tx, vault, app.workspace_id, &customer(id), now).await;
    tx.commit().await.unwrap();
    begun.unwrap()
}

async fn finish(app: &TestApp) -> bool {
    let finished = app
        .state
        .context
        .eraser()
        .finish(&CancellationToken::new())
        .await;
    finished.unwrap()
}

/// Somebody else reports from the same browser.
async fn report_late(story: &Story) {
    let late = json!({"kind": "lead", "event_id": "late", "click_id": story.ann,
                      "customer": {"external_id": "cust-3"}});
    let sent = story.app.post("/conversions", &late).await;
    assert_eq!(sent.status, StatusCode::ACCEPTED, "{sent:?}");
    story.app.drain().await;
}

async fn rows(story: &Story) -> Value {
    let report = story.app.report(&story.campaign).await;
    json!([report["total"], report["unattributed"], report["funnel"]])
}

#[rstest]
#[tokio::test]
async fn what_comes_between_two_turns_ends_as_what_comes_after_them(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let at_once = Box::pin(Story::new(size)).await;
    erase(&at_once.app, &json!({"customer": "cust-1"})).await;
    at_once.again().await;
    report_late(&at_once).await;

    let story = Box::pin(Story::new(size)).await;
    let app = &story.app;
    let (report, count) = (app.report(&story.campaign).await, story.count().await);
    let counts = begin(app, "cust-1").await;
    assert_eq!((counts.conversions, counts.clicks), (3, 1));
    assert_eq!(app.report(&story.campaign).await, report);
    story.again().await;
    assert_eq!(story.count().await, count);
    assert_eq!(app.report(&story.campaign).await, report);
    story.sums_hold().await;
    report_late(&story).await;

    assert!(finish(app).await && !finish(app).await);
    let hash = story.hash();
    let texts = ["cust-1", hash.as_str(), story.ann.as_str(), super::REFERRER];
    assert_eq!(holding(app, &texts).await, [""; 0]);
    let late = story.conversion("late").await;
    assert_eq!(
        (&late["joined_by"], &late["network"]),
        (&json!("click_id"), &json!("x"))
    );
    assert_eq!(rows(&story).await, rows(&at_once).await);
    story.sums_hold().await;
    story.again().await;
    assert_eq!(rows(&story).await, rows(&at_once).await);
    assert_eq!(holding(app, &texts).await, [""; 0]);
}

/// A shop tells of an order again, while its customer is about to be taken out of it.
#[rstest]
#[tokio::test]
async fn an_order_that_is_told_of_between_two_turns_names_nobody(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let (campaign, click) = clicked(&app).await;
    let source = source(&app, "shopify").await;
    let story = story("shopify", &click);
    for told in &story[..3] {
        send(&app, "shopify", &source, told).await;
    }
    app.drain().await;
    let lines = ledger(&app, &source).await;
    let id = lines
        .iter()
        .find_map(|line| line["customer_external_id"].as_str());
    let id = id.unwrap();
    begin(&app, id).await;
    for told in &story {
        send(&app, "shopify", &source, told).await;
    }
    app.drain().await;
    let report = app.report(&campaign).await;
    finish(&app).await;
    assert_eq!(app.report(&campaign).await, report);
    let left = holding(&app, &[id, &click]).await;
    assert_eq!(left, [""; 0]);
    let lines = ledger(&app, &source).await;
    assert!(
        lines
            .iter()
            .all(|line| line["customer_external_id"].is_null())
    );
    assert!(lines.iter().all(|line| line["click_id"].is_null()));
}

#[tokio::test]
async fn a_program_finishes_at_its_start_what_broke_off() {
    const MARK: &str = "customer-4711";
    let ground = Ground::embedded().await;
    let folder = ground.folder("s");
    std::fs::create_dir_all(&folder).unwrap();
    let vault = Vault::open(&folder).unwrap();
    bury(&ground.store, &vault, MARK).await;
    let (_, url) = ground.settings().next().unwrap();
    let url = SecretString::from(url.to_owned());
    assert!(!Raw::open(&url).await.holding(&[MARK]).await.is_empty());
    let port = free_port();
    let server = ground.node("serve", "s", port);
    listens(port);
    let begun = Instant::now();
    while !Raw::open(&url).await.holding(&[MARK]).await.is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(30), "still there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(server.stop("TERM").success());
}

/// A conversion of a customer who is buried by a program that ends then.
async fn bury(store: &Store, vault: &Vault, mark: &str) {
    let mut tx = store.ingest().await.unwrap();
    let owner = workspace::first(&mut tx).await.unwrap().unwrap().id;
    let now = Clock::System.now();
    let report = NewConversion {
        id: ConversionId::new(now),
        workspace_id: owner,
        source_id: None,
        event_id: "lead-1".to_owned(),
        kind: ConversionKind::Lead,
        name: None,
        occurred_at: now,
        received_at: now,
        value: None,
        refund_of: None,
        evidence: JoinEvidence {
            external_id: Some(mark.to_owned()),
            ..JoinEvidence::default()
        },
        order: None,
    };
    assert!(conversion::insert(&mut tx, &report).await.unwrap());
    let begun = erasure::begin(&mut tx, vault, owner, &customer(mark), now).await;
    assert_eq!(begun.unwrap().conversions, 1);
    tx.commit().await.unwrap();
}
