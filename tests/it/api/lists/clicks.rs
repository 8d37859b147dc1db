//! Filters and pages of the list of clicks.

use leadline::clock::{DAY_MS, Millis};
use leadline::worker::retention::{self, RetentionTimes};
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::json;

use super::{each, hit, insert, insert_many, links, of, paged};
use crate::support::app::{NOON, Size, TestApp};

async fn count(app: &TestApp, query: &str) -> usize {
    let answer = app.get(&format!("/clicks?{query}")).await;
    let rows = answer.body["clicks"].as_array();
    rows.unwrap_or_else(|| panic!("{query} {answer:?}")).len()
}

#[rstest]
#[tokio::test]
async fn filters_narrow_clicks(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = TestApp::spawn_in(size).await;
    let spring = app.campaign("Spring").await;
    let autumn = app.campaign("Autumn").await;
    let of_spring = links(&app, &spring, &["x", "linkedin"]).await;
    let of_autumn = links(&app, &autumn, &["x"]).await;
    let alone = json!({"url": "https://shop.example/", "slug": "alone"});
    let alone = app.post("/links", &alone).await.body;
    for (link, agents) in [
        (&of_spring[0], &["", "", "LinkedInBot/1.0"][..]),
        (&of_spring[1], &[""]),
        (&of_autumn[0], &["", ""]),
        (&alone, &[""]),
    ] {
        for agent in agents {
            app.later(60_000);
            let headers = [("user-agent", *agent)];
            let headers = if agent.is_empty() { &[][..] } else { &headers };
            app.click(&of(link, "short_url"), headers).await;
        }
    }
    app.later(1000);
    app.drain().await;
    let link = of(&of_spring[0], "id");
    for (query, clicks) in [
        (String::new(), 7),
        (format!("campaign_id={spring}"), 4),
        ("campaign_id=spring".to_owned(), 4),
        ("campaign_id=autumn".to_owned(), 2),
        ("network=x".to_owned(), 5),
        ("network=twitter".to_owned(), 5),
        ("network=linkedin".to_owned(), 1),
        ("network=facebook".to_owned(), 0),
        (format!("link_id={link}"), 3),
        (format!("link_id={}", of(&alone, "id")), 1),
        ("link_id=alone".to_owned(), 1),
        ("class=human".to_owned(), 6),
        ("class=preview".to_owned(), 1),
        ("campaign_id=spring&network=x&class=human".to_owned(), 2),
        (format!("campaign_id=autumn&link_id={link}"), 0),
    ] {
        assert_eq!(count(&app, &query).await, clicks, "{query}");
    }
    // Packed days are found as well.
    app.clock.set(NOON.plus_ms(3 * DAY_MS));
    let kept = RetentionTimes::default();
    retention::step(&app.state.context.store, &app.clock, &kept)
        .await
        .unwrap();
    assert_eq!(
        count(&app, "network=x&from=2026-03-10&to=2026-03-10").await,
        5
    );
    assert_eq!(count(&app, "network=x&from=2026-03-11").await, 0);
    let key = app.key_of_another_workspace().await;
    let foreign = app.get_with_key(&key, "/clicks?network=x").await;
    assert_eq!(foreign.body["clicks"], json!([]));
    let foreign = app
        .get_with_key(&key, &format!("/clicks?link_id={link}"))
        .await;
    assert_eq!(foreign.code(), "link_not_found");
    for (query, status, code) in [
        ("network=myspace", 422, "unknown_network"),
        (
            "link_id=lnk_01kb3v9w8e7q4t2n5r6s8y0zxa",
            404,
            "link_not_found",
        ),
        ("link_id=nowhere", 404, "link_not_found"),
        ("class=somebody", 400, "invalid_query"),
        ("from=yesterday", 422, "invalid_period"),
        ("from=2026-03-10&to=2026-03-09", 422, "invalid_period"),
        ("time_zone=Mars/Base", 400, "invalid_query"),
        (
            "cursor=cnv_01kb3v9w8e7q4t2n5r6s8y0zxa",
            400,
            "invalid_cursor",
        ),
        (
            "cursor=clk_ZZZZZZZZZZZZZZZZZZZZZZZZZZ",
            400,
            "invalid_cursor",
        ),
        ("limit=0", 400, "invalid_query"),
        ("limit=1001", 400, "invalid_query"),
    ] {
        let answer = app.get(&format!("/clicks?{query}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (status, code),
            "{query}"
        );
    }
}

#[rstest]
#[tokio::test]
async fn a_time_span_holds_its_start_and_not_its_end(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let campaign = app.campaign("Spring").await;
    let link = links(&app, &campaign, &["x"]).await.remove(0);
    let times = [
        // The day of Berlin in which clocks are put forward: 23 hours.
        "2026-03-28T22:59:59.999Z",
        "2026-03-28T23:00:00.000Z",
        "2026-03-29T00:00:00.000Z",
        "2026-03-29T21:59:59.999Z",
        "2026-03-29T22:00:00.000Z",
        "2026-03-29T23:59:59.999Z",
        "2026-03-30T00:00:00.000Z",
    ];
    let hits: Vec<_> = (0..)
        .zip(times)
        .map(|(n, at)| hit(&app, &link, Millis::parse(at).unwrap(), n))
        .collect();
    insert(&app, &hits).await;
    let day = "from=2026-03-29&to=2026-03-29";
    for (query, range) in [
        (String::new(), 0..7),
        (day.to_owned(), 2..6),
        (format!("{day}&campaign_id=spring"), 1..4),
        (format!("{day}&campaign_id=spring&time_zone=UTC"), 2..6),
        (format!("{day}&time_zone=Europe/Berlin"), 1..4),
        (format!("{day}&time_zone=Asia/Kathmandu"), 0..3),
        (
            "from=2026-03-28T23:00:00Z&to=2026-03-29T22:00:00Z".to_owned(),
            1..4,
        ),
        (
            "from=2026-03-28T23:00:00.001Z&to=2026-03-29T21:59:59.999Z".to_owned(),
            2..3,
        ),
        ("from=2026-03-29T00:00:00%2B02:00".to_owned(), 0..7),
        ("from=2026-03-29T00:00:00%2B01:00".to_owned(), 1..7),
        ("to=2026-03-28T22:59:59.999Z".to_owned(), 0..0),
        ("to=2026-03-29".to_owned(), 0..6),
        ("from=2026-03-30".to_owned(), 6..7),
        ("from=9998-12-31".to_owned(), 0..0),
        ("to=1969-01-01".to_owned(), 0..0),
    ] {
        let answer = app.get(&format!("/clicks?{query}")).await;
        let rows = answer.body["clicks"].as_array();
        let rows = rows.unwrap_or_else(|| panic!("{query} {answer:?}"));
        assert_eq!(each(rows, "clicked_at"), times[range], "{query}");
    }
    // Spans that follow each other have every click once, wherever they are cut.
    let mut cuts = vec!["1970-01-01T00:00:00Z"];
    cuts.extend(times);
    cuts.push("2027-01-01T00:00:00Z");
    let mut all = Vec::new();
    for span in cuts.windows(2) {
        let answer = app
            .get(&format!("/clicks?from={}&to={}", span[0], span[1]))
            .await;
        all.extend(each(
            answer.body["clicks"].as_array().unwrap(),
            "clicked_at",
        ));
    }
    assert_eq!(all, times);
}

#[rstest]
#[tokio::test]
async fn pages_have_every_click_once_while_others_come(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let campaign = app.campaign("Spring").await;
    let link = links(&app, &campaign, &["x"]).await.remove(0);
    insert_many(&app, &link, 0..2_500).await;
    let before = paged(&app, "/clicks", "clicks", 1000, async |_| ()).await;
    assert_eq!(before.len(), 2_500);
    for (path, limit) in [
        ("/clicks", 1000),
        ("/clicks?network=x&campaign_id=spring", 999),
    ] {
        // Late ones behind the page, and new ones at the end.
        let base = if limit == 1000 { 10_000 } else { 20_000 };
        let between = async |page: usize| {
            let n = base + u32::try_from(page).unwrap();
            let early = hit(&app, &link, NOON.plus_ms(-60_000), n);
            let within = hit(&app, &link, NOON.plus_ms(1), n);
            let late = hit(&app, &link, NOON.plus_ms(3_600_000), n);
            insert(&app, &[early, within, late]).await;
        };
        let during = paged(&app, path, "clicks", limit, between).await;
        let ids = each(&during, "id");
        assert!(ids.is_sorted(), "{path}");
        let mut once = ids.clone();
        once.dedup();
        assert_eq!(once.len(), ids.len(), "{path} repeats a click");
        for id in each(&before, "id") {
            assert!(ids.binary_search(&id).is_ok(), "{path} lacks {id}");
        }
    }
    let full = app.get("/clicks?limit=1000").await;
    assert_eq!(full.status, StatusCode::OK);
    assert_eq!(full.body["clicks"].as_array().unwrap().len(), 1000);
}
