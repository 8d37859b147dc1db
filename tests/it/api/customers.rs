//! Customers over the API: the same in every order of reports, with touches and money, and
//! invisible to other workspaces.

mod crowds;
mod erased;
mod lifetime;

use leadline::clock::Millis;
use leadline::id::{ConversionId, CustomerId};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::pipeline::joins::orders;
use crate::support::app::{Answer, NOON, Size, TestApp, click_id, location, read};

const HOUR_MS: i64 = 60 * 60 * 1000;

async fn clicked(app: &TestApp, link: &str) -> String {
    click_id(&location(&app.click(link, &[]).await))
}

/// Reports a conversion of so many hours after noon.
async fn tell(app: &TestApp, hours: i64, mut body: Value) {
    body["occurred_at"] = json!(at(hours).to_string());
    let answer = app.post("/conversions", &body).await;
    assert!(answer.status.is_success(), "{answer:?}");
    app.drain().await;
}

fn at(hours: i64) -> Millis {
    NOON.plus_ms(hours * HOUR_MS)
}

fn euros(amount: i64) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

async fn customer(app: &TestApp, id: &str) -> Value {
    let answer = app.get(&format!("/customers/{id}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{id}: {answer:?}");
    answer.body
}

async fn customers(app: &TestApp, query: &str) -> Vec<Value> {
    let page = app.get(&format!("/customers{query}")).await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    page.body["customers"].as_array().unwrap().clone()
}

async fn erase(app: &TestApp, body: &Value) -> Answer {
    let request = app.request(Method::DELETE, "/people").json(body);
    read(request.send().await.unwrap()).await
}

/// Two links, a click on each, the second an hour later.
async fn two_clicks(app: &TestApp) -> (String, [String; 2]) {
    let campaign = app.campaign("Spring").await;
    let links = app.links(&campaign, &["x", "linkedin"]).await;
    app.clock.set(NOON);
    let first = clicked(app, &links[0]).await;
    app.clock.set(at(1));
    let second = clicked(app, &links[1]).await;
    app.clock.set(at(100));
    app.drain().await;
    (campaign, [first, second])
}

/// A lead by e-mail with a click, an account of that address, its sale, a sale of another account
/// of the same address with another click, and a refund that names its sale alone: in 24 of the 120
/// orders, each as people of their own. A lead by a click, a sale of 9 euros by the customer's own
/// id, and one euro back.
async fn buys(app: &TestApp, customer: &Value, click: &str) {
    let by_id = json!({"external_id": customer["external_id"]});
    for (hours, report) in [
        (
            2,
            json!({"kind": "lead", "event_id": "l1", "customer": customer, "click_id": click}),
        ),
        (
            3,
            json!({"kind": "sale", "event_id": "s1", "customer": by_id, "value": euros(900)}),
        ),
        (
            4,
            json!({"kind": "refund", "event_id": "r1", "of": "s1", "value": euros(100)}),
        ),
    ] {
        tell(app, hours, report).await;
    }
}

#[rstest]
#[tokio::test]
async fn every_order_of_arrival_ends_in_the_same_customer(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let (campaign, [first, second]) = two_clicks(&app).await;
    let mut expected: Option<Value> = None;
    let all = orders(5);
    for (n, order) in all.into_iter().step_by(5).enumerate() {
        let (one, two) = (format!("one-{n}"), format!("two-{n}"));
        let mail = format!("ann-{n}@shop.example");
        let reports = [
            json!({"kind": "lead", "event_id": format!("l-{n}"), "click_id": first,
                   "customer": {"email": mail}}),
            json!({"kind": "lead", "event_id": format!("a-{n}"),
                   "customer": {"email": mail, "external_id": one}}),
            json!({"kind": "sale", "event_id": format!("s-{n}"), "value": euros(4999),
                   "customer": {"external_id": one}}),
            json!({"kind": "sale", "event_id": format!("t-{n}"), "value": euros(1500),
                   "click_id": second, "customer": {"email": mail, "external_id": two}}),
            json!({"kind": "refund", "event_id": format!("r-{n}"), "of": format!("s-{n}"),
                   "value": euros(1000)}),
        ];
        for place in &order {
            tell(
                &app,
                2 + i64::try_from(*place).unwrap(),
                reports[*place].clone(),
            )
            .await;
        }
        let found = customer(&app, &one).await;
        assert_eq!(found, customer(&app, &two).await, "{order:?}");
        assert_eq!(found, customer(&app, found["id"].as_str().unwrap()).await);
        let steps = found["conversions"].as_array().unwrap();
        let least = steps
            .iter()
            .filter(|step| step["kind"] != "refund")
            .map(|step| {
                step["id"]
                    .as_str()
                    .unwrap()
                    .parse::<ConversionId>()
                    .unwrap()
            })
            .min()
            .unwrap();
        let id: CustomerId = found["id"].as_str().unwrap().parse().unwrap();
        assert_eq!(id.as_bytes(), least.as_bytes(), "{order:?}");
        assert_eq!(found["external_ids"], json!([one, two]));
        let mut seen = found.clone();
        for own in ["id", "external_ids"] {
            seen.as_object_mut().unwrap().remove(own);
        }
        for step in seen["conversions"].as_array_mut().unwrap() {
            step.as_object_mut().unwrap().remove("id");
        }
        assert_eq!(
            *expected.get_or_insert_with(|| seen.clone()),
            seen,
            "{order:?}"
        );
    }
    let seen = expected.unwrap();
    assert_eq!(seen["first_touch"]["network"], "x");
    assert_eq!(seen["first_touch"]["campaign_id"], campaign);
    assert_eq!(seen["last_touch"]["network"], "linkedin");
    assert_eq!((&seen["leads"], &seen["sales"]), (&json!(2), &json!(2)));
    assert_eq!(seen["has_email"], true);
    assert_eq!(
        seen["currencies"],
        json!([{"currency": "EUR", "revenue": euros(6499), "refunds": euros(1000),
                "net_revenue": euros(5499)}])
    );
    assert_eq!(seen["first_seen_at"], at(2).to_string());
    assert_eq!(seen["became_customer_at"], at(4).to_string());
    assert_eq!(customers(&app, "?limit=200").await.len(), 24);
    assert!(!seen.to_string().contains("hash"), "{seen}");
}

#[rstest]
#[tokio::test]
async fn a_click_that_comes_late_is_the_first_touch(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let campaign = app.campaign("Spring").await;
    let links = app.links(&campaign, &["x", "linkedin"]).await;
    app.clock.set(NOON);
    let early = clicked(&app, &links[0]).await;
    let wait = std::time::Duration::ZERO;
    let held = app.log().read(1, wait).await.unwrap().remove(0);
    app.log().ack(&[held.id]).await.unwrap();
    app.clock.set(at(1));
    let later = clicked(&app, &links[1]).await;
    app.clock.set(at(100));
    let ann = json!({"external_id": "ann"});
    tell(
        &app,
        2,
        json!({"kind": "lead", "event_id": "l1", "customer": ann,
                         "path": [early, later]}),
    )
    .await;
    tell(
        &app,
        3,
        json!({"kind": "sale", "event_id": "s1", "customer": ann, "value": euros(500)}),
    )
    .await;
    let before = customer(&app, "ann").await;
    assert_eq!(before["first_touch"]["network"], "linkedin");
    let held: Vec<_> = vec![held.bytes];
    app.log().append(&held.iter().collect()).await.unwrap();
    app.drain().await;
    // Last touch keeps the credit; the customer knows where they came from first.
    let after = customer(&app, "ann").await;
    assert_eq!(after["first_touch"]["network"], "x");
    assert_eq!(after["first_touch"]["clicked_at"], NOON.to_string());
    assert_eq!(after["last_touch"], before["last_touch"]);
    assert_eq!(after["conversions"][0]["network"], "linkedin");
}

#[tokio::test]
async fn a_customer_is_found_by_an_own_id_of_any_letters_and_by_nothing_else() {
    let app = TestApp::spawn().await;
    let odd = "a/b ü?c=1%2F";
    let tags = json!({"campaign": "spring"});
    let campaign = app.campaign("Spring").await;
    app.clock.set(at(100));
    tell(
        &app,
        2,
        json!({"kind": "lead", "event_id": "l1", "utm": tags,
                         "customer": {"external_id": odd}}),
    )
    .await;
    let found = customer(&app, "a%2Fb%20%C3%BC%3Fc%3D1%252F").await;
    assert_eq!(found["external_ids"], json!([odd]));
    let touch = json!({"network": null, "campaign_id": campaign, "link_id": null,
                       "clicked_at": null});
    assert_eq!(found["first_touch"], touch);
    assert_eq!(found["currencies"], json!([]));
    assert_eq!(found["became_customer_at"], Value::Null);
    for unknown in ["nobody", "cus_01kb3v9w8e7q4t2n5r6s8y0zxa"] {
        let answer = app.get(&format!("/customers/{unknown}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(answer.code(), "customer_not_found");
    }
    // Who is told of without any mark is nobody.
    tell(
        &app,
        3,
        json!({"kind": "sale", "event_id": "s1", "value": euros(100)}),
    )
    .await;
    assert_eq!(customers(&app, "").await.len(), 1);
}

#[rstest]
#[tokio::test]
async fn lists_are_paged_and_narrowed_and_no_workspace_sees_anothers(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let (campaign, [first, second]) = two_clicks(&app).await;
    for (n, click) in [&first, &second, &second].into_iter().enumerate() {
        let ann = json!({"external_id": format!("c-{n}")});
        app.later(1000);
        tell(
            &app,
            2,
            json!({"kind": "lead", "event_id": format!("l-{n}"), "customer": ann,
                             "click_id": click}),
        )
        .await;
    }
    tell(
        &app,
        3,
        json!({"kind": "sale", "event_id": "s", "value": euros(100),
                         "customer": {"external_id": "c-1"}}),
    )
    .await;
    assert_eq!(customers(&app, "?network=linkedin").await.len(), 2);
    assert_eq!(customers(&app, "?network=x").await.len(), 1);
    assert_eq!(
        customers(&app, &format!("?campaign_id={campaign}"))
            .await
            .len(),
        3
    );
    let buyers = customers(&app, "?has=sales").await;
    assert_eq!(buyers.len(), 1);
    assert_eq!(buyers[0]["external_ids"], json!(["c-1"]));
    let page = app.get("/customers?limit=2").await.body;
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = customers(&app, &format!("?limit=2&cursor={cursor}")).await;
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0]["external_ids"], json!(["c-2"]));

    let other = app.key_of_another_workspace().await;
    let id = buyers[0]["id"].as_str().unwrap();
    for path in ["/customers/c-1".to_owned(), format!("/customers/{id}")] {
        let answer = app.get_with_key(&other, &path).await;
        assert_eq!(answer.code(), "customer_not_found", "{path}");
    }
    let none = app.get_with_key(&other, "/customers").await.body;
    assert_eq!(none["customers"], json!([]));
    let none = app.get_with_key(&other, "/customers/lifetime").await.body;
    assert_eq!(none["total"]["customers"], 0);
    // The same mark in another workspace is somebody else.
    let sale = json!({"kind": "sale", "event_id": "s", "value": euros(700),
                      "customer": {"external_id": "c-1"}});
    let request = app.request(Method::POST, "/conversions");
    app.with_key(&other, request, &sale).await;
    app.drain().await;
    let theirs = app.get_with_key(&other, "/customers/c-1").await.body;
    assert_eq!(theirs["currencies"][0]["revenue"], euros(700));
    assert_eq!(
        customer(&app, "c-1").await["currencies"][0]["revenue"],
        euros(100)
    );
}
