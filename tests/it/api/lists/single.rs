//! One click, and one conversion with its click and credits.

use leadline::attribution::AttributionModel;
use leadline::conversion::{ConversionKind, NewConversion};
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use super::{insert_conversions, lead, links, of, sale};
use crate::support::app::{Size, TestApp, click_id, location};

#[rstest]
#[tokio::test]
async fn a_click_is_read_by_its_click_id(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = TestApp::spawn_in(size).await;
    let campaign = app.campaign("Spring").await;
    let link = links(&app, &campaign, &["x"]).await.remove(0);
    let clicked = app.click(&of(&link, "short_url"), &[]).await;
    let id = click_id(&location(&clicked));
    app.later(1000);
    app.drain().await;
    let read = app.get(&format!("/clicks/{id}")).await;
    assert_eq!(read.body["id"], json!(id), "{read:?}");
    let listed = app.get("/clicks").await;
    assert_eq!(read.body, listed.body["clicks"][0]);
    let key = app.key_of_another_workspace().await;
    let foreign = app.get_with_key(&key, &format!("/clicks/{id}")).await;
    assert_eq!(foreign.code(), "click_not_found");
    for id in ["clk_01kb3v9w8e7q4t2n5r6s8y0zxa", "nothing"] {
        let missing = app.get(&format!("/clicks/{id}")).await;
        assert_eq!(
            (missing.status, missing.code()),
            (StatusCode::NOT_FOUND, "click_not_found")
        );
    }
}

#[rstest]
#[tokio::test]
async fn a_conversion_is_read_with_its_click_and_credits(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let campaign = app.campaign("Spring").await;
    let link = links(&app, &campaign, &["x"]).await.remove(0);
    let clicked = app.click(&of(&link, "short_url"), &[]).await;
    let id = click_id(&location(&clicked));
    app.later(60_000);
    app.drain().await;
    for event in ["lead/1", "lead 2"] {
        let lead = json!({"kind": "lead", "event_id": event, "click_id": id,
            "customer": {"external_id": "cust-1"}});
        app.post("/conversions", &lead).await;
        app.drain().await;
        app.later(60_000);
    }
    let sale = json!({"kind": "sale", "event_id": "order-1", "customer": {"external_id": "cust-1"},
        "value": {"amount": 4999, "currency": "EUR"}});
    app.post("/conversions", &sale).await;
    app.drain().await;
    let read = app.get("/conversions/order-1").await.body;
    assert_eq!(
        (&read["event_id"], &read["joined_by"]),
        (&json!("order-1"), &json!("customer")),
        "{read}"
    );
    let by_id = app.get(&format!("/conversions/{}", of(&read, "id"))).await;
    assert_eq!(by_id.body, read);
    assert_eq!(read["click"]["id"], read["click_id"]);
    let credits = |model: &str| -> Vec<Value> {
        let all = read["credits"].as_array().unwrap().iter();
        all.filter(|credit| credit["model"] == model)
            .cloned()
            .collect()
    };
    let last = credits("last_touch");
    assert_eq!(last.len(), 1, "{read}");
    assert_eq!(
        (&last[0]["share"], &last[0]["value"], &last[0]["click_id"]),
        (&json!(1.0), &sale["value"], &json!(id))
    );
    assert_eq!(
        (
            &last[0]["campaign_id"],
            &last[0]["network"],
            &last[0]["link_id"]
        ),
        (&json!(campaign), &json!("x"), &link["id"])
    );
    for model in AttributionModel::ALL {
        let amounts = credits(model.as_str()).into_iter();
        let amounts = amounts.map(|credit| credit["value"]["amount"].as_i64().unwrap());
        assert_eq!(amounts.sum::<i64>(), 4999, "{model} {read}");
    }
    for (path, event) in [("lead%2F1", "lead/1"), ("lead%202", "lead 2")] {
        let read = app.get(&format!("/conversions/{path}")).await;
        assert_eq!(read.body["event_id"], json!(event), "{read:?}");
    }
    let key = app.key_of_another_workspace().await;
    for name in ["order-1", &of(&read, "id")] {
        let foreign = app
            .get_with_key(&key, &format!("/conversions/{name}"))
            .await;
        assert_eq!(foreign.code(), "conversion_not_found", "{name}");
    }
}

#[rstest]
#[tokio::test]
async fn an_event_id_of_several_conversions_names_none(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let refund = NewConversion {
        kind: ConversionKind::Refund,
        event_id: "e-1".to_owned(),
        refund_of: Some("e-1".to_owned()),
        ..sale(&app, 2, -500)
    };
    let all = [
        (sale(&app, 1, 4999), None),
        (refund, None),
        (lead(&app, 3), None),
    ];
    insert_conversions(&app, &all).await;
    let refused = app.get("/conversions/e-1").await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::UNPROCESSABLE_ENTITY, "ambiguous_name")
    );
    let [sale, refund] = [&all[0], &all[1]].map(|(new, _)| new.id);
    assert_eq!(
        refused.body["detail"],
        format!("\"e-1\" names several conversions; give one of {sale} (sale), {refund} (refund)")
    );
    let read = app.get(&format!("/conversions/{refund}")).await.body;
    assert_eq!(
        (&read["of"], &read["click"], &read["credits"]),
        (&json!("e-1"), &Value::Null, &json!([]))
    );
    assert_eq!(app.get("/conversions/e-3").await.body["kind"], "lead");
    let named = |number: u32| {
        let event = NewConversion {
            kind: ConversionKind::Event,
            name: Some(format!("step-{number}")),
            event_id: "e-many".to_owned(),
            ..lead(&app, number)
        };
        (event, None)
    };
    let many: Vec<_> = (10..21).map(named).collect();
    insert_conversions(&app, &many[..10]).await;
    let listed = |refused: &Value, last: usize| {
        let detail = refused["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(&many[last].0.id.to_string()), "{detail}");
        detail
    };
    let ten = listed(&app.get("/conversions/e-many").await.body, 9);
    assert!(!ten.contains("only the first"), "{ten}");
    insert_conversions(&app, &many[10..]).await;
    let more = listed(&app.get("/conversions/e-many").await.body, 9);
    assert!(more.contains("; these are only the first 10"), "{more}");
    assert!(!more.contains(&many[10].0.id.to_string()), "{more}");
    assert_eq!(
        app.get("/conversions/e-4").await.code(),
        "conversion_not_found"
    );
}
