//! Every operation is called, and its answer must match the description: a known status and content
//! type, a body of the schema without other fields, and for problems a code that the description
//! names.

mod checked;
mod lists;

use std::collections::BTreeSet;

use leadline::store::key::Scope;
use reqwest::Method;
use serde_json::{Value, json};

use self::checked::{Checked, PUBLIC};
use super::{description, operations};
use crate::pipeline::webhooks::shop;
use crate::support::app::{click_id, location};

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}

#[tokio::test]
async fn every_operation_answers_what_is_described() {
    let mut api = Checked::spawn().await;
    for path in ["/openapi.json", "/networks", "/self", "/workspace"] {
        api.get(path).await;
    }
    let convention = json!({"utm_convention": {"lower_case": true, "separator": "-"}});
    api.call("PATCH", "/workspace", Some(convention)).await;
    keys_and_domains(&mut api).await;
    let campaign = campaigns(&mut api).await;
    let links = links_and_posts(&mut api, &campaign).await;
    sources_and_inbox(&mut api).await;
    conversions(&mut api, &campaign, &links).await;
    money(&mut api, &campaign).await;
    reports(&mut api, &campaign).await;
    lists::lists(&mut api).await;
    lists::refusals(&mut api).await;
    let person = json!({"customer": "cust-1"});
    api.call("DELETE", "/people", Some(person)).await;
    for path in [
        format!("/links/{}", text(&links[0]["id"])),
        format!("/campaigns/{campaign}"),
    ] {
        api.call("DELETE", &path, None).await;
    }
    assert!(api.wrong.is_empty(), "{}", api.wrong.join("\n"));
    let all: BTreeSet<_> = api.operations.keys().cloned().collect();
    let missing: Vec<_> = all.difference(&api.seen).collect();
    assert!(missing.is_empty(), "no success was seen of {missing:?}");
    if is_asked_to_write() {
        api.examples.write();
    } else {
        let different = api.examples.differences(&operations(&description()));
        assert!(
            different.is_empty(),
            "{}\nrun `make openapi`, and look at the difference",
            different.join("\n")
        );
    }
}

/// Whether `make openapi` runs this test for its answers.
fn is_asked_to_write() -> bool {
    std::env::var_os("LEADLINE_WRITE_EXAMPLES").is_some()
}

async fn keys_and_domains(api: &mut Checked) {
    let new = json!({"name": "Web shop", "scopes": ["read", "convert"]});
    let made = api.post("/keys", new).await;
    let path = format!("/keys/{}", text(&made["id"]));
    let change = json!({"name": "Shop", "scopes": ["convert"]});
    api.call("PATCH", &path, Some(change.clone())).await;
    api.get(&path).await;
    api.get("/keys").await;
    api.call("DELETE", &path, None).await;
    api.call("PATCH", &path, Some(change)).await;
    let new = json!({"address": "https://s.shop.example"});
    let made = api.post("/domains", new.clone()).await;
    api.post("/domains", new).await;
    api.get("/domains").await;
    let path = format!("/domains/{}", text(&made["id"]));
    api.call("DELETE", &path, None).await;
    api.call("DELETE", &path, None).await;
}

async fn campaigns(api: &mut Checked) -> String {
    let new = json!({
        "name": "Spring", "goal": {"metric": "leads", "target": 2, "by": "2026-04-01T00:00:00Z"},
        "currency": "EUR", "time_zone": "Europe/Berlin", "starts_at": "2026-03-01T00:00:00Z",
        "hourly_rate": {"amount": 6000, "currency": "EUR"},
    });
    let made = api.post("/campaigns", new.clone()).await;
    let path = format!("/campaigns/{}", text(&made["id"]));
    let waived =
        json!({"name": "Other", "goal_waiver": "a test", "currency": "USD", "time_zone": "UTC"});
    api.post("/campaigns", waived).await;
    let change =
        json!({"goal": {"metric": "leads", "target": 3}, "goal_change_reason": "more budget"});
    api.call("PATCH", &path, Some(change)).await;
    let read = api.get(&path).await;
    assert_eq!(read["goal_versions"].as_array().unwrap().len(), 1, "{read}");
    text(&made["id"])
}

async fn links_and_posts(api: &mut Checked, campaign: &str) -> Vec<Value> {
    let post = json!({"url": "https://shop.example/lamp", "networks": ["x", "linkedin"], "text": "Our lamp"});
    let made = api
        .post(&format!("/campaigns/{campaign}/links"), post)
        .await;
    let one = json!({"url": "https://shop.example/", "slug": "lamp", "utm": {"source": "blog", "medium": "web"}});
    let link = format!("/links/{}", text(&api.post("/links", one).await["id"]));
    api.get(&link).await;
    let change = json!({"url": "https://shop.example/sale"});
    api.call("PATCH", &link, Some(change)).await;
    let path = format!("/posts/{}", text(&made["post_id"]));
    let change = json!({"publications": [{"network": "x",
        "permalink": "https://x.com/ann/status/1780000000000000001", "published_at": "2026-03-10T11:00:00Z"}]});
    api.call("PATCH", &path, Some(change)).await;
    api.get(&path).await;
    api.get(&format!("/posts?campaign_id={campaign}")).await;
    api.app.later(10_000);
    made["links"].as_array().unwrap().clone()
}

async fn sources_and_inbox(api: &mut Checked) {
    let shop = shop(&api.app).await;
    api.get(&format!("/sources/{}", shop.id)).await;
    let lead = json!({"kind": "lead", "event_id": "w1", "customer": {"external_id": "cust-1"}});
    let webhook = format!("/webhooks/{}", shop.id);
    for (id, body) in [
        ("msg_1", lead.clone()),
        ("msg_2", json!({"kind": "sale", "event_id": "w2"})),
    ] {
        let request = shop.request(&api.app, id, &body);
        api.send(&Method::POST, &webhook, request).await;
    }
    let unsigned = api.app.request(Method::POST, &webhook).json(&lead);
    api.send(&Method::POST, &webhook, unsigned).await;
    api.app.drain().await;
    let generic = json!({"provider": "generic", "name": "Form", "settings": {"generic": {
        "kind": {"at": "/type", "map": {"signup": "lead", "*": "ignore"}}, "event_id": "/id"}}});
    let generic = api.post("/sources", generic).await;
    let path = format!("/sources/{}", text(&generic["id"]));
    let sample = json!({"type": "signup", "id": "7"});
    let tried = api.post(&format!("{path}/test"), sample).await;
    assert_eq!(tried["conversions"][0]["kind"], "lead", "{tried}");
    api.call("PATCH", &path, Some(json!({"name": "Sign-up form"})))
        .await;
    api.call("DELETE", &path, None).await;
    let tracker = json!({"provider": "postback", "name": "Tracker",
        "settings": {"postback": {"lead": ["trial"], "currency": "EUR"}}});
    let tracker = api.post("/sources", tracker).await;
    let url = text(&tracker["webhook_url"]);
    let below = url.split_once("/api/v1").unwrap().1;
    let called = format!(
        "{}?cid=none&status=trial&txid=1",
        below.split('?').next().unwrap()
    );
    api.get(&called).await;
    let form = api
        .app
        .request(Method::POST, &called)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("txid=2");
    api.send(&Method::POST, &called, form).await;
    api.app.drain().await;
    let failed = api.get("/inbox?status=failed").await;
    let path = format!("/inbox/{}", text(&failed["deliveries"][0]["id"]));
    api.get(&format!("{path}/request")).await;
    api.call("POST", &format!("{path}/replay"), None).await;
    api.call("POST", "/inbox/replay", None).await;
    api.app.drain().await;
}

async fn conversions(api: &mut Checked, campaign: &str, links: &[Value]) {
    let code = json!({"code": "POD10", "campaign_id": campaign, "network": "instagram"});
    api.post("/promo-codes", code).await;
    let change = json!({"network": "instagram", "link_id": null});
    api.call("PATCH", "/promo-codes/POD10", Some(change)).await;
    api.get("/promo-codes/POD10").await;
    let short = text(&links[0]["short_url"]);
    let short = short.replace(PUBLIC, &api.app.base);
    let clicked = api.app.click(&short, &[]).await;
    let id = click_id(&location(&clicked));
    api.app
        .click(&format!("{}/nothing-here", api.app.base), &[])
        .await;
    api.app.later(1000);
    api.app.drain().await;
    let lead = json!({"kind": "lead", "event_id": "l1", "click_id": id,
                      "customer": {"external_id": "cust-1", "email": "ann@shop.example"}});
    let sale = json!({"kind": "sale", "event_id": "s1", "customer": {"external_id": "cust-1"},
                      "value": {"amount": 4999, "currency": "EUR"}});
    let dollars = json!({"kind": "sale", "event_id": "s2", "customer": {"external_id": "cust-1"},
                         "value": {"amount": 700, "currency": "USD"}});
    let event = json!({"kind": "event", "name": "trial", "event_id": "e1", "promo_code": "POD10"});
    for body in [lead.clone(), sale, dollars, event] {
        api.post("/conversions", body).await;
        api.app.drain().await;
    }
    api.get(&format!("/clicks/{id}")).await;
    api.get("/conversions/s1").await;
    let repeated = api.post("/conversions", lead).await;
    assert_eq!(repeated["joined_by"], "click_id", "{repeated}");
    let (_, key) = api.app.other_key(&[Scope::Lead]).await;
    let body = json!({"event_id": "page-1", "promo_code": "POD10"});
    let request = reqwest::Client::new().post(format!("{}/api/v1/leads", api.app.base));
    api.send(
        &Method::POST,
        "/leads",
        request.bearer_auth(key).json(&body),
    )
    .await;
    api.app.drain().await;
    api.call("DELETE", "/promo-codes/POD10", None).await;
    let customers = api.get("/customers").await;
    api.get(&format!(
        "/customers/{}",
        text(&customers["customers"][0]["id"])
    ))
    .await;
    api.get("/customers/lifetime").await;
}

async fn money(api: &mut Checked, campaign: &str) {
    let cost = json!({"rows": [{"campaign_id": campaign, "network": "x", "day": "2026-03-10",
        "money": {"amount": 1000, "currency": "EUR"}}]});
    let told = api.post("/costs", cost).await;
    let cost = format!("/costs/{}", text(&told["costs"][0]["id"]));
    api.call("PATCH", &cost, Some(json!({"note": "both videos"})))
        .await;
    api.get(&cost).await;
    let engagement = json!({"rows": [{"campaign_id": campaign, "network": "x", "day": "2026-03-10",
        "impressions": 1000, "likes": 10}]});
    let told = api.post("/engagement", engagement).await;
    let engagement = format!("/engagement/{}", text(&told["engagement"][0]["id"]));
    api.get(&engagement).await;
    api.get("/costs").await;
    api.get("/engagement").await;
    let list = "Date,USD,JPY,CYP,\n2026-03-10,1.0521,163.20,N/A,\n";
    // Each type that the description allows.
    for kind in ["text/csv", "application/octet-stream"] {
        let request = api.app.request(Method::POST, "/rates").body(list);
        let request = request.header("content-type", kind);
        api.send(&Method::POST, "/rates", request).await;
    }
    api.get("/rates").await;
    reports(api, campaign).await;
    api.call("DELETE", &cost, None).await;
    api.call("DELETE", &engagement, None).await;
}

async fn reports(api: &mut Checked, campaign: &str) {
    let path = format!("/campaigns/{campaign}");
    for query in [
        "",
        "?by=link",
        "?by=network,country",
        "?by=day",
        "?by=post&compare=previous",
        "?model=shapley",
        "?axis=conversion&by=hour_of_week",
        "?allocation=people",
    ] {
        api.get(&format!("{path}/report{query}")).await;
    }
    let request = api
        .app
        .request(Method::GET, &format!("{path}/report"))
        .header("accept", "text/csv");
    api.send(&Method::GET, &format!("{path}/report"), request)
        .await;
    api.get(&format!("{path}/next")).await;
    api.get("/report").await;
    api.get("/report?model=shapley&compare=previous").await;
    api.get(&format!("{path}/expected?from=2026-03-09&to=2026-03-10"))
        .await;
}
