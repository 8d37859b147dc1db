//! Conversions from before customers existed, and identifiers that many people share.

use leadline::conversion::{ConversionKind, JoinEvidence, NewConversion};
use leadline::id::{ClickId, ConversionId};
use leadline::store::conversion;
use leadline::worker::customers::{self, MAX_REBUILT};
use rstest::rstest;
use serde_json::json;

use super::{at, customer, customers as list, erase, euros, tell};
use crate::support::app::{Size, TestApp};

/// As many sales as a program without customers has left them, all by one address and each by an
/// account.
async fn left_behind(app: &TestApp, count: usize, click: ClickId) {
    let mut tx = app.state.context.store.ingest().await.unwrap();
    for n in 0..count {
        let report = NewConversion {
            id: ConversionId::new(at(i64::try_from(n).unwrap())),
            workspace_id: app.workspace_id,
            source_id: None,
            event_id: format!("sale-{n}"),
            kind: ConversionKind::Sale,
            name: None,
            occurred_at: at(i64::try_from(n).unwrap()),
            received_at: at(0),
            value: None,
            refund_of: None,
            evidence: JoinEvidence {
                external_id: Some(format!("c-{n:04}")),
                email_hash: Some("guest".to_owned()),
                click_ids: if n == 7 { vec![click] } else { Vec::new() },
                ..JoinEvidence::default()
            },
            order: None,
        };
        assert!(conversion::insert(&mut tx, &report).await.unwrap());
    }
    tx.commit().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn what_was_told_before_is_taken_up_in_steps_and_a_crowd_stays_together(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    app.clock.set(at(10_000));
    let click = ClickId::new(at(0));
    left_behind(&app, MAX_REBUILT + 100, click).await;
    assert_eq!(list(&app, "").await.len(), 0);
    // What comes meanwhile is a customer at once, and tied to the others when these are taken up.
    tell(
        &app,
        9_000,
        json!({"kind": "sale", "event_id": "s", "value": euros(900),
                             "customer": {"external_id": "c-0003"}}),
    )
    .await;
    assert_eq!(customer(&app, "c-0003").await["sales"], 1);
    let (mut after, mut steps) = (None, 0);
    while let Some(last) = customers::backfill(&app.state.context.store, after)
        .await
        .unwrap()
    {
        (after, steps) = (Some(last), steps + 1);
    }
    assert!(steps > 2, "{steps} steps");
    assert_eq!(list(&app, "").await.len(), 1);
    let crowd = customer(&app, "c-0003").await;
    assert_eq!(crowd["sales"], MAX_REBUILT + 101);
    assert_eq!(crowd["became_customer_at"], at(0).to_string());
    assert_eq!(crowd["external_ids"].as_array().unwrap().len(), 100);
    assert_eq!(crowd["conversions"].as_array().unwrap().len(), 100);

    // One of them goes, and takes along the mark that nobody else has.
    assert_eq!(
        erase(&app, &json!({"click_id": click})).await.body["conversions"],
        1
    );
    assert_eq!(customer(&app, "c-0003").await["sales"], MAX_REBUILT + 100);
    let gone = app.get("/customers/c-0007").await;
    assert_eq!(gone.code(), "customer_not_found");
    assert_eq!(
        customers::backfill(&app.state.context.store, None)
            .await
            .unwrap(),
        None
    );
}
