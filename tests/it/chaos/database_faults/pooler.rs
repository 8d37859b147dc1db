//! PostgreSQL behind `PgBouncer`, as Debian packages it.

use std::str::FromStr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use leadline::drivers::sql::PreparedStatements;
use leadline::readiness::SHARED_FOR;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, Executor, PgConnection};

use super::outages::END_SESSIONS;
use crate::support::app::{TestApp, click_id, location};
use crate::support::postgres::{PgBouncer, Postgres};

async fn app_on(pooler: &PgBouncer, statements: PreparedStatements) -> TestApp {
    let url = pooler.url();
    TestApp::spawn_with(|config| {
        config.store.url = url.into();
        config.store.pool_size = 4;
        config.store.statements = statements;
    })
    .await
}

/// Each transaction may get another session of the server: two for four connections.
#[tokio::test]
async fn everything_works_in_transaction_mode() {
    let postgres = Postgres::new();
    let pooler = PgBouncer::on(&postgres, "transaction", 2);
    let app = app_on(&pooler, PreparedStatements::Unnamed).await;
    let campaign = app.campaign("Spring").await;
    let links = app.links(&campaign, &["x", "linkedin"]).await;
    for (n, link) in links.iter().cycle().take(6).enumerate() {
        app.later(1000);
        let agent = format!("{} {n}", crate::support::app::CHROME);
        let answer = app.click(link, &[("user-agent", &agent)]).await;
        let lead = json!({"kind": "lead", "event_id": format!("lead-{n}"),
            "click_id": click_id(&location(&answer)), "customer": {"external_id": format!("c-{n}")}});
        let answer = app.post("/conversions", &lead).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
    }
    // Reads and writes change sessions while ingest copies rows.
    let path = format!("/campaigns/{campaign}");
    let edits = (0..20).map(|n| {
        let (app, path) = (&app, &path);
        async move {
            let edit = app
                .patch(path, &json!({"name": format!("Spring {n}")}))
                .await;
            assert_eq!(edit.status, StatusCode::OK, "{edit:?}");
            app.report(&path["/campaigns/".len()..]).await;
        }
    });
    futures_util::future::join(join_all(edits), app.drain()).await;
    let report = app.report(&campaign).await;
    assert_eq!(report["total"]["clicks"]["human"], 6);
    assert_eq!(report["total"]["leads"], json!(6));
    // Another program migrates and serves on the same sessions.
    let url: secrecy::SecretString = pooler.url().into();
    let options = leadline::drivers::sql::DatabaseOptions {
        statements: PreparedStatements::Unnamed,
        ..Default::default()
    };
    let other = leadline::store::Store::open_with(&url, options)
        .await
        .unwrap();
    other.migrate().await.unwrap();
    other.probe().await.unwrap();
    other.close().await;
    assert_eq!(app.report(&campaign).await["total"]["leads"], json!(6));
}

/// Statements that are kept by name do not work there, and the error says what to set.
#[tokio::test]
async fn named_statements_in_transaction_mode_name_the_setting() {
    let postgres = Postgres::new();
    let pooler = PgBouncer::on(&postgres, "transaction", 2);
    let options = leadline::drivers::sql::DatabaseOptions {
        statements: PreparedStatements::Named,
        ..Default::default()
    };
    let url: secrecy::SecretString = pooler.url().into();
    let opened = leadline::store::Store::open_with(&url, options).await;
    let store = opened.unwrap();
    let mut failed = store.migrate().await.err();
    for _ in 0..20 {
        if failed.is_some() {
            break;
        }
        let probes = join_all((0..8).map(|_| store.probe())).await;
        failed = probes.into_iter().find_map(Result::err);
    }
    let said = failed
        .expect("two sessions for more connections")
        .to_string();
    assert!(said.contains("`store.statements = \"unnamed\"`"), "{said}");
}

/// In session mode each connection keeps a session, and others may have taken them all.
#[tokio::test]
async fn too_few_sessions_of_a_pooler_hold_nobody_for_long() {
    let postgres = Postgres::new();
    let pooler = PgBouncer::on(&postgres, "session", 4);
    let app = app_on(&pooler, PreparedStatements::Named).await;
    let campaign = app.campaign("Spring").await;
    let path = format!("/campaigns/{campaign}");
    let edits = || {
        join_all((0..8).map(|n| {
            let (app, path) = (&app, &path);
            async move {
                app.patch(path, &json!({"name": format!("Spring {n}")}))
                    .await
                    .status
            }
        }))
    };
    let others = take_all(&postgres, &pooler).await;
    let begun = Instant::now();
    let refused = edits().await;
    let took = begun.elapsed();
    assert!(
        refused
            .iter()
            .all(|it| *it == StatusCode::SERVICE_UNAVAILABLE),
        "{refused:?}"
    );
    assert!(took < Duration::from_secs(15), "{took:?}");
    drop(others);
    while app.state.context.store.probe().await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(30), "not well again");
        tokio::time::sleep(SHARED_FOR).await;
    }
    let _others = take_all(&postgres, &pooler).await;
    assert!(app.state.context.store.write().await.is_err());
    let begun = Instant::now();
    app.state.context.store.close().await;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(7), "{took:?}");
}

/// Ends the sessions of the service, and takes all that the pooler has.
async fn take_all(postgres: &Postgres, pooler: &PgBouncer) -> Vec<PgConnection> {
    let mut admin = PgConnection::connect(&postgres.url()).await.unwrap();
    admin.execute(END_SESSIONS).await.unwrap();
    let options = PgConnectOptions::from_str(&pooler.url())
        .unwrap()
        .extra_float_digits(None);
    let mut others = Vec::new();
    for _ in 0..4 {
        let mut other = PgConnection::connect_with(&options).await.unwrap();
        other.execute("SELECT 1").await.unwrap();
        others.push(other);
    }
    others
}
