//! Reports by every dimension, filtered and compared.

use std::collections::{HashMap, HashSet};

use leadline::clock::DAY_MS;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::report;
use crate::support::app::{CHROME, Size, TestApp, click_id, location};

const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 \
     (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";

/// Three people on x, one on linkedin, on two days; two leads and a sale, and one lead from
/// nowhere.
async fn played(app: &TestApp) -> String {
    let campaign = app.campaign("Spring").await;
    let links = app.links(&campaign, &["x", "linkedin"]).await;
    for (n, (link, agent, lead)) in [
        (&links[0], CHROME, true),
        (&links[0], IPHONE, false),
        (&links[1], CHROME, true),
        (&links[0], CHROME, false),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = app.click(link, &[("user-agent", agent)]).await;
        app.later(60_000);
        if lead {
            let click = click_id(&location(&answer));
            let lead = json!({"kind": "lead", "event_id": format!("l{n}"), "click_id": click});
            app.post("/conversions", &lead).await;
            let sale = json!({"kind": "sale", "event_id": format!("s{n}"), "click_id": click,
                              "value": {"amount": 1000 * (n + 1), "currency": "EUR"}});
            app.post("/conversions", &sale).await;
        }
        if n == 2 {
            app.later(DAY_MS);
        }
    }
    let stray = json!({"kind": "lead", "event_id": "stray"});
    app.post("/conversions", &stray).await;
    app.drain().await;
    campaign
}

/// Name, visitors, leads and net revenue of each row.
fn rows(report: &Value, name: &str) -> Vec<(String, i64, i64, i64)> {
    let row = |row: &Value| {
        let name = match &row[name] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let number = |value: &Value| value.as_i64().unwrap();
        (
            name,
            number(&row["visitors"]),
            number(&row["leads"]),
            number(&row["net_revenue"]["amount"]),
        )
    };
    report["rows"].as_array().unwrap().iter().map(row).collect()
}

fn told(rows: &[(&str, i64, i64, i64)]) -> Vec<(String, i64, i64, i64)> {
    let told = |(name, a, b, c): &(&str, i64, i64, i64)| ((*name).to_owned(), *a, *b, *c);
    rows.iter().map(told).collect()
}

#[tokio::test]
async fn rows_are_made_by_what_clicks_differ_in() {
    for size in [Size::Embedded, Size::Server] {
        let app = TestApp::spawn_in(size).await;
        let campaign = played(&app).await;
        for (by, name, expected) in [
            (
                "network",
                "network",
                &[("linkedin", 1, 1, 3000), ("x", 3, 1, 1000)][..],
            ),
            (
                "device",
                "device",
                &[("desktop", 3, 2, 4000), ("mobile", 1, 0, 0)],
            ),
            ("country", "country", &[("unknown", 4, 2, 4000)]),
            ("intent", "intent", &[("promotion", 4, 2, 4000)]),
            (
                "day",
                "day",
                &[("2026-03-10", 3, 2, 4000), ("2026-03-11", 1, 0, 0)],
            ),
            // A Tuesday and a Wednesday, 13:00 in Berlin.
            (
                "hour_of_week",
                "hour_of_week",
                &[("37", 3, 2, 4000), ("61", 1, 0, 0)],
            ),
            ("cohort_week", "cohort_week", &[("2026-03-09", 4, 2, 4000)]),
        ] {
            let report = report(&app, &campaign, &format!("by={by}")).await;
            assert_eq!(rows(&report, name), told(expected), "{by}");
            assert_eq!(report["unattributed"]["leads"], 0, "{by}");
            assert_eq!(report["workspace_unattributed"]["leads"], 1, "{by}");
            assert_eq!(report["total"]["leads"], 2, "{by}");
        }
        let links = report(&app, &campaign, "by=link").await;
        assert!(links["rows"][0]["short"].as_str().unwrap().contains('/'));
        let posts = report(&app, &campaign, "by=post").await;
        assert_eq!(rows(&posts, "post_id").len(), 1, "one post on two networks");
        let two = report(&app, &campaign, "by=network,device").await;
        assert_eq!(rows(&two, "device").len(), 3);
    }
}

#[tokio::test]
async fn a_day_is_that_of_the_click_or_of_the_conversion() {
    let app = TestApp::spawn().await;
    let campaign = played(&app).await;
    app.later(DAY_MS);
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let click = click_id(&location(&app.click(&link, &[]).await));
    app.later(2 * DAY_MS);
    let sale = json!({"kind": "sale", "event_id": "late", "click_id": click,
                      "value": {"amount": 7, "currency": "EUR"}});
    app.post("/conversions", &sale).await;
    app.drain().await;
    let money = |report: &Value| -> Vec<(String, i64)> {
        let rows = rows(report, "day").into_iter();
        rows.map(|(day, _, _, net)| (day, net))
            .filter(|it| it.1 == 7)
            .collect()
    };
    let by_click = report(&app, &campaign, "by=day").await;
    assert_eq!(money(&by_click), [("2026-03-12".to_owned(), 7)]);
    let by_conversion = report(&app, &campaign, "by=day&axis=conversion").await;
    assert_eq!(money(&by_conversion), [("2026-03-14".to_owned(), 7)]);
}

#[tokio::test]
async fn a_report_is_narrowed_to_what_is_asked_for() {
    let app = TestApp::spawn().await;
    let campaign = played(&app).await;
    let narrowed = report(&app, &campaign, "by=device&network=x").await;
    assert_eq!(
        rows(&narrowed, "device"),
        told(&[("desktop", 2, 1, 1000), ("mobile", 1, 0, 0)])
    );
    assert_eq!(
        narrowed["workspace_unattributed"],
        Value::Null,
        "nothing is known of the stray"
    );
    assert_eq!(narrowed["total"]["leads"], 1);
    assert_eq!(narrowed["joined_by"]["none"], 0);
    assert_eq!(narrowed["joined_by"]["click_id"], 2, "a lead and a sale");
    assert!(
        !narrowed["notes"]
            .to_string()
            .contains("could not be credited")
    );
    let by_alias = report(&app, &campaign, "by=device&network=Twitter").await;
    assert_eq!(by_alias["rows"], narrowed["rows"]);
    for (query, code) in [
        ("network=moon", "unknown_network"),
        ("network_seen=moon", "unknown_network"),
        ("intent=shouting", "invalid_query"),
        ("country=Germany", "invalid_query"),
        ("device=phone", "invalid_query"),
    ] {
        let path = format!("/campaigns/{campaign}/report?{query}");
        assert_eq!(app.get(&path).await.code(), code, "{query}");
    }
    let nowhere = report(&app, &campaign, "network_seen=unknown").await;
    assert_eq!(
        nowhere["total"]["visitors"], 4,
        "nobody said where they came from"
    );
    let none = report(&app, &campaign, "intent=helpful,conversation").await;
    assert_eq!(none["total"]["clicks"]["all"], 0);
}

#[tokio::test]
async fn a_report_is_held_against_the_period_before_and_another_campaign() {
    let app = TestApp::spawn().await;
    let campaign = played(&app).await;
    let day = "from=2026-03-11&to=2026-03-11";
    let compared = report(&app, &campaign, &format!("{day}&compare=previous")).await;
    assert_eq!(compared["total"]["visitors"], 1);
    let before = &compared["comparison"];
    assert_eq!(before["from"], "2026-03-09T23:00:00.000Z");
    assert_eq!(before["to"], compared["from"]);
    assert_eq!(before["total"]["visitors"], 3);
    assert_eq!(rows(before, "network").len(), 2);
    let other = app.campaign("Autumn").await;
    let compared = report(&app, &campaign, &format!("compare={other}")).await;
    assert_eq!(compared["comparison"]["campaign_name"], "Autumn");
    let nowhere = app
        .get(&format!("/campaigns/{campaign}/report?compare=moon"))
        .await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_campaign_tagged_previous_is_compared_by_its_id() {
    let app = TestApp::spawn().await;
    let campaign = played(&app).await;
    let previous = app.campaign("Previous").await;
    let tagged = app.get("/campaigns/previous").await;
    assert_eq!(tagged.body["id"], previous.as_str(), "its tag is the word");
    let by_word = report(&app, &campaign, "from=2026-03-11&compare=previous").await;
    assert_eq!(by_word["comparison"]["campaign"], campaign.as_str());
    let by_id = report(&app, &campaign, &format!("compare={previous}")).await;
    assert_eq!(by_id["comparison"]["campaign_name"], "Previous");
}

#[tokio::test]
async fn who_asks_for_a_table_gets_the_rows_as_one() {
    let app = TestApp::spawn().await;
    let campaign = played(&app).await;
    let json = report(&app, &campaign, "by=network,device").await;
    let answer = app
        .request(
            Method::GET,
            &format!("/campaigns/{campaign}/report?by=network,device"),
        )
        .header("accept", "text/csv, application/json;q=0.5")
        .send()
        .await
        .unwrap();
    let headers = answer.headers();
    assert_eq!(headers["content-type"], "text/csv; charset=utf-8");
    let named = headers["content-disposition"].to_str().unwrap();
    assert_eq!(
        named,
        "attachment; filename=\"spring-by-network-device.csv\""
    );
    let text = answer.text().await.unwrap();
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let names: Vec<String> = table.headers().unwrap().iter().map(str::to_owned).collect();
    let rows: Vec<HashMap<&str, String>> = table
        .records()
        .map(|row| {
            names
                .iter()
                .map(String::as_str)
                .zip(row.unwrap().iter().map(str::to_owned))
                .collect()
        })
        .collect();
    let different: HashSet<&String> = names.iter().collect();
    assert_eq!(different.len(), names.len(), "{names:?}");
    let kinds: Vec<&str> = rows.iter().map(|row| row["row"].as_str()).collect();
    let ends = ["unattributed", "total", "workspace_unattributed"];
    assert_eq!(kinds, [["row"; 3], ends].concat());
    for (line, row) in rows.iter().zip(json["rows"].as_array().unwrap()) {
        assert_eq!(line["network"], row["network"].as_str().unwrap());
        assert_eq!(line["device"], row["device"].as_str().unwrap());
        assert_eq!(line["leads"], row["leads"].to_string());
        assert_eq!(line["clicks_by_people"], row["clicks"]["human"].to_string());
        let minor = row["revenue"]["amount"].as_i64().unwrap();
        assert_eq!(
            line["revenue"],
            format!("{}.{:02}", minor / 100, minor % 100)
        );
        let low: f64 = line["lead_rate_low"].parse().unwrap();
        assert!((low - row["lead_rate"]["low"].as_f64().unwrap()).abs() < 1e-12);
    }
    let [total, of_none] = &rows[4..] else {
        panic!("{rows:?}")
    };
    assert_eq!((&*total["leads"], &*total["cost_per_lead"]), ("2", ""));
    assert_eq!((&*of_none["leads"], &*of_none["cost"]), ("1", ""));
}
