//! Data of an erased person that arrive later, or were waiting.

use super::*;

#[rstest]
#[tokio::test]
async fn what_comes_late_counts_and_is_nobodys(#[values(Size::Embedded, Size::Server)] size: Size) {
    let story = Box::pin(Story::new(size)).await;
    let app = &story.app;
    erase(app, &json!({"email": MAIL})).await;
    let value = json!({"amount": 100, "currency": "EUR"});
    let known = json!({"external_id": "cust-1"});
    let tags = json!({"campaign": "spring", "source": "linkedin", "term": "cust-1"});
    for body in [
        json!({"kind": "sale", "event_id": "late-1", "value": value, "customer": known,
               "click_id": story.ann}),
        json!({"kind": "sale", "event_id": "late-2", "value": value, "customer": known, "utm": tags}),
        json!({"kind": "refund", "event_id": "late-3", "of": "o-1", "value": value}),
        json!({"kind": "lead", "event_id": MAIL}),
        json!({"kind": "lead", "event_id": "late-4", "click_id": story.ann,
               "customer": {"external_id": "cust-3"}}),
    ] {
        let sent = app.post("/conversions", &body).await;
        assert_eq!(sent.status, StatusCode::ACCEPTED, "{sent:?}");
    }
    app.drain().await;
    for (event, joined_by, network) in [
        ("late-1", "none", Value::Null),
        ("late-2", "utm", json!("linkedin")),
        ("late-3", "sale", json!("x")),
        ("late-4", "click_id", json!("x")),
    ] {
        let found = story.conversion(event).await;
        assert_eq!(
            (&found["joined_by"], &found["network"]),
            (&json!(joined_by), &network),
            "{found}"
        );
    }
    assert_eq!(story.count().await, 11);
    assert_eq!(
        story.conversion("late-4").await["customer_external_id"],
        "cust-3"
    );
    let hash = story.hash();
    let texts = ["cust-1", hash.as_str(), story.ann.as_str()];
    assert_eq!(holding(app, &texts).await, [""; 0]);
}

#[rstest]
#[tokio::test]
async fn a_click_that_still_waits_in_the_log_comes_in_as_nobodys(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let story = Box::pin(Story::new(size)).await;
    let app = &story.app;
    let headers = [("referer", REFERRER)];
    let late = click_id(&location(&app.click(&story.links[1], &headers).await));
    let erased = erase(app, &json!({"click_id": late})).await;
    assert_eq!(erased.body, json!({"conversions": 0, "clicks": 0}));
    app.drain().await;
    assert_eq!(holding(app, &[&late]).await, [""; 0]);
    let clicks = app.get("/clicks").await.body["clicks"].clone();
    let clicks = clicks.as_array().unwrap();
    assert_eq!(clicks.len(), 3);
    let nobodys = clicks.iter().filter(|it| it["visitor"].is_null());
    let nobodys: Vec<&Value> = nobodys.collect();
    assert_eq!(nobodys.len(), 1);
    let quarter = app.clock.now().quarter_hour().to_string();
    for (field, value) in [
        ("class", json!("human")),
        ("network", json!("linkedin")),
        ("clicked_at", json!(quarter)),
        ("user_agent", Value::Null),
        ("referrer", Value::Null),
        ("country", Value::Null),
        ("device", json!("")),
    ] {
        assert_eq!(nobodys[0][field], value, "{field}");
    }
    story.sums_hold().await;
}

/// The sale of an erased person comes after its refund, and its event names the person.
#[tokio::test]
async fn a_refund_finds_its_sale_under_the_sales_other_name() {
    let app = TestApp::spawn().await;
    app.campaign("Spring").await;
    erase(&app, &json!({"customer": "cust-1"})).await;
    let value = json!({"amount": 100, "currency": "EUR"});
    let utm = json!({"campaign": "spring"});
    for body in [
        json!({"kind": "refund", "event_id": "r-1", "of": "order-cust-1", "value": value}),
        json!({"kind": "sale", "event_id": "order-cust-1", "value": value, "utm": utm,
               "customer": {"external_id": "cust-1"}}),
        json!({"kind": "refund", "event_id": "r-2", "of": "order-cust-1", "value": value}),
    ] {
        app.later(1000);
        app.post("/conversions", &body).await;
        app.drain().await;
    }
    let found = app.get("/conversions").await.body["conversions"].clone();
    let found = found.as_array().unwrap().iter();
    let rules: Vec<&Value> = found.clone().map(|it| &it["joined_by"]).collect();
    assert_eq!(rules, ["sale", "utm", "sale"]);
    assert_eq!(holding(&app, &["cust-1"]).await, [""; 0]);
}
