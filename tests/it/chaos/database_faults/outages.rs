//! What works during a fault of the database, and that everything recovers after it, without a
//! restart or a click. One test for each row of the table in `docs/reliability.md`.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use leadline::readiness::SHARED_FOR;
use reqwest::StatusCode;
use secrecy::SecretString;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

use crate::pipeline::webhooks::{Shop, shop};
use crate::support::app::{TestApp, click_id, location};
use crate::support::disk::SmallDisk;
use crate::support::postgres::{Postgres, Tls};

/// How long the service may take to be well again.
const RECOVERY: Duration = Duration::from_secs(10);

/// Edits of which one fails at the latest: SQLite writes on into what its log had taken before.
const EDITS: usize = 400;

/// A service that has answered before, and what it has promised since.
struct Service {
    app: TestApp,
    campaign: String,
    link: String,
    shop: Shop,
    clicks: usize,
    leads: usize,
}

impl Service {
    async fn on(store: impl Into<SecretString>) -> Service {
        let store = store.into();
        let app = TestApp::spawn_with(|config| {
            config.store.url = store;
            config.store.pool_size = 4;
        })
        .await;
        let campaign = app.campaign("Spring").await;
        let link = app.links(&campaign, &["x"]).await.remove(0);
        let shop = shop(&app).await;
        app.state.context.sources.refresh().await.unwrap();
        let mut service = Service {
            app,
            campaign,
            link,
            shop,
            clicks: 0,
            leads: 0,
        };
        service.visit_and_report().await;
        service.app.drain().await;
        service
    }

    /// A click, and a lead of it that the shop reports.
    async fn visit_and_report(&mut self) {
        let app = &self.app;
        app.later(1000);
        let agent = format!("{} {}", crate::support::app::CHROME, self.clicks);
        let answer = app.click(&self.link, &[("user-agent", &agent)]).await;
        assert_eq!(answer.status(), StatusCode::FOUND);
        self.clicks += 1;
        let click = click_id(&location(&answer));
        let event = format!("lead-{}", self.leads);
        let lead = json!({"kind": "lead", "event_id": event, "click_id": click});
        let answer = self.shop.send(app, &event, &lead).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        self.leads += 1;
    }

    async fn edit(&self) -> StatusCode {
        let name = format!("Spring {}", self.clicks);
        let path = format!("/campaigns/{}", self.campaign);
        let answer = self.app.patch(&path, &json!({"name": name})).await;
        if answer.status != StatusCode::OK {
            assert_eq!(answer.code(), "store_unavailable", "{answer:?}");
        }
        answer.status
    }

    async fn readyz(&self) -> StatusCode {
        let answer = reqwest::get(format!("{}/readyz", self.app.base)).await;
        answer.unwrap().status()
    }

    /// The code of the store's problem that readiness names.
    async fn store_problem(&self) -> Option<String> {
        let answer = reqwest::get(format!("{}/readyz", self.app.base)).await;
        let body: serde_json::Value = answer.unwrap().json().await.unwrap();
        let problems = body["problems"].as_array().unwrap().iter();
        let mut of_store = problems.filter(|problem| problem["part"] == "store");
        Some(of_store.next()?["code"].as_str().unwrap().to_owned())
    }

    /// Redirects and webhooks are answered and kept; edits and ingest fail in time, and readiness
    /// says so.
    async fn is_degraded(&mut self) {
        let unready = (StatusCode::SERVICE_UNAVAILABLE, "store_unavailable");
        self.is_degraded_with(unready).await;
    }

    /// The same, where readiness answers with this status and this code of a problem.
    async fn is_degraded_with(&mut self, readiness: (StatusCode, &str)) {
        let mut edits = 0;
        while self.edit().await != StatusCode::SERVICE_UNAVAILABLE {
            edits += 1;
            assert!(edits < EDITS, "every edit succeeds");
        }
        for _ in 0..3 {
            self.visit_and_report().await;
        }
        let begun = Instant::now();
        let step = self.app.step().await;
        assert!(
            matches!(&step, Err(leadline::worker::Error::Store(error)) if !error.is_of_the_entry()),
            "{step:?}"
        );
        assert!(
            begun.elapsed() < Duration::from_secs(12),
            "{:?}",
            begun.elapsed()
        );
        let begun = Instant::now();
        assert_eq!(self.readyz().await, readiness.0);
        assert!(
            begun.elapsed() < Duration::from_secs(4),
            "{:?}",
            begun.elapsed()
        );
        assert_eq!(self.store_problem().await.as_deref(), Some(readiness.1));
        self.visit_and_report().await;
    }

    /// Nobody clicks: readiness alone finds out. Then nothing fails, and nothing was lost.
    async fn is_well_again(&mut self) {
        let begun = Instant::now();
        while self.readyz().await != StatusCode::OK || self.store_problem().await.is_some() {
            assert!(begun.elapsed() < RECOVERY, "not ready after {RECOVERY:?}");
            tokio::time::sleep(SHARED_FOR).await;
        }
        let edits = join_all((0..8).map(|_| self.edit())).await;
        assert!(edits.iter().all(|it| *it == StatusCode::OK), "{edits:?}");
        self.app.drain().await;
        assert_eq!(self.app.log().dead_depth().await.unwrap(), 0);
        let report = self.app.report(&self.campaign).await;
        assert_eq!(report["total"]["clicks"]["human"], self.clicks);
        assert_eq!(report["total"]["leads"], json!(self.leads));
    }
}

#[tokio::test]
async fn sqlite_recovers_from_a_full_disk() {
    let disk = SmallDisk::mount(8);
    let url = format!("sqlite:{}/leadline.db", disk.path().display());
    let mut service = Box::pin(Service::on(url)).await;
    let filler = disk.path().join("filler");
    let full = std::fs::write(&filler, vec![1; 16 << 20]);
    assert!(full.is_err(), "the disk is full");
    service.is_degraded().await;
    std::fs::remove_file(&filler).unwrap();
    service.is_well_again().await;
}

#[tokio::test]
async fn sqlite_recovers_from_a_lock_of_another_program() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/leadline.db", dir.path().display());
    let mut service = Box::pin(Service::on(url.clone())).await;
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    // It reads, and whoever writes has to wait: no reason to take it out of service.
    service
        .is_degraded_with((StatusCode::OK, "store_busy"))
        .await;
    other.execute("ROLLBACK").await.unwrap();
    service.is_well_again().await;
}

#[tokio::test]
async fn postgresql_may_be_down() {
    let mut postgres = Postgres::new();
    let mut service = Box::pin(Service::on(postgres.url())).await;
    postgres.stop();
    service.is_degraded().await;
    only_operators_are_told_more(&service.app).await;
    postgres.start();
    service.is_well_again().await;
}

/// Anybody may ask whether the service is ready: what names hosts and users stays with operators.
async fn only_operators_are_told_more(app: &TestApp) {
    let answer = reqwest::get(format!("{}/readyz", app.base)).await.unwrap();
    let public: Value = answer.json().await.unwrap();
    let problem = &public["problems"][0];
    assert_eq!(problem["code"], "store_unavailable");
    let fields: Vec<_> = problem.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["code", "part", "says"], "{public}");
    let admin = actix_web::App::new()
        .app_data(actix_web::web::Data::from(app.state.health.clone()))
        .configure(leadline::http::admin_routes);
    let admin = actix_web::test::init_service(admin).await;
    let request = actix_web::test::TestRequest::get().uri("/readyz");
    let answer = actix_web::test::call_service(&admin, request.to_request()).await;
    let told: Value = actix_web::test::read_body_json(answer).await;
    let detail = told["problems"][0]["detail"].as_str().unwrap();
    assert_ne!(detail, problem["says"], "{told}");
    assert!(!detail.is_empty(), "{told}");
}

#[tokio::test]
async fn a_restart_of_postgresql_fails_no_request_after_it() {
    let mut postgres = Postgres::new();
    let mut service = Box::pin(Service::on(postgres.url())).await;
    // Every connection of the pool is open.
    join_all((0..8).map(|_| service.edit())).await;
    postgres.stop();
    postgres.start();
    let edits = join_all((0..8).map(|_| service.edit())).await;
    assert!(edits.iter().all(|it| *it == StatusCode::OK), "{edits:?}");
    service.is_well_again().await;
}

/// The sessions of the service, ended.
pub(super) const END_SESSIONS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
     WHERE datname = 'leadline' AND pid <> pg_backend_pid()";

/// As after a failover: sessions that began then stay read-only when the server writes again.
#[tokio::test]
async fn postgresql_may_turn_read_only() {
    let postgres = Postgres::new();
    let mut service = Box::pin(Service::on(postgres.url())).await;
    let mut admin = PgConnection::connect(&postgres.url()).await.unwrap();
    let turn = "ALTER DATABASE leadline SET default_transaction_read_only = on";
    admin.execute(turn).await.unwrap();
    admin.execute(END_SESSIONS).await.unwrap();
    service.is_degraded().await;
    let back = "ALTER DATABASE leadline RESET default_transaction_read_only";
    admin.execute(back).await.unwrap();
    service.is_well_again().await;
}

#[tokio::test]
async fn postgresql_may_be_out_of_connections() {
    let postgres = Postgres::with(&["-c", "max_connections=12"]);
    let mut service = Box::pin(Service::on(postgres.url())).await;
    let mut admin = PgConnection::connect(&postgres.url()).await.unwrap();
    admin.execute(END_SESSIONS).await.unwrap();
    let mut others = Vec::new();
    while let Ok(other) = PgConnection::connect(&postgres.url()).await {
        others.push(other);
    }
    service.is_degraded().await;
    for other in others {
        other.close().await.unwrap();
    }
    service.is_well_again().await;
}

/// As when the operator changes the password before the configuration.
#[tokio::test]
async fn postgresql_may_refuse_the_password() {
    let postgres = Postgres::with_password("first").await;
    let url = postgres.url().replace("leadline@", "leadline:first@");
    let mut service = Box::pin(Service::on(url.clone())).await;
    let mut admin = PgConnection::connect(&url).await.unwrap();
    let change = "ALTER ROLE leadline PASSWORD 'second'";
    admin.execute(change).await.unwrap();
    admin.execute(END_SESSIONS).await.unwrap();
    service.is_degraded().await;
    let back = "ALTER ROLE leadline PASSWORD 'first'";
    admin.execute(back).await.unwrap();
    service.is_well_again().await;
}

/// As when a certificate has expired: connections that are open go on, no new one is trusted.
#[tokio::test]
async fn postgresql_may_show_a_certificate_that_nobody_trusts() {
    let tls = Tls::new();
    let mut postgres = Postgres::with_tls(&tls);
    let root = tls.root();
    let url = format!(
        "postgres://leadline@localhost:{}/leadline?sslmode=verify-full&sslrootcert={}",
        postgres.port(),
        root.display()
    );
    let mut service = Box::pin(Service::on(url)).await;
    postgres.stop();
    let trusted = std::fs::read(&root).unwrap();
    std::fs::copy(tls.other_root(), &root).unwrap();
    postgres.start();
    service.is_degraded().await;
    std::fs::write(&root, trusted).unwrap();
    service.is_well_again().await;
}
