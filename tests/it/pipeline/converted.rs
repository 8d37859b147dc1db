//! Clicks that heuristics attribute to a program, and that a conversion proves to be a person's.

use std::time::Duration;

use leadline::clock::{DAY_MS, Millis};
use leadline::event_log::entry::Entry;
use leadline::store::click_event::{packed_days, people, raw_sums, sums};
use leadline::store::key::Scope;
use leadline::worker::{reclassify, report_cache};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::app::{NOON, Size, TestApp, click_id, location};
use crate::support::{finest, totals};

const DAY: Millis = Millis(NOON.0 / DAY_MS * DAY_MS);

/// A click half a second after its link was made, which takes it for a preview.
async fn young(app: &TestApp, campaign: &str) -> (String, String) {
    let link = app.links(campaign, &["x"]).await.remove(0);
    app.later(-4500);
    let click = click_id(&location(&app.click(&link, &[]).await));
    app.later(4500);
    (link, click)
}

/// Everything that follows from the clicks of a campaign.
async fn picture(app: &TestApp, campaign: &str) -> Vec<Value> {
    let mut picture = vec![app.get("/clicks").await.body];
    for by in ["network", "day,hour_of_week", "link", "device"] {
        let report = format!("/campaigns/{campaign}/report?by={by}");
        picture.push(app.get(&report).await.body);
    }
    let id = campaign.parse().unwrap();
    let (from, to) = (DAY, DAY.plus_ms(DAY_MS));
    let mut tx = app.state.context.store.read().await.unwrap();
    let rolled = sums(&mut tx, id, from, to, &finest()).await.unwrap();
    let raw = raw_sums(&mut tx, id, from, to, &finest()).await.unwrap();
    assert_eq!(rolled, raw, "the roll-up is what the clicks say");
    let people = people::people(&mut tx, id, from, to).await.unwrap();
    picture.push(json!([totals(&rolled), people.all]));
    picture
}

async fn class_of(app: &TestApp, click: &str) -> Value {
    let clicks = app.get("/clicks").await.body["clicks"].clone();
    let mut clicks = clicks.as_array().unwrap().iter();
    let click = clicks.find(|it| it["id"] == click).unwrap();
    json!([click["class"], click["class_rule"]])
}

fn lead(click: &str) -> Value {
    json!({"kind": "lead", "event_id": "l1", "click_id": click, "customer": {"external_id": "ann"}})
}

async fn tell(app: &TestApp, entries: &[Entry]) {
    for entry in entries {
        let record = entry.encode().unwrap();
        app.log().append(&[record].iter().collect()).await.unwrap();
    }
}

/// The visitor comes back an hour later, by the same link and by another one.
#[tokio::test]
async fn a_click_that_converts_is_a_persons_whenever_the_conversion_comes() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let (link, click) = young(&app, &campaign).await;
    let other = app.links(&campaign, &["facebook"]).await.remove(0);
    for link in [&link, &other] {
        app.later(3_600_000);
        app.click(link, &[]).await;
    }
    app.post("/conversions", &lead(&click)).await;
    let told = app.log().read(10, Duration::ZERO).await.unwrap();
    let mut entries: Vec<Entry> = told
        .iter()
        .map(|delivery| Entry::decode(&delivery.bytes).unwrap())
        .collect();
    let conversion = entries.pop().unwrap();
    let link = app.get("/links").await.body["links"][0].clone();
    let mut expected = None;
    for place in 0..=entries.len() {
        for step in [1, 4] {
            let mut order = entries.clone();
            order.insert(place, conversion.clone());
            order.push(conversion.clone());
            order.extend(entries.clone());
            let fresh = TestApp::spawn_like(&app, &link).await;
            for batch in order.chunks(step) {
                tell(&fresh, batch).await;
                fresh.drain().await;
            }
            let seen = picture(&fresh, &campaign).await;
            let expected = expected.get_or_insert_with(|| seen.clone());
            assert_eq!(*expected, seen, "{place} {step}");
        }
    }
    let [clicks, report, .., sums] = &expected.unwrap()[..] else {
        panic!("there are several parts");
    };
    let firsts = |field: &str| -> Vec<bool> {
        let clicks = clicks["clicks"].as_array().unwrap().iter();
        clicks
            .map(|click| click[field].as_bool().unwrap())
            .collect()
    };
    assert_eq!(firsts("first"), [true, false, true]);
    assert_eq!(firsts("first_of_link"), [true, false, true]);
    assert_eq!(
        json!([
            clicks["clicks"][0]["class"],
            clicks["clicks"][0]["class_rule"]
        ]),
        json!(["human", "converted:behaviour:young_link"])
    );
    assert_eq!(*sums, json!([[3, 0, 2], 1]));
    let total = &report["total"];
    assert_eq!(total["clicks"]["by_class"], json!({"human": 3}));
    assert_eq!(json!([total["visitors"], total["leads"]]), json!([2, 1]));
}

#[rstest]
#[tokio::test]
async fn packed_days_rules_of_today_and_erasure_leave_it_a_persons(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let campaign = app.campaign("Spring").await;
    let (link, click) = young(&app, &campaign).await;
    app.later(3_600_000);
    app.click(&link, &[]).await;
    app.drain().await;
    app.later(2 * DAY_MS);
    pack(&app).await;
    let before = picture(&app, &campaign).await;
    assert_eq!(before.last().unwrap(), &json!([[1, 1, 1], 1]));
    app.post("/conversions", &lead(&click)).await;
    app.drain().await;
    let after = picture(&app, &campaign).await;
    assert_eq!(after.last().unwrap(), &json!([[2, 0, 1], 1]));
    pack(&app).await;
    assert_eq!(picture(&app, &campaign).await, after, "packed again");

    for _ in 0..2 {
        assert_eq!(again(&app).await.changed, 0);
        assert_eq!(picture(&app, &campaign).await, after, "judged again");
    }
    let request = app.request(Method::DELETE, "/people");
    let erased = app
        .with_key(&app.key, request, &json!({"customer": "ann"}))
        .await;
    assert_eq!(erased.body, json!({"conversions": 1, "clicks": 1}));
    assert_eq!(again(&app).await.classes, [].into());
    let left = picture(&app, &campaign).await;
    assert_eq!(left.last(), after.last());
    let by_class = |picture: &[Value]| picture[1]["total"]["clicks"]["by_class"].clone();
    assert_eq!(by_class(&left), json!({"human": 2}));
}

/// The click, its lead by the page and the same lead by the server, in whatever order they come.
#[tokio::test]
async fn a_servers_repeat_of_a_pages_lead_is_evidence_whenever_it_comes() {
    let app = TestApp::spawn().await;
    let (_, key) = app.other_key(&[Scope::Lead]).await;
    let campaign = app.campaign("Spring").await;
    let (_, click) = young(&app, &campaign).await;
    of_page(&app, &key, &click).await;
    app.post("/conversions", &lead(&click)).await;
    let told = app.log().read(10, Duration::ZERO).await.unwrap();
    let told: Vec<Entry> = told
        .iter()
        .map(|delivery| Entry::decode(&delivery.bytes).unwrap())
        .collect();
    assert_eq!(told.len(), 3);
    let link = app.get("/links").await.body["links"][0].clone();
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        for step in [1, 3] {
            let fresh = TestApp::spawn_like(&app, &link).await;
            for batch in order.map(|at| told[at].clone()).chunks(step) {
                tell(&fresh, batch).await;
                fresh.drain().await;
            }
            let rule = class_of(&fresh, &click).await;
            let expected = json!(["human", "converted:behaviour:young_link"]);
            assert_eq!(rule, expected, "{order:?} {step}");
            let report = fresh.report(&campaign).await;
            let total = &report["total"];
            assert_eq!(json!([total["visitors"], total["leads"]]), json!([1, 1]));
        }
    }
}

/// Reports the lead as a page does.
async fn of_page(app: &TestApp, key: &str, click: &str) {
    let mut body = lead(click);
    body.as_object_mut().unwrap().remove("kind");
    let request = app.request(Method::POST, "/leads");
    let answer = app.with_key(key, request, &body).await;
    assert_eq!(answer.status, 202, "{answer:?}");
}

/// Its person is erased while the click still waits in the log. Only what came with a secret makes
/// it a person's, and nothing gives it an identity back.
#[rstest]
#[tokio::test]
async fn a_click_that_comes_after_its_person_is_erased_is_a_persons_where_that_was_proven(
    #[values(Size::Embedded, Size::Server)] size: Size,
    #[values(false, true)] by_page: bool,
    #[values(false, true)] by_server: bool,
) {
    let app = TestApp::spawn_in(size).await;
    let (_, key) = app.other_key(&[Scope::Lead]).await;
    let campaign = app.campaign("Spring").await;
    let (_, click) = young(&app, &campaign).await;
    let held = app.log().read(1, Duration::ZERO).await.unwrap().remove(0);
    app.log().ack(&[held.id]).await.unwrap();
    if by_page {
        of_page(&app, &key, &click).await;
        app.drain().await;
    }
    if by_server {
        app.post("/conversions", &lead(&click)).await;
        app.drain().await;
    }
    let request = app.request(Method::DELETE, "/people");
    app.with_key(&app.key, request, &json!({"customer": "ann"}))
        .await;
    app.log()
        .append(&[held.bytes].iter().collect())
        .await
        .unwrap();
    app.drain().await;
    // Whoever was erased is told of again.
    app.post("/conversions", &lead(&click)).await;
    app.drain().await;
    let found = app.get("/clicks").await.body["clicks"][0].clone();
    let is_known = by_page || by_server;
    assert_eq!(found["id"] == click, !is_known, "{found}");
    if is_known {
        let class = if by_server { "human" } else { "preview" };
        assert_eq!(found["class"], class, "{found}");
        assert_eq!([&found["visitor"], &found["user_agent"]], [&Value::Null; 2]);
    }
}

#[tokio::test]
async fn only_heuristics_yield_to_a_conversion() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    for (headers, class) in [
        (("user-agent", ""), json!(["human", "converted:empty"])),
        (
            ("referer", "https://security-eu.mimecastprotect.com/x"),
            json!(["human", "converted:scanner:mimecast"]),
        ),
        (
            ("accept-language", ""),
            json!(["likely_human", "behaviour:no_language"]),
        ),
        (
            ("user-agent", "Twitterbot/1.0"),
            json!(["preview", "preview:twitterbot"]),
        ),
        (
            ("user-agent", "curl/8.5.0"),
            json!(["crawler", "library:curl"]),
        ),
    ] {
        app.later(60_000);
        let click = click_id(&location(&app.click(&link, &[headers]).await));
        let lead = json!({"kind": "lead", "event_id": click, "click_id": click});
        app.post("/conversions", &lead).await;
        app.drain().await;
        assert_eq!(class_of(&app, &click).await, class);
        let told = app.post("/conversions", &lead).await.body;
        let warning = told["warnings"][0].as_str().unwrap_or_default();
        let stays = class[0] != "human" && class[0] != "likely_human";
        assert_eq!(
            warning.contains("stays out of the visitors"),
            stays,
            "{told}"
        );
    }
    // Whoever marked it as their own meant it.
    let own = click_id(&location(&app.click(&format!("{link}?ll_self"), &[]).await));
    app.post("/conversions", &lead(&own)).await;
    app.drain().await;
    assert_eq!(class_of(&app, &own).await[0], "self");
}

async fn again(app: &TestApp) -> reclassify::ReclassifiedDay {
    let registry = std::sync::Arc::new(leadline::network::NetworkRegistry::embedded().unwrap());
    let places = std::sync::Arc::new(leadline::enrich::geo::GeoLookup::open(None, None));
    let rules = leadline::enrich::EnrichmentRules::new(registry.clone(), places);
    let terms = app.state.context.terms;
    let (store, enricher) = (&app.state.context.store, rules.enricher().unwrap());
    reclassify::day(store, &enricher, (&registry, terms), DAY)
        .await
        .unwrap()
}

async fn pack(app: &TestApp) {
    let before = app.clock.now();
    let mut tx = app.state.context.store.ingest().await.unwrap();
    while packed_days::pack_next(&mut tx, before).await.unwrap() {}
    while people::pack_next(&mut tx, before).await.unwrap() {}
    tx.commit().await.unwrap();
    while report_cache::step(&app.state.context.store).await.unwrap() {}
}
