//! The yield report over the API: figures, days, axes, windows.

mod costs;
mod dimensions;
mod doubt;
mod loose;
mod outlook;
mod packed;
mod story;
mod totals;

pub(crate) use totals::BREAKDOWNS;
mod workspace;

use crate::support::{finest, totals};
use leadline::campaign_report::ClickSum;
use leadline::clock::{DAY_MS, Millis};
use leadline::store::click_event::{self, ClickSums};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{NOON, TestApp, click_id, location};

/// A report of a campaign, as it is asked for.
async fn report(app: &TestApp, campaign: &str, query: &str) -> Value {
    let answer = app
        .get(&format!("/campaigns/{campaign}/report?{query}"))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.body);
    answer.body
}

async fn campaign_in(app: &TestApp, zone: &str) -> (String, String) {
    let body = json!({
        "name": zone, "goal_waiver": "a test", "currency": "EUR", "time_zone": zone,
        "starts_at": "2026-03-01T00:00:00Z",
    });
    let id = app.post("/campaigns", &body).await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let link = app.links(&id, &["x"]).await.remove(0);
    (id, link)
}

/// Clicks at these moments, then human clicks reported for each of these days.
async fn by_day(zone: &str, moments: &[&str], days: &[&str]) -> Vec<i64> {
    let app = TestApp::spawn().await;
    let (id, link) = campaign_in(&app, zone).await;
    for moment in moments {
        app.clock.set(Millis::parse(moment).unwrap());
        app.click(&link, &[]).await;
    }
    app.drain().await;
    let mut counts = Vec::new();
    for day in days {
        let report = app
            .get(&format!("/campaigns/{id}/report?from={day}&to={day}"))
            .await;
        assert_eq!(report.status, StatusCode::OK, "{report:?}");
        counts.push(report.body["total"]["clicks"]["human"].as_i64().unwrap());
    }
    counts
}

#[tokio::test]
async fn days_are_cut_in_kathmandu_at_quarter_to_the_hour() {
    // Midnight in Kathmandu (+05:45) is 18:15 UTC.
    let counts = by_day(
        "Asia/Kathmandu",
        &[
            "2026-03-10T18:14:59.999Z",
            "2026-03-10T18:15:00Z",
            "2026-03-11T18:14:59Z",
        ],
        &["2026-03-10", "2026-03-11", "2026-03-12"],
    )
    .await;
    assert_eq!(counts, [1, 2, 0]);
}

#[tokio::test]
async fn the_day_of_a_clock_change_has_23_hours() {
    // In Berlin 2026-03-29 lasts from 23:00 UTC to 22:00 UTC.
    let counts = by_day(
        "Europe/Berlin",
        &[
            "2026-03-28T22:59:59Z",
            "2026-03-28T23:00:00Z",
            "2026-03-29T21:59:59Z",
            "2026-03-29T22:00:00Z",
        ],
        &["2026-03-28", "2026-03-29", "2026-03-30"],
    )
    .await;
    assert_eq!(counts, [1, 2, 1]);
}

async fn convert(app: &TestApp, body: Value) {
    let answer = app.post("/conversions", &body).await;
    assert!(answer.status.is_success(), "{answer:?}");
    app.drain().await;
}

/// Net revenue of the rows, of what is unattributed, of the total, and of what no campaign is known
/// for.
fn credited(report: &Value) -> (i64, i64, i64, i64) {
    let amount = |row: &str| report[row]["net_revenue"]["amount"].as_i64().unwrap();
    let rows = report["rows"].as_array().unwrap();
    let rows = rows
        .iter()
        .map(|row| row["net_revenue"]["amount"].as_i64().unwrap())
        .sum();
    let of_none = amount("workspace_unattributed");
    (rows, amount("unattributed"), amount("total"), of_none)
}

#[tokio::test]
async fn both_axes_and_the_window_move_money_and_never_lose_any() {
    let app = TestApp::spawn().await;
    let (id, link) = campaign_in(&app, "UTC").await;
    let click = click_id(&location(&app.click(&link, &[]).await));
    app.later(10 * DAY_MS);
    convert(
        &app,
        json!({"kind": "sale", "event_id": "s1", "click_id": click,
                         "value": {"amount": 4999, "currency": "EUR"}}),
    )
    .await;
    convert(
        &app,
        json!({"kind": "sale", "event_id": "s2",
                         "value": {"amount": 1, "currency": "EUR"}}),
    )
    .await;
    convert(
        &app,
        json!({"kind": "sale", "event_id": "s3", "click_id": click,
                         "value": {"amount": 70000, "currency": "JPY"}}),
    )
    .await;
    for (query, expected) in [
        ("", (4999, 0, 4999, 1)),
        (
            "?axis=click&from=2026-03-10&to=2026-03-10",
            (4999, 0, 4999, 0),
        ),
        (
            "?axis=conversion&from=2026-03-10&to=2026-03-10",
            (0, 0, 0, 0),
        ),
        (
            "?axis=conversion&from=2026-03-20&to=2026-03-20",
            (4999, 0, 4999, 1),
        ),
        ("?window_days=9", (0, 4999, 4999, 1)),
        ("?window_days=10", (4999, 0, 4999, 1)),
    ] {
        let report = app
            .get(&format!("/campaigns/{id}/report{query}"))
            .await
            .body;
        assert_eq!(credited(&report), expected, "{query}: {report}");
    }
    let report = app.get(&format!("/campaigns/{id}/report")).await.body;
    let notes = report["notes"].to_string();
    assert!(notes.contains("70000 JPY"), "{notes}");
    for (query, code) in [
        ("from=yesterday", "invalid_period"),
        ("from=2026-03-11&to=2026-03-10", "invalid_period"),
        ("model=magic", "unknown_model"),
        ("window_days=0", "invalid_query"),
        ("by=moon", "unknown_dimension"),
        ("by=network,network", "unknown_dimension"),
        ("axis=y", "invalid_query"),
    ] {
        let answer = app.get(&format!("/campaigns/{id}/report?{query}")).await;
        assert_eq!(answer.code(), code, "{query}");
    }
}

#[tokio::test]
async fn the_roll_up_equals_the_clicks_counted_one_by_one() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let links = app.links(&campaign, &["x", "facebook", "linkedin"]).await;
    for n in 0..60i64 {
        let agent = format!("Mozilla/5.0 browser {}", n % 7);
        let agent = if n % 5 == 0 { "Twitterbot/1.0" } else { &agent };
        app.click(
            &links[usize::try_from(n % 3).unwrap()],
            &[("user-agent", agent)],
        )
        .await;
        app.later(7 * 60 * 1000);
    }
    app.drain().await;
    let id = campaign.parse().unwrap();
    let mut tx = app.state.context.store.read().await.unwrap();
    let (from, to) = (NOON.quarter_hour(), NOON.plus_ms(DAY_MS));
    let rolled = click_event::sums(&mut tx, id, from, to, &finest())
        .await
        .unwrap();
    let counted = click_event::raw_sums(&mut tx, id, from, to, &finest())
        .await
        .unwrap();
    assert_eq!(rolled, counted);
    assert_eq!(rolled.sums.iter().map(|sum| sum.clicks).sum::<i64>(), 60);
    let report = app.get(&format!("/campaigns/{campaign}/report")).await.body;
    for row in report["rows"].as_array().unwrap() {
        let of = |sum: &&ClickSum| sum.segment.network.as_deref() == row["network"].as_str();
        let sums = ClickSums {
            sums: counted.sums.iter().filter(of).cloned().collect(),
            ..ClickSums::default()
        };
        let clicks = &row["clicks"];
        let shown = [&clicks["human"], &clicks["bot"], &row["visitors"]];
        assert_eq!(shown.map(|it| it.as_i64().unwrap()), totals(&sums));
    }
}

#[tokio::test]
async fn events_are_counted_by_name_and_may_be_the_goal() {
    let app = TestApp::spawn().await;
    let body = json!({
        "name": "Support", "goal": {"metric": "event:case_answered", "target": 2},
        "currency": "EUR", "time_zone": "UTC", "starts_at": "2026-03-01T00:00:00Z",
    });
    let id = app.post("/campaigns", &body).await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let link = app.links(&id, &["x"]).await.remove(0);
    let click = click_id(&location(&app.click(&link, &[]).await));
    app.later(1000);
    for n in 0..2 {
        convert(
            &app,
            json!({"kind": "event", "name": "case_answered", "event_id": format!("e{n}"),
                             "click_id": click, "value": {"amount": 350, "currency": "EUR"}}),
        )
        .await;
    }
    let report = app.get(&format!("/campaigns/{id}/report")).await.body;
    assert_eq!(report["rows"][0]["events"]["case_answered"]["count"], 2);
    assert_eq!(
        report["rows"][0]["events"]["case_answered"]["value"]["amount"],
        700
    );
    assert_eq!(report["goal"]["verdict"], "met");
}

#[tokio::test]
async fn a_refund_stays_with_its_sale_and_a_goal_with_its_deadline() {
    let app = TestApp::spawn().await;
    let day = |n: i64| NOON.plus_ms(n * DAY_MS).to_string();
    let body = json!({
        "name": "Spring", "goal": {"metric": "revenue", "target": 4999, "by": day(20)},
        "currency": "EUR", "time_zone": "UTC", "starts_at": "2026-03-01T00:00:00Z",
    });
    let id = app.post("/campaigns", &body).await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let link = app.links(&id, &["x"]).await.remove(0);
    let click = click_id(&location(&app.click(&link, &[]).await));
    let value = json!({"amount": 4999, "currency": "EUR"});
    app.later(5 * DAY_MS);
    let sale = json!({"kind": "sale", "event_id": "s1", "click_id": click, "value": value});
    convert(&app, sale).await;
    assert_eq!(app.report(&id).await["goal"]["verdict"], "met");

    // 40 days after the click and behind the deadline: the window holds for the sale, not for it.
    app.later(35 * DAY_MS);
    let refund = json!({"kind": "refund", "event_id": "r1", "of": "s1", "value": value});
    convert(&app, refund).await;
    let report = app.report(&id).await;
    assert_eq!(credited(&report), (0, 0, 0, 0), "{report}");
    assert_eq!(report["rows"][0]["refunds"]["amount"], 4999);
    assert_eq!(
        (&report["goal"]["verdict"], &report["goal"]["actual"]),
        (&json!("missed"), &json!(0))
    );

    let late = click_id(&location(&app.click(&link, &[]).await));
    app.later(1000);
    let sale = json!({"kind": "sale", "event_id": "s2", "click_id": late, "value": value});
    convert(&app, sale).await;
    let report = app.report(&id).await;
    assert_eq!(credited(&report), (4999, 0, 4999, 0));
    assert_eq!(
        report["goal"]["verdict"], "missed",
        "what comes late reaches no deadline"
    );
}

#[tokio::test]
async fn leads_of_no_campaign_are_in_no_total_and_no_success_of_the_visitors() {
    let app = TestApp::spawn().await;
    let (id, link) = campaign_in(&app, "UTC").await;
    let click = click_id(&location(&app.click(&link, &[]).await));
    convert(
        &app,
        json!({"kind": "lead", "event_id": "l1", "click_id": click}),
    )
    .await;
    for event in ["l2", "l3"] {
        convert(&app, json!({"kind": "lead", "event_id": event})).await;
    }
    let report = app.report(&id).await;
    assert_eq!(
        (&report["total"]["leads"], &report["total"]["visitors"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(report["workspace_unattributed"]["leads"], 2);
    assert_eq!(report["total"]["lead_rate"]["value"], 1.0);
}

#[tokio::test]
async fn a_refund_that_nobody_is_credited_with_stands_by_its_sale_as_well() {
    let app = TestApp::spawn().await;
    let (id, _) = campaign_in(&app, "UTC").await;
    let value = json!({"amount": 4999, "currency": "EUR"});
    convert(
        &app,
        json!({"kind": "sale", "event_id": "o1", "value": value}),
    )
    .await;
    app.later(30 * DAY_MS);
    convert(
        &app,
        json!({"kind": "refund", "event_id": "o1", "of": "o1", "value": value}),
    )
    .await;
    for (axis, march) in [("click", 0), ("conversion", 4999)] {
        let path = format!("/campaigns/{id}/report?axis={axis}&from=2026-03-01&to=2026-03-31");
        let report = app.get(&path).await.body;
        assert_eq!(
            report["workspace_unattributed"]["net_revenue"]["amount"], march,
            "{axis}"
        );
    }
}
