//! Keys over the API: what one key may do to others, and which answers show a token.

mod turns;

use leadline::store::key::Scope;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::app::{Answer, Size, TestApp};

/// Creates a key; gives its path and its token.
async fn create(app: &TestApp, name: &str, scopes: &[&str]) -> (String, String) {
    let made = app
        .post("/keys", &json!({"name": name, "scopes": scopes}))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let id = made.body["id"].as_str().unwrap();
    let token = made.body["token"].as_str().unwrap();
    (format!("/keys/{id}"), token.to_owned())
}

async fn post_with(app: &TestApp, key: &str, body: &Value) -> Answer {
    let request = app.request(Method::POST, "/keys");
    app.with_key(key, request, body).await
}

#[rstest]
#[tokio::test]
async fn a_key_is_created_used_changed_and_revoked(
    #[values(Size::Embedded, Size::Server)] size: Size,
) {
    let app = TestApp::spawn_in(size).await;
    let (path, token) = create(&app, "Shop", &["convert", "read", "read"]).await;
    assert_eq!(app.get_with_key(&token, "/campaigns").await.status, 200);
    let read = app.get(&path).await;
    assert_eq!(read.body["scopes"], json!(["read", "convert"]));
    assert!(read.body.get("token").is_none(), "{read:?}");
    let all = app.get("/keys").await.body;
    assert_eq!(all["keys"].as_array().unwrap().len(), 2, "{all}");
    assert!(!all.to_string().contains(&token), "{all}");

    let change = json!({"name": "Old shop", "scopes": ["convert"]});
    let changed = app.patch(&path, &change).await;
    assert_eq!(changed.body["name"], "Old shop", "{changed:?}");
    let narrowed = app.get_with_key(&token, "/campaigns").await;
    assert_eq!(narrowed.code(), "scope_missing");

    for _ in 0..2 {
        let revoked = app.delete(&path).await;
        assert!(revoked.body["revoked_at"].is_string(), "{revoked:?}");
    }
    assert_eq!(
        app.get_with_key(&token, "/campaigns").await.code(),
        "key_revoked"
    );
    let list = async |query: &str| {
        let page = app.get(&format!("/keys{query}")).await.body;
        page["keys"].as_array().unwrap().len()
    };
    assert_eq!((list("").await, list("?revoked=true").await), (1, 2));
    let first = app.get("/keys?revoked=true&limit=1").await.body;
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(list(&format!("?revoked=true&cursor={cursor}")).await, 1);
}

#[tokio::test]
async fn a_key_gives_no_scope_that_it_lacks() {
    let app = TestApp::spawn().await;
    let (_, limited) = create(&app, "Keys only", &["read", "admin"]).await;
    let (path, _) = create(&app, "Reader", &["read"]).await;
    for scope in Scope::ALL {
        let body = json!({"name": "More", "scopes": ["read", scope.as_str()]});
        let may = matches!(scope, Scope::Read | Scope::Admin);
        let made = post_with(&app, &limited, &body).await;
        let patch = app.request(Method::PATCH, &path);
        let change = json!({"scopes": [scope.as_str()]});
        let changed = app.with_key(&limited, patch, &change).await;
        if may {
            assert_eq!((made.status.as_u16(), changed.status.as_u16()), (201, 200));
        } else {
            assert_eq!(
                (made.code(), changed.code()),
                ("scope_missing", "scope_missing")
            );
        }
    }
    let writer = json!({"name": "Writer", "scopes": ["write"]});
    let (_, without_admin) = app.other_key(&[Scope::Read, Scope::Write]).await;
    assert_eq!(
        post_with(&app, &without_admin, &writer).await.code(),
        "scope_missing"
    );
    for (body, code) in [
        (json!({"name": "x", "scopes": []}), "invalid_field"),
        (json!({"name": "x", "scopes": ["all"]}), "invalid_field"),
        (json!({"name": "", "scopes": ["read"]}), "invalid_field"),
    ] {
        assert_eq!(app.post("/keys", &body).await.code(), code, "{body}");
    }
}

#[tokio::test]
async fn a_key_does_not_revoke_itself() {
    let app = TestApp::spawn().await;
    let (path, token) = create(&app, "Admin", &["read", "admin"]).await;
    let own = async |method: Method, body: Value| {
        let request = app.request(method, &path);
        app.with_key(&token, request, &body).await
    };
    let refused = own(Method::DELETE, json!({})).await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::CONFLICT, "own_key")
    );
    let refused = own(Method::PATCH, json!({"scopes": ["read"]})).await;
    assert_eq!(refused.code(), "own_key");
    let kept = own(Method::PATCH, json!({"name": "Still", "scopes": ["admin"]})).await;
    assert_eq!(kept.status, StatusCode::OK, "{kept:?}");
    assert!(app.delete(&path).await.body["revoked_at"].is_string());
}

#[tokio::test]
async fn a_publishable_key_gains_no_scope() {
    let app = TestApp::spawn().await;
    let (path, token) = create(&app, "Page", &["lead"]).await;
    assert!(token.starts_with("ll_pub_"), "{token}");
    let refused = app.patch(&path, &json!({"scopes": ["read", "lead"]})).await;
    assert_eq!(refused.code(), "invalid_field", "{refused:?}");
    let same = app.patch(&path, &json!({"scopes": ["lead"]})).await;
    assert_eq!(same.status, StatusCode::OK, "{same:?}");
}

#[tokio::test]
async fn a_key_with_a_secret_token_does_not_become_publishable() {
    let app = TestApp::spawn().await;
    let (path, token) = create(&app, "Shop", &["read", "lead"]).await;
    assert!(!token.starts_with("ll_pub_"), "{token}");
    let refused = app.patch(&path, &json!({"scopes": ["lead"]})).await;
    assert_eq!(refused.code(), "invalid_field", "{refused:?}");
    let detail = refused.body["detail"].as_str().unwrap();
    for part in ["`scopes`", "ll_pub_", "create another key"] {
        assert!(detail.contains(part), "{part}: {detail}");
    }
    let changed = app.patch(&path, &json!({"scopes": ["convert"]})).await;
    assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
}

#[tokio::test]
async fn a_revoked_key_does_not_change() {
    let app = TestApp::spawn().await;
    let (path, _) = create(&app, "Shop", &["read", "convert"]).await;
    app.delete(&path).await;
    for change in [
        json!({"name": "Old shop"}),
        json!({"scopes": ["read"]}),
        json!({}),
    ] {
        let refused = app.patch(&path, &change).await;
        assert_eq!(
            (refused.status, refused.code()),
            (StatusCode::CONFLICT, "key_inactive"),
            "{change}"
        );
    }
    let read = app.get(&path).await.body;
    assert_eq!(read["name"], "Shop", "{read}");
}

#[tokio::test]
async fn keys_of_another_workspace_are_not_there() {
    let app = TestApp::spawn().await;
    let (path, token) = create(&app, "Shop", &["read"]).await;
    let other = app.key_of_another_workspace().await;
    for (method, body) in [
        (Method::GET, json!({})),
        (Method::PATCH, json!({"name": "Mine"})),
        (Method::DELETE, json!({})),
    ] {
        let request = app.request(method.clone(), &path);
        let answer = app.with_key(&other, request, &body).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::NOT_FOUND, "key_not_found"),
            "{method}"
        );
    }
    let theirs = app.get_with_key(&other, "/keys").await.body;
    assert_eq!(theirs["keys"].as_array().unwrap().len(), 1, "{theirs}");
    assert_eq!(app.get_with_key(&token, "/campaigns").await.status, 200);
}

#[tokio::test]
async fn a_repeat_gives_the_token_again_and_no_one_else_gets_it() {
    let app = TestApp::spawn().await;
    let body = json!({"name": "Shop", "scopes": ["write"]});
    let repeat = || {
        app.request(Method::POST, "/keys")
            .header("Idempotency-Key", "shop-1")
    };
    let key = app.key.clone();
    let first = app.with_key(&key, repeat(), &body).await;
    let again = app.with_key(&key, repeat(), &body).await;
    assert_eq!(first.body, again.body);
    let token = first.body["token"].as_str().unwrap();
    let answer = repeat().json(&body).send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");

    let (_, limited) = create(&app, "Keys only", &["admin"]).await;
    let refused = app.with_key(&limited, repeat(), &body).await;
    assert_eq!(refused.code(), "scope_missing", "{refused:?}");

    let pool = app.dir().join("leadline.db");
    let stored = std::fs::read(pool).unwrap();
    let wal = std::fs::read(app.dir().join("leadline.db-wal")).unwrap_or_default();
    for bytes in [stored, wal] {
        let holds = bytes
            .windows(token.len())
            .any(|part| part == token.as_bytes());
        assert!(!holds, "the token is in the database");
    }
}
