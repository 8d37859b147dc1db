//! Conversions of one customer affect each other: campaigns without a click, and conversions within
//! the minutes that clocks may differ.

use leadline::clock::DAY_MS;
use leadline::store::Tx;
use leadline::worker::recredit;
use rstest::rstest;
use serde_json::{Value, json};

use super::{clicked, convert, orders, the_same_in};
use crate::support::app::{Size, TestApp};

fn value(amount: i64) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

fn tags() -> Value {
    json!({"campaign": "spring", "source": "x"})
}

/// A form knows the e-mail address and UTM tags, the account both marks, the shop the account's id
/// alone.
#[tokio::test]
async fn a_campaign_without_a_click_is_handed_on_in_any_order() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    app.links(&campaign, &["x"]).await;
    for body in [
        json!({"kind": "lead", "event_id": "a-form", "utm": tags(),
               "customer": {"email": "ann@shop.example"}}),
        json!({"kind": "lead", "event_id": "b-account",
               "customer": {"external_id": "ann", "email": "ann@shop.example"}}),
        json!({"kind": "sale", "event_id": "c-sale", "value": value(4999),
               "customer": {"external_id": "ann"}}),
        json!({"kind": "refund", "event_id": "d-refund", "of": "c-sale", "value": value(999)}),
    ] {
        app.later(1000);
        app.post("/conversions", &body).await;
    }
    let joins = the_same_in(&app, &campaign, orders(4)).await;
    let expected = [
        json!(["a-form", "utm", "x", null]),
        json!(["b-account", "customer_campaign", "x", null]),
        json!(["c-sale", "customer_campaign", "x", null]),
        json!(["d-refund", "sale", "x", null]),
    ];
    assert_eq!(joins, expected);

    app.drain().await;
    let report = app.report(&campaign).await;
    let x = &report["rows"][0];
    assert_eq!(
        json!([
            x["network"],
            x["leads"],
            x["sales"],
            x["net_revenue"]["amount"]
        ]),
        json!(["x", 2, 1, 4000])
    );
    assert_eq!(report["joined_by"]["customer_campaign"], 2);
    assert_eq!(report["unattributed"]["sales"], 0);
    let ann = app.get("/customers/ann").await.body;
    for touch in ["first_touch", "last_touch"] {
        assert_eq!(ann[touch]["network"], "x", "{ann}");
    }
}

/// Whatever names a click or a campaign itself goes before what the customer hands on.
#[tokio::test]
async fn clicks_and_evidence_of_its_own_go_before_the_customers_campaign() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["facebook"]).await.remove(0);
    let click = clicked(&app, &link).await;
    let ann = json!({"external_id": "ann"});
    let linkedin = json!({"campaign": "spring", "source": "linkedin"});
    for body in [
        json!({"kind": "lead", "event_id": "a", "utm": tags(), "customer": ann}),
        json!({"kind": "sale", "event_id": "b", "value": value(100), "customer": ann}),
        json!({"kind": "sale", "event_id": "c", "value": value(100), "customer": ann, "utm": linkedin}),
        json!({"kind": "lead", "event_id": "d", "customer": ann, "click_id": click}),
        json!({"kind": "sale", "event_id": "e", "value": value(100), "customer": ann}),
    ] {
        app.later(10 * 60_000);
        app.post("/conversions", &body).await;
    }
    let some = orders(6).into_iter().step_by(13).collect();
    let joins = the_same_in(&app, &campaign, some).await;
    let expected = [
        json!(["a", "utm", "x", null]),
        json!(["b", "customer_campaign", "x", null]),
        json!(["c", "utm", "linkedin", null]),
        json!(["d", "click_id", "facebook", click]),
        json!(["e", "customer", "facebook", click]),
    ];
    assert_eq!(joins, expected);
}

#[tokio::test]
async fn the_sale_window_holds_from_what_handed_the_campaign_on() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    app.links(&campaign, &["x"]).await;
    let ann = json!({"external_id": "ann"});
    let lead = json!({"kind": "lead", "event_id": "l1", "utm": tags(), "customer": ann});
    convert(&app, lead).await;
    let sale = |event: &str| json!({"kind": "sale", "event_id": event, "value": value(100), "customer": ann});
    for (days, event, network) in [(90, "s1", json!("x")), (1, "s2", Value::Null)] {
        app.later(days * DAY_MS);
        let sale = convert(&app, sale(event)).await;
        assert_eq!(
            json!([sale["joined_by"], sale["network"]]),
            json!(["customer_campaign", network]),
            "{event}"
        );
    }
}

/// Shops tell whole seconds, and their clocks differ from ours.
#[tokio::test]
async fn a_sale_shortly_before_its_customers_lead_joins_in_any_order() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let click = clicked(&app, &link).await;
    app.later(DAY_MS);
    let at = |ms: i64| app.clock.now().plus_ms(ms).to_string();
    let (ann, ben) = (json!({"external_id": "ann"}), json!({"external_id": "ben"}));
    for body in [
        json!({"kind": "sale", "event_id": "a", "value": value(100), "customer": ann,
               "occurred_at": at(-500)}),
        json!({"kind": "lead", "event_id": "b", "click_id": click, "customer": ann,
               "occurred_at": at(0)}),
        json!({"kind": "sale", "event_id": "c", "value": value(100), "customer": ann,
               "occurred_at": at(-5 * 60_000 - 1)}),
        json!({"kind": "sale", "event_id": "d", "value": value(100), "customer": ben,
               "occurred_at": at(-5 * 60_000)}),
        json!({"kind": "lead", "event_id": "e", "utm": tags(), "customer": ben,
               "occurred_at": at(0)}),
    ] {
        app.post("/conversions", &body).await;
    }
    let some = orders(6).into_iter().step_by(13).collect();
    let joins = the_same_in(&app, &campaign, some).await;
    let expected = [
        json!(["a", "customer", "x", click]),
        json!(["b", "click_id", "x", click]),
        json!(["c", "none", null, null]),
        json!(["d", "customer_campaign", "x", null]),
        json!(["e", "utm", "x", null]),
    ];
    assert_eq!(joins, expected);
}

/// Two conversions of a customer, and within the tolerance after them one by each mark that knows a
/// click. The first takes the later one by the stronger mark, the second what the first has: it
/// came earlier.
#[tokio::test]
async fn conversions_close_together_join_the_same_in_any_order() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let links = app.links(&campaign, &["x", "facebook"]).await;
    let x = clicked(&app, &links[0]).await;
    let facebook = clicked(&app, &links[1]).await;
    app.later(DAY_MS);
    let at = |ms: i64| app.clock.now().plus_ms(ms).to_string();
    let both = json!({"external_id": "ann", "email": "ann@shop.example"});
    for body in [
        json!({"kind": "lead", "event_id": "a", "customer": both, "occurred_at": at(-3000)}),
        json!({"kind": "lead", "event_id": "b", "customer": both, "occurred_at": at(-2000)}),
        json!({"kind": "lead", "event_id": "c", "click_id": x, "customer": {"email": "ann@shop.example"},
               "occurred_at": at(-1000)}),
        json!({"kind": "lead", "event_id": "d", "click_id": facebook, "customer": {"external_id": "ann"},
               "occurred_at": at(0)}),
    ] {
        app.post("/conversions", &body).await;
    }
    let some = orders(6).into_iter().step_by(13).collect();
    let joins = the_same_in(&app, &campaign, some).await;
    let rules: Vec<&Value> = joins.iter().map(|join| &join[1]).collect();
    assert_eq!(rules, ["customer", "email", "click_id", "click_id"]);
}

/// As a version left it that knew neither of both rules.
const OLD: [&str; 2] = [
    "UPDATE conversion SET joined_by = 'none', joined_via = NULL, unjoined = 'customer_unknown', \
     campaign_id = NULL, network = NULL WHERE kind = 'sale'",
    "UPDATE credited SET model_version = 0",
];

#[rstest]
#[tokio::test]
async fn customers_of_before_these_rules_are_joined_in_the_background(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let campaign = app.campaign("Spring").await;
    app.links(&campaign, &["x"]).await;
    let ann = json!({"external_id": "ann"});
    convert(
        &app,
        json!({"kind": "lead", "event_id": "l1", "utm": tags(), "customer": ann}),
    )
    .await;
    let sale = json!({"kind": "sale", "event_id": "s1", "value": value(100), "customer": ann});
    convert(&app, sale).await;
    let all = async || app.get("/conversions").await.body;
    let right = all().await;
    let mut tx = app.state.context.store.write().await.unwrap();
    for statement in OLD {
        match &mut tx {
            Tx::Sqlite(tx) => drop(sqlx::query(statement).execute(&mut **tx).await.unwrap()),
            Tx::Postgres(tx) => drop(sqlx::query(statement).execute(&mut **tx).await.unwrap()),
        }
    }
    tx.commit().await.unwrap();
    assert_ne!(all().await, right);
    let registry = leadline::network::NetworkRegistry::embedded().unwrap();
    let terms = app.state.context.terms;
    while recredit::step(&app.state.context.store, &registry, terms)
        .await
        .unwrap()
        > 0
    {}
    assert_eq!(all().await, right);
}
