//! Campaigns and their links over the API: changes, rules, and posts that are ready to paste.

mod names;

use leadline::store::key::Scope;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::body::with;

#[tokio::test]
async fn campaigns_change_and_keep_what_must_stay() {
    let app = TestApp::spawn().await;
    let first = app.campaign("Same name").await;
    let second = app.campaign("Same name").await;
    let second = app.get(&format!("/campaigns/{second}")).await.body;
    assert_eq!(second["utm_campaign"], "same-name-2");
    let path = format!("/campaigns/{first}");
    let waived = app
        .patch(
            &path,
            &json!({"goal_waiver": "brand only", "ends_at": null, "goal_change_reason": "no form yet"}),
        )
        .await;
    assert_eq!(
        (&waived.body["goal"], &waived.body["goal_waiver"]),
        (&Value::Null, &json!("brand only"))
    );
    assert_eq!(
        app.patch(&path, &json!({"currency": "USD"})).await.code(),
        "unknown_field"
    );
    let taken_away = app.patch(&path, &json!({"goal": null})).await;
    assert_eq!(
        taken_away.code(),
        "invalid_field",
        "a goal is changed or waived"
    );
    let early = json!({"ends_at": "2020-01-01T00:00:00Z"});
    assert_eq!(app.patch(&path, &early).await.code(), "period_reversed");
    let archived = app.delete(&path).await.body;
    assert!(archived["archived_at"].is_string());
    assert_eq!(
        app.get("/campaigns").await.body["campaigns"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let post = json!({"url": "https://shop.example/", "networks": ["x"]});
    let refused = app.post(&format!("{path}/links"), &post).await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::CONFLICT, "campaign_archived")
    );
    for archived in [false, true] {
        let changed = app.patch(&path, &json!({"archived": archived})).await.body;
        assert_eq!(changed["archived_at"].is_string(), archived);
    }
    let report = app.get(&format!("{path}/report")).await;
    assert_eq!(
        (report.status, &report.body["goal"]["verdict"]),
        (StatusCode::OK, &json!("waived"))
    );
}

#[tokio::test]
async fn the_workspace_s_convention_is_enforced_from_then_on() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let path = format!("/campaigns/{campaign}/links");
    let convention = json!({"utm_convention": {
        "separator": "_", "required": ["utm_source", "utm_content"],
        "allowed": {"utm_content": ["video", "big_image"]}}});
    assert_eq!(
        app.patch("/workspace", &convention).await.status,
        StatusCode::OK
    );
    let post = json!({"url": "https://shop.example/", "networks": ["x"]});
    let missing = app.post(&path, &post).await;
    assert!(
        missing.body["detail"]
            .as_str()
            .unwrap()
            .contains("`utm.content`"),
        "{missing:?}"
    );
    let wrong = app
        .post(
            &path,
            &with(post.clone(), "utm", json!({"content": "text"})),
        )
        .await;
    assert!(
        wrong.body["detail"]
            .as_str()
            .unwrap()
            .contains("video, big_image"),
        "{wrong:?}"
    );
    let right = app
        .post(&path, &with(post, "utm", json!({"content": "big_image"})))
        .await;
    assert_eq!(right.status, StatusCode::CREATED, "{right:?}");
    let (_, writer) = app.other_key(&[Scope::Read, Scope::Write]).await;
    let patch = app.request(Method::PATCH, "/workspace");
    let refused = app.with_key(&writer, patch, &convention).await;
    assert_eq!(refused.code(), "scope_missing");
}

#[tokio::test]
async fn a_campaign_may_be_given_its_tag() {
    let app = TestApp::spawn().await;
    let new = |name: &str, tag: Value| {
        json!({"name": name, "utm_campaign": tag, "goal": {"metric": "leads", "target": 1},
               "currency": "EUR", "time_zone": "UTC"})
    };
    let made = app
        .post("/campaigns", &new("春のランプ", json!("spring-lamp")))
        .await;
    assert_eq!(made.body["utm_campaign"], "spring-lamp", "{made:?}");
    let made = app.post("/campaigns", &new("Весна", Value::Null)).await;
    assert_eq!(made.body["utm_campaign"], "vesna", "{made:?}");
    for bad in [
        "spring-lamp",
        "Spring",
        "a b",
        "",
        "..",
        "cmp_01kb3v9w8e7q4t2n5r6s8y0zxa",
        "a_b",
    ] {
        let refused = app.post("/campaigns", &new("Other", json!(bad))).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{bad} {refused:?}"
        );
    }
}

#[tokio::test]
async fn what_is_pasted_along_with_a_destination_is_taken_out_and_told() {
    let app = TestApp::spawn().await;
    let url = "https://shop.example/lamp\u{200b}?a=1&amp;b=2";
    let made = app.post("/links", &json!({ "url": url })).await;
    assert_eq!(
        made.body["destination"], "https://shop.example/lamp?a=1&b=2",
        "{made:?}"
    );
    let warnings = made.body["warnings"].to_string();
    assert!(
        warnings.contains("U+200B") && warnings.contains("&amp;"),
        "{warnings}"
    );
}

#[tokio::test]
async fn a_short_link_that_touches_its_neighbours_is_warned_about() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let path = format!("/campaigns/{campaign}/links");
    for (text, warned) in [
        ("look{link}", "before it"),
        ("{link}next", "after it"),
        ("look {link}!", ""),
    ] {
        let networks = ["x", "bluesky", "mastodon", "linkedin"];
        let body = json!({"url": "https://shop.example/", "networks": networks, "text": text});
        let made = app.post(&path, &body).await.body;
        for link in made["links"].as_array().unwrap() {
            let warnings = link["warnings"].to_string();
            let is_warned = warnings.contains("put a space or a line break");
            assert_eq!(is_warned, !warned.is_empty(), "{text} {link}");
            assert!(warnings.contains(warned), "{text} {link}");
        }
    }
}

#[tokio::test]
async fn posts_are_ready_to_paste_and_signed_urls_are_left_alone() {
    let app = TestApp::spawn().await;
    let campaign = app.campaign("Spring").await;
    let path = format!("/campaigns/{campaign}/links");
    let body = json!({"url": "https://shop.example/", "networks": ["x", "bluesky", "email"],
                      "text": "a".repeat(290), "slug": "post"});
    let made = app.post(&path, &body).await.body;
    let posts: Vec<_> = made["links"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| &link["post"])
        .collect();
    assert_eq!(
        (&posts[0]["length"], &posts[0]["fits"]),
        (&json!(290 + 1 + 23), &json!(false))
    );
    let warnings = made["links"][0]["warnings"].as_array().unwrap();
    assert!(
        warnings
            .iter()
            .any(|warning| warning.as_str().unwrap().contains("34 over X's limit"))
    );
    let link = made["links"][1]["short_url"].as_str().unwrap();
    let shown = link.split_once("://").unwrap().1;
    assert_eq!(posts[1]["length"], 290 + 1 + shown.len());
    assert_eq!(
        (&posts[2]["limit"], &posts[2]["fits"]),
        (&Value::Null, &json!(true)),
        "e-mail has no limit"
    );
    assert!(link.ends_with("/post-bluesky"), "{link}");

    let signed = "https://files.example/a?X-Amz-Signature=abc";
    let body = json!({"url": signed, "networks": ["x"]});
    let made = app.post(&path, &body).await.body;
    assert_eq!(made["links"][0]["destination"], signed);
    assert_eq!(made["links"][0]["click_id_param"], Value::Null);
    let id = made["links"][0]["id"].as_str().unwrap();
    let plain = json!({"url": "https://shop.example/"});
    let plain = app.patch(&format!("/links/{id}"), &plain).await.body;
    assert_eq!(plain["click_id_param"], "ll_click", "signed no more");
    let warnings = made["links"][0]["warnings"].as_array().unwrap();
    assert!(
        warnings
            .iter()
            .any(|warning| warning.as_str().unwrap().contains("signed"))
    );
    let forced = app
        .post(&path, &with(body, "click_id", json!("always")))
        .await
        .body;
    assert_eq!(forced["links"][0]["click_id_param"], "ll_click");
}
