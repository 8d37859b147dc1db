//! Requests with a valid key that are aborted, next to edits, on PostgreSQL: their connection to
//! the database always returns outside of a transaction.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::StatusCode;
use secrecy::ExposeSecret;
use serde_json::json;
use sqlx::Connection;

use crate::support::app::{Size, TestApp};
use crate::support::raw_http::RawConnection;

/// Connections of the service to its database.
const POOL: u32 = 4;

/// Edits that must all succeed.
const EDITS: usize = 150;

/// Requests that break off beside each of them.
const BESIDE: usize = 5;

/// A service whose connections to the database are known by this name.
async fn named(name: &str) -> TestApp {
    TestApp::spawn_with_in(Size::Server, |config| {
        let url = config.store.url.expose_secret().to_owned();
        config.store.url = format!("{url}&application_name={name}").into();
        config.store.pool_size = POOL;
        config.limits.api_per_minute = 0;
        config.limits.unknown_slugs_per_minute = 0;
    })
    .await
}

/// The states of the service's connections to its database.
async fn states(app: &TestApp, name: &str) -> Vec<String> {
    let url = app.store_url.expose_secret();
    let mut database = sqlx::PgConnection::connect(url.split('?').next().unwrap())
        .await
        .unwrap();
    let sql = "SELECT coalesce(state, '') FROM pg_stat_activity WHERE application_name = $1";
    let rows: Vec<(String,)> = sqlx::query_as(sql)
        .bind(name)
        .fetch_all(&mut database)
        .await
        .unwrap();
    database.close().await.unwrap();
    rows.into_iter().map(|(state,)| state).collect()
}

/// One request that breaks off, of each kind in turn, after the server has had some turns for it.
async fn break_off(app: &TestApp, campaign: &str, number: usize) {
    let key = format!("Authorization: Bearer {}\r\n", app.key);
    let csv = format!("{key}Accept: text/csv\r\n");
    let wrong = "Authorization: Bearer ll_wrong\r\n".to_owned();
    let of_campaign = format!("/api/v1/campaigns/{campaign}");
    let report = format!("{of_campaign}/report");
    let (method, target, headers, body) = match number % 8 {
        0 => ("GET", "/api/v1/clicks?limit=1000", &key, ""),
        1 => ("GET", "/api/v1/clicks", &csv, ""),
        2 => ("GET", &*report, &key, ""),
        3 => ("GET", "/api/v1/campaigns?limit=x", &key, ""),
        4 => ("POST", "/api/v1/campaigns", &key, "{\"name\": \"half"),
        5 => ("PATCH", &*of_campaign, &key, "{\"name\": "),
        6 => ("POST", "/api/v1/links", &key, "no JSON at all"),
        _ => ("POST", "/api/v1/campaigns", &wrong, "{\"name\": \"half"),
    };
    let mut connection = RawConnection::open(app).await;
    let is_read = method == "GET";
    let missing = if is_read { 0 } else { 7 };
    connection
        .head(method, target, headers, body.len() + missing)
        .await;
    connection.send(body.as_bytes()).await;
    for _ in 0..number % 23 {
        tokio::task::yield_now().await;
    }
    if number.is_multiple_of(3) {
        // Long enough for the key to be looked up, and for some to be in the middle of their rows.
        tokio::time::sleep(Duration::from_micros(37 * (number as u64 % 100))).await;
    }
    if number.is_multiple_of(7) {
        drop(connection);
    } else {
        connection.reset();
    }
}

#[tokio::test]
async fn edits_succeed_beside_requests_that_break_off() {
    let name = format!("aborted-{}", std::process::id());
    let app = named(&name).await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    for _ in 0..50 {
        app.click(&link, &[]).await;
    }
    app.later(1000);
    app.drain().await;
    let mut failed = Vec::new();
    for number in 0..EDITS {
        let change = json!({"name": format!("Spring {number}")});
        let path = format!("/campaigns/{campaign}");
        let broken = (0..BESIDE).map(|other| break_off(&app, &campaign, number * BESIDE + other));
        let (answer, _) = tokio::join!(app.patch(&path, &change), join_all(broken));
        if answer.status != StatusCode::OK {
            failed.push(format!("{number}: {answer:?}"));
        }
    }
    assert_eq!(failed, Vec::<String>::new());
    // What was under way ends; then nobody is left in a transaction.
    let at_rest = async {
        while states(&app, &name)
            .await
            .iter()
            .any(|state| state != "idle")
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let rests = tokio::time::timeout(Duration::from_secs(10), at_rest).await;
    let left = states(&app, &name).await;
    assert!(rests.is_ok() && !left.is_empty(), "{left:?}");
    // Every connection of the pool writes.
    let all = (0..2 * POOL).map(|n| {
        let body = json!({"code": format!("C{n}"), "campaign_id": campaign});
        let app = &app;
        async move { app.post("/promo-codes", &body).await.status }
    });
    let written = join_all(all).await;
    assert!(
        written.iter().all(|status| *status == StatusCode::CREATED),
        "{written:?}"
    );
}
