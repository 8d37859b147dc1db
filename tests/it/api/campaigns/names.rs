//! Wherever a request names a campaign, its id and its tag are equivalent.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::app::{Answer, Size, TestApp, read};

const TAG: &str = "spring";

/// Schemas of bodies that name a campaign.
const BODIES: [&str; 4] = ["NewCost", "NewEngagement", "NewLink", "NewPromoCode"];

/// Paths with `{id}` for the campaign, of every operation that reads and names one.
fn reading() -> Vec<String> {
    let described = serde_json::to_value(leadline::http::openapi::document()).unwrap();
    let mut found = Vec::new();
    for (path, operations) in described["paths"].as_object().unwrap() {
        let below = path.strip_prefix("/api/v1").unwrap();
        let parameters = operations["get"]["parameters"].as_array();
        let takes = |name: &str| {
            let mut all = parameters.into_iter().flatten();
            all.any(|parameter| parameter["name"] == name)
        };
        if below.starts_with("/campaigns/{id}") && takes("id") {
            let period = "?from=2026-03-09&to=2026-03-10";
            let query = if takes("weeks") { period } else { "" };
            found.push(format!("{below}{query}"));
        }
        if takes("campaign_id") {
            found.push(format!("{below}?campaign_id={{id}}"));
        }
        // The report over all campaigns has no other campaign beside it.
        if takes("compare") && below.contains("{id}") {
            found.push(format!("{below}?compare={{id}}"));
        }
    }
    found
}

/// A campaign of which there is something in every list; gives its id.
async fn campaign(app: &TestApp) -> String {
    let id = app.campaign("Spring").await;
    app.campaign("Other").await;
    let link = app.links(TAG, &["x"]).await.remove(0);
    app.click(&link, &[]).await;
    app.later(1000);
    app.drain().await;
    let code = json!({"code": "POD10", "campaign_id": TAG});
    assert_eq!(app.post("/promo-codes", &code).await.status, 201);
    let lead = json!({"kind": "lead", "event_id": "l", "promo_code": "POD10",
                      "customer": {"external_id": "ann"}});
    app.post("/conversions", &lead).await;
    app.drain().await;
    for (path, figure) in [
        (
            "/costs",
            json!({"money": {"amount": 100, "currency": "EUR"}}),
        ),
        ("/engagement", json!({"likes": 3})),
    ] {
        let mut row = json!({"campaign_id": TAG, "network": "x", "day": "2026-03-10"});
        row.as_object_mut()
            .unwrap()
            .extend(figure.as_object().unwrap().clone());
        let told = app.post(path, &json!([row])).await;
        assert_eq!(told.status, StatusCode::CREATED, "{told:?}");
    }
    id
}

#[rstest]
#[tokio::test]
async fn every_read_takes_the_id_and_the_tag(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = TestApp::spawn_in(size).await;
    let id = campaign(&app).await;
    let paths = reading();
    assert!(paths.len() >= 13, "{paths:?}");
    for path in paths {
        let path = path.replace(
            "/campaigns/{id}/report?compare",
            &format!("/campaigns/{id}/report?compare"),
        );
        let by_id = app.get(&path.replace("{id}", &id)).await;
        assert_eq!(by_id.status, StatusCode::OK, "{path} {by_id:?}");
        let by_tag = app.get(&path.replace("{id}", TAG)).await;
        assert_eq!(by_tag.body, by_id.body, "{path}");
        if path.contains('?') && path.contains("campaign_id") {
            let others = app.get(&path.replace("{id}", "other")).await;
            assert_ne!(others.body, by_id.body, "{path} is narrowed");
        }
        for unknown in [
            "cmp_01kb3v9w8e7q4t2n5r6s8y0zxa",
            "Spring",
            "autumn",
            "%C3%BC'--",
            &"x".repeat(500),
        ] {
            let answer = app.get(&path.replace("{id}", unknown)).await;
            assert_eq!(
                (answer.status, answer.code()),
                (StatusCode::NOT_FOUND, "campaign_not_found"),
                "{path} {unknown}"
            );
        }
    }
    let key = app.key_of_another_workspace().await;
    for path in reading() {
        let path = path.replace(
            "/campaigns/{id}/report?compare={id}",
            "/clicks?campaign_id={id}",
        );
        for name in [&*id, TAG] {
            let answer = app.get_with_key(&key, &path.replace("{id}", name)).await;
            assert_eq!(answer.code(), "campaign_not_found", "{path} {name}");
        }
    }
}

#[test]
fn every_body_that_names_a_campaign_is_known_here() {
    let described = serde_json::to_value(leadline::http::openapi::document()).unwrap();
    let schemas = described["components"]["schemas"].as_object().unwrap();
    let takes = |schema: &Value| !schema["properties"]["campaign_id"].is_null();
    let naming: BTreeSet<&str> = schemas
        .iter()
        .filter(|(name, schema)| name.starts_with("New") && takes(schema))
        .map(|(name, _)| &**name)
        .collect();
    assert_eq!(naming, BTreeSet::from(BODIES));
}

#[rstest]
#[tokio::test]
async fn every_write_takes_the_id_and_the_tag(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = TestApp::spawn_in(size).await;
    let id = campaign(&app).await;
    let of = |answer: &Answer, place: &str| {
        let found = answer.body.pointer(place).and_then(Value::as_str);
        found.map(str::to_owned)
    };
    for (n, name) in [&*id, TAG].into_iter().enumerate() {
        let link = json!({"url": "https://shop.example/", "campaign_id": name, "network": "x"});
        let made = app.post("/links", &link).await;
        assert_eq!(of(&made, "/campaign_id").as_deref(), Some(&*id), "{made:?}");
        let code = json!({"code": format!("C{n}"), "campaign_id": name});
        let made = app.post("/promo-codes", &code).await;
        assert_eq!(of(&made, "/campaign_id").as_deref(), Some(&*id), "{made:?}");
        let post = json!({"url": "https://shop.example/", "networks": ["x"]});
        let made = app.post(&format!("/campaigns/{name}/links"), &post).await;
        assert_eq!(of(&made, "/links/0/campaign_id").as_deref(), Some(&*id));
        let day = format!("2026-03-0{}", n + 1);
        let cost = json!([{"campaign_id": name, "day": day, "minutes": 30}]);
        app.patch(
            &format!("/campaigns/{name}"),
            &json!({"hourly_rate": {"amount": 1, "currency": "EUR"}}),
        )
        .await;
        let made = app.post("/costs", &cost).await;
        assert_eq!(
            of(&made, "/costs/0/campaign_id").as_deref(),
            Some(&*id),
            "{made:?}"
        );
        let table = format!("day,likes,network\n{day},3,facebook\n");
        let path = format!("/engagement?campaign_id={name}");
        let request = app
            .request(Method::POST, &path)
            .header("content-type", "text/csv");
        let made = read(request.body(table).send().await.unwrap()).await;
        assert_eq!(
            of(&made, "/engagement/0/campaign_id").as_deref(),
            Some(&*id),
            "{made:?}"
        );
        let changed = app
            .patch(
                &format!("/campaigns/{name}"),
                &json!({"name": format!("Name {n}")}),
            )
            .await;
        assert_eq!(of(&changed, "/name"), Some(format!("Name {n}")));
    }
    let unknown = json!({"url": "https://shop.example/", "campaign_id": "autumn"});
    assert_eq!(
        app.post("/links", &unknown).await.code(),
        "campaign_not_found"
    );
    let unknown = json!({"code": "U", "campaign_id": "autumn"});
    assert_eq!(
        app.post("/promo-codes", &unknown).await.code(),
        "campaign_not_found"
    );
    let unknown = json!([{"campaign_id": "autumn", "day": "2026-03-01", "minutes": 30}]);
    assert_eq!(app.post("/costs", &unknown).await.code(), "invalid_rows");
    let archived = app.delete(&format!("/campaigns/{TAG}")).await;
    assert!(archived.body["archived_at"].is_string(), "{archived:?}");
    let link = json!({"url": "https://shop.example/", "campaign_id": TAG});
    assert_eq!(app.post("/links", &link).await.code(), "campaign_archived");
}
