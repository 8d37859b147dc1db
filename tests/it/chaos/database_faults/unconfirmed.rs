//! A commit whose answer is lost: it succeeded, but the caller cannot know.

use leadline::drivers::sql::PreparedStatements;
use leadline::store::key::{self, Scope};
use leadline::store::{Error, Store};
use leadline::{operations, vault};
use reqwest::StatusCode;
use secrecy::ExposeSecret;
use serde_json::json;
use sqlx::Connection;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::support::app::{NOON, TestApp};
use crate::support::database::postgres_schema;
use crate::support::postgres::{PgBouncer, Postgres};
use crate::support::proxy::{Proxy, in_front_of, through};

/// What PostgreSQL answers a commit with: the tag of a completed command. The command itself begins
/// with another letter.
const COMMITTED: &str = "C\0\0\0\u{b}COMMIT";

/// Lets the server commit while `write` goes on, and ends the connection before its answer.
async fn without_the_answer<T>(proxy: &Proxy, write: impl Future<Output = T>) -> T {
    proxy.hold_back(COMMITTED);
    let cut = async {
        proxy.has_held_back().await;
        proxy.cut();
    };
    let (written, ()) = futures_util::future::join(write, cut).await;
    proxy.mend();
    written
}

#[tokio::test]
async fn what_may_have_been_committed_is_said_and_counts_once() {
    let direct = postgres_schema().await;
    let proxy = in_front_of(&direct).await;
    let proxied = through(&proxy, &direct);
    let app = TestApp::spawn_with(|config| config.store.url = proxied).await;
    let campaign = app.campaign("Spring").await;

    let path = format!("/campaigns/{campaign}");
    let body = json!({"name": "Summer"});
    let edit = without_the_answer(&proxy, app.patch(&path, &body)).await;
    assert_eq!(edit.status, StatusCode::SERVICE_UNAVAILABLE, "{edit:?}");
    assert_eq!(edit.code(), "store_unavailable");
    let detail = edit.body["detail"].as_str().unwrap();
    assert!(detail.contains("may have been made"), "{detail}");
    assert_eq!(app.get(&path).await.body["name"], "Summer");

    let (hidden, store) = (&app.state.hidden_origins, &app.state.context.store);
    for _ in 0..3 {
        hidden.note();
    }
    let now = app.clock.now();
    let saved = without_the_answer(&proxy, hidden.save(store, now)).await;
    assert!(matches!(saved, Err(Error::Unconfirmed(_))), "{saved:?}");
    hidden.save(store, now).await.unwrap();
    let clicks = async || {
        let url = secrecy::ExposeSecret::expose_secret(&direct);
        let mut raw = sqlx::PgConnection::connect(url).await.unwrap();
        let sql = "SELECT clicks FROM hidden_origin_day";
        let days: Vec<i64> = sqlx::query_scalar(sql).fetch_all(&mut raw).await.unwrap();
        days
    };
    assert_eq!(clicks().await, [3], "none twice");
    hidden.note();
    hidden.save(store, now).await.unwrap();
    assert_eq!(clicks().await, [4]);
}

/// A key whose token nobody knows would be one that nobody can use.
#[tokio::test]
async fn a_key_is_made_once_and_known_although_the_answer_to_its_commit_is_lost() {
    let direct = postgres_schema().await;
    let proxy = in_front_of(&direct).await;
    let store = Store::open(&through(&proxy, &direct), 4).await.unwrap();
    store.migrate().await.unwrap();
    let interrupted = async || {
        proxy.hold_back(COMMITTED);
        proxy.has_held_back().await;
        proxy.cut();
        // A new connection is ended at once; when it is, those before it are.
        let mut other = TcpStream::connect(proxy.address).await.unwrap();
        assert_eq!(other.read(&mut [0]).await.unwrap_or(0), 0);
        proxy.mend();
    };
    let first = operations::key::on_store::first_key(&store, NOON);
    let (first, ()) = futures_util::future::join(first, interrupted()).await;
    let first = first.unwrap().expect("a first key");
    let scopes = vec![Scope::Read];
    let second = operations::key::on_store::create(&store, "second", scopes, NOON.plus_ms(1));
    let (second, ()) = futures_util::future::join(second, interrupted()).await;
    let (_, second) = second.unwrap();
    let mut tx = store.read().await.unwrap();
    assert_eq!(key::list(&mut tx).await.unwrap().len(), 2, "each once");
    for token in [first.token, second] {
        let hash = vault::token_hash(token.expose_secret());
        let found = key::by_hash(&mut tx, &hash).await.unwrap();
        assert!(found.is_some(), "the token that is shown is of no key");
    }
    drop(tx);
    assert!(
        operations::key::on_store::first_key(&store, NOON)
            .await
            .unwrap()
            .is_none()
    );
}

/// A store that is away before it can commit has done nothing: then everything is tried again.
#[tokio::test]
async fn what_was_not_committed_is_not_lost() {
    let direct = postgres_schema().await;
    let proxy = in_front_of(&direct).await;
    let proxied = through(&proxy, &direct);
    let app = TestApp::spawn_with(|config| config.store.url = proxied).await;
    let (hidden, store) = (&app.state.hidden_origins, &app.state.context.store);
    hidden.note();
    let now = app.clock.now();
    proxy.cut();
    let saved = hidden.save(store, now).await;
    assert!(
        saved.is_err() && !matches!(saved, Err(Error::Unconfirmed(_))),
        "{saved:?}"
    );
    proxy.mend();
    hidden.save(store, now).await.unwrap();
    let mut tx = store.read().await.unwrap();
    let days = leadline::store::hidden_origin::days(&mut tx, now.day(), now.day()).await;
    assert_eq!(days.unwrap(), 1);
}

/// A pooler that loses its server during a commit answers with an error of its own, 08P01.
#[tokio::test]
async fn a_commit_that_a_pooler_answers_for_its_lost_server_is_in_doubt() {
    let postgres = Postgres::new();
    let proxy = in_front_of(&postgres.url().into()).await;
    let pooler = PgBouncer::in_front_of(proxy.address.port(), "transaction", 2);
    let app = TestApp::spawn_with(|config| {
        config.store.url = pooler.url().into();
        config.store.statements = PreparedStatements::Unnamed;
    })
    .await;
    let (hidden, store) = (&app.state.hidden_origins, &app.state.context.store);
    hidden.note();
    let now = app.clock.now();
    let saved = without_the_answer(&proxy, hidden.save(store, now)).await;
    let Err(Error::Unconfirmed(sqlx::Error::Database(said))) = saved else {
        panic!("{saved:?}");
    };
    assert_eq!(said.code().as_deref(), Some("08P01"), "{said}");
}
