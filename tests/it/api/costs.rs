//! Costs over the API: imported by rows and by files, valued, listed, deleted.

mod changes;
pub(crate) mod exports;
mod others;
mod refused;
mod totals;
mod undecided;
mod workbooks;

use leadline::campaign_report::cost;
use leadline::id::CampaignId;
use leadline::store::key::Scope;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::app::{Answer, Size, TestApp, read};

/// Sends a table.
pub(crate) async fn table(app: &TestApp, path: &str, text: impl Into<Vec<u8>>) -> Answer {
    let request = app.request(Method::POST, path).body(text.into());
    let request = request.header("content-type", "text/csv; charset=utf-8");
    read(request.send().await.unwrap()).await
}

/// How many rows were new, changed and unchanged.
pub(crate) fn counts(answer: &Answer) -> [i64; 3] {
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    ["new", "changed", "unchanged"].map(|what| answer.body[what].as_i64().unwrap())
}

/// Lines and fields of the rows that are wrong.
pub(crate) fn wrong(answer: &Answer) -> Vec<(u64, &str)> {
    assert_eq!(
        (answer.status.as_u16(), answer.code()),
        (422, "invalid_rows"),
        "{answer:?}"
    );
    let rows = answer.body["rows"].as_array().unwrap();
    rows.iter()
        .map(|row| {
            (
                row["line"].as_u64().unwrap(),
                row["field"].as_str().unwrap(),
            )
        })
        .collect()
}

async fn campaign(app: &TestApp, name: &str, hourly_rate: Value) -> String {
    let body = json!({
        "name": name, "goal_waiver": "test", "currency": "EUR", "time_zone": "Europe/Berlin",
        "hourly_rate": hourly_rate,
    });
    let made = app.post("/campaigns", &body).await;
    made.body["id"].as_str().unwrap().to_owned()
}

fn euros(amount: i64) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

async fn costs(app: &TestApp) -> Vec<Value> {
    let listed = app.get("/costs").await.body;
    listed["costs"].as_array().unwrap().clone()
}

/// What the report will find of a campaign's costs in these days.
async fn sum(app: &TestApp, campaign: &str, from: &str, to: &str) -> (i64, i64) {
    let day = |text: &str| leadline::clock::day::parse(text, None).unwrap();
    let id: CampaignId = campaign.parse().unwrap();
    let mut tx = app.state.context.store.read().await.unwrap();
    let campaign = leadline::store::campaign::by_id(&mut tx, app.workspace_id, id).await;
    let campaign = campaign.unwrap().unwrap();
    let days = day(from)..=day(to);
    let found = leadline::store::cost::of_campaign(&mut tx, &campaign, &days).await;
    let found = found.unwrap();
    let made = cost::allocate::<u8>(&[], &found.rows, cost::CostAllocation::Evenly, |_, _| {
        cost::CostFit::No
    });
    (made.total, found.unvalued_minutes)
}

#[rstest]
#[tokio::test]
async fn money_and_work_are_told_valued_listed_and_taken_back(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let spring = campaign(&app, "Spring", euros(4_000)).await;
    let unrated = campaign(&app, "Unrated", Value::Null).await;
    let links = json!({"url": "https://shop.example/", "networks": ["x"], "slug": "lamp"});
    let made = app
        .post(&format!("/campaigns/{spring}/links"), &links)
        .await
        .body;
    let link = &made["links"][0];
    let rows = json!([
        {"campaign_id": spring, "network": "Twitter", "day": "2026-03-10", "money": euros(4_999), "note": " ads "},
        {"campaign": "spring", "from": "2026-03-01", "to": "2026-03-31", "minutes": 90},
        {"link_id": link["short_url"], "day": "2026-03-11", "money": euros(0), "event_id": "i-1"},
        {"campaign_id": "Unrated", "day": "2026-03-10", "minutes": 30},
    ]);
    let told = app.post("/costs", &rows).await;
    assert_eq!(counts(&told), [4, 0, 0]);
    let told = told.body["costs"].as_array().unwrap();
    assert_eq!(told[0]["network"], "x");
    assert_eq!(
        (&told[0]["value"], &told[0]["note"]),
        (&euros(4_999), &json!("ads"))
    );
    assert_eq!(
        (&told[0]["from"], &told[0]["to"]),
        (&json!("2026-03-10"), &json!("2026-03-10"))
    );
    assert_eq!(
        (&told[1]["minutes"], &told[1]["value"]),
        (&json!(90), &euros(6_000))
    );
    assert_eq!(
        (&told[1]["network"], &told[1]["to"]),
        (&Value::Null, &json!("2026-03-31"))
    );
    assert_eq!(
        (&told[2]["link_id"], &told[2]["network"]),
        (&link["id"], &json!("x"))
    );
    assert_eq!(
        (&told[3]["minutes"], &told[3]["value"]),
        (&json!(30), &Value::Null)
    );
    assert_eq!(costs(&app).await, *told);
    assert_eq!(
        sum(&app, &spring, "2026-03-01", "2026-03-31").await,
        (10_999, 0)
    );
    assert_eq!(
        sum(&app, &spring, "2026-03-10", "2026-03-10").await,
        (4_999 + 194, 0)
    );
    assert_eq!(
        sum(&app, &unrated, "2026-03-10", "2026-03-10").await,
        (0, 30)
    );

    // A rate that comes later values what was told before.
    let rate = json!({"hourly_rate": euros(6_000)});
    app.patch(&format!("/campaigns/{unrated}"), &rate).await;
    assert_eq!(
        sum(&app, &unrated, "2026-03-10", "2026-03-10").await,
        (3_000, 0)
    );

    let first = app
        .get(&format!("/costs?campaign_id={spring}&limit=2"))
        .await
        .body;
    assert_eq!(first["costs"].as_array().unwrap().len(), 2);
    let next = first["next_cursor"].as_str().unwrap();
    let rest = app
        .get(&format!(
            "/costs?campaign_id={spring}&limit=2&cursor={next}"
        ))
        .await
        .body;
    assert_eq!(
        (&rest["costs"][0]["event_id"], &rest["next_cursor"]),
        (&json!("i-1"), &Value::Null)
    );

    let path = format!("/costs/{}", told[0]["id"].as_str().unwrap());
    assert_eq!(app.delete(&path).await.body, told[0]);
    assert_eq!(app.delete(&path).await.code(), "cost_not_found");
    let left = costs(&app).await;
    assert_eq!(left[..2], told[1..3]);
    assert_eq!((left.len(), &left[2]["value"]), (3, &euros(3_000)));
}

#[tokio::test]
async fn an_id_told_again_changes_its_cost_and_doubles_nothing() {
    let app = TestApp::spawn().await;
    let spring = campaign(&app, "Spring", Value::Null).await;
    let row = |amount, day| json!({"rows": [{"campaign_id": spring, "day": day, "money": euros(amount), "event_id": "i-1"}]});
    let first = app.post("/costs", &row(500, "2026-03-10")).await;
    assert_eq!(counts(&first), [1, 0, 0]);
    assert_eq!(
        counts(&app.post("/costs", &row(500, "2026-03-10")).await),
        [0, 0, 1]
    );
    let changed = app.post("/costs", &row(450, "2026-03-09")).await;
    assert_eq!(counts(&changed), [0, 1, 0]);
    assert_eq!(changed.body["costs"][0]["id"], first.body["costs"][0]["id"]);
    let all = costs(&app).await;
    assert_eq!((all.len(), &all[0]["value"]), (1, &euros(450)));

    // Without an id a row is another one each time, but a repeated request is one.
    let body = json!([{"campaign_id": spring, "day": "2026-03-10", "money": euros(1)}]);
    for key in ["one", "one", "two"] {
        let request = app.request(Method::POST, "/costs").json(&body);
        let sent = request.header("idempotency-key", key).send().await.unwrap();
        assert_eq!(sent.status(), StatusCode::CREATED);
    }
    let request = app.request(Method::POST, "/costs?network=x").json(&body);
    let request = request.header("idempotency-key", "one").send();
    let other = read(request.await.unwrap()).await;
    assert_eq!(
        other.code(),
        "idempotency_key_reused",
        "the query is part of it"
    );
    assert_eq!(costs(&app).await.len(), 3);
}

#[rstest]
#[tokio::test]
async fn a_file_of_an_ad_manager_is_read_and_may_come_again(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let spring = campaign(&app, "Spring", euros(4_000)).await;
    let meta = |spend: &str| {
        format!(
            "\u{feff}\"Campaign name\",\"Ad name\",Day,\"Amount spent (EUR)\",Reach,\"Reporting starts\",\"Reporting ends\"\r\n\
             Spring,Lamp,2026-03-10,\"1,234.50\",900,2026-03-10,2026-03-10\r\n\
             Spring,Lamp,2026-03-10,{spend},800,2026-03-10,2026-03-10\r\n\
             Spring,Table,2026-03-10,0,3,2026-03-10,2026-03-10\r\n"
        )
    };
    let told = table(&app, "/costs?network=facebook", meta("20.10")).await;
    assert_eq!(counts(&told), [3, 0, 0]);
    assert_eq!(told.body["columns_left_out"], json!(["Reach"]));
    assert_eq!(
        counts(&table(&app, "/costs?network=fb", meta("20.10")).await),
        [0, 0, 3]
    );
    // The next export has mended figures.
    assert_eq!(
        counts(&table(&app, "/costs?network=facebook", meta("20.50")).await),
        [0, 1, 2]
    );
    let values: Vec<Value> = costs(&app)
        .await
        .iter()
        .map(|cost| cost["value"].clone())
        .collect();
    assert_eq!(values, [euros(123_450), euros(2_050), euros(0)]);
    assert_eq!(costs(&app).await[0]["note"], "Lamp");

    let german = "Datum;Date;Platform;Spend;Currency;Hours\n\
                  x;10.03.2026;LinkedIn;1.234,50;eur;\nx;11.03.2026;LinkedIn;;;1,5\n";
    let path = format!("/costs?campaign_id={spring}");
    let told = table(&app, &path, german).await;
    assert_eq!(counts(&told), [2, 0, 0]);
    let told = &told.body["costs"];
    assert_eq!(
        (&told[0]["value"], &told[0]["from"]),
        (&euros(123_450), &json!("2026-03-10"))
    );
    assert_eq!(
        (&told[1]["minutes"], &told[1]["value"]),
        (&json!(90), &euros(6_000))
    );

    let american = "Report\n\nDate\tSpend\tutm_campaign\n03/04/2026\t5\tspring\n";
    let asked = table(&app, "/costs", american).await;
    assert_eq!(asked.code(), "invalid_table", "{asked:?}");
    let told = table(&app, "/costs?dates=mdy", american).await;
    assert_eq!(told.body["costs"][0]["from"], "2026-03-04", "{told:?}");
}
