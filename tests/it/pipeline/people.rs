//! Erasing people: nothing of them is left in the store, figures stay, and repeated or late data do
//! not bring them back.

mod crowds;
mod late;
mod shops;
mod turns;

use crate::support::finest;
use leadline::clock::Millis;
use leadline::id::CampaignId;
use leadline::store::click_event::{raw_sums, sums};
use leadline::store::key::Scope;
use leadline::worker::erasure::{Eraser, ErasureSubject};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::pipeline::webhooks::{Shop, shop};
use crate::support::app::{Answer, CHROME, Size, TestApp, click_id, location, read};
use crate::support::database::Raw;

const REFERRER: &str = "https://diary.example/of-ann";
const MAIL: &str = "ann@shop.example";

/// A shop with two customers who share a browser, and everything they did.
struct Story {
    app: TestApp,
    shop: Shop,
    campaign: String,
    links: Vec<String>,
    /// The click that Ann made, and that Ben names too.
    ann: String,
    /// Ben's own.
    ben: String,
    webhook: Value,
    reports: Vec<Value>,
    entries: Vec<Vec<u8>>,
}

impl Story {
    async fn new(size: Size) -> Story {
        let app = TestApp::spawn_in(size).await;
        let shop = shop(&app).await;
        let campaign = app.campaign("Spring").await;
        let links = app.links(&campaign, &["x", "linkedin"]).await;
        let agent = format!("{CHROME} Ann/1.0");
        let headers = [("user-agent", agent.as_str()), ("referer", REFERRER)];
        let ann = click_id(&location(&app.click(&links[0], &headers).await));
        app.later(1000);
        let ben = click_id(&location(&app.click(&links[1], &[]).await));
        app.later(60_000);
        let value = |amount: i64| json!({"amount": amount, "currency": "EUR"});
        let both = json!({"external_id": "cust-1", "email": MAIL});
        let utm = json!({"campaign": "spring", "content": "for-cust-1"});
        let webhook = json!({"type": "lead.created", "data": {
            "event_id": "signup-cust-1", "click_id": ann, "customer": both, "utm": utm,
            "promo_code": "cust-1"}});
        let customer = |id: &str| json!({"external_id": id});
        let reports = vec![
            json!({"kind": "sale", "event_id": "o-1", "value": value(4999),
                   "customer": customer("cust-1")}),
            json!({"kind": "sale", "event_id": "o-2", "value": value(1500),
                   "customer": {"email": MAIL}}),
            json!({"kind": "refund", "event_id": "r-1", "of": "o-1", "value": value(1000)}),
            json!({"kind": "lead", "event_id": "l-ben", "click_id": ben, "path": [ann],
                   "customer": customer("cust-2")}),
            json!({"kind": "sale", "event_id": "o-ben", "value": value(700),
                   "customer": customer("cust-2")}),
        ];
        let sent = shop.send(&app, "msg_1", &webhook).await;
        assert_eq!(sent.status, StatusCode::OK, "{sent:?}");
        let mut story = Story {
            app,
            shop,
            campaign,
            links,
            ann,
            ben,
            webhook,
            reports,
            entries: Vec::new(),
        };
        story.report_all().await;
        let log = story.app.log();
        let held = log.read(20, std::time::Duration::ZERO).await.unwrap();
        assert_eq!(held.len(), 8, "two clicks, a webhook and five reports");
        story.entries = held.into_iter().map(|delivery| delivery.bytes).collect();
        story.app.drain().await;
        story
    }

    async fn report_all(&self) {
        for body in &self.reports {
            self.app.later(1000);
            self.app.post("/conversions", body).await;
        }
    }

    /// Everything again: the entries of the log, the webhook and the reports.
    async fn again(&self) {
        let records = self.entries.iter().collect();
        self.app.log().append(&records).await.unwrap();
        self.shop.send(&self.app, "msg_1", &self.webhook).await;
        self.report_all().await;
        self.app.drain().await;
    }

    async fn conversion(&self, event: &str) -> Value {
        let all = self.app.get("/conversions").await.body;
        let all = all["conversions"].as_array().unwrap();
        let found = all.iter().find(|it| it["event_id"] == event);
        found
            .unwrap_or_else(|| panic!("no {event} in {all:?}"))
            .clone()
    }

    async fn count(&self) -> usize {
        let all = self.app.get("/conversions").await.body;
        all["conversions"].as_array().unwrap().len()
    }

    /// What the person was known by, without their address, which never came in.
    fn hash(&self) -> String {
        self.app
            .state
            .context
            .vault
            .email_hash(self.app.workspace_id, MAIL)
    }

    /// The roll-up of the campaign equals its clicks counted one by one.
    async fn sums_hold(&self) {
        let mut tx = self.app.state.context.store.read().await.unwrap();
        let campaign: CampaignId = self.campaign.parse().unwrap();
        let (from, to) = (Millis(0), self.app.clock.now().plus_ms(900_000));
        let to = to.quarter_hour();
        let rolled = sums(&mut tx, campaign, from, to, &finest()).await.unwrap();
        let counted = raw_sums(&mut tx, campaign, from, to, &finest())
            .await
            .unwrap();
        assert!(!rolled.sums.is_empty());
        assert_eq!(rolled, counted);
    }
}

async fn erase(app: &TestApp, body: &Value) -> Answer {
    let request = app.request(Method::DELETE, "/people").json(body);
    read(request.send().await.unwrap()).await
}

async fn holding(app: &TestApp, texts: &[&str]) -> Vec<String> {
    Raw::open(&app.store_url).await.holding(texts).await
}

#[rstest]
#[tokio::test]
async fn a_customer_is_erased_by_either_mark_and_no_figure_changes(
    #[values(Size::Embedded, Size::Server)] size: Size,
    #[values(json!({"customer": "cust-1"}), json!({"email": " Ann@Shop.example"}))] mark: Value,
) {
    let story = Box::pin(Story::new(size)).await;
    let app = &story.app;
    let hash = story.hash();
    let texts = ["cust-1", hash.as_str(), story.ann.as_str(), REFERRER];
    let before = holding(app, &texts).await;
    assert!(
        texts
            .iter()
            .all(|text| before.iter().any(|at| at.contains(text))),
        "{before:?}"
    );
    let report = app.report(&story.campaign).await;
    assert_eq!(report["total"]["leads"], 2.0);

    let erased = erase(app, &mark).await;
    assert_eq!(erased.status, StatusCode::OK, "{erased:?}");
    assert_eq!(erased.body, json!({"conversions": 3, "clicks": 1}));
    assert_eq!(app.report(&story.campaign).await, report);
    assert_eq!(holding(app, &texts).await, [""; 0]);
    for file in std::fs::read_dir(app.dir().join("log")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!texts.iter().any(|it| text.contains(it)), "{text}");
    }
    story.sums_hold().await;
    let sale = story.conversion("o-1").await;
    assert_eq!(sale["customer_external_id"], Value::Null);
    assert_eq!(sale["click_id"], Value::Null);
    assert_eq!(
        (
            &sale["value"]["amount"],
            &sale["network"],
            &sale["joined_by"]
        ),
        (&json!(4999), &json!("x"), &json!("customer"))
    );
    // Who shared the browser stays who they are.
    let ben = story.conversion("l-ben").await;
    assert_eq!(ben["customer_external_id"], "cust-2");
    assert_eq!(ben["click_id"], story.ben);

    let erased = erase(app, &mark).await;
    assert_eq!(erased.body, json!({"conversions": 0, "clicks": 0}));
    let count = story.count().await;
    for _ in 0..2 {
        story.again().await;
        assert_eq!(story.count().await, count);
        assert_eq!(app.report(&story.campaign).await, report);
        assert_eq!(holding(app, &texts).await, [""; 0]);
    }
    story.sums_hold().await;
}

#[rstest]
#[tokio::test]
async fn who_made_a_click_is_erased_and_the_customer_it_led_to_is_not_followed(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let story = Box::pin(Story::new(size)).await;
    let app = &story.app;
    let report = app.report(&story.campaign).await;
    let erased = erase(app, &json!({"click_id": story.ann})).await;
    assert_eq!(erased.body, json!({"conversions": 2, "clicks": 1}));
    assert_eq!(holding(app, &[&story.ann, REFERRER]).await, [""; 0]);
    assert_eq!(
        story.conversion("o-1").await["customer_external_id"],
        "cust-1"
    );
    assert_eq!(story.conversion("o-1").await["joined_via"], Value::Null);
    let ben = story.conversion("l-ben").await;
    assert_eq!(ben["customer_external_id"], Value::Null);
    assert_eq!(app.report(&story.campaign).await, report);
    story.again().await;
    assert_eq!(app.report(&story.campaign).await, report);
    assert_eq!(holding(app, &[&story.ann, REFERRER]).await, [""; 0]);
    story.sums_hold().await;
}

#[rstest]
#[tokio::test]
async fn another_workspaces_people_are_not_touched(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let story = Box::pin(Story::new(size)).await;
    let app = &story.app;
    let theirs = app.key_of_another_workspace().await;
    let lead = json!({"kind": "lead", "event_id": "theirs", "click_id": story.ann,
                      "customer": {"external_id": "cust-1", "email": MAIL}});
    let told = app.request(Method::POST, "/conversions");
    app.with_key(&theirs, told, &lead).await;
    app.drain().await;
    for mark in [
        json!({"customer": "cust-1"}),
        json!({"click_id": story.ann}),
    ] {
        erase(app, &mark).await;
    }
    let still = holding(app, &["cust-1", &story.ann]).await;
    let mut tables: Vec<&str> = still
        .iter()
        .filter_map(|at| at.split(" holds").next())
        .collect();
    let expected = [
        "conversion.evidence",
        "conversion.external_id",
        "conversion_touch.click_id",
        "customer_mark.mark",
    ];
    tables.sort_unstable();
    tables.dedup();
    assert_eq!(tables, expected, "{still:?}");
    // Nor does a key reach into a workspace that is not its own.
    let click = json!({"click_id": story.ben});
    let asked = app.request(Method::DELETE, "/people");
    let erased = app.with_key(&theirs, asked, &click).await;
    assert_eq!(erased.body, json!({"conversions": 0, "clicks": 0}));
    story.again().await;
    assert_eq!(story.conversion("l-ben").await["click_id"], story.ben);
}

#[tokio::test]
async fn what_cannot_be_asked_is_said() {
    let app = TestApp::spawn().await;
    for (body, status, code) in [
        (json!({}), 422, "person_mark"),
        (json!({"customer": null}), 422, "person_mark"),
        (json!({"customer": "a", "email": MAIL}), 422, "person_mark"),
        (json!({"customer": " "}), 422, "invalid_field"),
        (json!({"email": "ann"}), 422, "invalid_field"),
        (json!({"click_id": "clk_1"}), 422, "invalid_field"),
        (json!({"name": "Ann"}), 400, "unknown_field"),
    ] {
        let answer = erase(&app, &body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (status, code),
            "{body}"
        );
    }
    let (_, key) = app
        .other_key(&[Scope::Read, Scope::Write, Scope::Convert])
        .await;
    let asked = app.request(Method::DELETE, "/people");
    let refused = app.with_key(&key, asked, &json!({"customer": "a"})).await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::FORBIDDEN, "scope_missing")
    );
    assert_eq!(holding(&app, &["erased:"]).await, [""; 0]);
}

/// A program on the same store with another master key cannot recognise who was erased; everything
/// else goes on.
#[tokio::test]
async fn what_was_erased_under_another_key_stops_nothing() {
    let story = Box::pin(Story::new(Size::Embedded)).await;
    let app = &story.app;
    let other = leadline::vault::Vault::from_key([9; 32]);
    let person = ErasureSubject::Click(story.ben.parse().unwrap());
    let eraser = Eraser {
        vault: &other,
        ..app.state.context.eraser()
    };
    let counts = eraser
        .erase(app.workspace_id, &person, app.clock.now())
        .await;
    assert_eq!(counts.unwrap().clicks, 1);
    let count = story.count().await;
    app.click(&story.links[0], &[]).await;
    let lead = json!({"kind": "lead", "event_id": "new", "click_id": story.ann});
    app.post("/conversions", &lead).await;
    app.drain().await;
    assert_eq!(story.count().await, count + 1);
    assert_eq!(story.conversion("new").await["click_id"], story.ann);
    story.sums_hold().await;
}
