//! Attribution models compared: the credits of each, windows, and equal credits in every order of
//! late arrivals.

mod again;
mod data_driven;
mod orders;

use leadline::attribution::{AttributionModel, CreditsByModel, WHOLE};
use leadline::clock::DAY_MS;
use leadline::store::{self, Page, conversion};
use leadline::worker::recredit;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::app::{Size, TestApp, click_id, location};

/// A campaign in EUR, with these fields as well.
async fn campaign(app: &TestApp, name: &str, fields: Value) -> String {
    let mut body = json!({
        "name": name, "goal_waiver": "a test", "currency": "EUR", "time_zone": "UTC",
        "starts_at": "2026-03-01T00:00:00Z",
    });
    let given = fields.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(given);
    let made = app.post("/campaigns", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.body["id"].as_str().unwrap().to_owned()
}

async fn clicked(app: &TestApp, link: &str) -> String {
    click_id(&location(&app.click(link, &[]).await))
}

async fn convert(app: &TestApp, body: &Value) {
    let answer = app.post("/conversions", body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    app.drain().await;
}

/// Credits anew whatever waits for it; gives how many conversions that were.
async fn credit_anew(app: &TestApp) -> usize {
    let mut all = 0;
    loop {
        let state = &app.state;
        let step = recredit::step(
            &state.context.store,
            &state.context.registry,
            state.context.terms,
        )
        .await;
        match step.unwrap() {
            0 => return all,
            count => all += count,
        }
    }
}

/// Leads by network, then those of nobody, in a report by that model.
async fn leads(app: &TestApp, campaign: &str, model: &str) -> (Vec<(String, f64)>, f64) {
    let path = format!("/campaigns/{campaign}/report?model={model}");
    let report = app.get(&path).await;
    assert_eq!(report.status, StatusCode::OK, "{report:?}");
    assert_eq!(report.body["model"], model);
    let rows = report.body["rows"].as_array().unwrap().iter();
    let row = |row: &Value| {
        let leads = row["leads"].as_f64().unwrap();
        (row["network"].as_str().unwrap().to_owned(), leads)
    };
    let rows: Vec<_> = rows.map(row).filter(|(_, leads)| *leads > 0.0).collect();
    let nobodys = ["unattributed", "workspace_unattributed"];
    let nobodys = nobodys.map(|it| report.body[it]["leads"].as_f64().unwrap());
    (rows, nobodys.iter().sum())
}

/// The credits of every conversion of the service, by event id.
async fn all_credits(app: &TestApp) -> Vec<(String, CreditsByModel)> {
    let mut tx = app.state.context.store.read().await.unwrap();
    let page = Page {
        after: None,
        limit: 1000,
    };
    let all = conversion::ConversionFilter::default();
    let all = conversion::list(&mut tx, app.workspace_id, &all, &page).await;
    let mut credits = Vec::new();
    for found in all.unwrap() {
        let of = store::credit::all(&mut tx, found.report.id).await.unwrap();
        credits.push((
            format!("{} {}", found.report.kind, found.report.event_id),
            of,
        ));
    }
    credits.sort_by(|one, other| one.0.cmp(&other.0));
    credits
}

#[rstest]
#[tokio::test]
async fn each_model_has_its_report(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = TestApp::spawn_in(size).await;
    let campaign = campaign(&app, "Spring", json!({})).await;
    let mut links = app.links(&campaign, &["x", "facebook", "linkedin"]).await;
    let body = json!({"url": "https://shop.example/lamp", "campaign_id": campaign,
                      "utm": {"source": "own", "medium": "page"}});
    let direct = app.post("/links", &body).await;
    assert_eq!(direct.status, StatusCode::CREATED, "{direct:?}");
    links.push(direct.body["short_url"].as_str().unwrap().to_owned());
    let mut path = Vec::new();
    for link in &links {
        path.push(clicked(&app, link).await);
        app.later(7 * DAY_MS);
    }
    let lead = json!({"kind": "lead", "event_id": "l1", "path": path});
    convert(&app, &lead).await;
    let named = |shares: &[(&str, f64)]| -> Vec<(String, f64)> {
        shares
            .iter()
            .map(|(name, share)| ((*name).to_owned(), *share))
            .collect()
    };
    for (model, rows, direct) in [
        ("last_touch", vec![], 1.0),
        ("first_touch", vec![("x", 1.0)], 0.0),
        ("last_non_direct", vec![("linkedin", 1.0)], 0.0),
        (
            "linear",
            vec![("facebook", 0.25), ("linkedin", 0.25), ("x", 0.25)],
            0.25,
        ),
        (
            "position",
            vec![("facebook", 0.1), ("linkedin", 0.1), ("x", 0.4)],
            0.4,
        ),
        // A week apart each: 1/15, 2/15, 4/15 and 8/15.
        (
            "time_decay",
            vec![
                ("facebook", 0.133_333),
                ("linkedin", 0.266_667),
                ("x", 0.066_667),
            ],
            0.533_333,
        ),
    ] {
        let expected = (named(&rows), direct);
        assert_eq!(leads(&app, &campaign, model).await, expected, "{model}");
    }
    let unknown = app
        .get(&format!("/campaigns/{campaign}/report?model=magic"))
        .await;
    assert_eq!(unknown.code(), "unknown_model");
    let detail = unknown.body["detail"].as_str().unwrap();
    assert!(
        AttributionModel::ALL
            .iter()
            .all(|model| detail.contains(model.as_str())),
        "{detail}"
    );
}

#[tokio::test]
async fn a_refund_takes_back_what_each_model_gave() {
    let app = TestApp::spawn().await;
    let campaign = campaign(&app, "Spring", json!({})).await;
    let links = app.links(&campaign, &["x", "facebook", "linkedin"]).await;
    let mut path = Vec::new();
    for link in &links {
        path.push(clicked(&app, link).await);
        app.later(DAY_MS);
    }
    let value = json!({"amount": 1001, "currency": "EUR"});
    let refund = json!({"kind": "refund", "event_id": "r1", "of": "s1", "value": value});
    let sale = json!({"kind": "sale", "event_id": "s1", "path": path, "value": value});
    convert(&app, &refund).await;
    convert(&app, &sale).await;
    for model in AttributionModel::ALL {
        let report = app
            .get(&format!("/campaigns/{campaign}/report?model={model}"))
            .await
            .body;
        let rows = report["rows"].as_array().unwrap();
        let amount = |row: &Value, what: &str| row[what]["amount"].as_i64().unwrap();
        let revenue: i64 = rows.iter().map(|row| amount(row, "revenue")).sum();
        assert_eq!(revenue, 1001, "{model}");
        for row in rows {
            assert_eq!(amount(row, "net_revenue"), 0, "{model}: {row}");
        }
    }
    for (event, credits) in all_credits(&app).await {
        assert_eq!(credits.len(), AttributionModel::ALL.len(), "{event}");
        for (model, credits) in credits {
            let weights: i64 = credits.iter().map(|credit| credit.weight).sum();
            assert_eq!(weights, WHOLE, "{event} {model}");
        }
    }
}

/// A click eleven days before the lead, and sales ten and forty days behind it.
#[rstest]
#[tokio::test]
async fn windows_hold_from_click_to_lead_and_from_lead_to_sale(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let windows = json!({"lead_window_days": 14, "sale_window_days": 30});
    let id = campaign(&app, "Spring", windows).await;
    let link = app.links(&id, &["x"]).await.remove(0);
    let click = clicked(&app, &link).await;
    let ann = json!({"external_id": "ann"});
    let value = json!({"amount": 100, "currency": "EUR"});
    app.later(11 * DAY_MS);
    let lead = json!({"kind": "lead", "event_id": "l1", "click_id": click, "customer": ann});
    convert(&app, &lead).await;
    for (event, days) in [("s10", 10), ("s40", 30)] {
        app.later(days * DAY_MS);
        // Each names the click itself: it is held against the lead all the same.
        let sale = json!({"kind": "sale", "event_id": event, "click_id": click, "customer": ann,
                          "value": value});
        convert(&app, &sale).await;
    }
    // Somebody of whom no lead is known is held by the window of the click.
    let stranger = json!({"kind": "sale", "event_id": "s51", "click_id": click, "value": value});
    convert(&app, &stranger).await;
    let path = format!("/campaigns/{id}");
    for (change, queued, expected) in [
        (json!({}), 0, (1, 1, 2)),
        (json!({"sale_window_days": 40}), 4, (1, 2, 1)),
        (json!({"lead_window_days": 10}), 4, (0, 0, 3)),
        (json!({"lead_window_days": 51}), 4, (1, 3, 0)),
        (json!({"lead_window_days": 51}), 0, (1, 3, 0)),
        // 30 and 90 days.
        (
            json!({"lead_window_days": null, "sale_window_days": null}),
            4,
            (1, 2, 1),
        ),
    ] {
        let changed = app.patch(&path, &change).await;
        assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
        for (key, days) in change.as_object().unwrap() {
            assert_eq!(changed.body[key], *days);
        }
        assert_eq!(credit_anew(&app).await, queued, "{change}");
        for model in AttributionModel::ALL {
            let report = app.get(&format!("{path}/report?model={model}")).await.body;
            let row = &report["rows"][0];
            let nobodys = &report["workspace_unattributed"]["sales"];
            let found = [&row["leads"], &row["sales"], nobodys].map(|it| it.as_i64().unwrap());
            assert_eq!(found, <[i64; 3]>::from(expected), "{change} {model}");
            assert_eq!(report["total"]["sales"], expected.1, "{change} {model}");
        }
    }
    // A report may narrow the windows, and never widens them.
    let narrow = app.get(&format!("{path}/report?window_days=20")).await.body;
    assert_eq!(
        (&narrow["rows"][0]["leads"], &narrow["rows"][0]["sales"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(narrow["unattributed"]["sales"], 2);
    assert_eq!(narrow["workspace_unattributed"]["sales"], 1);
    let wide = app
        .get(&format!("{path}/report?window_days=3650"))
        .await
        .body;
    assert_eq!(
        (&wide["rows"][0]["sales"], &wide["window_days"]),
        (&json!(2), &json!(3650))
    );
    assert_eq!(app.report(&id).await["window_days"], 30);
    for impossible in [
        json!({"lead_window_days": 0}),
        json!({"sale_window_days": 3651}),
    ] {
        assert_eq!(
            app.patch(&path, &impossible).await.code(),
            "invalid_field",
            "{impossible}"
        );
    }
}

/// Clicks of two campaigns on one path: each by its own campaign's window, before credit is shared.
#[tokio::test]
async fn a_click_outside_its_own_window_has_no_part_in_the_credit() {
    let app = TestApp::spawn().await;
    let short = campaign(&app, "Short", json!({"lead_window_days": 3})).await;
    let long = campaign(&app, "Long", json!({})).await;
    let mut path = Vec::new();
    for (campaign, network) in [(&long, "x"), (&short, "facebook")] {
        let link = app.links(campaign, &[network]).await.remove(0);
        path.push(clicked(&app, &link).await);
    }
    app.later(5 * DAY_MS);
    convert(
        &app,
        &json!({"kind": "lead", "event_id": "l1", "path": path}),
    )
    .await;
    let whole = vec![("x".to_owned(), 1.0)];
    for model in AttributionModel::ALL {
        let found = leads(&app, &long, model.as_str()).await;
        assert_eq!(found, (whole.clone(), 0.0), "{model}");
    }
    let change = json!({"lead_window_days": 5});
    app.patch(&format!("/campaigns/{short}"), &change).await;
    assert_eq!(credit_anew(&app).await, 1);
    let half = vec![("x".to_owned(), 0.5)];
    assert_eq!(leads(&app, &long, "linear").await, (half, 0.0));
    assert_eq!(leads(&app, &long, "last_touch").await, (vec![], 0.0));
    assert_eq!(leads(&app, &long, "first_touch").await, (whole, 0.0));
}

/// A click after the lead is one of its own: it is held against the sale.
#[tokio::test]
async fn who_comes_back_by_another_click_is_credited_to_it() {
    let app = TestApp::spawn().await;
    let windows = json!({"lead_window_days": 10, "sale_window_days": 20});
    let id = campaign(&app, "Spring", windows).await;
    let links = app.links(&id, &["x", "facebook"]).await;
    let first = clicked(&app, &links[0]).await;
    let ann = json!({"external_id": "ann"});
    app.later(DAY_MS);
    let lead = json!({"kind": "lead", "event_id": "l1", "click_id": first, "customer": ann});
    convert(&app, &lead).await;
    app.later(60 * DAY_MS);
    let second = clicked(&app, &links[1]).await;
    app.later(DAY_MS);
    let sale = json!({"kind": "sale", "event_id": "s1", "path": [first, second], "customer": ann,
                      "value": {"amount": 100, "currency": "EUR"}});
    convert(&app, &sale).await;
    for model in AttributionModel::ALL {
        let report = app
            .get(&format!("/campaigns/{id}/report?model={model}"))
            .await
            .body;
        let sales = |row: usize| {
            (
                report["rows"][row]["network"].clone(),
                report["rows"][row]["sales"].clone(),
            )
        };
        assert_eq!(sales(0), (json!("facebook"), json!(1)), "{model}");
        assert_eq!(sales(1), (json!("x"), json!(0)), "{model}");
    }
}
