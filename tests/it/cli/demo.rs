//! The demo shows something of every feature.

use std::path::Path;
use std::process::Command;

use reqwest::StatusCode;
use serde_json::Value;

use crate::api::openapi::{Schemas, description, operations};
use crate::api::reports::BREAKDOWNS;
use crate::support::process::{Process, free_port, leadline};

/// What the demo's server answers.
struct Demo {
    base: String,
    key: String,
}

impl Demo {
    /// The path of the campaign with that `utm_campaign`.
    async fn campaign(&self, name: &str) -> String {
        let all = self.get("/campaigns?archived=true").await;
        let mut all = all["campaigns"].as_array().unwrap().iter();
        let found = all.find(|it| it["utm_campaign"] == name);
        format!("/campaigns/{}", found.unwrap()["id"].as_str().unwrap())
    }

    /// Hands on every row of a list, page by page.
    async fn each(&self, list: &str, field: &str, mut row: impl FnMut(&Value)) {
        let mut cursor = String::new();
        loop {
            let page = self.get(&format!("{list}?limit=200{cursor}")).await;
            page[field].as_array().unwrap().iter().for_each(&mut row);
            let Some(next) = page["next_cursor"].as_str() else {
                return;
            };
            cursor = format!("&cursor={next}");
        }
    }

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
    let path = demo.campaign("spring-lamp").await;

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
    campaigns_differ(&demo, &path).await;
    what_arrives_shows(&demo).await;
    each_command_prints_something(&demo, &dir.path().join("demo"));
}

/// Goals met and missed, an archived campaign, several currencies, and two links of one network
/// that differ.
async fn campaigns_differ(demo: &Demo, spring: &str) {
    let verdict = async |name: &str| {
        let path = demo.campaign(name).await;
        let report = demo.get(&format!("{path}/report")).await;
        assert_sums(&report);
        report["goal"]["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict("tsukue-no-akari").await, "met");
    assert_eq!(verdict("reading-lamp-ar").await, "missed");
    assert_eq!(verdict("lettre-automne").await, "waived");
    let archived = demo.campaign("restposten").await;
    assert!(!demo.get(&archived).await["archived_at"].is_null());

    let report = demo.get(&format!("{spring}/report")).await;
    assert_sums(&report);
    assert!(count(&report["currencies"], |it| it["converted"] == true) > 0);
    let classes = report["total"]["clicks"]["by_class"].as_object().unwrap();
    assert_eq!(classes.len(), 10, "each class of clicks: {classes:?}");
    let links = demo.get(&format!("{spring}/report?by=link")).await;
    assert_sums(&links);
    let mails = demo.get("/links?network=email&limit=200").await;
    for content in ["a", "b"] {
        let tagged = |link: &Value| link["utm"]["content"] == content;
        assert!(count(&mails["links"], tagged) > 10, "{content}");
    }
    let other = demo.campaign("tsukue-no-akari").await;
    let other = other.strip_prefix("/campaigns/").unwrap();
    let compared = demo.get(&format!("{spring}/report?compare={other}")).await;
    let compared = &compared["comparison"];
    assert!(
        compared["total"]["leads"].as_f64() > Some(0.0),
        "{compared}"
    );
    let all = demo.get("/report").await;
    assert!(all["unattributed"]["leads"].as_f64() > Some(0.0));
    assert!(
        count(&all["rows"], |row| row["campaign"].is_null()) > 0,
        "links of no campaign"
    );
}

/// The rows of a report add up to its total.
fn assert_sums(report: &Value) {
    let rows = report["rows"].as_array().unwrap();
    for field in ["leads", "sales"] {
        let parts = rows.iter().chain([&report["unattributed"]]);
        let sum: f64 = parts.filter_map(|row| row[field].as_f64()).sum();
        let total = report["total"][field].as_f64().unwrap();
        assert!((sum - total).abs() < 1e-3, "{field}: {sum} of {total}");
    }
    for field in ["revenue", "net_revenue", "cost"] {
        let parts = rows.iter().chain([&report["unattributed"]]);
        let sum: i64 = parts.filter_map(|row| row[field]["amount"].as_i64()).sum();
        assert_eq!(
            sum,
            report["total"][field]["amount"].as_i64().unwrap_or(0),
            "{field}"
        );
    }
}

/// Deliveries and sources in each state, conversions of each kind, mistyped slugs, repaired ones.
async fn what_arrives_shows(demo: &Demo) {
    let inbox = demo.get("/inbox?limit=200").await;
    for status in ["read", "nothing", "failed", "refused"] {
        let of_status = |item: &Value| item["status"] == status;
        assert!(
            count(&inbox["deliveries"], of_status) > 0,
            "{status}: {inbox}"
        );
    }
    let sources = demo.get("/sources").await;
    for status in ["ok", "quiet", "failing"] {
        let of_status = |source: &Value| source["status"].as_str().unwrap() == status;
        assert!(
            count(&sources["sources"], of_status) > 0,
            "{status}: {sources}"
        );
    }
    let orphans = demo.get("/orphans").await;
    assert!(
        count(&orphans["orphans"], |it| !it["did_you_mean"].is_null()) > 0,
        "{orphans}"
    );
    let mut kinds = std::collections::BTreeSet::new();
    let mut ladder = std::collections::BTreeSet::new();
    demo.each("/conversions", "conversions", |row| {
        kinds.insert(row["kind"].as_str().unwrap().to_owned());
        ladder.insert(row["joined_by"].as_str().unwrap().to_owned());
    })
    .await;
    assert_eq!(kinds.len(), 6, "{kinds:?}");
    for rule in ["click_id", "customer", "promo_code", "sale", "utm", "none"] {
        assert!(ladder.contains(rule), "{rule}: {ladder:?}");
    }
    let mut repairs = std::collections::BTreeSet::new();
    demo.each("/clicks", "clicks", |row| {
        repairs.extend(row["slug_repair"].as_str().map(str::to_owned));
    })
    .await;
    assert_eq!(repairs.len(), 6, "{repairs:?}");
    let lifetime = demo.get("/customers/lifetime").await;
    assert!(
        lifetime["total"]["repeat_buyers"].as_i64() > Some(0),
        "{lifetime}"
    );
}

/// Every command that reads has a row below the heading of its table.
fn each_command_prints_something(demo: &Demo, folder: &Path) {
    let run = |command: &str| {
        let run = Command::new(env!("CARGO_BIN_EXE_leadline"))
            .args(command.split(' '))
            .env("LEADLINE_SERVER", &demo.base)
            .env("LEADLINE_KEY", &demo.key)
            .env("LEADLINE__DATA__DIR", folder)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(run.status.success(), "{command}: {errors}");
        String::from_utf8(run.stdout).unwrap()
    };
    for command in [
        "campaign list",
        "source list",
        "inbox list",
        "promo list",
        "click list --limit 3",
        "conversion list --limit 3",
        "conversion waiting",
        "cost list",
        "engagement list",
        "customer lifetime",
        "report spring-lamp",
        "report spring-lamp --by network,network_seen",
        "report spring-lamp --by intent --model first_touch",
        "report spring-lamp --compare previous",
        "report reading-lamp-ar",
        "report",
        "next spring-lamp",
        "orphans",
        "networks",
        "rates list",
        "domain list",
        "key list",
    ] {
        let printed = run(command);
        let below = printed.split_once('─').map_or("", |it| it.1);
        let rows = below
            .lines()
            .skip(1)
            .filter(|line| !line.is_empty())
            .count();
        assert!(
            rows >= 3 || command == "domain list" && rows == 2,
            "{command}: {printed}"
        );
        assert!(!printed.contains("\\u00"), "{command}: {printed}");
    }
    assert!(run("self").contains("/_self?mark="));
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
        let rows = list.as_object().unwrap().values().find_map(Value::as_array);
        assert!(rows.is_none_or(|rows| !rows.is_empty()), "{below} is empty");
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
