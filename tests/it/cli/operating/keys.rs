//! The last use of keys in `leadline key list`.

use leadline::clock::DAY_MS;
use leadline::store;
use leadline::store::key::Scope;
use rstest::rstest;

use super::{printed, run};
use crate::support::app::{NOON, Size, TestApp};

async fn last_used(app: &TestApp) -> Option<i64> {
    app.state
        .key_uses
        .flush(&app.state.context.store)
        .await
        .unwrap();
    let mut tx = app.state.context.store.read().await.unwrap();
    store::key::list(&mut tx).await.unwrap()[0].last_used_day
}

#[rstest]
#[tokio::test]
async fn the_day_of_the_last_use_is_kept(#[values(Size::Embedded, Size::Server)] size: Size) {
    let app = TestApp::spawn_in(size).await;
    assert_eq!(last_used(&app).await, None);
    let today = NOON.0 / DAY_MS;
    for _ in 0..3 {
        app.get("/campaigns").await;
        assert_eq!(last_used(&app).await, Some(today));
    }
    app.later(DAY_MS);
    assert_eq!(
        last_used(&app).await,
        Some(today),
        "a day without a request"
    );
    app.get("/campaigns").await;
    assert_eq!(last_used(&app).await, Some(today + 1));
    app.later(-DAY_MS);
    app.get("/campaigns").await;
    assert_eq!(
        last_used(&app).await,
        Some(today + 1),
        "a clock that steps back"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_edited_and_revoked() {
    let app = TestApp::spawn().await;
    let (id, token) = app.other_key(&[Scope::Read, Scope::Write]).await;
    let edit = ["key", "edit", &id, "--name", "Shop", "--scopes", "read"];
    run(app.dir(), &edit, &[]);
    let shown = printed(&run(app.dir(), &["key", "show", &id], &[]));
    assert!(
        shown.contains("Shop") && !shown.contains("write"),
        "{shown}"
    );
    assert_eq!(app.get_with_key(&token, "/campaigns").await.status, 200);
    let campaigns = app.request(reqwest::Method::POST, "/campaigns");
    let refused = app
        .with_key(&token, campaigns, &serde_json::json!({}))
        .await;
    assert_eq!(refused.code(), "scope_missing");
    run(app.dir(), &["key", "revoke", &id], &[]);
    let again = run(app.dir(), &["key", "revoke", &id], &[]);
    assert!(!again.status.success());
    assert_eq!(
        app.get_with_key(&token, "/campaigns").await.code(),
        "key_revoked"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_shows_it() {
    let app = TestApp::spawn().await;
    app.get("/campaigns").await;
    last_used(&app).await;
    let list = run(app.dir(), &["key", "list"], &[]);
    let text = printed(&list);
    let row = text.lines().find(|line| line.contains("key_")).unwrap();
    assert!(
        text.contains("Last used") && row.contains("2026-03-10"),
        "{text}"
    );
    assert!(
        text.lines().all(|line| line.chars().count() <= 100),
        "{text}"
    );
}
