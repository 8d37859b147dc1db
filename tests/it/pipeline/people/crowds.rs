//! An identifier of many people is refused instead of being followed without end.

use leadline::conversion::{ConversionKind, JoinEvidence, NewConversion};
use leadline::id::{ClickId, ConversionId};
use leadline::store::conversion;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::json;

use super::{erase, holding};
use crate::support::app::{Size, TestApp};

const MOST: u64 = 10_000;

/// Conversions numbered `from..to` with the evidence that `of` gives them.
async fn report(app: &TestApp, from: u64, to: u64, of: impl Fn(u64) -> JoinEvidence) {
    let mut tx = app.state.context.store.ingest().await.unwrap();
    let now = app.clock.now();
    for n in from..to {
        let report = NewConversion {
            id: ConversionId::new(now),
            workspace_id: app.workspace_id,
            source_id: None,
            event_id: format!("lead-{n}"),
            kind: ConversionKind::Lead,
            name: None,
            occurred_at: now,
            received_at: now,
            value: None,
            refund_of: None,
            evidence: of(n),
            order: None,
        };
        assert!(conversion::insert(&mut tx, &report).await.unwrap());
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_mark_of_more_conversions_than_one_person_has_is_refused() {
    let app = TestApp::spawn().await;
    let guest = |n: u64| JoinEvidence {
        external_id: Some(format!("cust-{n}")),
        email_hash: Some("guest".to_owned()),
        ..JoinEvidence::default()
    };
    report(&app, 0, MOST + 1, guest).await;
    let cust = json!({"customer": "cust-7"});
    let refused = erase(&app, &cust).await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::UNPROCESSABLE_ENTITY, "person_too_large")
    );
    assert_eq!(holding(&app, &["erased:"]).await, [""; 0]);
    assert!(!holding(&app, &["cust-7"]).await.is_empty());
    // Others can be erased as before.
    assert_eq!(
        erase(&app, &json!({"customer": "cust-x"})).await.body["conversions"],
        0
    );
}

#[tokio::test]
async fn so_is_a_click_that_many_name() {
    let app = TestApp::spawn().await;
    let click = ClickId::new(app.clock.now());
    let of = |_| JoinEvidence {
        click_ids: vec![click],
        ..JoinEvidence::default()
    };
    report(&app, 0, MOST + 1, of).await;
    let refused = erase(&app, &json!({"click_id": click})).await;
    assert_eq!(refused.code(), "person_too_large");
    assert!(!holding(&app, &[&click.to_string()]).await.is_empty());
}

/// As many as one may have, each with a mark and a click of its own.
#[rstest]
#[tokio::test]
async fn who_has_many_marks_is_erased(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = TestApp::spawn_in(size).await;
    let now = app.clock.now();
    let of = |n: u64| JoinEvidence {
        external_id: Some(format!("cust-{n}")),
        email_hash: Some("guest".to_owned()),
        click_ids: if n.is_multiple_of(2) {
            vec![ClickId::new(now)]
        } else {
            Vec::new()
        },
        ..JoinEvidence::default()
    };
    report(&app, 0, MOST, of).await;
    let erased = erase(&app, &json!({"customer": "cust-7"})).await;
    assert_eq!(erased.body, json!({"conversions": MOST, "clicks": 0}));
    // Of the clicks, which were never seen, only what stands in for them.
    let left = holding(&app, &["cust-", "guest", "clk_"]).await;
    assert_eq!(left.len() as u64, MOST / 2);
    assert!(
        left.iter()
            .all(|at| at.starts_with("tombstone.mark holds clk_"))
    );
}
