//! Engagement over the API: imported by rows and by networks' files, matched by permalink,
//! replaced.

mod exports;

use leadline::campaign::engagement::{by_link, by_network};
use leadline::id::{CampaignId, LinkId};
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::api::costs::{counts, table, wrong};
use crate::support::app::{Size, TestApp};

struct Posted {
    app: TestApp,
    campaign: String,
    post: String,
    x: String,
    linkedin: String,
}

impl Posted {
    async fn open(size: Size) -> Posted {
        let app = TestApp::spawn_in(size).await;
        let campaign = app.campaign("Spring").await;
        let body = json!({"url": "https://shop.example/", "networks": ["x", "linkedin"], "slug": "lamp",
                          "text": "Our lamp"});
        let made = app
            .post(&format!("/campaigns/{campaign}/links"), &body)
            .await
            .body;
        let id = |at: usize| made["links"][at]["id"].as_str().unwrap().to_owned();
        Posted {
            post: made["post_id"].as_str().unwrap().to_owned(),
            x: id(0),
            linkedin: id(1),
            campaign,
            app,
        }
    }

    async fn note(&self, network: &str, permalink: &Value) -> Value {
        let body = json!({"publications": [{"network": network, "permalink": permalink,
                          "published_at": "2026-03-10T08:00:00Z"}]});
        let noted = self
            .app
            .patch(&format!("/posts/{}", self.post), &body)
            .await;
        assert_eq!(noted.status, StatusCode::OK, "{noted:?}");
        noted.body
    }

    async fn rows(&self) -> Vec<Value> {
        let path = format!("/engagement?campaign_id={}", self.campaign);
        let listed = self.app.get(&path).await.body;
        listed["engagement"].as_array().unwrap().clone()
    }

    /// Impressions, likes and followers of x, and likes of its link, as reports will find them.
    async fn x(&self) -> [Option<i64>; 4] {
        let id: CampaignId = self.campaign.parse().unwrap();
        let link: LinkId = self.x.parse().unwrap();
        let mut tx = self.app.state.context.store.read().await.unwrap();
        let sums = leadline::store::engagement::sums(&mut tx, id, i64::MIN, i64::MAX).await;
        let sums = sums.unwrap();
        let all = by_network(&sums).get("x").copied().unwrap_or_default();
        let of_link = by_link(&sums).get(&link).copied().unwrap_or_default();
        [all.impressions, all.likes, all.followers, of_link.likes]
    }
}

#[rstest]
#[tokio::test]
async fn totals_are_told_replaced_listed_and_taken_back(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let it = Posted::open(size).await;
    let rows = json!([
        {"campaign_id": "spring", "network": "Twitter", "day": "2026-03-10", "impressions": 1_000, "likes": 9},
        {"campaign_id": "spring", "network": "x", "day": "2026-03-11", "impressions": 500, "followers": 77},
        {"link_id": "lamp-x", "day": "2026-03-10", "impressions": 700, "likes": 12, "reposts": 3, "replies": 1},
    ]);
    let told = it.app.post("/engagement", &rows).await;
    assert_eq!(counts(&told), [3, 0, 0]);
    assert_eq!(
        it.rows().await,
        *told.body["engagement"].as_array().unwrap()
    );
    let of_link = &told.body["engagement"][2];
    assert_eq!(
        (
            &of_link["link_id"],
            &of_link["network"],
            &of_link["followers"]
        ),
        (&json!(it.x), &json!("x"), &Value::Null)
    );
    // Of 10 March the network says 9 likes, its one post 12: what is told twice counts once.
    assert_eq!(it.x().await, [Some(1_500), Some(12), Some(77), Some(12)]);
    assert_eq!(counts(&it.app.post("/engagement", &rows).await), [0, 0, 3]);

    let more = json!({"rows": [{"campaign_id": "spring", "network": "x", "day": "2026-03-10", "likes": 20}]});
    let more = it.app.post("/engagement", &more).await;
    assert_eq!(counts(&more), [0, 1, 0]);
    assert_eq!(
        more.body["engagement"][0]["impressions"], 1_000,
        "not told, so it stays"
    );
    assert_eq!(it.x().await, [Some(1_500), Some(20), Some(77), Some(12)]);

    let id = more.body["engagement"][0]["id"].as_str().unwrap();
    let path = format!("/engagement/{id}");
    assert_eq!(it.app.delete(&path).await.body["likes"], 20);
    assert_eq!(it.app.delete(&path).await.code(), "engagement_not_found");
    assert_eq!(it.rows().await.len(), 2);
}

/// Nothing that was told vanishes in silence: the report says what lies outside its period.
#[rstest]
#[tokio::test]
async fn numbers_outside_the_period_are_noted(#[values(Size::Embedded, Size::Server)] size: Size) {
    let it = Posted::open(size).await;
    let rows = json!([
        {"campaign_id": "spring", "network": "x", "day": "2026-02-10", "likes": 9},
        {"campaign_id": "spring", "network": "linkedin", "day": "2026-02-10", "likes": 9},
        {"campaign_id": "spring", "network": "x", "day": "2026-02-11", "likes": 9},
        {"campaign_id": "spring", "network": "x", "day": "2026-03-10", "likes": 9},
    ]);
    assert_eq!(it.app.post("/engagement", &rows).await.status, 201);
    let note = "Engagement numbers of 2 days before the period are not in any sum: give `from`";
    let noted = |report: &Value| {
        let notes = report["notes"].as_array().unwrap();
        notes
            .iter()
            .any(|it| it.as_str().unwrap().starts_with(note))
    };
    assert!(noted(&it.app.report(&it.campaign).await));
    let path = format!("/campaigns/{}/report?from=2026-02-11", it.campaign);
    assert!(!noted(&it.app.get(&path).await.body), "it was asked for");
}

#[tokio::test]
async fn files_of_networks_are_read() {
    let it = Posted::open(Size::Embedded).await;
    let account = "Date,Impressions,Likes,Engagements,Bookmarks,Shares,New follows,Replies,Reposts\n\
        \"Tue, Mar 10, 2026\",\"1,200\",40,99,2,5,1,7,11\n\"Wed, Mar 11, 2026\",300,4,9,0,1,0,0,1\n";
    let path = "/engagement?campaign_id=spring&network=x";
    let told = table(&it.app, path, account).await;
    assert_eq!(counts(&told), [2, 0, 0]);
    let first = &told.body["engagement"][0];
    assert_eq!(
        [
            "day",
            "impressions",
            "likes",
            "reposts",
            "replies",
            "followers"
        ]
        .map(|field| &first[field]),
        [
            &json!("2026-03-10"),
            &json!(1_200),
            &json!(40),
            &json!(11),
            &json!(7),
            &Value::Null
        ]
    );
    let left_out = &told.body["columns_left_out"];
    assert_eq!(
        *left_out,
        json!(["Engagements", "Bookmarks", "New follows"])
    );
}

#[tokio::test]
async fn files_of_posts_and_of_pages_are_read() {
    let it = Posted::open(Size::Embedded).await;
    let linkedin = "Organisation\n\nDate\tImpressions (total)\tReactions (total)\tComments (total)\tReposts (total)\n\
        03/29/2026\t10\t2\t1\t0\n";
    let mut wide = vec![0xff, 0xfe];
    wide.extend(linkedin.encode_utf16().flat_map(u16::to_le_bytes));
    let told = table(
        &it.app,
        "/engagement?campaign_id=spring&network=linkedin",
        wide,
    )
    .await;
    assert_eq!(counts(&told), [1, 0, 0]);
    assert_eq!(told.body["engagement"][0]["day"], "2026-03-29");
    assert_eq!(told.body["engagement"][0]["likes"], 2);

    let meta = "Post ID,Permalink,Publish time,Date,Views,Reach,Reactions,Comments,Shares\n\
        1,https://www.facebook.com/shop/posts/1,03/29/2026 09:30,Lifetime,500,400,30,4,2\n";
    let told = table(&it.app, "/engagement?campaign_id=spring", meta).await;
    assert_eq!(counts(&told), [1, 0, 0]);
    let row = &told.body["engagement"][0];
    assert_eq!(
        (
            &row["network"],
            &row["permalink"],
            &row["impressions"],
            &row["day"]
        ),
        (
            &json!("facebook"),
            &json!("https://facebook.com/shop/posts/1"),
            &json!(500),
            &json!("2026-03-29")
        )
    );
}

/// Whether a permalink is noted before or after its figures are told, they are the link's.
#[rstest]
#[tokio::test]
async fn permalinks_find_their_link_in_either_order(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let it = Posted::open(size).await;
    let file = |likes: u32| {
        format!("Post Link,Date,Likes\nhttps://twitter.com/ann/status/1?s=20,2026-03-10,{likes}\n")
    };
    let before = table(&it.app, "/engagement?campaign_id=spring", file(5)).await;
    assert_eq!(counts(&before), [1, 0, 0]);
    assert_eq!(
        before.body["engagement"][0]["permalink"],
        "https://x.com/ann/status/1"
    );
    assert_eq!(it.x().await[3], None);
    let noted = it.note("x", &json!("https://x.com/ann/status/1")).await;
    assert_eq!(
        noted["publications"],
        json!([{"network": "x", "permalink": "https://x.com/ann/status/1",
                "published_at": "2026-03-10T08:00:00.000Z"}])
    );
    let link = |network: &str, id: &str| {
        let short_url = format!("{}/lamp-{network}", it.app.base);
        json!({"network": network, "link_id": id, "slug": format!("lamp-{network}"), "short_url": short_url})
    };
    assert_eq!(
        noted["links"],
        json!([link("linkedin", &it.linkedin), link("x", &it.x)])
    );
    assert_eq!(noted["text"], "Our lamp");
    assert_eq!(it.x().await, [None, Some(5), None, Some(5)]);

    // From now on the post tells its campaign, network and link by itself.
    let after = table(&it.app, "/engagement", file(6)).await;
    assert_eq!(counts(&after), [0, 1, 0]);
    assert_eq!(after.body["engagement"][0]["link_id"], json!(it.x));
    assert_eq!(after.body["engagement"][0]["permalink"], Value::Null);
    assert_eq!(it.x().await, [None, Some(6), None, Some(6)]);
    assert_eq!(it.rows().await.len(), 1);

    let path = format!("/posts/{}", it.post);
    let away = it.note("x", &Value::Null).await;
    assert_eq!(away["publications"], json!([]));
    assert_eq!(it.app.get(&path).await.body, away);
    let refused = json!({"publications": [{"network": "x", "permalink": "ann/status/1"}]});
    assert_eq!(it.app.patch(&path, &refused).await.code(), "invalid_field");
    assert_eq!(it.app.get("/posts/pst_none").await.code(), "post_not_found");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_by_its_line() {
    let mut it = Posted::open(Size::Embedded).await;
    it.note("x", &json!("https://x.com/ann/status/1")).await;
    let other = it.app.campaign("Summer").await;
    let body = json!({"url": "https://shop.example/", "networks": ["x"]});
    let made = it
        .app
        .post(&format!("/campaigns/{other}/links"), &body)
        .await
        .body;
    let taken =
        json!({"publications": [{"network": "x", "permalink": "https://x.com/ann/status/1"}]});
    let path = format!("/posts/{}", made["post_id"].as_str().unwrap());
    let refused = it.app.patch(&path, &taken).await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::CONFLICT, "permalink_taken")
    );

    let rows = json!([
        {"campaign_id": "spring", "day": "2026-03-10", "likes": 1},
        {"campaign_id": "spring", "network": "x", "day": "2026-03-10"},
        {"campaign_id": "spring", "network": "x", "day": "2026-03-10", "likes": -1},
        {"campaign_id": "summer", "permalink": "https://x.com/ann/status/1", "day": "2026-03-10", "likes": 1},
        {"campaign_id": "spring", "permalink": "status/1", "day": "2026-03-10", "likes": 1},
        {"campaign_id": "spring", "network": "x", "day": "2026-03-10", "likes": 1},
        {"campaign_id": "spring", "network": "Twitter", "day": "2026-03-10", "likes": 2},
        {"link_id": it.x, "network": "linkedin", "day": "2026-03-10", "likes": 2},
    ]);
    let refused = it.app.post("/engagement", &rows).await;
    assert_eq!(
        wrong(&refused),
        [
            (1, "network"),
            (2, "impressions"),
            (3, "likes"),
            (4, "permalink"),
            (5, "permalink"),
            (7, "day"),
            (8, "network"),
        ]
    );
    assert!(it.rows().await.is_empty());

    let row = json!([{"campaign_id": "spring", "network": "x", "day": "2026-03-10", "likes": 1}]);
    let told = it.app.post("/engagement", &row).await;
    let id = told.body["engagement"][0]["id"].as_str().unwrap();
    let one = format!("/engagement/{id}");
    let shown = it.app.get(&one).await;
    assert_eq!(shown.body, told.body["engagement"][0]);
    it.app.key = it.app.key_of_another_workspace().await;
    let foreign = it.app.get(&one).await;
    assert_eq!(foreign.code(), "engagement_not_found");
    let listed = it.app.get("/engagement").await.body;
    assert_eq!(listed["engagement"], json!([]));
    let foreign = it.app.delete(&one).await;
    assert_eq!(foreign.code(), "engagement_not_found");
    assert_eq!(it.app.get(&path).await.code(), "post_not_found");
    assert_eq!(
        wrong(&it.app.post("/engagement", &row).await),
        [(1, "campaign_id")]
    );
}
