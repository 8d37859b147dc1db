//! Whatever rows are made by, whoever is credited, whenever: nothing is lost and nothing is counted twice.

use std::collections::BTreeMap;

use leadline::attribution::Model;
use leadline::clock::DAY_MS;
use leadline::store::click::days;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::report;
use crate::support::app::{CHROME, Size, TestApp, click_id, location};

const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 \
     (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";

const BREAKDOWNS: [&str; 15] = [
    "network",
    "network_seen",
    "link",
    "intent",
    "post",
    "country",
    "device",
    "day",
    "hour_of_week",
    "cohort_week",
    "network,device",
    "link,day",
    "intent,hour_of_week",
    "post,network_seen",
    "cohort_week,day",
];

/// A story of lots: clicks of six people by five links over ten days, conversions of most kinds with every
/// kind of evidence, and costs.
async fn played(app: &TestApp, rng: &mut StdRng) -> String {
    let campaign = app.campaign("Spring").await;
    let mut links = app.links(&campaign, &["x", "linkedin", "facebook"]).await;
    for intent in ["helpful", "conversation"] {
        let body = json!({"url": "https://shop.example/lamp", "networks": ["x"], "intent": intent,
                          "text": "Look: {link}"});
        let path = format!("/campaigns/{campaign}/links");
        let made = app.post(&path, &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        links.push(
            made.body["links"][0]["short_url"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    let mut clicks: Vec<String> = Vec::new();
    let mut sales: Vec<(String, i64)> = Vec::new();
    for step in 0..60 {
        app.later(rng.random_range(1..DAY_MS / 3));
        if step < 5 || rng.random_bool(0.6) {
            let agent = format!(
                "{} {}",
                [CHROME, IPHONE][rng.random_range(0..2)],
                rng.random_range(0..6)
            );
            let from = ["https://t.co/x", "https://www.reddit.com/", ""][rng.random_range(0..3)];
            let headers = [("user-agent", agent.as_str()), ("referer", from)];
            let answer = app
                .click(&links[rng.random_range(0..links.len())], &headers)
                .await;
            clicks.push(click_id(&location(&answer)));
            continue;
        }
        let report = conversion(rng, step, &clicks, &mut sales);
        let told = app.post("/conversions", &report).await;
        assert!(told.status.is_success(), "{report}: {}", told.body);
    }
    let costs = json!([
        {"campaign_id": campaign, "network": "x", "from": "2026-03-10", "to": "2026-03-12", "money": {"amount": 1001, "currency": "EUR"}},
        {"campaign_id": campaign, "from": "2026-03-10", "to": "2026-03-16", "money": {"amount": 777, "currency": "EUR"}},
    ]);
    let told = app.post("/costs", &costs).await;
    assert_eq!(told.status, StatusCode::CREATED, "{}", told.body);
    app.drain().await;
    campaign
}

/// A lead, sale or refund with whatever evidence.
fn conversion(
    rng: &mut StdRng,
    step: u32,
    clicks: &[String],
    sales: &mut Vec<(String, i64)>,
) -> Value {
    let mut report = match rng.random_range(0..4) {
        0 => json!({"kind": "lead"}),
        1 | 2 => {
            let amount = rng.random_range(1..100_000);
            let currency = if rng.random_bool(0.8) { "EUR" } else { "USD" };
            sales.push((format!("e{step}"), amount));
            json!({"kind": "sale", "value": {"amount": amount, "currency": currency}})
        }
        _ => match sales.last() {
            Some((sale, amount)) => json!({"kind": "refund", "of": sale,
                "value": {"amount": rng.random_range(1..=*amount), "currency": "EUR"}}),
            None => json!({"kind": "lead"}),
        },
    };
    report["event_id"] = format!("e{step}").into();
    if report["kind"] != "refund" {
        match rng.random_range(0..5) {
            0 => {
                report["customer"] = json!({"external_id": format!("c{}", rng.random_range(0..3))});
            }
            1 => report["utm"] = json!({"campaign": "spring", "source": "x"}),
            2 => {}
            _ => {
                let path = (0..rng.random_range(1..4))
                    .map(|_| clicks[rng.random_range(0..clicks.len())].clone());
                report["path"] = path.collect::<Vec<_>>().into();
            }
        }
    }
    report
}

/// What adds up in each row: counts in millionths, money in minor units.
fn figures(row: &Value) -> BTreeMap<&'static str, i64> {
    #[expect(clippy::cast_possible_truncation, reason = "small")]
    let count = |name: &str| (row[name].as_f64().unwrap() * 1e6).round() as i64;
    let money = |name: &str| row[name]["amount"].as_i64().unwrap();
    let mut figures = BTreeMap::from([
        ("clicks", row["clicks"]["all"].as_i64().unwrap()),
        ("people's clicks", row["clicks"]["human"].as_i64().unwrap()),
    ]);
    for name in ["leads", "sales", "customers", "repeat_customers"] {
        figures.insert(name, count(name));
    }
    for name in ["revenue", "refunds", "net_revenue", "cost"] {
        figures.insert(name, money(name));
    }
    figures
}

fn adds_up(report: &Value, query: &str) -> BTreeMap<&'static str, i64> {
    let mut sum = figures(&report["unattributed"]);
    for row in report["rows"].as_array().unwrap() {
        for (name, value) in figures(row) {
            *sum.get_mut(name).unwrap() += value;
        }
    }
    let total = figures(&report["total"]);
    for (name, value) in &total {
        // Each row rounds its share of a lead to a millionth.
        let near = if matches!(*name, "leads" | "sales" | "customers" | "repeat_customers") {
            20
        } else {
            0
        };
        assert!(
            (sum[name] - value).abs() <= near,
            "{query}: {name}: {} and {value}",
            sum[name]
        );
    }
    total
}

#[tokio::test(flavor = "multi_thread")]
async fn every_breakdown_of_every_model_sums_to_the_same_total() {
    for (seed, size) in [(1, Size::Embedded), (2, Size::Server)] {
        let app = TestApp::spawn_in(size).await;
        let campaign = played(&app, &mut StdRng::seed_from_u64(seed)).await;
        for axis in ["click", "conversion"] {
            let mut totals = Vec::new();
            for model in Model::ALL {
                for by in BREAKDOWNS {
                    let query = format!("by={by}&model={}&axis={axis}", model.as_str());
                    totals.push((
                        adds_up(&report(&app, &campaign, &query).await, &query),
                        query,
                    ));
                }
            }
            for model in ["markov", "shapley"] {
                let query = format!("model={model}&axis={axis}");
                totals.push((
                    adds_up(&report(&app, &campaign, &query).await, &query),
                    query,
                ));
            }
            for name in ["clicks", "leads", "sales", "revenue", "refunds", "cost"] {
                assert!(
                    totals[0].0[name] > 0,
                    "seed {seed}: nothing of {name} to add up"
                );
            }
            // By the conversion's time every model tells of the same conversions; by the click's they may
            // lie in other periods, which here hold all of them.
            for (total, query) in &totals {
                assert_eq!(
                    total, &totals[0].0,
                    "seed {seed}: {query} and {}",
                    totals[0].1
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_say_the_same_of_days_that_are_packed() {
    for (seed, size) in [(4, Size::Embedded), (5, Size::Server)] {
        let app = TestApp::spawn_in(size).await;
        let campaign = played(&app, &mut StdRng::seed_from_u64(seed)).await;
        // Cut within a day, and in another zone than the one that days are packed by.
        let periods = [
            "",
            "&from=2026-03-11&to=2026-03-15",
            "&from=2026-03-12T10:15:00Z&to=2026-03-14T20:30:00Z",
        ];
        let mut queries = Vec::new();
        for by in BREAKDOWNS {
            for period in periods {
                queries.push(format!("by={by}{period}"));
            }
        }
        queries.push("by=network&country=unknown&device=mobile".to_owned());
        queries.push("by=day&network=x,linkedin".to_owned());
        let mut before = Vec::new();
        for query in &queries {
            before.push(report(&app, &campaign, query).await["rows"].clone());
        }
        app.later(5 * DAY_MS);
        let (mut days, now) = (0, app.clock.now());
        let mut tx = app.state.store.ingest().await.unwrap();
        while days::pack_next(&mut tx, now.plus_ms(-2 * DAY_MS))
            .await
            .unwrap()
        {
            days += 1;
        }
        tx.commit().await.unwrap();
        assert!(days > 3, "{days} days are packed");
        for (query, before) in queries.iter().zip(&before) {
            let after = report(&app, &campaign, query).await["rows"].clone();
            assert_eq!(clicked(&after), clicked(before), "seed {seed}: {query}");
        }
    }
}

/// What rows say of clicks, which alone are packed: sureness goes by the age of clicks, and time has passed.
fn clicked(rows: &Value) -> Vec<Value> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| {
        json!([
            row["network"],
            row["day"],
            row["link_id"],
            row["clicks"],
            row["visitors"],
            row["leads"]
        ])
    })
    .collect()
}
