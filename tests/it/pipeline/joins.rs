//! Joins over the API and the log: every match rule, and every order of arrival.

mod customers;

use leadline::clock::DAY_MS;
use leadline::event_log::entry::Entry;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{TestApp, click_id, location};

async fn clicked(app: &TestApp, link: &str) -> String {
    click_id(&location(&app.click(link, &[]).await))
}

/// Reports a conversion, lets the worker take it, and gives what it became.
async fn convert(app: &TestApp, body: Value) -> Value {
    let queued = app.post("/conversions", &body).await;
    assert_eq!(queued.status, StatusCode::ACCEPTED, "{queued:?}");
    app.drain().await;
    let again = app.post("/conversions", &body).await;
    assert_eq!(again.status, StatusCode::OK, "{again:?}");
    again.body
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn every_rule_finds_its_conversions() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let links = app.links(&campaign, &["x", "linkedin"]).await;
    let click = clicked(&app, &links[0]).await;
    app.later(60_000);
    let value = json!({"amount": 4999, "currency": "EUR"});
    let ann = json!({"external_id": "ann", "email": "Ann@shop.example"});
    let mail = json!({"email": "ann@shop.example "});
    let known = json!({"external_id": "ann"});
    let tags = json!({"campaign": "spring", "source": "linkedin"});
    let winter = json!({"campaign": "winter"});
    let (x, linkedin, nowhere) = (json!("x"), json!("linkedin"), Value::Null);
    for (body, joined_by, network) in [
        (
            json!({"kind": "lead", "event_id": "l1", "click_id": click, "customer": ann}),
            "click_id",
            &x,
        ),
        (
            json!({"kind": "sale", "event_id": "s1", "value": value, "customer": known}),
            "customer",
            &x,
        ),
        (
            json!({"kind": "sale", "event_id": "s2", "value": value, "customer": mail}),
            "email",
            &x,
        ),
        (
            json!({"kind": "lead", "event_id": "l2", "utm": tags}),
            "utm",
            &linkedin,
        ),
        (
            json!({"kind": "refund", "event_id": "r1", "of": "s1", "value": value}),
            "sale",
            &x,
        ),
        (json!({"kind": "lead", "event_id": "l3"}), "none", &nowhere),
        (
            json!({"kind": "lead", "event_id": "l4", "click_id": "?", "utm": winter}),
            "none",
            &nowhere,
        ),
    ] {
        let found = convert(&app, body).await;
        assert_eq!(found["joined_by"], joined_by, "{found}");
        assert_eq!(found["network"], *network, "{found}");
    }
    let report = app.report(&campaign).await;
    let x = &report["rows"][1];
    assert_eq!(
        (&x["network"], &x["leads"], &x["sales"]),
        (&json!("x"), &json!(1), &json!(2))
    );
    assert_eq!(x["net_revenue"]["amount"], 4999);
    assert_eq!(report["unattributed"]["leads"], 0);
    assert_eq!(report["workspace_unattributed"]["leads"], 2);
    assert_eq!(report["joined_by"]["none"], 0);
    let none = app.get("/conversions?joined_by=none").await.body;
    assert_eq!(none["conversions"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_a_repeat_or_a_garbled_id_leaves_out_is_said() {
    let app = TestApp::spawn().await;
    let value = |amount: i64| json!({"amount": amount, "currency": "EUR"});
    let sale = json!({"kind": "sale", "event_id": "s1", "value": value(4999)});
    let same = convert(&app, sale).await;
    assert_eq!(same["warnings"], Value::Null);
    let other = json!({"kind": "sale", "event_id": "s1", "value": value(9999)});
    let other = app.post("/conversions", &other).await.body;
    assert_eq!(other["value"]["amount"], 4999);
    assert_eq!(
        other["warnings"],
        json!([
            "this event was reported before, and the first report counts: `value` was 49.99 EUR and is \
             99.99 EUR now. Give another `event_id` if it is another event"
        ])
    );
    let garbled = json!({"kind": "lead", "event_id": "l1", "click_id": "clk_01m85…"});
    let garbled = convert(&app, garbled).await;
    assert!(
        garbled["warnings"][0]
            .as_str()
            .unwrap()
            .contains("was ignored")
    );
}

#[tokio::test]
async fn a_click_of_another_workspace_or_after_the_conversion_joins_nothing() {
    let app = TestApp::spawn().await;
    let other = TestApp::spawn().await;
    let theirs = other.campaign("Theirs").await;
    let foreign = clicked(&other, &other.links(&theirs, &["x"]).await[0]).await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let before = app.clock.now();
    app.later(DAY_MS);
    let late = clicked(&app, &link).await;
    for (event, click) in [("l1", foreign), ("l2", late)] {
        let body = json!({"kind": "lead", "event_id": event, "click_id": click,
                          "occurred_at": before.to_string()});
        assert_eq!(convert(&app, body).await["joined_by"], "none", "{event}");
    }
}

#[tokio::test]
async fn a_conversion_before_its_click_is_joined_when_the_click_arrives() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let click = clicked(&app, &link).await;
    // The click stands in the log; put the report before it.
    let held = app
        .log()
        .read(1, std::time::Duration::ZERO)
        .await
        .unwrap()
        .remove(0);
    app.log().ack(&[held.id]).await.unwrap();
    let lead = json!({"kind": "lead", "event_id": "l1", "click_id": click,
                      "customer": {"external_id": "ann"}});
    let sale = json!({"kind": "sale", "event_id": "s1", "customer": {"external_id": "ann"},
                      "value": {"amount": 4999, "currency": "EUR"}});
    assert_eq!(convert(&app, lead).await["joined_by"], "none");
    app.later(1000);
    assert_eq!(convert(&app, sale).await["joined_by"], "none");
    app.log()
        .append(&[held.bytes].iter().collect())
        .await
        .unwrap();
    app.drain().await;
    let found = app.get("/conversions").await.body;
    let rules: Vec<&str> = found["conversions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|conversion| conversion["joined_by"].as_str().unwrap())
        .collect();
    assert_eq!(rules, ["click_id", "customer"]);
}

/// Every order of `n` things.
pub(crate) fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![vec![]];
    }
    orders(n - 1)
        .into_iter()
        .flat_map(|order| {
            (0..n).map(move |place| {
                let mut longer = order.clone();
                longer.insert(place, n - 1);
                longer
            })
        })
        .collect()
}

/// Tells the entries that stand in `app`'s log in each of `orders` to a fresh service; the report
/// and every join come out the same. Gives the joins, by event id.
async fn the_same_in(app: &TestApp, campaign: &str, orders: Vec<Vec<usize>>) -> Vec<Value> {
    let told = app.log().read(10, std::time::Duration::ZERO).await.unwrap();
    let entries: Vec<Entry> = told
        .iter()
        .map(|delivery| Entry::decode(&delivery.bytes).unwrap())
        .collect();
    let link = app.get("/links").await.body["links"][0].clone();
    let mut expected = None;
    for order in orders {
        assert_eq!(order.len(), entries.len());
        let fresh = Box::new(Box::pin(TestApp::spawn_like(app, &link)).await);
        for place in &order {
            let record = entries[*place].encode().unwrap();
            fresh
                .log()
                .append(&[record].iter().collect())
                .await
                .unwrap();
            Box::pin(fresh.drain()).await;
        }
        let report = Box::pin(fresh.report(campaign)).await;
        let joins = fresh.get("/conversions").await.body;
        let mut joins: Vec<Value> = joins["conversions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| {
                json!([
                    it["event_id"],
                    it["joined_by"],
                    it["network"],
                    it["click_id"]
                ])
            })
            .collect();
        joins.sort_by_key(ToString::to_string);
        let seen = (report, joins);
        assert_eq!(
            *expected.get_or_insert_with(|| seen.clone()),
            seen,
            "{order:?}"
        );
    }
    expected.unwrap().1
}

/// A click, a lead with both marks, a lead with the e-mail alone, a sale and its refund, told in
/// every one of the 120 orders.
#[tokio::test]
async fn every_order_of_arrival_gives_the_same_numbers() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let click = clicked(&app, &link).await;
    app.later(1000);
    let value = json!({"amount": 4999, "currency": "EUR"});
    for body in [
        json!({"kind": "lead", "event_id": "l1", "click_id": click,
               "customer": {"external_id": "ann", "email": "ann@shop.example"}}),
        json!({"kind": "lead", "event_id": "l2", "customer": {"email": "ann@shop.example"}}),
        json!({"kind": "sale", "event_id": "s1", "value": value,
               "customer": {"external_id": "ann"}}),
        json!({"kind": "refund", "event_id": "r1", "of": "s1", "value": value}),
    ] {
        app.later(1000);
        app.post("/conversions", &body).await;
    }
    let joins = the_same_in(&app, &campaign, orders(5)).await;
    let rules: Vec<&Value> = joins.iter().map(|join| &join[1]).collect();
    assert_eq!(rules, ["click_id", "email", "sale", "customer"]);
}

/// A newsletter form knows the e-mail address and the click, two accounts are made with that
/// address, and each account buys: marks lead over other conversions to the click. Of the 720
/// orders every seventh is told, which has each entry in each place.
#[tokio::test]
async fn customers_known_by_several_marks_join_the_same_in_any_order() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let click = clicked(&app, &link).await;
    let mail = "ann@shop.example";
    let value = json!({"amount": 4999, "currency": "EUR"});
    for body in [
        json!({"kind": "lead", "event_id": "a-form", "click_id": click, "customer": {"email": mail}}),
        json!({"kind": "lead", "event_id": "b-one", "customer": {"external_id": "1", "email": mail}}),
        json!({"kind": "lead", "event_id": "c-two", "customer": {"external_id": "2", "email": mail}}),
        json!({"kind": "sale", "event_id": "d-one", "value": value, "customer": {"external_id": "1"}}),
        json!({"kind": "sale", "event_id": "e-two", "value": value, "customer": {"external_id": "2"}}),
    ] {
        app.later(1000);
        app.post("/conversions", &body).await;
    }
    let some = orders(6).into_iter().step_by(7).collect();
    let joins = the_same_in(&app, &campaign, some).await;
    let rules: Vec<&Value> = joins.iter().map(|join| &join[1]).collect();
    assert_eq!(
        rules,
        ["click_id", "email", "email", "customer", "customer"]
    );
}

/// Of two conversions at the same moment one brings a click of its own, and the customer had
/// another click before. Whichever click comes last, the other conversion goes to the latest.
#[tokio::test]
async fn conversions_of_the_same_moment_join_the_same_in_any_order() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let before = clicked(&app, &link).await;
    app.later(1000);
    let click = clicked(&app, &link).await;
    let customer = json!({"external_id": "1"});
    let moment = app.clock.now().plus_ms(10_000).to_string();
    for body in [
        json!({"kind": "lead", "event_id": "a", "click_id": click, "customer": customer}),
        json!({"kind": "lead", "event_id": "b", "click_id": before, "customer": customer}),
        json!({"kind": "lead", "event_id": "c", "customer": customer, "occurred_at": moment}),
        json!({"kind": "lead", "event_id": "d", "click_id": click, "customer": customer,
               "occurred_at": moment}),
    ] {
        app.later(5000);
        app.post("/conversions", &body).await;
    }
    let some = orders(6).into_iter().step_by(7).collect();
    let joins = the_same_in(&app, &campaign, some).await;
    assert_eq!(joins[2], json!(["c", "customer", "x", click]));
}
