//! Goals: free to change before a campaign begins; after that, each change is kept and needs a
//! reason.

use leadline::clock::DAY_MS;
use leadline::id::CampaignId;
use leadline::store::goal_version;
use leadline::store::key::Scope;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::app::{Size, TestApp};
use crate::support::body::with;

fn goal(target: i64) -> Value {
    json!({"metric": "leads", "target": target})
}

async fn campaign(app: &TestApp, starts_at: Value) -> String {
    let body = json!({
        "name": "Spring", "goal": goal(40), "currency": "EUR", "time_zone": "Europe/Berlin",
        "starts_at": starts_at, "ends_at": "2026-04-01T00:00:00Z",
    });
    let made = app.post("/campaigns", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    format!("/campaigns/{}", made.body["id"].as_str().unwrap())
}

#[rstest]
#[tokio::test]
async fn what_a_goal_was_after_the_start_is_kept_with_who_when_and_why(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let path = campaign(&app, json!("2026-03-12T00:00:00Z")).await;
    let free = app.patch(&path, &json!({"goal": goal(30)})).await;
    assert_eq!(free.status, StatusCode::OK, "{free:?}");
    assert_eq!(
        (&free.body["goal_version"], &free.body["goal_versions"]),
        (&json!(1), &json!([]))
    );

    app.later(2 * DAY_MS);
    let lower = json!({"goal": goal(10)});
    let refused = app.patch(&path, &lower).await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::UNPROCESSABLE_ENTITY, "goal_frozen")
    );
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(
        detail.contains("since 2026-03-12T00:00:00.000Z")
            && detail.contains("`goal_change_reason`"),
        "{detail}"
    );
    for reason in [" ".to_owned(), "r".repeat(501)] {
        let blank = with(lower.clone(), "goal_change_reason", json!(reason));
        assert_eq!(app.patch(&path, &blank).await.code(), "goal_frozen");
    }
    assert_eq!(app.get(&path).await.body, free.body);

    let (key, token) = app.other_key(&[Scope::Read, Scope::Write]).await;
    let why = with(lower, "goal_change_reason", json!(" the shop was down "));
    let request = app.request(Method::PATCH, &path);
    let changed = app.with_key(&token, request, &why).await.body;
    assert_eq!(
        (&changed["goal"], &changed["goal_version"]),
        (&goal(10), &json!(2))
    );
    app.later(1_000);
    let waived = json!({"goal_waiver": "brand only", "goal_change_reason": "given up"});
    let waived = app.patch(&path, &waived).await.body;
    assert_eq!(waived["goal_version"], 3);
    assert_eq!(
        waived["goal_versions"][0],
        json!({
            "version": 1, "goal": goal(30), "goal_waiver": null, "starts_at": "2026-03-12T00:00:00.000Z",
            "ends_at": "2026-04-01T00:00:00.000Z", "changed_at": "2026-03-12T12:00:00.000Z",
            "changed_by": {"key_id": key, "key_name": "test"}, "reason": "the shop was down",
        })
    );
    assert_eq!(waived["goal_versions"][1]["goal"], goal(10));
    assert_eq!(waived["goal_versions"].as_array().unwrap().len(), 2);
    assert_eq!(app.get(&path).await.body, waived);

    let id: CampaignId = waived["id"].as_str().unwrap().parse().unwrap();
    let mut tx = app.state.context.store.read().await.unwrap();
    let past = goal_version::list(&mut tx, id).await.unwrap();
    assert_eq!(leadline::campaign::goal::current_version(&past), 3);
}

/// Whatever else moves what a campaign is held against is a change of its goal as well.
#[tokio::test]
async fn start_and_deadline_are_held_fast_too_and_nothing_else_is() {
    let app = TestApp::spawn().await;
    let path = campaign(&app, json!("2026-03-01T00:00:00Z")).await;
    for change in [
        json!({"ends_at": "2026-05-01T00:00:00Z"}),
        json!({"ends_at": null}),
        json!({"starts_at": "2026-06-01T00:00:00Z", "ends_at": null}),
        json!({"starts_at": null}),
    ] {
        assert_eq!(
            app.patch(&path, &change).await.code(),
            "goal_frozen",
            "{change}"
        );
    }
    for change in [
        json!({"name": "Summer"}),
        json!({"goal": goal(40)}),
        json!({"ends_at": "2026-04-01T00:00:00Z", "archived": true}),
        json!({"hourly_rate": {"amount": 4_000, "currency": "EUR"}}),
    ] {
        let changed = app.patch(&path, &change).await;
        assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
        assert_eq!(changed.body["goal_versions"], json!([]), "{change}");
    }
    // A start that is put off does not thaw the goal.
    let put_off =
        json!({"starts_at": "2026-06-01T00:00:00Z", "ends_at": null, "goal_change_reason": "late"});
    assert_eq!(app.patch(&path, &put_off).await.body["goal_version"], 2);
    assert_eq!(
        app.patch(&path, &json!({"goal": goal(1)})).await.code(),
        "goal_frozen"
    );
}

#[tokio::test]
async fn without_a_start_a_goal_is_free_for_a_day() {
    let app = TestApp::spawn().await;
    let path = campaign(&app, Value::Null).await;
    app.later(DAY_MS - 1);
    let free = app.patch(&path, &json!({"goal": goal(30)})).await;
    assert_eq!(
        (free.status, &free.body["goal_versions"]),
        (StatusCode::OK, &json!([]))
    );
    app.later(1);
    assert_eq!(
        app.patch(&path, &json!({"goal": goal(20)})).await.code(),
        "goal_frozen"
    );
}
