//! Links without a campaign in the report over all campaigns: read from packed days, like
//! campaigns.

use leadline::clock::DAY_MS;
use leadline::worker::report_cache;
use leadline::worker::retention::{self, RetentionTimes};
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};
use sqlx::Executor;

use crate::support::app::{CHROME, NOON, Size, TestApp};
use crate::support::database::Raw;

/// More days than are read at once.
const DAYS: i64 = 70;

/// The clicks and visitors of links without a campaign, by network, and the whole answer.
async fn of_none(app: &TestApp) -> (Vec<Value>, Value) {
    let path = "/report?from=2026-03-01&to=2026-12-31&by=campaign,network";
    let answer = app.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let rows = answer.body["rows"].as_array().unwrap().iter();
    let figures = rows.filter(|row| row["campaign"].is_null()).map(|row| {
        json!([
            row["network"],
            row["clicks"]["human"],
            row["clicks"]["all"],
            row["visitors"]
        ])
    });
    (figures.collect(), answer.body)
}

async fn pack(app: &TestApp) {
    let store = &app.state.context.store;
    retention::step(store, &app.clock, &RetentionTimes::default())
        .await
        .unwrap();
    while report_cache::step(store).await.unwrap() {}
}

#[rstest]
#[tokio::test]
async fn clicks_of_no_campaign_are_packed_under_their_workspace(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let mut links = Vec::new();
    for network in [json!("x"), Value::Null] {
        let body = json!({"url": "https://shop.example/lamp", "network": network});
        let made = app.post("/links", &body).await;
        links.push(made.body["short_url"].as_str().unwrap().to_owned());
    }
    let visit = async |day: i64| {
        // Links are not new any more.
        app.clock.set(NOON.plus_ms(day * DAY_MS + 3_600_000));
        for (link, agent) in [(0, "a"), (0, "b"), (1, "a")] {
            let agent = format!("{CHROME} {agent}{day}");
            app.click(&links[link], &[("user-agent", &agent)]).await;
        }
        app.click(&links[1], &[("user-agent", "curl/8.0")]).await;
    };
    for day in 0..DAYS {
        visit(day).await;
    }
    app.drain().await;
    app.clock.set(NOON.plus_ms((DAYS + 2) * DAY_MS));
    let (rows, before) = of_none(&app).await;
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(
        rows.contains(&json!(["x", 2 * DAYS, 2 * DAYS, 2 * DAYS])),
        "{rows:?}"
    );
    assert!(
        rows.contains(&json!([null, DAYS, 2 * DAYS, DAYS])),
        "{rows:?}"
    );
    pack(&app).await;
    assert_eq!(of_none(&app).await.1, before, "packed");
    // What comes late opens its day.
    visit(3).await;
    app.drain().await;
    app.clock.set(NOON.plus_ms((DAYS + 2) * DAY_MS));
    let (rows, late) = of_none(&app).await;
    // The key of that day is gone, so the same browser counts again.
    let more = json!([null, DAYS + 1, 2 * DAYS + 2, DAYS + 1]);
    assert!(rows.contains(&more), "{rows:?}");
    pack(&app).await;
    assert_eq!(of_none(&app).await.1, late, "packed again");
    // One row for each day, however many links there are: the rows of placements are not read.
    let sql = "DELETE FROM click_day";
    match Raw::open(&app.store_url).await {
        Raw::Sqlite(mut it) => it.execute(sql).await.map(drop),
        Raw::Postgres(mut it) => it.execute(sql).await.map(drop),
    }
    .unwrap();
    assert_eq!(
        of_none(&app).await.1,
        late,
        "without the rows of placements"
    );
}
