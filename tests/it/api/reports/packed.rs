//! Reports use packed days if they exist, and give the same figures as the rows behind them.

use leadline::clock::DAY_MS;
use leadline::store::click_event::{cache, packed_days, people};
use leadline::store::credit;
use leadline::store::report_cache::{self, RebuildClaim, ReportDay, ReportPart};
use leadline::worker::{self, recredit};
use rand::SeedableRng;
use rand::rngs::StdRng;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use super::report;
use super::story::Story;
use super::totals::BREAKDOWNS;
use crate::support::app::{Size, TestApp, click_id, location, read};
use crate::support::database::Raw;

/// Every report of the story, whole.
async fn reports(app: &TestApp, campaign: &str) -> Vec<(String, Value)> {
    // Cut within a day, and in another zone than the one that days are packed by.
    let periods = [
        "",
        "&from=2026-03-11&to=2026-03-15",
        "&from=2026-03-12T10:15:00Z&to=2026-03-14T20:30:00Z",
    ];
    let mut queries = vec![
        "by=network&country=unknown&device=mobile".to_owned(),
        "by=day&network=x,linkedin".to_owned(),
        "model=markov".to_owned(),
        "model=shapley&axis=conversion".to_owned(),
    ];
    for (at, by) in BREAKDOWNS.into_iter().enumerate() {
        let axis = ["click", "conversion"][at % 2];
        let model = ["last_touch", "linear", "position"][at % 3];
        queries.extend(periods.map(|period| format!("by={by}&axis={axis}&model={model}{period}")));
    }
    let mut reports = Vec::new();
    for query in queries {
        let answer = report(app, campaign, &query).await;
        reports.push((query, answer));
    }
    reports
}

fn assert_same(one: &[(String, Value)], other: &[(String, Value)], when: &str) {
    for ((query, one), (_, other)) in one.iter().zip(other) {
        assert_eq!(one, other, "{when}: {query}");
    }
}

/// Packs everything that can be.
async fn pack(app: &TestApp) {
    let before = app.clock.now();
    let mut tx = app.state.context.store.ingest().await.unwrap();
    while packed_days::pack_next(&mut tx, before).await.unwrap() {}
    while people::pack_next(&mut tx, before).await.unwrap() {}
    tx.commit().await.unwrap();
    while worker::report_cache::step(&app.state.context.store)
        .await
        .unwrap()
    {}
}

/// A day that is claimed, as it was packed then.
struct Claimed {
    part: ReportPart,
    day: ReportDay,
    claim: RebuildClaim,
    packed: Option<Vec<u8>>,
}

/// Claims and packs every open day.
async fn claim_all(app: &TestApp) -> Vec<Claimed> {
    let mut all = Vec::new();
    let mut tx = app.state.context.store.ingest().await.unwrap();
    for part in ReportPart::ALL {
        let days = report_cache::stale(&mut tx, part, 1_000).await.unwrap();
        let claim = report_cache::claim(&mut tx, part, &days).await.unwrap();
        for day in days {
            let packed = match part {
                ReportPart::Credits => credit::cache::rebuild(&mut tx, &day).await,
                ReportPart::Clicks => cache::rebuild(&mut tx, &day).await,
                ReportPart::Cells => cache::rebuild_cells(&mut tx, &day).await,
                ReportPart::People => people::cache::rebuild(&mut tx, &day).await,
            };
            all.push(Claimed {
                part,
                day,
                claim,
                packed: packed.unwrap(),
            });
        }
    }
    tx.commit().await.unwrap();
    all
}

/// Closes them; how many were written to meanwhile.
async fn close_all(app: &TestApp, claimed: Vec<Claimed>) -> usize {
    let mut open = 0;
    let mut tx = app.state.context.store.ingest().await.unwrap();
    for it in claimed {
        let closed = report_cache::store(&mut tx, it.part, &it.day, it.claim, it.packed).await;
        open += usize::from(!closed.unwrap());
    }
    tx.commit().await.unwrap();
    open
}

/// How many days of each part stand packed.
async fn packed(app: &TestApp) -> Vec<(String, i64)> {
    const COUNT: &str =
        "SELECT part, count(*) FROM report_day WHERE bytes IS NOT NULL GROUP BY part ORDER BY part";
    match Raw::open(&app.store_url).await {
        Raw::Sqlite(mut raw) => sqlx::query_as(COUNT).fetch_all(&mut raw).await.unwrap(),
        Raw::Postgres(mut raw) => sqlx::query_as(COUNT).fetch_all(&mut raw).await.unwrap(),
    }
}

/// Lets every day be read from the rows behind it.
async fn open_all(app: &TestApp) {
    const OPEN: &str = "UPDATE report_day SET bytes = NULL";
    match Raw::open(&app.store_url).await {
        Raw::Sqlite(mut raw) => {
            sqlx::query(OPEN).execute(&mut raw).await.unwrap();
        }
        Raw::Postgres(mut raw) => {
            sqlx::query(OPEN).execute(&mut raw).await.unwrap();
        }
    }
}

/// Something that changes more than what is told of.
async fn change(app: &TestApp, story: &Story, round: usize) {
    let campaign = &story.campaign;
    match round {
        0 => {
            let windows = json!({"lead_window_days": 3, "sale_window_days": 5});
            let told = app.patch(&format!("/campaigns/{campaign}"), &windows).await;
            assert_eq!(told.status, StatusCode::OK, "{}", told.body);
            let state = &app.state;
            let step = || {
                recredit::step(
                    &state.context.store,
                    &state.context.registry,
                    state.context.terms,
                )
            };
            while step().await.unwrap() > 0 {}
        }
        1 => {
            let person = json!({"customer": "c1"});
            let request = app.request(Method::DELETE, "/people").json(&person);
            let told = read(request.send().await.unwrap()).await;
            assert_eq!(told.status, StatusCode::OK, "{}", told.body);
        }
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn they_say_the_same_whatever_was_told_since_a_day_was_packed() {
    for (seed, size) in [(4, Size::Embedded), (5, Size::Server), (6, Size::Embedded)] {
        let app = TestApp::spawn_in(size).await;
        let rng = &mut StdRng::seed_from_u64(seed);
        let mut story = Story::played(&app, rng).await;
        let campaign = story.campaign.clone();
        app.later(2 * DAY_MS);
        let open = reports(&app, &campaign).await;
        assert_eq!(packed(&app).await, []);
        pack(&app).await;
        let parts = packed(&app).await;
        assert_eq!(parts.len(), ReportPart::ALL.len(), "{parts:?}");
        assert!(parts.iter().all(|(_, days)| *days > 4), "{parts:?}");
        assert_same(&reports(&app, &campaign).await, &open, "packed");
        for round in 0..3 {
            // What was packed before is written after what comes in between.
            open_all(&app).await;
            let claimed = claim_all(&app).await;
            for _ in 0..15 {
                story.go_on(&app, rng).await;
            }
            app.drain().await;
            change(&app, &story, round).await;
            assert_ne!(close_all(&app, claimed).await, 0, "nothing was written to");
            let mixed = reports(&app, &campaign).await;
            assert_ne!(packed(&app).await, [], "nothing is packed any more");
            open_all(&app).await;
            let open = reports(&app, &campaign).await;
            assert_same(&mixed, &open, &format!("seed {seed}, round {round}"));
            pack(&app).await;
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_sale_told_late_makes_the_ones_behind_it_later_ones(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let campaign = app.campaign("Spring").await;
    let links = app.links(&campaign, &["x", "linkedin"]).await;
    let mut clicks = Vec::new();
    for link in &links {
        clicks.push(click_id(&location(&app.click(link, &[]).await)));
        app.later(DAY_MS);
    }
    let start = app.clock.now();
    app.later(6 * DAY_MS);
    let sale = |event: &str, day: i64, click: &str| {
        json!({"kind": "sale", "event_id": event, "click_id": click, "customer": {"external_id": "ann"},
               "occurred_at": start.plus_ms(day * DAY_MS).to_string(),
               "value": {"amount": 500, "currency": "EUR"}})
    };
    // Which number each sale is of its customer's hangs on sales of other networks and days.
    for (event, day, click, expected) in [
        ("third", 4, 0, json!([["linkedin", 0, 0], ["x", 1, 0]])),
        ("second", 3, 1, json!([["linkedin", 1, 0], ["x", 0, 1]])),
        ("first", 2, 1, json!([["linkedin", 1, 1], ["x", 0, 0]])),
    ] {
        app.post("/conversions", &sale(event, day, &clicks[click]))
            .await;
        app.drain().await;
        let rows = report(&app, &campaign, "").await["rows"].clone();
        let rows = rows.as_array().unwrap().iter();
        let customers =
            rows.map(|row| json!([row["network"], row["customers"], row["repeat_customers"]]));
        assert_eq!(json!(customers.collect::<Vec<_>>()), expected, "{event}");
        pack(&app).await;
    }
}
