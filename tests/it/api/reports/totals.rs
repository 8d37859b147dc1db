//! With every breakdown, model and axis, everything is counted, and nothing is counted twice.

use std::collections::BTreeMap;

use leadline::attribution::AttributionModel;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;

use super::report;
use super::story::Story;
use crate::support::app::{Size, TestApp};

pub(crate) const BREAKDOWNS: [&str; 15] = [
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
    for (seed, size) in [(3, Size::Embedded), (2, Size::Server)] {
        let mut seen = BTreeMap::new();
        let app = TestApp::spawn_in(size).await;
        let story = Story::played(&app, &mut StdRng::seed_from_u64(seed)).await;
        let campaign = &story.campaign;
        for axis in ["click", "conversion"] {
            let mut totals = Vec::new();
            for model in AttributionModel::ALL {
                for by in BREAKDOWNS {
                    let query = format!("by={by}&model={}&axis={axis}", model.as_str());
                    totals.push((
                        adds_up(&report(&app, campaign, &query).await, &query),
                        query,
                    ));
                }
            }
            for model in ["markov", "shapley"] {
                let query = format!("model={model}&axis={axis}");
                totals.push((
                    adds_up(&report(&app, campaign, &query).await, &query),
                    query,
                ));
            }
            for (name, value) in &totals[0].0 {
                *seen.entry(*name).or_insert(0) += value;
            }
            // By the conversion's time every model tells of the same conversions; by the click's
            // they may lie in other periods, which here hold all of them.
            for (total, query) in &totals {
                assert_eq!(
                    total, &totals[0].0,
                    "seed {seed}: {query} and {}",
                    totals[0].1
                );
            }
        }
        for name in ["clicks", "leads", "sales", "revenue", "refunds", "cost"] {
            assert!(seen[name] > 0, "seed {seed}: nothing of {name} to add up");
        }
    }
}

/// Times of answers can be written as RFC 3339 has them, whatever is asked for.
#[tokio::test]
async fn a_period_before_the_first_year_begins_with_it() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    for path in [
        "/report".to_owned(),
        format!("/campaigns/{campaign}/report"),
    ] {
        let asked = format!("{path}?from=0100-01-01&to=1900-01-01&compare=previous");
        let compared = app.get(&asked).await.body;
        let before = &compared["comparison"];
        assert_eq!(before["from"], "0000-01-01T00:00:00.000Z", "{path}");
        assert_eq!(before["to"], compared["from"], "{path}");
    }
}
