//! Own traffic by cookie, visitors by cookie, and how little the strict preset stores.

use std::path::Path;

use leadline::clock::DAY_MS;
use leadline::config::{Config, PrivacyPreset};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{TestApp, click_id, location};

async fn clicks(app: &TestApp) -> Vec<Value> {
    app.drain().await;
    let page = app.get("/clicks").await.body;
    page["clicks"].as_array().unwrap().clone()
}

/// What a browser sends back.
fn cookie(answer: &Response) -> Option<String> {
    let set = answer.headers().get("set-cookie")?.to_str().unwrap();
    Some(set.split(';').next().unwrap().to_owned())
}

#[tokio::test]
async fn an_owner_marks_a_browser_and_its_clicks_count_for_nothing() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let invitation = app.get("/self").await;
    assert_eq!(invitation.status, StatusCode::OK);
    let url = invitation.body["urls"][0].as_str().unwrap().to_owned();
    let marked = app.click(&url, &[]).await;
    assert_eq!(marked.status(), StatusCode::OK);
    let set = marked.headers()["set-cookie"].to_str().unwrap();
    assert!(
        set.contains("HttpOnly") && set.contains("Max-Age=34560000"),
        "{set}"
    );
    assert_eq!(marked.headers()["cache-control"], "no-store, private");
    let mark = cookie(&marked).unwrap();
    let own = app.click(&link, &[("cookie", &mark)]).await;
    assert_eq!(own.status(), StatusCode::FOUND);
    let forged = format!("{}x", &mark[..mark.len() - 1]);
    app.click(&link, &[("cookie", &forged)]).await;
    app.click(&link, &[]).await;
    let clicks = clicks(&app).await;
    let mut rules: Vec<_> = clicks
        .iter()
        .map(|it| it["class_rule"].as_str().unwrap())
        .collect();
    rules.sort_unstable();
    assert_eq!(rules, ["default", "default", "self:cookie"]);
    let report = app.report(&campaign).await;
    assert_eq!(report["total"]["clicks"]["human"], 2);
    assert_eq!(report["total"]["clicks"]["by_class"]["self"], 1);

    let told = app
        .click(&format!("{}/_self", app.base), &[("cookie", &mark)])
        .await;
    assert!(
        told.text()
            .await
            .unwrap()
            .contains("your own: they are kept")
    );
    let unmarked = app
        .click(&format!("{}/_self?unmark", app.base), &[("cookie", &mark)])
        .await;
    assert_eq!(cookie(&unmarked).unwrap(), "ll_self=");
    app.later(DAY_MS);
    let late = app.click(&url, &[]).await;
    assert_eq!(late.status(), StatusCode::FORBIDDEN);
    assert!(late.headers().get("set-cookie").is_none());
    let other = app
        .click(&format!("{}/_self?mark=9999999999.x", app.base), &[])
        .await;
    assert_eq!(other.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn visitors_get_a_cookie_only_where_it_was_asked_for() {
    for on in [false, true] {
        let app = TestApp::spawn_with(|config| config.visitor.cookie = on).await;
        let campaign = app.campaign("Spring").await;
        let link = app.links(&campaign, &["x"]).await.remove(0);
        let first = app.click(&link, &[]).await;
        assert_eq!(cookie(&first).is_some(), on);
        let sent = cookie(&first).unwrap_or_default();
        app.later(DAY_MS);
        let second = app.click(&link, &[("cookie", &sent)]).await;
        assert_eq!(cookie(&second), None);
        for header in [("sec-gpc", "1"), ("dnt", "1"), ("sec-purpose", "prefetch")] {
            let answer = app.click(&link, &[header]).await;
            assert_eq!(cookie(&answer), None, "{header:?}");
        }
        let clicks = clicks(&app).await;
        let person = |it: &&Value| it["class"] == "human" && !it["visitor"].is_null();
        let visitors: Vec<_> = clicks
            .iter()
            .filter(person)
            .map(|it| &it["visitor"])
            .collect();
        assert_eq!(visitors.len(), 2);
        assert_eq!(visitors[0] == visitors[1], on, "known on another day");
        let nobody = clicks.iter().filter(|click| click["visitor"].is_null());
        assert_eq!(nobody.count(), 2, "who declines");
        // One person by cookie; two by pseudonyms that end with their day.
        let people = app.report(&campaign).await["total"]["people"].clone();
        assert_eq!(people, if on { 1 } else { 2 });
    }
}

fn strict(config: &mut Config) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/geo");
    config.geo.database = fixtures.join("city.mmdb");
    config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    config.privacy.preset = PrivacyPreset::Strict;
    config.visitor.cookie = true;
}

#[tokio::test]
async fn the_strict_preset_keeps_what_reports_need() {
    let app = TestApp::spawn_with(strict).await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let headers = [
        ("x-forwarded-for", "192.0.2.9"),
        ("referer", "https://t.co/AbC123"),
    ];
    let answer = app.click(&link, &headers).await;
    assert_eq!(cookie(&answer), None);
    let click = clicks(&app).await.remove(0);
    for (field, value) in [
        ("class", "human"),
        ("network_seen", "x"),
        ("user_agent", "Chrome on Windows, desktop"),
        ("browser", "Chrome"),
        ("os", "Windows"),
        ("device", "desktop"),
        ("referrer", "https://t.co"),
        ("country", "DE"),
    ] {
        assert_eq!(click[field], value, "{field}: {click}");
    }
    for field in ["region", "city", "asn", "post_hint"] {
        assert_eq!(click[field], Value::Null, "{field}: {click}");
    }
}

#[test]
fn the_strict_preset_keeps_clicks_for_ninety_days_at_most() {
    let mut config = Config::load(None).unwrap();
    assert_eq!(
        config.clicks_days()[&leadline::click::ClickClass::Human],
        760
    );
    config
        .retention
        .clicks_days
        .insert(leadline::click::ClickClass::Head, 7);
    config
        .retention
        .clicks_days
        .insert(leadline::click::ClickClass::Human, 0);
    config.privacy.preset = PrivacyPreset::Strict;
    let days = config.clicks_days();
    assert_eq!(days.len(), leadline::click::ClickClass::ALL.len());
    assert_eq!(days[&leadline::click::ClickClass::Head], 7);
    assert!(days.values().all(|days| (1..=90).contains(days)));
}

/// Who tries the own shop spoils no figure of a network.
#[tokio::test]
async fn what_comes_of_own_clicks_is_credited_to_nothing() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let own = app.click(&format!("{link}?ll_self"), &[]).await;
    let id = click_id(&location(&own));
    let lead = json!({"kind": "lead", "event_id": "try", "click_id": id});
    assert_eq!(
        app.post("/conversions", &lead).await.status,
        StatusCode::ACCEPTED
    );
    app.drain().await;
    let report = app.report(&campaign).await;
    assert_eq!(report["rows"][0]["leads"], 0);
    assert_eq!(report["unattributed"]["leads"], 0);
    assert_eq!(report["workspace_unattributed"]["leads"], 1);
    assert_eq!(report["rows"][0]["clicks"]["human"], 0);
}
