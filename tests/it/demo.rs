//! The demo shows something of every feature that a first look asks about.

use std::path::Path;
use std::process::Command;

use reqwest::StatusCode;
use serde_json::Value;

use crate::openapi::{Schemas, description, operations};
use crate::reports::BREAKDOWNS;
use crate::support::process::{Process, free_port, leadline};

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

/// Fills a folder with the demo, and serves it.
fn serve_demo(folder: &Path) -> (Process, Demo) {
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
    let server = leadline("serve", folder, port, &[]);
    let demo = Demo {
        base: format!("http://127.0.0.1:{port}"),
        key: key.unwrap_or_else(|| panic!("no key in {told}")),
    };
    (server, demo)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_feature_shows_something() {
    let dir = tempfile::tempdir().unwrap();
    let (_server, demo) = serve_demo(&dir.path().join("demo"));
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
    everything_is_as_described(&demo, &path).await;
}

/// Every list, the first entry of each, and reports in all their forms: of what a season brings the
/// description must be true as well.
async fn everything_is_as_described(demo: &Demo, campaign: &str) {
    let described = description();
    let schemas = Schemas::of(&described);
    let operations = operations(&described);
    let read = |pattern: &str| {
        let is_read = |(method, path, _): &&(String, String, Value)| {
            method == "GET" && path.strip_prefix("/api/v1") == Some(pattern)
        };
        let found = operations.iter().find(is_read).unwrap().2.clone();
        found["responses"]["200"]["content"]["application/json"]["schema"].clone()
    };
    let check = async |pattern: &str, path: &str| {
        let answer = demo.get(path).await;
        let wrong = schemas.problems(&read(pattern), &answer);
        assert_eq!(wrong, [""; 0], "{path}");
        answer
    };
    for (_, path, operation) in operations.iter().filter(|(method, ..)| method == "GET") {
        let below = path.strip_prefix("/api/v1").unwrap();
        let is_json = operation["responses"]["200"]["content"]["application/json"].is_object();
        if below.contains('{') || !is_json || below == "/openapi.json" {
            continue;
        }
        let list = check(below, below).await;
        let one = format!("{below}/{{id}}");
        let is_readable = operations
            .iter()
            .any(|(method, path, _)| method == "GET" && *path == format!("/api/v1{one}"));
        let entries = list.as_object().unwrap().values().find_map(Value::as_array);
        for entry in entries
            .into_iter()
            .flatten()
            .filter(|_| is_readable)
            .take(5)
        {
            let id = entry["id"].as_str().unwrap();
            check(&one, &format!("{below}/{id}")).await;
        }
    }
    for by in BREAKDOWNS {
        for more in ["", "&model=markov", "&axis=conversion&compare=previous"] {
            if by != "network" && more.contains("markov") {
                continue;
            }
            let path = format!("{campaign}/report?by={by}{more}");
            check("/campaigns/{id}/report", &path).await;
        }
    }
    check("/campaigns/{id}/next", &format!("{campaign}/next")).await;
}
