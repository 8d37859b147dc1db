//! Old credits: re-credited in bounded steps, from what is still known.

use std::collections::BTreeMap;

use leadline::attribution::AttributionModel;
use leadline::click::ClickClass;
use leadline::clock::DAY_MS;
use leadline::store::Tx;
use leadline::worker::recredit::{self, AT_ONCE};
use leadline::worker::retention::{self, RetentionTimes};
use rstest::rstest;
use serde_json::{Value, json};

use super::{all_credits, campaign, clicked, convert, credit_anew, leads};
use crate::support::app::{Size, TestApp};

/// As a version left it that knew the last touch alone.
const OLD: [&str; 2] = [
    "DELETE FROM credit WHERE model <> 'last_touch'",
    "UPDATE credited SET model_version = 0, left_out = 0",
];

async fn age(app: &TestApp) {
    let mut tx = app.state.context.store.write().await.unwrap();
    for statement in OLD {
        match &mut tx {
            Tx::Sqlite(tx) => drop(sqlx::query(statement).execute(&mut **tx).await.unwrap()),
            Tx::Postgres(tx) => drop(sqlx::query(statement).execute(&mut **tx).await.unwrap()),
        }
    }
    tx.commit().await.unwrap();
}

/// A lead of a path of two, a sale and a refund of its customer, a lead by tags and one of nobody.
async fn story(app: &TestApp) -> String {
    let id = campaign(app, "Spring", json!({})).await;
    let links = app.links(&id, &["x", "facebook"]).await;
    let mut path = Vec::new();
    for link in &links {
        path.push(clicked(app, link).await);
        app.later(DAY_MS);
    }
    let ann = json!({"external_id": "ann"});
    let value = json!({"amount": 1001, "currency": "EUR"});
    for body in [
        json!({"kind": "lead", "event_id": "l1", "path": path, "customer": ann}),
        json!({"kind": "refund", "event_id": "r1", "of": "s1", "value": value}),
        json!({"kind": "sale", "event_id": "s1", "customer": ann, "value": value}),
        json!({"kind": "lead", "event_id": "l2", "utm": {"campaign": "spring", "source": "x"}}),
        json!({"kind": "lead", "event_id": "l3"}),
    ] {
        app.later(1000);
        convert(app, &body).await;
    }
    id
}

async fn joins(app: &TestApp) -> Vec<Value> {
    let all = app.get("/conversions").await.body;
    all["conversions"].as_array().unwrap().clone()
}

#[rstest]
#[tokio::test]
async fn credits_of_before_these_models_are_made_up_for(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    story(&app).await;
    let (credits, joined) = (all_credits(&app).await, joins(&app).await);
    assert_eq!(credit_anew(&app).await, 0, "all are of these rules");
    age(&app).await;
    assert_ne!(all_credits(&app).await, credits);
    assert_eq!(credit_anew(&app).await, 5);
    assert_eq!(all_credits(&app).await, credits);
    assert_eq!(joins(&app).await, joined);
    assert_eq!(credit_anew(&app).await, 0);
}

#[tokio::test]
async fn a_report_of_a_store_of_before_sums_up_at_once() {
    let app = TestApp::spawn().await;
    let id = story(&app).await;
    age(&app).await;
    // A refund that comes before its sale is made up for goes by what there is.
    let value = json!({"amount": 1, "currency": "EUR"});
    convert(
        &app,
        &json!({"kind": "refund", "event_id": "r2", "of": "s1", "value": value}),
    )
    .await;
    credit_anew(&app).await;
    for model in AttributionModel::ALL {
        let report = app
            .get(&format!("/campaigns/{id}/report?model={model}"))
            .await
            .body;
        assert_eq!(report["total"]["net_revenue"]["amount"], -1, "{model}");
        assert_eq!(
            report["unattributed"]["net_revenue"]["amount"], 0,
            "{model}"
        );
    }
}

/// Clicks are dropped after their time. What they were credited with is known from the credits.
#[tokio::test]
async fn clicks_that_are_gone_keep_their_credit() {
    let app = TestApp::spawn().await;
    let id = story(&app).await;
    let before = all_credits(&app).await;
    app.later(100 * DAY_MS);
    let kept = RetentionTimes {
        clicks_days: ClickClass::ALL
            .into_iter()
            .map(|class| (class, 90))
            .collect::<BTreeMap<_, _>>(),
        ..RetentionTimes::default()
    };
    let dropped = retention::step(&app.state.context.store, &app.clock, &kept)
        .await
        .unwrap();
    assert_eq!(dropped.clicks, 2);
    let change = json!({"lead_window_days": 60});
    app.patch(&format!("/campaigns/{id}"), &change).await;
    assert!(credit_anew(&app).await > 0);
    assert_eq!(all_credits(&app).await, before);
    // Nor does a report that comes late and joins them anew take it away.
    let lead = json!({"kind": "lead", "event_id": "l0", "customer": {"external_id": "ann"},
                      "occurred_at": "2026-03-09T00:00:00Z"});
    convert(&app, &lead).await;
    let x = leads(&app, &id, "first_touch").await.0;
    assert_eq!(x, [("x".to_owned(), 2.0)]);
}

#[tokio::test]
async fn other_terms_credit_everything_anew_step_by_step() {
    let app = TestApp::spawn().await;
    let id = campaign(&app, "Spring", json!({})).await;
    let links = app.links(&id, &["x", "facebook"]).await;
    let first = clicked(&app, &links[0]).await;
    app.later(7 * DAY_MS);
    let path = [first, clicked(&app, &links[1]).await];
    let count = usize::try_from(AT_ONCE).unwrap() + 50;
    for n in 0..count {
        let lead = json!({"kind": "lead", "event_id": format!("l{n}"), "path": path});
        app.post("/conversions", &lead).await;
    }
    app.drain().await;
    let state = &app.state;
    let mut terms = state.context.terms;
    // Clicks a half-life apart, then half of one, then one of them alone within the window.
    for (half_life, window, share) in [(7, 30, 0.333_333), (14, 30, 0.414_214), (7, 6, 0.0)] {
        (terms.half_life_days, terms.window_days) = (half_life, window);
        let mut steps = Vec::new();
        loop {
            let step = recredit::step(&state.context.store, &state.context.registry, terms)
                .await
                .unwrap();
            if step == 0 {
                break;
            }
            steps.push(step);
        }
        // A step ends after a time, or with as many as it takes at once.
        let done: usize = steps.iter().sum();
        let expected = if half_life == 7 && window == 30 {
            0
        } else {
            count
        };
        assert_eq!(done, expected, "{steps:?}");
        assert!(steps.iter().all(|step| *step <= count - 50), "{steps:?}");
        let (rows, nobodys) = leads(&app, &id, "time_decay").await;
        let x = rows
            .iter()
            .find(|(network, _)| network == "x")
            .map_or(0.0, |(_, leads)| *leads);
        let all = f64::from(u32::try_from(count).unwrap());
        assert!((x - share * all).abs() < 1e-3, "{half_life} {window}: {x}");
        assert!(nobodys.abs() < 1e-9);
    }
}
