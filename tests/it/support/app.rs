//! The whole service on a free port, with a stopped clock and a worker that only moves when it is
//! stepped.

mod keys;

use std::net::TcpListener;
use std::time::Duration;

use actix_web::web;
use leadline::app::{self, App, Role};
use leadline::clock::{Clock, Millis};
use leadline::config::Config;
use leadline::event_log::EventLog;
use leadline::http::{State, Surfaces};
use leadline::id::WorkspaceId;
use leadline::operations;
use leadline::store::key::Scope;
use leadline::worker::{StepOutcome, Worker};
use reqwest::{Method, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::{database, redis};

/// 2026-03-10T12:00:00Z, a Tuesday.
pub(crate) const NOON: Millis = Millis(1_773_144_000_000);

/// A browser that is not an app and not a program.
pub(crate) const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 \
     (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";

/// How old a link is when it is clicked first.
const LINK_AGE_MS: i64 = 5_000;

pub(crate) struct TestApp {
    pub(crate) base: String,
    pub(crate) key: String,
    pub(crate) clock: Clock,
    pub(crate) workspace_id: WorkspaceId,
    pub(crate) state: web::Data<State>,
    pub(crate) store_url: SecretString,
    worker: tokio::sync::Mutex<Worker>,
    client: reqwest::Client,
    dir: TempDir,
}

/// The sizes that the service comes in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Size {
    /// SQLite and the local log.
    Embedded,
    /// PostgreSQL and Redis.
    Server,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Answer {
    /// The stable code of a problem.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

impl TestApp {
    pub(crate) async fn spawn() -> TestApp {
        TestApp::spawn_with(|_| {}).await
    }

    /// Starts the service in one of its sizes.
    pub(crate) async fn spawn_in(size: Size) -> TestApp {
        TestApp::spawn_with_in(size, |_| {}).await
    }

    /// Starts the service in one of its sizes, with a changed configuration.
    pub(crate) async fn spawn_with_in(size: Size, change: impl FnOnce(&mut Config)) -> TestApp {
        match size {
            Size::Embedded => TestApp::spawn_with(change).await,
            Size::Server => {
                let (store, log) = (database::postgres_schema().await, redis::url());
                TestApp::spawn_with(|config| {
                    config.store.url = store;
                    config.log.url = log;
                    config.log.prefix = redis::prefix();
                    change(config);
                })
                .await
            }
        }
    }

    /// Another program on the same store, with a changed configuration; the key is the same.
    pub(crate) async fn spawn_beside(&self, change: impl FnOnce(&mut Config)) -> TestApp {
        let store = self.store_url.clone();
        let beside = TestApp::start(|config| {
            config.store.url = store;
            // Programs on one store share its master key.
            let key = self.dir().join("master.key");
            std::fs::copy(key, config.data.dir.join("master.key")).unwrap();
            change(config);
        });
        TestApp {
            key: self.key.clone(),
            ..beside.await
        }
    }

    /// Starts the service with a changed configuration.
    pub(crate) async fn spawn_with(change: impl FnOnce(&mut Config)) -> TestApp {
        let app = TestApp::start(change).await;
        assert!(!app.key.is_empty(), "the store had a key before");
        app
    }

    /// Starts the service on a store that holds keys already, with one more key.
    pub(crate) async fn spawn_on_old_store(change: impl FnOnce(&mut Config)) -> TestApp {
        let app = TestApp::start(change).await;
        TestApp {
            key: app.key_for(app.workspace_id).await,
            ..app
        }
    }

    async fn start(change: impl FnOnce(&mut Config)) -> TestApp {
        let dir = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut config = Config::load(None).unwrap();
        config.server.listen = listener.local_addr().unwrap();
        config.admin.listen = String::new();
        config.data.dir = dir.path().to_owned();
        config.conversion.answer_deadline_ms = 0;
        // Tests click by themselves.
        config.limits.clicks_per_minute = 0;
        change(&mut config);
        let clock = Clock::manual(NOON);
        let app = App::open(&config, Role::All, clock.clone()).await.unwrap();
        let first = operations::key::on_store::first_key(&app.context.store, NOON)
            .await
            .unwrap();
        let mut tx = app.context.store.read().await.unwrap();
        let workspace = leadline::store::workspace::first(&mut tx)
            .await
            .unwrap()
            .unwrap();
        drop(tx);
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (state, worker) = app.into_parts().unwrap();
        serve(state.clone(), listener);
        TestApp {
            base,
            key: first.map_or_else(String::new, |first| first.token.expose_secret().to_owned()),
            clock,
            workspace_id: workspace.id,
            state,
            store_url: config.store_url(),
            worker: tokio::sync::Mutex::new(worker),
            client: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            dir,
        }
    }

    /// A fresh service with the same workspace, campaign and link as `other`, and nothing told yet.
    pub(crate) async fn spawn_like(other: &TestApp, link: &Value) -> TestApp {
        let app = TestApp::spawn().await;
        let mut from = other.state.context.store.read().await.unwrap();
        let workspace = leadline::store::workspace::first(&mut from)
            .await
            .unwrap()
            .unwrap();
        let id = |field: &str| link[field].as_str().unwrap();
        let campaign_id = id("campaign_id").parse().unwrap();
        let campaign = leadline::store::campaign::by_id(&mut from, workspace.id, campaign_id).await;
        let link_id = id("id").parse().unwrap();
        let link = leadline::store::link::by_id(&mut from, workspace.id, link_id).await;
        let link = leadline::link::Link {
            post_id: None,
            ..link.unwrap().unwrap()
        };
        let mut tx = app.state.context.store.write().await.unwrap();
        leadline::store::workspace::insert(&mut tx, &workspace)
            .await
            .unwrap();
        leadline::store::campaign::insert(&mut tx, &campaign.unwrap().unwrap())
            .await
            .unwrap();
        leadline::store::link::insert(&mut tx, &link).await.unwrap();
        tx.commit().await.unwrap();
        app.clock.set(other.clock.now());
        TestApp {
            key: app.key_for(workspace.id).await,
            ..app
        }
    }

    /// The data folder.
    pub(crate) fn dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    pub(crate) fn log(&self) -> &EventLog {
        &self.state.context.log
    }

    /// Steps the worker until the log is empty.
    pub(crate) async fn drain(&self) {
        let mut worker = self.worker.lock().await;
        while worker.step(Duration::ZERO).await.unwrap() != StepOutcome::Idle {}
        // On a busy machine Redis may confirm an entry too late: then it waits on disk.
        while matches!(self.log().drain(self.clock.now()).await, Ok(moved) if moved > 0) {
            while worker.step(Duration::ZERO).await.unwrap() != StepOutcome::Idle {}
        }
        assert_eq!(
            self.log().depth().await.unwrap(),
            0,
            "the log is not empty after a drain"
        );
    }

    /// One step of the worker.
    pub(crate) async fn step(&self) -> Result<StepOutcome, leadline::worker::Error> {
        self.worker.lock().await.step(Duration::ZERO).await
    }

    /// Begins a step and drops it after it was polled so many times, if it is not done before.
    pub(crate) async fn give_up_after(&self, polls: usize) {
        let mut worker = self.worker.lock().await;
        let mut step = std::pin::pin!(worker.step(Duration::ZERO));
        let mut left = polls;
        std::future::poll_fn(|context| {
            left -= 1;
            match step.as_mut().poll(context) {
                std::task::Poll::Pending if left > 0 => std::task::Poll::Pending,
                _ => std::task::Poll::Ready(()),
            }
        })
        .await;
    }

    pub(crate) fn later(&self, ms: i64) {
        self.clock.set(self.clock.now().plus_ms(ms));
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client
            .request(method, format!("{}/api/v1{path}", self.base))
            .bearer_auth(&self.key)
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, path).json(body);
        let answer = read(request.send().await.unwrap()).await;
        // Who clicks a link in the moment it is made is a program.
        if path.ends_with("links") {
            self.later(LINK_AGE_MS);
        }
        answer
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        read(
            self.request(Method::PATCH, path)
                .json(body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        read(self.request(Method::DELETE, path).send().await.unwrap()).await
    }

    /// Clicks a short link as a browser; further headers may be given.
    pub(crate) async fn click(&self, link: &str, headers: &[(&str, &str)]) -> Response {
        self.visit(Method::GET, link, headers).await
    }

    pub(crate) async fn visit(
        &self,
        method: Method,
        link: &str,
        headers: &[(&str, &str)],
    ) -> Response {
        let mut request = self.client.request(method, link);
        if !headers.iter().any(|(name, _)| *name == "user-agent") {
            request = request.header("user-agent", CHROME);
        }
        // Every browser says which languages its owner reads; an empty value takes the header away.
        if !headers.iter().any(|(name, _)| *name == "accept-language") {
            request = request.header("accept-language", "de, en;q=0.5");
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    /// A campaign with a goal of leads; gives its id.
    pub(crate) async fn campaign(&self, name: &str) -> String {
        let body = json!({
            "name": name, "goal": {"metric": "leads", "target": 10}, "currency": "EUR",
            "time_zone": "Europe/Berlin", "starts_at": "2026-03-01T00:00:00Z",
        });
        let made = self.post("/campaigns", &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        made.body["id"].as_str().unwrap().to_owned()
    }

    /// Short links of a campaign, one for each network.
    pub(crate) async fn links(&self, campaign: &str, networks: &[&str]) -> Vec<String> {
        let body = json!({"url": "https://shop.example/lamp", "networks": networks});
        let made = self
            .post(&format!("/campaigns/{campaign}/links"), &body)
            .await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let links = made.body["links"].as_array().unwrap();
        links
            .iter()
            .map(|link| link["short_url"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The yield report of a campaign, as it is without any question.
    pub(crate) async fn report(&self, campaign: &str) -> Value {
        let answer = self.get(&format!("/campaigns/{campaign}/report")).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.body
    }
}

fn serve(state: web::Data<State>, listener: TcpListener) {
    let surfaces = Surfaces {
        links: true,
        api: true,
    };
    let stop = CancellationToken::new();
    let server = app::serve(state, surfaces, listener, 1, Duration::from_secs(1), &stop).unwrap();
    #[expect(
        clippy::disallowed_methods,
        reason = "a test is an assembly of its own"
    )]
    tokio::spawn(server);
}

pub(crate) async fn read(response: Response) -> Answer {
    let status = response.status();
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer { status, body }
}

/// Where a redirect leads.
pub(crate) fn location(response: &Response) -> String {
    response.headers()["location"].to_str().unwrap().to_owned()
}

/// The click id in a destination.
pub(crate) fn click_id(location: &str) -> String {
    let url = url::Url::parse(location).unwrap();
    let found = url.query_pairs().find(|(name, _)| name == "ll_click");
    found.expect("a click id").1.into_owned()
}
