//! Data-driven models over the API: computed from visitors with and without conversions, with the
//! same total.

use leadline::clock::{DAY_MS, QUARTER_HOUR_MS};
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use super::{campaign, convert};
use crate::support::app::{CHROME, Size, TestApp, click_id, location};

/// Clicks these links one after the other as one browser, an hour apart; gives the clicks.
async fn visit(app: &TestApp, browser: u8, links: &[&String]) -> Vec<String> {
    let agent = format!("{CHROME} {browser}");
    let mut clicks = Vec::new();
    for link in links {
        let answer = app.click(link, &[("user-agent", &agent)]).await;
        clicks.push(click_id(&location(&answer)));
        app.later(2 * QUARTER_HOUR_MS);
    }
    clicks
}

async fn report(app: &TestApp, campaign: &str, query: &str) -> Value {
    let answer = app
        .get(&format!("/campaigns/{campaign}/report?{query}"))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.body
}

fn of_rows<T>(report: &Value, what: impl Fn(&Value) -> T) -> Vec<T> {
    report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(what)
        .collect()
}

/// x, facebook and linkedin convert; x alone does not, nor do facebook and linkedin. Half of the
/// chance is lost without x, all of it without one of the others.
#[rstest]
#[tokio::test]
async fn networks_are_credited_by_what_they_change(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let id = campaign(&app, "Spring", json!({})).await;
    let links = app.links(&id, &["x", "facebook", "linkedin"]).await;
    let [x, facebook, linkedin] = [&links[0], &links[1], &links[2]];
    let path = visit(&app, 1, &[x, facebook, linkedin]).await;
    visit(&app, 2, &[x]).await;
    visit(&app, 3, &[facebook, linkedin]).await;
    let ann = json!({"external_id": "ann"});
    let euro = |amount: i64| json!({"amount": amount, "currency": "EUR"});
    for body in [
        json!({"kind": "lead", "event_id": "l1", "path": path, "customer": ann}),
        json!({"kind": "sale", "event_id": "s1", "customer": ann, "value": euro(1001)}),
        json!({"kind": "refund", "event_id": "r1", "of": "s1", "value": euro(7)}),
        json!({"kind": "sale", "event_id": "s2", "customer": ann,
               "value": {"amount": 333, "currency": "USD"}}),
        json!({"kind": "lead", "event_id": "l2"}),
    ] {
        app.later(1000);
        convert(&app, &body).await;
    }
    let linear = report(&app, &id, "model=linear").await;
    let markov = report(&app, &id, "model=markov").await;
    assert_eq!(markov["model"], "markov");
    let names = of_rows(&markov, |row| row["network"].clone());
    assert_eq!(names, ["facebook", "linkedin", "x"]);
    let leads = of_rows(&markov, |row| row["leads"].as_f64().unwrap());
    for (found, expected) in leads.iter().zip([0.4, 0.4, 0.2]) {
        assert!((found - expected).abs() < 1e-6, "{leads:?}");
    }
    let shapley = report(&app, &id, "model=shapley").await;
    // Only the three together convert, a third of all that are within them: each adds the same.
    let leads = of_rows(&shapley, |row| row["leads"].as_f64().unwrap());
    assert!(
        leads.iter().all(|it| (it - 1.0 / 3.0).abs() < 2e-6),
        "{leads:?}"
    );
    for model in [&markov, &shapley] {
        for row in ["unattributed", "total"] {
            for column in [
                "clicks",
                "visitors",
                "leads",
                "sales",
                "revenue",
                "refunds",
                "net_revenue",
            ] {
                assert_eq!(model[row][column], linear[row][column], "{row} {column}");
            }
        }
        for money in ["revenue", "refunds", "net_revenue"] {
            let rows: i64 = of_rows(model, |row| row[money]["amount"].as_i64().unwrap())
                .iter()
                .sum();
            let unattributed = model["unattributed"][money]["amount"].as_i64().unwrap();
            assert_eq!(
                rows + unattributed,
                model["total"][money]["amount"],
                "{money}"
            );
        }
        assert_eq!(model["currencies"], linear["currencies"]);
        assert_eq!(model["joined_by"], linear["joined_by"]);
        assert_eq!(model["goal"], linear["goal"]);
    }
    let revenue = of_rows(&markov, |row| row["revenue"]["amount"].as_i64().unwrap());
    assert_eq!(revenue.iter().sum::<i64>(), 1001);
    assert!((revenue[2] - 200).abs() <= 1, "{revenue:?}");

    assert_eq!(
        report(&app, &id, "model=markov").await,
        markov,
        "asked again"
    );
    // Somebody else who came by facebook and linkedin and went: of three who come to facebook x
    // brings one.
    visit(&app, 4, &[facebook, linkedin]).await;
    app.drain().await;
    let later = report(&app, &id, "model=markov").await;
    let leads = of_rows(&later, |row| row["leads"].as_f64().unwrap());
    for (found, expected) in leads.iter().zip([3.0, 3.0, 1.0]) {
        assert!((found - expected / 7.0).abs() < 2e-6, "{leads:?}");
    }
    assert_eq!(later["total"]["leads"], markov["total"]["leads"]);
    let one = report(&app, &id, "model=markov&network=x").await;
    assert_eq!(of_rows(&one, |row| row["network"].clone()), ["x"]);
}

#[tokio::test]
async fn rows_are_by_network_alone_and_nobody_learns_from_nothing() {
    let app = TestApp::spawn().await;
    let id = campaign(&app, "Spring", json!({})).await;
    let links = app.links(&id, &["x"]).await;
    for query in ["by=link", "by=network,network_seen", "country=DE"] {
        for model in ["markov", "shapley"] {
            let answer = app
                .get(&format!("/campaigns/{id}/report?model={model}&{query}"))
                .await;
            assert_eq!(answer.code(), "model_by_network", "{query}");
        }
    }
    let click = visit(&app, 1, &[&links[0]]).await.remove(0);
    app.later(DAY_MS);
    // What is neither lead nor sale teaches nothing.
    let event = json!({"kind": "event", "name": "asked", "event_id": "e1", "click_id": click});
    convert(&app, &event).await;
    let found = report(&app, &id, "model=markov").await;
    assert_eq!(found["unattributed"]["events"]["asked"]["count"], 1);
    assert_eq!(found["rows"][0]["events"], json!({}));
    assert_eq!(found["rows"][0]["visitors"], 1);
}
