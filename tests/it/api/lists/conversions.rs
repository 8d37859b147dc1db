//! Filters and pages of the list of conversions.

use leadline::clock::Millis;
use leadline::conversion::{ConversionKind, MatchRule, NewConversion};
use rstest::rstest;
use serde_json::json;

use super::{credited, each, insert_conversions, lead, links, of, paged, sale};
use crate::support::app::{Size, TestApp};

#[rstest]
#[tokio::test]
async fn filters_narrow_conversions(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = TestApp::spawn_in(size).await;
    let spring = app.campaign("Spring").await;
    let autumn = app.campaign("Autumn").await;
    let of_spring = links(&app, &spring, &["x", "linkedin"]).await;
    let of_autumn = links(&app, &autumn, &["x"]).await;
    let shop = json!({"provider": "standard", "name": "Shop"});
    let shop = of(&app.post("/sources", &shop).await.body, "id");
    let by_shop = |new: NewConversion| NewConversion {
        source_id: Some(shop.parse().unwrap()),
        ..new
    };
    let refund = NewConversion {
        kind: ConversionKind::Refund,
        refund_of: Some("e-2".to_owned()),
        ..sale(&app, 3, -500)
    };
    let clicked = |link| Some(credited(link, MatchRule::ClickId));
    insert_conversions(
        &app,
        &[
            (lead(&app, 0), clicked(&of_spring[0])),
            (by_shop(lead(&app, 1)), clicked(&of_spring[1])),
            (by_shop(sale(&app, 2, 4999)), clicked(&of_spring[1])),
            (
                by_shop(refund),
                Some(credited(&of_spring[1], MatchRule::Sale)),
            ),
            (lead(&app, 4), clicked(&of_autumn[0])),
            (lead(&app, 5), None),
        ],
    )
    .await;
    let all = ["e-0", "e-1", "e-2", "e-3", "e-4", "e-5"];
    for (query, found) in [
        (String::new(), &all[..]),
        (format!("campaign_id={spring}"), &all[..4]),
        ("campaign_id=spring".to_owned(), &all[..4]),
        ("campaign_id=autumn".to_owned(), &all[4..5]),
        ("network=x".to_owned(), &["e-0", "e-4"]),
        ("network=Twitter".to_owned(), &["e-0", "e-4"]),
        ("network=facebook".to_owned(), &[]),
        ("kind=lead".to_owned(), &["e-0", "e-1", "e-4", "e-5"]),
        ("kind=refund".to_owned(), &all[3..4]),
        (format!("source_id={shop}"), &all[1..4]),
        ("source_id=api".to_owned(), &["e-0", "e-4", "e-5"]),
        ("joined_by=none".to_owned(), &all[5..]),
        ("joined_by=sale".to_owned(), &all[3..4]),
        (
            format!("campaign_id=spring&source_id={shop}&kind=lead&network=linkedin"),
            &all[1..2],
        ),
        ("campaign_id=autumn&kind=sale".to_owned(), &[]),
    ] {
        let answer = app.get(&format!("/conversions?{query}")).await;
        let rows = answer.body["conversions"].as_array();
        let rows = rows.unwrap_or_else(|| panic!("{query} {answer:?}"));
        assert_eq!(each(rows, "event_id"), found, "{query}");
    }
    let key = app.key_of_another_workspace().await;
    let foreign = app.get_with_key(&key, "/conversions?network=x").await;
    assert_eq!(foreign.body["conversions"], json!([]));
    let foreign = format!("/conversions?source_id={shop}");
    assert_eq!(
        app.get_with_key(&key, &foreign).await.code(),
        "source_not_found"
    );
    for (query, status, code) in [
        ("network=myspace", 422, "unknown_network"),
        (
            "source_id=src_01kb3v9w8e7q4t2n5r6s8y0zxa",
            404,
            "source_not_found",
        ),
        ("source_id=Shop", 404, "source_not_found"),
        ("kind=gift", 400, "invalid_query"),
        ("to=tomorrow", 422, "invalid_period"),
        (
            "from=2026-03-10T10:00:00Z&to=2026-03-10T10:00:00Z",
            422,
            "invalid_period",
        ),
        (
            "cursor=clk_01kb3v9w8e7q4t2n5r6s8y0zxa",
            400,
            "invalid_cursor",
        ),
        (
            "cursor=cnv_ZZZZZZZZZZZZZZZZZZZZZZZZZZ",
            400,
            "invalid_cursor",
        ),
        ("limit=1001", 400, "invalid_query"),
    ] {
        let answer = app.get(&format!("/conversions?{query}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (status, code),
            "{query}"
        );
    }
}

#[rstest]
#[tokio::test]
async fn a_time_span_is_of_when_they_occurred(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = TestApp::spawn_in(size).await;
    let campaign = app.campaign("Spring").await;
    let link = links(&app, &campaign, &["x"]).await.remove(0);
    let times = [
        "2026-03-28T22:59:59.999Z",
        "2026-03-28T23:00:00.000Z",
        "2026-03-29T00:00:00.000Z",
        "2026-03-29T22:00:00.000Z",
        "2025-12-31T23:00:00.000Z",
    ];
    let all: Vec<_> = (0..)
        .zip(times)
        .map(|(n, at)| {
            let new = NewConversion {
                occurred_at: Millis::parse(at).unwrap(),
                ..lead(&app, n)
            };
            (new, Some(credited(&link, MatchRule::Utm)))
        })
        .collect();
    insert_conversions(&app, &all).await;
    let day = "from=2026-03-29&to=2026-03-29";
    for (query, found) in [
        ("", &times[..]),
        (day, &times[2..4]),
        (&*format!("{day}&campaign_id=spring"), &times[1..3]),
        (&*format!("{day}&time_zone=Europe/Berlin"), &times[1..3]),
        ("from=2026-01-01", &times[..4]),
        ("from=2026-01-01&campaign_id=spring", &times[..]),
        ("to=2025-12-31", &times[4..]),
        ("to=2025-12-31&campaign_id=spring", &[]),
        (
            "from=2026-03-28T23:00:00Z&to=2026-03-29T22:00:00Z",
            &times[1..3],
        ),
    ] {
        let answer = app.get(&format!("/conversions?{query}")).await;
        let rows = answer.body["conversions"].as_array();
        let rows = rows.unwrap_or_else(|| panic!("{query} {answer:?}"));
        assert_eq!(each(rows, "occurred_at"), found, "{query}");
    }
}

#[rstest]
#[tokio::test]
async fn pages_have_every_conversion_once_while_others_come(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let new = |n: u32| (lead(&app, n), None);
    let all: Vec<_> = (0..1_100).map(new).collect();
    insert_conversions(&app, &all).await;
    for limit in [1000, 400] {
        let before = paged(&app, "/conversions", "conversions", 1000, async |_| ()).await;
        let between = async |page: usize| {
            let n = 100 * u32::try_from(limit).unwrap() + u32::try_from(page).unwrap();
            let early = NewConversion {
                id: leadline::id::ConversionId::from_parts(Millis(n.into()), [0; 10]),
                event_id: format!("early-{n}"),
                ..lead(&app, n)
            };
            insert_conversions(&app, &[(early, None), new(n)]).await;
        };
        let during = paged(
            &app,
            "/conversions?kind=lead",
            "conversions",
            limit,
            between,
        )
        .await;
        let ids = each(&during, "id");
        assert!(ids.is_sorted());
        let mut once = ids.clone();
        once.dedup();
        assert_eq!(once.len(), ids.len(), "a conversion is repeated");
        for id in each(&before, "id") {
            assert!(ids.binary_search(&id).is_ok(), "{id} is missing");
        }
    }
}
