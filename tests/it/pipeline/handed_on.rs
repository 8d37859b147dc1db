//! Parameters of a click that are passed on to the destination.

use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::app::{Size, TestApp};

async fn link(app: &TestApp, body: Value) -> Value {
    let made = app.post("/links", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    made.body
}

async fn location(app: &TestApp, link: &Value, query: &str, header: (&str, &str)) -> String {
    let url = format!("{}{query}", link["short_url"].as_str().unwrap());
    let answer = app.visit(Method::GET, &url, &[header]).await;
    assert_eq!(answer.status(), StatusCode::FOUND, "{url}");
    let location = answer.headers()["location"].to_str().unwrap();
    // The click's id differs each time.
    let (front, click) = location.split_once("ll_click=").unwrap_or((location, ""));
    let behind = click.find(['&', '#']).map_or("", |at| &click[at..]);
    format!("{front}{behind}")
}

const PLAIN: (&str, &str) = ("x-nothing", "here");

#[rstest]
#[tokio::test]
async fn click_ids_of_ad_networks_go_on_and_nothing_else(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let shop = link(&app, json!({"url": "https://shop.example/?a=1#top"})).await;
    assert!(
        shop["handed_on"]
            .as_array()
            .unwrap()
            .contains(&json!("gclid")),
        "{shop}"
    );
    let query = "?gclid=Cj0-_x%2B&utm_source=evil&next=https://evil.example&ScCid=7";
    let front = "https://shop.example/?a=1&";
    assert_eq!(
        location(&app, &shop, query, PLAIN).await,
        format!("{front}&gclid=Cj0-_x%2B&ScCid=7#top")
    );
    for header in [("sec-gpc", "1"), ("dnt", "1")] {
        let location = location(&app, &shop, query, header).await;
        assert_eq!(location, "https://shop.example/?a=1#top", "{header:?}");
    }
    let known = link(&app, json!({"url": "https://shop.example/?gclid=own"})).await;
    let location_of_known = location(&app, &known, "?gclid=other&fbclid=1", PLAIN).await;
    assert_eq!(
        location_of_known,
        "https://shop.example/?gclid=own&&fbclid=1"
    );
    let signed = link(
        &app,
        json!({"url": "https://s.example/a?X-Amz-Signature=1"}),
    )
    .await;
    assert_eq!(signed["handed_on"], json!([]));
    assert_eq!(
        location(&app, &signed, "?gclid=1", PLAIN).await,
        "https://s.example/a?X-Amz-Signature=1"
    );
}

#[rstest]
#[tokio::test]
async fn a_link_and_a_workspace_may_say_what_goes_on(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let url = "https://shop.example/";
    let own = link(&app, json!({"url": url, "handed_on": ["ref"]})).await;
    assert_eq!(
        location(&app, &own, "?ref=1&gclid=2", PLAIN).await,
        format!("{url}?&ref=1")
    );
    let path = format!("/links/{}", own["id"].as_str().unwrap());
    for (names, expected) in [(json!([]), "?"), (Value::Null, "?&gclid=2")] {
        let patch = app.request(Method::PATCH, &path);
        let changed = app
            .with_key(&app.key, patch, &json!({"handed_on": names}))
            .await;
        assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
        let location = location(&app, &own, "?ref=1&gclid=2", PLAIN).await;
        assert_eq!(location, format!("{url}{expected}"));
    }
    let change = |names: Value| {
        let patch = app.request(Method::PATCH, "/workspace");
        let body = json!({"handed_on": names});
        async { app.with_key(&app.key, patch, &{ body }).await }
    };
    let changed = change(json!(["aff_id"])).await;
    assert_eq!(changed.body["handed_on"], json!(["aff_id"]), "{changed:?}");
    let new = link(&app, json!({"url": url})).await;
    assert_eq!(
        location(&app, &new, "?aff_id=9&gclid=2", PLAIN).await,
        format!("{url}?&aff_id=9")
    );
    let signed = "https://s.example/a?X-Amz-Signature=1";
    let new = link(&app, json!({ "url": signed })).await;
    assert_eq!(
        location(&app, &new, "?aff_id=9&gclid=2", PLAIN).await,
        signed
    );
    let moved = link(&app, json!({"url": url})).await;
    let patch = app.request(
        Method::PATCH,
        &format!("/links/{}", moved["id"].as_str().unwrap()),
    );
    app.with_key(&app.key, patch, &json!({"url": signed})).await;
    assert_eq!(
        location(&app, &moved, "?aff_id=9&gclid=2", PLAIN).await,
        signed
    );
    let asked = link(&app, json!({"url": signed, "handed_on": ["aff_id"]})).await;
    let asked = location(&app, &asked, "?aff_id=9", PLAIN).await;
    assert_eq!(asked, format!("{signed}&aff_id=9"));
    let names: Vec<String> = (0..40).map(|nth| format!("{nth:0>40}")).collect();
    let query = format!("?{}=1&{}=2", names[39], names[0]);
    let long = link(&app, json!({"url": url, "handed_on": names})).await;
    let long = location(&app, &long, &query, PLAIN).await;
    assert_eq!(long, format!("{url}?&{}", &query[1..]));
    let forged = json!({"url": url, "click_id_param": "cid", "handed_on": ["cid"]});
    let forged = link(&app, forged).await;
    let forged = location(&app, &forged, "?cid=mine", PLAIN).await;
    assert!(
        forged.starts_with("https://shop.example/?cid=clk_") && !forged.contains("mine"),
        "{forged}"
    );
    for bad in [json!(["utm_source"]), json!(["a b"]), json!(vec!["a"; 41])] {
        assert_eq!(
            change(bad.clone()).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{bad}"
        );
    }
}
