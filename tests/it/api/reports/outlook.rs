//! Whether a period brought more than expected, and what to post next.

use leadline::clock::DAY_MS;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{NOON, Size, TestApp, click_id, location};

async fn lead(app: &TestApp, event: &str, click: Option<&str>) {
    let lead = json!({"kind": "lead", "event_id": event, "click_id": click});
    let told = app.post("/conversions", &lead).await;
    assert!(told.status.is_success(), "{}", told.body);
}

#[tokio::test]
async fn a_period_is_held_against_the_same_hours_of_earlier_weeks() {
    for size in [Size::Embedded, Size::Server] {
        let app = TestApp::spawn_in(size).await;
        let campaign = app.campaign("Spring").await;
        // Two leads each Tuesday for six weeks, then nine after a post.
        for week in 0..6 {
            app.clock.set(NOON.plus_ms(week * 7 * DAY_MS));
            lead(&app, &format!("a{week}"), None).await;
            lead(&app, &format!("b{week}"), None).await;
        }
        app.clock.set(NOON.plus_ms(42 * DAY_MS));
        app.links(&campaign, &["x"]).await;
        for n in 0..9 {
            lead(&app, &format!("c{n}"), None).await;
        }
        app.later(DAY_MS / 48);
        app.drain().await;
        let path = format!("/campaigns/{campaign}/expected?from=2026-04-21&to=2026-04-21");
        let found = app.get(&path).await;
        assert_eq!(found.status, StatusCode::OK, "{}", found.body);
        let found = found.body;
        assert_eq!(found["observed"], 9);
        assert_eq!(found["comparable"], json!([2, 2, 2, 2, 2]));
        assert!(found["probability"].as_f64().unwrap() < 0.01, "{found}");
        assert!(found["lift"]["low"].as_f64().unwrap() > 0.0);
        let usual = format!("/campaigns/{campaign}/expected?from=2026-04-14&to=2026-04-14");
        let usual = app.get(&usual).await.body;
        assert_eq!(usual["observed"], 2);
        assert!(usual["probability"].as_f64().unwrap() > 0.2);
        let sales = app.get(&format!("{path}&outcome=sales")).await.body;
        assert_eq!(sales["expected"], Value::Null, "nothing was ever sold");
        for (query, code) in [
            ("from=2026-04-01&to=2026-04-30", "invalid_query"),
            ("from=2026-04-14&to=2026-04-14&weeks=3", "invalid_query"),
            ("from=tomorrow&to=2026-04-14", "invalid_period"),
        ] {
            let path = format!("/campaigns/{campaign}/expected?{query}");
            assert_eq!(app.get(&path).await.code(), code, "{query}");
        }
    }
}

#[tokio::test]
async fn of_a_day_that_is_not_over_the_part_that_is_counts() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    for week in 0..6 {
        // One in the morning, one in the evening; today it is only noon.
        for hour in [-2, 8] {
            app.clock
                .set(NOON.plus_ms(week * 7 * DAY_MS + hour * DAY_MS / 24));
            if (week, hour) != (5, 8) {
                lead(&app, &format!("{week} {hour}"), None).await;
            }
        }
    }
    app.clock.set(NOON.plus_ms(35 * DAY_MS));
    app.drain().await;
    let path = format!("/campaigns/{campaign}/expected");
    let today = app
        .get(&format!("{path}?from=2026-04-14&to=2026-04-14"))
        .await
        .body;
    assert_eq!(today["to"], NOON.plus_ms(35 * DAY_MS).to_string());
    assert_eq!(
        (&today["observed"], &today["comparable"]),
        (&json!(1), &json!([1, 1, 1, 1]))
    );
    let tomorrow = format!("{path}?from=2026-04-15&to=2026-04-15");
    assert_eq!(app.get(&tomorrow).await.code(), "invalid_query");
    // Clocks are put back in it.
    app.clock.set(NOON.plus_ms(300 * DAY_MS));
    let week = app
        .get(&format!("{path}?from=2026-10-19&to=2026-10-25"))
        .await;
    assert_eq!(week.status, StatusCode::OK, "{}", week.body);
}

#[tokio::test]
async fn the_next_post_is_the_kind_that_brought_most_and_noise_is_not_ranked() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let path = format!("/campaigns/{campaign}/next");
    let nothing = app.get(&path).await.body;
    assert_eq!(nothing["posts"]["choices"], json!([]));
    assert_eq!(nothing["suggestions"], json!([]));
    for post in 0..5 {
        let links = app.links(&campaign, &["x", "linkedin"]).await;
        for n in 0..6 {
            let click = click_id(&location(&app.click(&links[0], &[]).await));
            app.later(60_000);
            lead(&app, &format!("{post} {n}"), Some(&click)).await;
        }
        app.later(DAY_MS);
    }
    app.drain().await;
    let early = app.get(&path).await.body;
    assert_eq!(early["too_young"], 4, "those of the last three days");
    app.later(3 * DAY_MS);
    let found = app.get(&path).await.body;
    assert_eq!(found["posts"]["best"], "x, promotion", "{found}");
    assert_eq!(found["posts"]["choices"][0]["leads"], 30.0);
    assert_eq!(found["suggestions"].as_array().unwrap().len(), 5);
    assert_eq!(found, app.get(&format!("{path}?seed=1")).await.body);
    let other = app.get(&format!("{path}?seed=2")).await.body;
    assert_eq!(other["posts"], found["posts"], "lots move no figure");
}
