//! The demo shows something of every feature that a first look asks about.

use std::process::Command;

use reqwest::StatusCode;
use serde_json::Value;

use crate::support::process::{free_port, leadline};

/// What the demo's server answers.
struct Demo {
    base: String,
    key: String,
}

impl Demo {
    async fn get(&self, path: &str) -> Value {
        let url = format!("{}/api/v1{path}", self.base);
        let request = reqwest::Client::new().get(url).bearer_auth(&self.key);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.json().await.unwrap()
    }
}

fn count(rows: &Value, of: impl Fn(&Value) -> bool) -> usize {
    rows.as_array()
        .unwrap()
        .iter()
        .filter(|row| of(row))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_feature_shows_something() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("demo");
    let filled = Command::new(env!("CARGO_BIN_EXE_leadline"))
        .args(["demo", "--fill-only", "--dir", folder.to_str().unwrap()])
        .output()
        .unwrap();
    let told = String::from_utf8(filled.stdout).unwrap();
    assert!(filled.status.success(), "{told}");
    let key = told.split_whitespace().find_map(|word| {
        let at = word.find("ll_")?;
        Some(word[at..].to_owned())
    });
    let port = free_port();
    let _server = leadline("serve", &folder, port, &[]);
    let demo = Demo {
        base: format!("http://127.0.0.1:{port}"),
        key: key.unwrap_or_else(|| panic!("no key in {told}")),
    };
    let campaign = demo.get("/campaigns").await["campaigns"][0].clone();
    let path = format!("/campaigns/{}", campaign["id"].as_str().unwrap());

    let report = demo.get(&format!("{path}/report")).await;
    let total = &report["total"];
    assert!(total["leads"].as_f64().unwrap() > 50.0, "{total}");
    assert!(total["cost"]["amount"].as_i64().unwrap() > 0, "{total}");
    assert!(!total["cost_per_lead"].is_null(), "{total}");
    assert_eq!(report["goal"]["actual"], total["leads"]);
    let none = &report["workspace_unattributed"];
    assert!(none["leads"].as_f64().unwrap() > 0.0, "{none}");
    assert!(report["best"]["sentence"].is_string(), "{}", report["best"]);
    let engagement = &report["engagement"];
    let said = count(&engagement["rows"], |row| {
        row["impressions"].as_i64() > Some(0)
    });
    assert!(said >= 4, "{engagement}");
    let known = count(&engagement["predictions"], |it| !it["rank"].is_null());
    assert!(known > 0, "{engagement}");

    let seen = demo
        .get(&format!("{path}/report?by=network,network_seen"))
        .await;
    let elsewhere = |row: &Value| row["network_seen"] == "reddit" && row["network"] == "x";
    assert_eq!(count(&seen["rows"], elsewhere), 1, "{seen}");
    for network in ["x", "facebook", "linkedin", "bluesky"] {
        let at_home = |row: &Value| row["network"] == network && row["network_seen"] == network;
        assert_eq!(count(&seen["rows"], at_home), 1, "{network}");
    }
    let intents = demo.get(&format!("{path}/report?by=intent")).await;
    let brought = |row: &Value| row["leads"].as_f64() > Some(0.0);
    assert_eq!(count(&intents["rows"], brought), 3, "{intents}");

    let next = demo.get(&format!("{path}/next?seed=1")).await;
    assert!(count(&next["posts"]["choices"], |_| true) > 4, "{next}");
    assert!(count(&next["suggestions"], |_| true) > 0, "{next}");
    let at = |days: i64| {
        let now = leadline::clock::Clock::System.now();
        now.plus_ms(days * leadline::clock::DAY_MS).date()
    };
    let expected = demo
        .get(&format!("{path}/expected?from={}&to={}", at(-3), at(-1)))
        .await;
    let sentence = expected["sentence"].as_str().unwrap();
    assert!(!sentence.starts_with("Cannot be told yet"), "{sentence}");
}
