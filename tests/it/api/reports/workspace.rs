//! The report over all campaigns, compared with the campaigns' own reports and with the ledger.

use std::collections::{BTreeMap, BTreeSet};

use rand::SeedableRng;
use rand::rngs::StdRng;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::report;
use super::story::Story;
use crate::support::app::{Size, TestApp, click_id, location};

/// Sums by what they are of: counts in millionths, money in minor units for each currency.
type Figures = BTreeMap<String, i64>;

fn add(figures: &mut Figures, name: String, value: i64) {
    let sum = figures.entry(name).or_default();
    *sum += value;
}

/// Nothing and no entry are the same.
fn without_zeros(mut figures: Figures) -> Figures {
    figures.retain(|_, value| *value != 0);
    figures
}

#[expect(clippy::cast_possible_truncation, reason = "small")]
fn millionths(value: &Value) -> i64 {
    (value.as_f64().unwrap() * 1e6).round() as i64
}

/// Those of a campaign's report: its total, and money of other currencies that is in none of its
/// sums.
fn of_campaign(report: &Value) -> Figures {
    let mut figures = Figures::new();
    let total = &report["total"];
    let currency = report["currency"].as_str().unwrap();
    for name in ["human", "bot", "all"] {
        let clicks = total["clicks"][name].as_i64().unwrap();
        add(&mut figures, format!("clicks.{name}"), clicks);
    }
    add(
        &mut figures,
        "visitors".into(),
        total["visitors"].as_i64().unwrap(),
    );
    for name in ["leads", "sales", "customers", "repeat_customers"] {
        add(&mut figures, name.into(), millionths(&total[name]));
    }
    for name in ["revenue", "refunds", "cost"] {
        let amount = total[name]["amount"].as_i64().unwrap();
        add(&mut figures, format!("{name} {currency}"), amount);
    }
    for block in report["currencies"].as_array().unwrap() {
        let currency = block["currency"].as_str().unwrap();
        assert_eq!(block["converted"], false, "no rates are loaded");
        for name in ["revenue", "refunds"] {
            let amount = block[name]["amount"].as_i64().unwrap();
            add(&mut figures, format!("{name} {currency}"), amount);
        }
    }
    figures
}

fn of_row(row: &Value) -> Figures {
    let mut figures = Figures::new();
    for name in ["human", "bot", "all"] {
        let clicks = row["clicks"][name].as_i64().unwrap();
        add(&mut figures, format!("clicks.{name}"), clicks);
    }
    add(
        &mut figures,
        "visitors".into(),
        row["visitors"].as_i64().unwrap(),
    );
    for name in ["leads", "sales", "customers", "repeat_customers"] {
        add(&mut figures, name.into(), millionths(&row[name]));
    }
    for money in row["money"].as_array().unwrap() {
        let currency = money["currency"].as_str().unwrap();
        for name in ["revenue", "refunds", "cost"] {
            let amount = money[name]["amount"].as_i64().unwrap_or(0);
            add(&mut figures, format!("{name} {currency}"), amount);
        }
    }
    figures
}

fn sum(all: impl IntoIterator<Item = Figures>) -> Figures {
    let mut sum = Figures::new();
    for (name, value) in all.into_iter().flatten() {
        add(&mut sum, name, value);
    }
    without_zeros(sum)
}

/// Money to the minor unit; each share of a conversion is rounded to a millionth.
fn assert_near(one: &Figures, other: &Figures, what: &str) {
    let names = one.keys().chain(other.keys());
    for name in names {
        let [one, other] = [one, other].map(|it| it.get(name).copied().unwrap_or(0));
        let is_count = ["leads", "sales", "customers", "repeat_customers"].contains(&&**name);
        let near = if is_count { 40 } else { 0 };
        assert!(
            (one - other).abs() <= near,
            "{what}: {name}: {one} and {other}"
        );
    }
}

/// Each network's row of a campaign is what the campaign's own report has.
fn assert_rows(all: &Value, campaign: &str, own: &Value, what: &str) {
    let rows = all["rows"].as_array().unwrap();
    for of_own in own["rows"].as_array().unwrap() {
        let network = &of_own["network"];
        let found = rows
            .iter()
            .find(|row| row["campaign"] == campaign && row["network"] == *network);
        let value = |row: Option<&Value>, name: &str| row.map_or(0, |row| millionths(&row[name]));
        for name in ["visitors", "leads", "sales"] {
            let (found, own) = (value(found, name), value(Some(of_own), name));
            assert!(
                (found - own).abs() <= 40,
                "{what}: {network} {name}: {found} and {own}"
            );
        }
    }
}

/// What conversions say of themselves.
async fn ledger(app: &TestApp) -> Figures {
    let mut figures = Figures::new();
    let mut cursor = String::new();
    loop {
        let page = app
            .get(&format!("/conversions?limit=200{cursor}"))
            .await
            .body;
        for it in page["conversions"].as_array().unwrap() {
            let amount = it["value"]["amount"].as_i64().unwrap_or(0);
            let currency = it["value"]["currency"].as_str().unwrap_or_default();
            match it["kind"].as_str().unwrap() {
                "lead" => add(&mut figures, "leads".into(), 1_000_000),
                "sale" => {
                    add(&mut figures, "sales".into(), 1_000_000);
                    add(&mut figures, format!("revenue {currency}"), amount);
                }
                "refund" => add(&mut figures, format!("refunds {currency}"), amount.abs()),
                kind => panic!("{kind}"),
            }
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return figures,
        }
    }
}

async fn whole(app: &TestApp, query: &str) -> Value {
    let answer = app.get(&format!("/report?{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.body);
    answer.body
}

/// Two campaigns of different currencies and zones, links of none, people who visit all of them,
/// and conversions that nothing is known of.
async fn played(app: &TestApp, seed: u64) -> [String; 2] {
    let rng = &mut StdRng::seed_from_u64(seed);
    let other = json!({
        "name": "Summer", "goal_waiver": "a test", "currency": "USD", "time_zone": "Asia/Kathmandu",
        "starts_at": "2026-03-01T00:00:00Z",
    });
    let other = app.post("/campaigns", &other).await.body["id"].clone();
    let other = other.as_str().unwrap().to_owned();
    let summer = app.links(&other, &["x", "bluesky"]).await;
    let mut links = summer.clone();
    for network in [json!("x"), Value::Null] {
        let body = json!({"url": "https://shop.example/lamp", "network": network});
        let made = app.post("/links", &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        links.push(made.body["short_url"].as_str().unwrap().to_owned());
    }
    let story = Story::played_with(app, rng, links).await;
    let cost = json!([
        {"campaign_id": other, "network": "bluesky", "from": "2026-03-10", "to": "2026-03-12",
         "money": {"amount": 503, "currency": "USD"}},
        {"campaign_id": other, "from": "2026-03-10", "to": "2026-03-16",
         "money": {"amount": 1000, "currency": "USD"}},
    ]);
    assert_eq!(app.post("/costs", &cost).await.status, StatusCode::CREATED);
    // Of the other campaign's clicks few happen to bring anything.
    let click = click_id(&location(&app.click(&summer[0], &[]).await));
    app.later(1000);
    for (event, kind, currency) in [("s1", "lead", None), ("s2", "sale", Some("USD"))] {
        let value = currency.map(|it| json!({"amount": 1999, "currency": it}));
        let body = json!({"kind": kind, "event_id": event, "click_id": click, "value": value});
        let told = app.post("/conversions", &body).await;
        assert!(told.status.is_success(), "{}", told.body);
    }
    app.drain().await;
    [story.campaign, other]
}

/// The campaigns' totals, the rows of links without a campaign and what no campaign is known for
/// are the ledger, whoever asks by whatever model, and each campaign stands in the whole as in its
/// own report.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn all_campaigns_and_what_none_is_known_for_are_the_ledger_to_the_cent() {
    // What came of campaigns, of links of none, and of what nothing is known of, over all stories.
    let mut came = BTreeMap::new();
    // How models share leads among a campaign's networks.
    let mut by_model: BTreeMap<_, BTreeSet<Vec<i64>>> = BTreeMap::new();
    for (seed, size) in [
        (11, Size::Embedded),
        (12, Size::Server),
        (13, Size::Embedded),
    ] {
        let app = TestApp::spawn_in(size).await;
        let campaigns = played(&app, seed).await;
        let told = ledger(&app).await;
        for model in [
            "last_touch",
            "first_touch",
            "last_non_direct",
            "linear",
            "position",
            "time_decay",
            "markov",
            "shapley",
        ] {
            for axis in ["click", "conversion"] {
                let what = format!("seed {seed}: model={model}&axis={axis}");
                let query = format!("model={model}&axis={axis}&from=2026-03-01&to=2026-06-30");
                let all = whole(&app, &format!("{query}&by=campaign")).await;
                let row = |campaign: &Value| {
                    let mut rows = all["rows"].as_array().unwrap().iter();
                    let row = rows.find(|row| row["campaign"] == *campaign).unwrap();
                    without_zeros(of_row(row))
                };
                let mut own = Vec::new();
                let finest = whole(&app, &query).await;
                for campaign in &campaigns {
                    let report = report(&app, campaign, &query).await;
                    let total = without_zeros(of_campaign(&report));
                    assert_near(&row(&json!(campaign)), &total, &what);
                    let of_none = &report["workspace_unattributed"];
                    assert_eq!(of_none["leads"], all["unattributed"]["leads"], "{what}");
                    own.push(total);
                    assert_rows(&finest, campaign, &report, &what);
                    let shares = report["rows"].as_array().unwrap().iter();
                    let shares: Vec<i64> = shares.map(|row| millionths(&row["leads"])).collect();
                    by_model
                        .entry((seed, axis, campaign.clone()))
                        .or_default()
                        .insert(shares);
                }
                own.push(row(&Value::Null));
                own.push(of_row(&all["unattributed"]));
                let own = sum(own);
                let total = without_zeros(of_row(&all["total"]));
                assert_near(&own, &total, &what);
                let conversions = |figures: &Figures| -> Figures {
                    let names = ["leads", "sales", "revenue", "refunds"];
                    let is_told = |name: &str| names.iter().any(|it| name.starts_with(it));
                    let told = figures.iter().filter(|(name, _)| is_told(name));
                    told.map(|(name, value)| (name.clone(), *value)).collect()
                };
                assert_near(&conversions(&own), &told, &what);
                for by in ["campaign,network", "network"] {
                    let finer = whole(&app, &format!("{query}&by={by}")).await;
                    assert_eq!(finer["total"], all["total"], "{what} {by}");
                    let rows = finer["rows"].as_array().unwrap().iter();
                    let parts = sum(rows.chain([&finer["unattributed"]]).map(of_row));
                    assert_near(&parts, &total, &format!("{what} {by}"));
                }
            }
        }
        for name in [
            "leads",
            "sales",
            "revenue EUR",
            "revenue USD",
            "refunds EUR",
        ] {
            assert!(told[name] > 0, "seed {seed}: nothing of {name} to add up");
        }
        let all = whole(&app, "by=campaign").await;
        let rows = all["rows"].as_array().unwrap().iter();
        let rows = rows.map(|row| (row, false));
        for (row, is_of_none) in rows.chain([(&all["unattributed"], true)]) {
            let name = (row["campaign_name"].to_string(), is_of_none);
            *came.entry(name).or_insert(0) += millionths(&row["leads"]) + millionths(&row["sales"]);
        }
    }
    let most = by_model.values().map(BTreeSet::len).max();
    assert!(most > Some(4), "models share alike: {by_model:?}");
    assert_eq!(came.len(), 4, "{came:?}");
    assert!(came.values().all(|it| *it > 0), "{came:?}");
}

/// The goal of a campaign counts what its total does, and others' conversions are in neither.
#[tokio::test]
async fn a_goal_counts_what_the_total_does() {
    let app = TestApp::spawn().await;
    let rng = &mut StdRng::seed_from_u64(7);
    let story = Story::played(&app, rng).await;
    let report = report(&app, &story.campaign, "to=2026-12-31").await;
    let none = &report["workspace_unattributed"];
    assert!(none["leads"].as_f64().unwrap() > 0.0, "{none}");
    assert_eq!(report["goal"]["metric"], "leads");
    assert_eq!(report["goal"]["actual"], report["total"]["leads"]);
}

#[tokio::test]
async fn it_is_narrowed_cut_and_refused_like_a_campaigns_report() {
    let app = TestApp::spawn().await;
    played(&app, 14).await;
    let x = whole(&app, "network=x&by=network").await;
    let rows = x["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(
        (&rows[0]["network"], &rows[0]["campaign"]),
        (&json!("x"), &Value::Null)
    );
    assert_eq!(
        x["total"],
        json!({
            "campaign": null, "campaign_name": null, "network": null, "clicks": rows[0]["clicks"],
            "visitors": rows[0]["visitors"], "leads": rows[0]["leads"], "lead_rate": rows[0]["lead_rate"],
            "sales": rows[0]["sales"], "customers": rows[0]["customers"],
            "repeat_customers": rows[0]["repeat_customers"], "money": rows[0]["money"],
            "events": rows[0]["events"],
        })
    );
    assert!(
        rows[0]["money"]
            .as_array()
            .unwrap()
            .iter()
            .all(|it| it["cost"].is_null())
    );
    let nothing = whole(
        &app,
        "from=2025-01-01&to=2025-01-31&time_zone=Europe/Berlin",
    )
    .await;
    assert_eq!(nothing["rows"], json!([]));
    assert_eq!(nothing["from"], "2024-12-31T23:00:00.000Z");
    for (query, code) in [
        ("by=day", "invalid_query"),
        ("model=markov&country=DE", "model_by_network"),
        ("model=magic", "unknown_model"),
        ("window_days=0", "invalid_query"),
        ("time_zone=Mars/Olympus", "invalid_query"),
        ("from=2026-03-11&to=2026-03-10", "invalid_period"),
        ("network=nowhere", "unknown_network"),
        ("compare=spring", "invalid_query"),
    ] {
        let answer = app.get(&format!("/report?{query}")).await;
        assert_eq!(answer.code(), code, "{query}: {}", answer.body);
    }
}

/// The period before stands beside the report as it is reported by itself, and a campaign's rows in
/// it are those of the campaign's own comparison.
#[tokio::test]
async fn it_is_compared_with_the_period_before() {
    let app = TestApp::spawn().await;
    let campaigns = played(&app, 15).await;
    for model in ["last_touch", "markov"] {
        let query = |from: &str, to: &str| format!("model={model}&from={from}&to={to}");
        let period = query("2026-03-12", "2026-03-13");
        let both = whole(&app, &format!("{period}&compare=previous")).await;
        let before = whole(&app, &query("2026-03-10", "2026-03-11")).await;
        let compared = &both["comparison"];
        assert!(compared["total"]["clicks"]["all"].as_i64().unwrap() > 0);
        for part in ["from", "to", "rows", "unattributed", "total"] {
            assert_eq!(compared[part], before[part], "{model} {part}");
        }
        let mut alone = both.clone();
        alone.as_object_mut().unwrap().remove("comparison");
        assert_eq!(alone, whole(&app, &period).await, "{model}");
        for campaign in &campaigns {
            let days = query("2026-03-10T00:00:00Z", "2026-03-12T00:00:00Z");
            let own = report(&app, campaign, &days).await;
            let total = without_zeros(of_campaign(&own));
            let rows = compared["rows"].as_array().unwrap().iter();
            let rows = sum(rows.filter(|row| row["campaign"] == *campaign).map(of_row));
            for name in ["clicks.all", "visitors", "leads"] {
                assert_eq!(rows.get(name), total.get(name), "{model} {name}");
            }
        }
    }
}
