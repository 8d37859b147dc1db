//! Posts: listed newest first with their links, and changed.

use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::app::{Size, TestApp};

/// A new post on x and facebook, whose links begin with this slug.
async fn create(app: &TestApp, campaign: &str, slug: &str) -> String {
    let post = json!({"url": "https://shop.example/", "networks": ["x", "facebook"], "slug": slug,
        "text": format!("Our {slug}")});
    let made = app
        .post(&format!("/campaigns/{campaign}/links"), &post)
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    app.later(1_000);
    made.body["post_id"].as_str().unwrap().to_owned()
}

fn ids(page: &Value) -> Vec<&str> {
    let posts = page["posts"].as_array().unwrap();
    posts
        .iter()
        .map(|post| post["id"].as_str().unwrap())
        .collect()
}

#[rstest]
#[tokio::test]
async fn posts_are_listed_with_their_links(#[values(Size::Embedded, Size::Server)] size: Size) {
    let mut app = TestApp::spawn_in(size).await;
    let spring = app.campaign("Spring").await;
    let summer = app.campaign("Summer").await;
    let lamp = create(&app, &spring, "lamp").await;
    let table = create(&app, &summer, "table").await;
    let chair = create(&app, &spring, "chair").await;
    let permalink =
        json!({"publications": [{"network": "x", "permalink": "https://x.com/ann/status/1"}]});
    let noted = app.patch(&format!("/posts/{lamp}"), &permalink).await;

    let all = app.get("/posts").await.body;
    assert_eq!(ids(&all), [&*chair, &*table, &*lamp]);
    assert_eq!(all["posts"][2], noted.body);
    assert_eq!(
        all["posts"][2],
        app.get(&format!("/posts/{lamp}")).await.body
    );
    let link = &all["posts"][0]["links"][1];
    assert_eq!(
        (&link["network"], &link["slug"], &link["short_url"]),
        (
            &json!("x"),
            &json!("chair-x"),
            &json!(format!("{}/chair-x", app.base))
        )
    );

    let first = app.get("/posts?campaign_id=spring&limit=1").await.body;
    assert_eq!(ids(&first), [&*chair]);
    let next = first["next_cursor"].as_str().unwrap();
    let path = format!("/posts?campaign_id={spring}&limit=1&cursor={next}");
    let last = app.get(&path).await.body;
    assert_eq!(
        (ids(&last), &last["next_cursor"]),
        (vec![&*lamp], &Value::Null)
    );
    let unknown = app.get("/posts?campaign_id=autumn").await;
    assert_eq!(unknown.code(), "campaign_not_found");
    app.key = app.key_of_another_workspace().await;
    assert_eq!(app.get("/posts").await.body["posts"], json!([]));
}

#[tokio::test]
async fn a_text_is_changed_and_removed_and_nothing_else() {
    let app = TestApp::spawn().await;
    let spring = app.campaign("Spring").await;
    let path = format!("/posts/{}", create(&app, &spring, "lamp").await);
    let mut expected = app.get(&path).await.body;
    for text in [json!("Our new lamp: {link}"), Value::Null] {
        let changed = app.patch(&path, &json!({"text": text})).await;
        expected["text"] = text;
        assert_eq!((changed.status, &changed.body), (StatusCode::OK, &expected));
        assert_eq!(app.get(&path).await.body, expected);
    }
    let long = app
        .patch(&path, &json!({"text": "x".repeat(131_073)}))
        .await;
    assert_eq!(long.code(), "invalid_field", "{long:?}");
    let campaign = app.patch(&path, &json!({"campaign_id": spring})).await;
    assert_eq!(campaign.code(), "unknown_field");
}
