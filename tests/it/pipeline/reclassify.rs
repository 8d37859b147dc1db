//! The current rules applied to old clicks: a store with results of older rules is fixed.

use std::sync::Arc;
use std::task::Poll;

use leadline::click::ClickClass;
use leadline::clock::{DAY_MS, Millis};
use leadline::enrich::geo::GeoLookup;
use leadline::enrich::{EnrichmentRules, RULES_VERSION};
use leadline::network::NetworkRegistry;
use leadline::store::Tx;
use leadline::store::click_event::reclassify::firsts::FirstVisitPlan;
use leadline::store::click_event::{people, raw_sums, sums};
use leadline::worker::{reclassify, retention};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{NOON, Size, TestApp, click_id, location};
use crate::support::{finest, totals};

const DAY: Millis = Millis(NOON.0 / DAY_MS * DAY_MS);

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// As an older version would have judged: the robot a person, everything seen nowhere, nobody
/// known.
const OLD: [&str; 6] = [
    "UPDATE click SET class = 'human', class_rule = 'default', rules = 1",
    "UPDATE click SET network_seen = NULL, seen_by = NULL WHERE seen_by <> 'parameter'",
    "UPDATE agent SET browser = NULL, os = NULL, device = 'other'",
    "UPDATE click SET device = 'other'",
    "DELETE FROM click_quarter",
    "INSERT INTO click_quarter \
     (placement_id, quarter, network_seen, country, device, class, clicks, visitors, link_visitors) \
     SELECT placement_id, clicked_at / 900000 * 900000, coalesce(network_seen, ''), '', device, class, \
     count(*), count(*) FILTER (WHERE is_first), count(*) FILTER (WHERE is_first_of_link) \
     FROM click GROUP BY 1, 2, 3, 5, 6",
];

async fn age(app: &TestApp) {
    let mut tx = app.state.context.store.write().await.unwrap();
    for statement in OLD {
        match &mut tx {
            Tx::Sqlite(tx) => drop(sqlx::query(statement).execute(&mut **tx).await.unwrap()),
            Tx::Postgres(tx) => drop(sqlx::query(statement).execute(&mut **tx).await.unwrap()),
        }
    }
    tx.commit().await.unwrap();
}

async fn again(app: &TestApp) -> reclassify::ReclassifiedDay {
    let registry = Arc::new(NetworkRegistry::embedded().unwrap());
    let places = Arc::new(GeoLookup::open(None, None));
    let enricher = EnrichmentRules::new(registry.clone(), places)
        .enricher()
        .unwrap();
    reclassify::day(
        &app.state.context.store,
        &enricher,
        (&registry, app.state.context.terms),
        DAY,
    )
    .await
    .unwrap()
}

/// Drops the work after it was polled so many times; whether it was done before.
async fn broken_off_after(
    polls: usize,
    work: impl Future<Output = reclassify::ReclassifiedDay>,
) -> bool {
    let mut work = std::pin::pin!(work);
    let mut left = polls;
    std::future::poll_fn(|context| {
        left -= 1;
        match work.as_mut().poll(context) {
            Poll::Pending if left > 0 => Poll::Pending,
            end => Poll::Ready(end.is_ready()),
        }
    })
    .await
}

/// Everything that rests on the rules.
async fn picture(app: &TestApp, campaign: &str) -> Vec<Value> {
    let mut picture = app.get("/clicks").await.body["clicks"]
        .as_array()
        .unwrap()
        .clone();
    for by in ["network", "network_seen", "network,network_seen"] {
        let report = app
            .get(&format!("/campaigns/{campaign}/report?by={by}"))
            .await;
        assert_eq!(report.status, StatusCode::OK);
        picture.push(report.body);
    }
    picture
}

#[tokio::test]
async fn what_older_rules_judged_is_mended_and_twice_is_as_once() {
    for size in [Size::Embedded, Size::Server] {
        let app = TestApp::spawn_in(size).await;
        let campaign = app.campaign("Spring").await;
        let links = app.links(&campaign, &["x", "linkedin"]).await;
        let told = format!("{}?ll_network=mastodon", links[1]);
        for (link, header) in [
            (&links[0], ("referer", "https://t.co/AbC")),
            (&links[0], ("user-agent", "Twitterbot/1.0")),
            (&links[0], ("referer", "https://www.linkedin.com/feed")),
            (&told, ("x-nothing", "here")),
        ] {
            let answer = app.click(link, &[header]).await;
            app.later(60_000);
            let id = click_id(&location(&answer));
            let lead = json!({"kind": "lead", "event_id": id, "click_id": id});
            app.post("/conversions", &lead).await;
        }
        app.drain().await;
        let right = picture(&app, &campaign).await;
        age(&app).await;
        assert_ne!(picture(&app, &campaign).await, right);
        let done = again(&app).await;
        assert_eq!((done.clicks, done.changed, done.is_gone), (4, 4, false));
        assert_eq!(
            done.classes,
            [(ClickClass::Human, -1), (ClickClass::Preview, 1)].into()
        );
        assert_eq!(picture(&app, &campaign).await, right);
        let id = campaign.parse().unwrap();
        let (from, to) = (DAY, DAY.plus_ms(DAY_MS));
        let mut tx = app.state.context.store.read().await.unwrap();
        let rolled = sums(&mut tx, id, from, to, &finest()).await.unwrap();
        assert_eq!(
            rolled,
            raw_sums(&mut tx, id, from, to, &finest()).await.unwrap()
        );
        assert_eq!(totals(&rolled), [3, 1, 2]);
        assert_eq!(people::people(&mut tx, id, from, to).await.unwrap().all, 1);
        drop(tx);
        let twice = again(&app).await;
        assert_eq!((twice.clicks, twice.changed), (4, 0));
        assert_eq!(picture(&app, &campaign).await, right);
        assert_eq!(right[0]["rules"], RULES_VERSION);
    }
}

/// Wherever it breaks off, the same command mends the day.
#[tokio::test]
async fn a_day_that_broke_off_is_mended_by_the_next_time() {
    for size in [Size::Embedded, Size::Server] {
        let app = TestApp::spawn_in(size).await;
        let campaign = app.campaign("Spring").await;
        let links = app.links(&campaign, &["x", "linkedin"]).await;
        app.click(&links[0], &[("user-agent", "Twitterbot/1.0")])
            .await;
        app.click(&links[1], &[("referer", "https://t.co/AbC")])
            .await;
        app.drain().await;
        let right = picture(&app, &campaign).await;
        let mut polls = 0;
        let mut is_done = false;
        while !is_done {
            age(&app).await;
            polls += 5;
            is_done = broken_off_after(polls, again(&app)).await;
            again(&app).await;
            assert_eq!(picture(&app, &campaign).await, right, "after {polls} polls");
        }
        assert!(polls > 5, "it never broke off");
    }
}

/// Who is first is written only where nobody was seen since it was read.
#[tokio::test]
async fn who_comes_meanwhile_goes_on_being_counted() {
    for size in [Size::Embedded, Size::Server] {
        let app = TestApp::spawn_in(size).await;
        let campaign = app.campaign("Spring").await;
        let links = app.links(&campaign, &["x", "linkedin"]).await;
        let other = app.campaign("Summer").await;
        let beside = app.links(&other, &["x"]).await.remove(0);
        app.click(&links[0], &[]).await;
        app.click(&beside, &[]).await;
        app.drain().await;
        age(&app).await;
        let store = &app.state.context.store;
        let mut plan = FirstVisitPlan::read(&mut store.read().await.unwrap(), DAY)
            .await
            .unwrap();
        for link in &links {
            app.click(link, &[("accept-language", "de"), ("user-agent", FIREFOX)])
                .await;
        }
        app.drain().await;
        let right = picture(&app, &campaign).await;
        let mut tx = store.ingest().await.unwrap();
        let mut refused = 0;
        while !plan.is_done() {
            refused += usize::from(plan.write_next(&mut tx).await.unwrap().is_none());
        }
        tx.commit().await.unwrap();
        assert_eq!(refused, 1, "the campaign in which somebody was seen");
        assert_eq!(picture(&app, &campaign).await, right);
        let total = app.report(&campaign).await["total"].clone();
        assert_eq!(
            (&total["people"], &total["visitors"]),
            (&json!(2), &json!(3))
        );
        again(&app).await;
        let total = app.report(&campaign).await["total"].clone();
        assert_eq!(
            (&total["people"], &total["visitors"]),
            (&json!(2), &json!(3))
        );
    }
}

#[tokio::test]
async fn a_day_whose_clicks_are_dropped_stays_as_it_is() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    app.click(&link, &[]).await;
    app.drain().await;
    app.later(3 * DAY_MS);
    let kept = retention::RetentionTimes {
        clicks_days: ClickClass::ALL.map(|class| (class, 1)).into(),
        ..retention::RetentionTimes::default()
    };
    let dropped = retention::step(&app.state.context.store, &app.clock, &kept).await;
    assert_eq!(dropped.unwrap().clicks, 1);
    assert!(again(&app).await.is_gone);
    let report = app.report(&campaign).await;
    assert_eq!(report["total"]["clicks"]["human"], 1);
    assert_eq!(
        report["total"]["people"],
        Value::Null,
        "who it was is not kept"
    );
}

/// An erased click has lost what rules rest on; they would call it anything. Who made it goes on
/// being counted, once.
#[tokio::test]
async fn erased_clicks_stay_what_they_were() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    let answer = app.click(&link, &[("referer", "https://t.co/AbC")]).await;
    let id = click_id(&location(&answer));
    app.later(60_000);
    app.click(&link, &[]).await;
    app.drain().await;
    let figures = async || {
        let total = app.report(&campaign).await["total"].clone();
        ["clicks", "visitors", "people"].map(|field| total[field].clone())
    };
    let before = figures().await;
    assert_eq!(before[1..], [json!(1), json!(1)]);
    let request = app.request(reqwest::Method::DELETE, "/people");
    let erased = app
        .with_key(&app.key, request, &json!({"click_id": id}))
        .await;
    assert_eq!(erased.body["clicks"], 1);
    for _ in 0..2 {
        assert_eq!(again(&app).await.classes, [].into());
        assert_eq!(figures().await, before);
    }
}

/// Clicks that come into a class whose dropping is past their day are dropped with the next step.
#[tokio::test]
async fn what_is_a_robot_now_is_kept_as_long_as_robots_are() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let link = app.links(&campaign, &["x"]).await.remove(0);
    app.click(&link, &[("user-agent", "Twitterbot/1.0")]).await;
    app.click(&link, &[]).await;
    app.drain().await;
    age(&app).await;
    app.later(10 * DAY_MS);
    let kept = retention::RetentionTimes {
        clicks_days: [(ClickClass::Human, 100), (ClickClass::Preview, 3)].into(),
        ..retention::RetentionTimes::default()
    };
    let step = async || {
        let step = retention::step(&app.state.context.store, &app.clock, &kept).await;
        step.unwrap().clicks
    };
    assert_eq!(step().await, 0, "both are people's still");
    assert_eq!(again(&app).await.changed, 2);
    assert_eq!(step().await, 1);
    let report = app.report(&campaign).await;
    assert_eq!(
        report["total"]["clicks"]["by_class"],
        json!({"human": 1, "preview": 1})
    );
}
