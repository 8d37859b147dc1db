//! How sure a report says its figures are.

use leadline::clock::DAY_MS;
use serde_json::{Value, json};

use crate::support::app::{CHROME, TestApp, click_id, location};

/// `people` click, the first `leads` of them become leads, and the first `sales` of these pay.
async fn play(app: &TestApp, link: &str, [people, leads, sales]: [u32; 3]) {
    for n in 0..people {
        let agent = format!("{CHROME} {n}");
        let answer = app.click(link, &[("user-agent", &agent)]).await;
        app.later(1000);
        if n >= leads {
            continue;
        }
        let click = click_id(&location(&answer));
        let (lead, sale) = (format!("{link} l{n}"), format!("{link} s{n}"));
        let lead = json!({"kind": "lead", "event_id": lead, "click_id": click,
                          "customer": {"external_id": lead}});
        app.post("/conversions", &lead).await;
        if n < sales {
            let sale = json!({"kind": "sale", "event_id": sale, "click_id": click,
                              "customer": {"external_id": lead["event_id"]},
                              "value": {"amount": 1000 + n, "currency": "EUR"}});
            app.post("/conversions", &sale).await;
        }
    }
    app.drain().await;
}

fn row<'a>(report: &'a Value, network: &str) -> &'a Value {
    let mut rows = report["rows"].as_array().unwrap().iter();
    rows.find(|row| row["network"] == network).unwrap()
}

/// That no best row can be named does not mean that nothing is known.
#[tokio::test]
async fn what_is_clearly_behind_is_said_before_the_best_can_be_told() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let links = app.links(&campaign, &["x", "linkedin", "facebook"]).await;
    play(&app, &links[0], [60, 20, 0]).await;
    play(&app, &links[1], [60, 21, 0]).await;
    play(&app, &links[2], [60, 1, 0]).await;
    let best = app.report(&campaign).await["best"].clone();
    assert_eq!(best["row"], Value::Null, "{best}");
    assert_eq!(best["leading"], json!(["linkedin", "x"]));
    let behind = json!([{"row": "facebook", "of": ["linkedin", "x"]}]);
    assert_eq!(best["behind"], behind, "{best}");
    let sentence = best["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with("linkedin and x cannot be told apart yet (")
            && sentence.ends_with("more visitors needed); facebook is clearly behind linkedin"),
        "{sentence}"
    );
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn the_best_network_is_named_once_it_can_be_told() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let links = app.links(&campaign, &["x", "linkedin"]).await;
    play(&app, &links[0], [20, 3, 0]).await;
    play(&app, &links[1], [20, 2, 0]).await;
    let path = format!("/campaigns/{campaign}/report");
    let report = app.get(&path).await.body;
    assert_eq!(report["best"]["row"], Value::Null);
    assert!(
        report["best"]["more_visitors"].as_u64().unwrap() > 50,
        "{report}"
    );
    let sentence = report["best"]["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with("not distinguishable yet"),
        "{sentence}"
    );
    assert_eq!(
        report["total"]["mature"],
        Value::Null,
        "five leads tell nothing"
    );
    play(&app, &links[0], [90, 50, 12]).await;
    let report = app.get(&path).await.body;
    assert_eq!(report["best"]["row"], "x", "{report}");
    let behind = json!([{"row": "linkedin", "of": ["x"]}]);
    assert_eq!(report["best"]["behind"], behind, "{report}");
    let (x, linkedin) = (row(&report, "x"), row(&report, "linkedin"));
    let number = |value: &Value| value.as_f64().unwrap();
    let best = number(&x["probability_best"]) + number(&linkedin["probability_best"]);
    assert!((best - 1.0).abs() < 1e-6);
    assert_eq!((&x["customers"], &x["sales"]), (&json!(12), &json!(12)));
    assert_eq!(x["repeat_customers"], 0);
    let (raw, drawn) = (&linkedin["lead_rate"], &linkedin["lead_rate_shrunk"]);
    assert!(
        number(&drawn["mean"]) >= number(&raw["value"]),
        "drawn to the usual"
    );
    let earned = &x["earnings_per_visitor"];
    assert!(number(&earned["low"]) < number(&earned["value"]));
    assert!(number(&earned["high"]) > number(&earned["value"]));
    assert_eq!(linkedin["earnings_per_visitor"]["low"], Value::Null);
    assert!(number(&x["median_days_to_lead"]) < 1.0);
    assert!(number(&report["total"]["mature"]) > 0.0);
    let steps: Vec<&str> = report["funnel"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    assert_eq!(
        steps,
        [
            "impressions",
            "clicks",
            "visitors",
            "leads",
            "customers",
            "repeat_customers"
        ]
    );
    assert_eq!(report["funnel"][4]["count"], 12);
}

#[tokio::test]
async fn who_comes_back_is_a_repeat_customer() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let click = click_id(&location(&app.click(&link, &[]).await));
    for n in 0..3 {
        app.later(DAY_MS);
        let sale = json!({"kind": "sale", "event_id": format!("s{n}"), "click_id": click,
                          "customer": {"external_id": "ann"},
                          "value": {"amount": 500, "currency": "EUR"}});
        app.post("/conversions", &sale).await;
    }
    app.drain().await;
    let report = app.get(&format!("/campaigns/{campaign}/report")).await.body;
    let x = row(&report, "x");
    let counts = [&x["sales"], &x["customers"], &x["repeat_customers"]];
    assert_eq!(counts, [&json!(3), &json!(1), &json!(1)]);
}

#[tokio::test]
async fn who_was_part_of_a_lead_without_being_last_has_assisted() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let links = app.links(&campaign, &["x", "linkedin"]).await;
    let mut path = Vec::new();
    for link in [&links[0], &links[0], &links[1]] {
        path.push(click_id(&location(&app.click(link, &[]).await)));
        app.later(60 * 60_000);
    }
    let lead = json!({"kind": "lead", "event_id": "l", "path": path});
    app.post("/conversions", &lead).await;
    app.drain().await;
    for (query, expected) in [
        ("", json!([0, 1])),
        ("?model=first_touch", json!([0, 1])),
        ("?by=country", json!([0])),
        ("?by=intent", json!([0])),
        ("?by=hour_of_week", json!([1, 1, 0])),
        ("?by=day&network=x", json!([1])),
    ] {
        let report = app
            .get(&format!("/campaigns/{campaign}/report{query}"))
            .await
            .body;
        let rows = report["rows"].as_array().unwrap().iter();
        let assisted: Vec<&Value> = rows.map(|row| &row["assisted_leads"]).collect();
        assert_eq!(json!(assisted), expected, "{query}");
    }
}
