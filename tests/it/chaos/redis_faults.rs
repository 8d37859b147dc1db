//! Faults of Redis, each on the test's own Redis: what redirects, webhooks, API, ingest and
//! readiness do during it, and that all of them recover without a restart or traffic.

mod emptied;
mod rights;
mod tls;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use leadline::worker::StepOutcome;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::app::{TestApp, click_id, location};
use crate::support::process::{Process, free_port, redis_server_with};

/// How long a fault may take to be seen, or to be over, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A service on a Redis of its own, with one campaign and one link.
struct Rig {
    app: TestApp,
    redis: Option<Process>,
    /// On which a script runs that does not end.
    script: Option<TcpStream>,
    port: u16,
    dir: TempDir,
    campaign: String,
    link: String,
}

impl Rig {
    async fn start() -> Rig {
        let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
        let redis = redis_server_with(dir.path(), port, &["--enable-protected-configs", "yes"]);
        let url = format!("redis://127.0.0.1:{port}/0");
        Rig::on(redis, dir, port, &url).await
    }

    async fn on(redis: Process, dir: TempDir, port: u16, url: &str) -> Rig {
        let app = TestApp::spawn_with(|config| {
            config.log.url = url.into();
            // So that a busy machine is no fault.
            config.log.deadline_ms = 1_000;
        })
        .await;
        let campaign = app.campaign("Spring").await;
        let link = app.links(&campaign, &["x"]).await.remove(0);
        Rig {
            app,
            redis: Some(redis),
            script: None,
            port,
            dir,
            campaign,
            link,
        }
    }

    /// Asks Redis as its owner.
    async fn redis<T: redis::FromRedisValue>(&self, command: &[&str]) -> T {
        let url = format!("redis://127.0.0.1:{}/0", self.port);
        let client = redis::Client::open(url).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut asked = redis::cmd(command[0]);
        asked.arg(&command[1..]);
        asked.query_async(&mut connection).await.unwrap()
    }

    /// Says a command to Redis on a connection of its own, which asks nothing else.
    fn send(&self, command: &str) -> TcpStream {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(connection, "{command}\r\n").unwrap();
        connection
    }

    /// The first line of what Redis answers to that.
    fn answer(&self, command: &str) -> String {
        let mut line = String::new();
        let mut answer = BufReader::new(self.send(command));
        answer.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    async fn configure(&self, key: &str, value: &str) {
        let _: String = self.redis(&["CONFIG", "SET", key, value]).await;
    }

    /// Clicks the link; gives the click's id.
    async fn click(&self) -> String {
        self.app.later(1);
        let answer = self.app.click(&self.link, &[]).await;
        assert_eq!(answer.status(), StatusCode::FOUND);
        click_id(&location(&answer))
    }

    async fn readiness(&self) -> (StatusCode, Value) {
        let url = format!("{}/readyz", self.app.base);
        let answer = self.app.visit(Method::GET, &url, &[]).await;
        (answer.status(), answer.json().await.unwrap())
    }

    /// Asks until readiness says so; gives what it says.
    async fn readiness_where(&self, is: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let (status, says) = self.readiness().await;
            assert_eq!(status, StatusCode::OK, "{says}");
            if is(&says) {
                return says;
            }
            assert!(begun.elapsed() < PATIENCE, "{says}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Steps what the program does by itself until Redis takes entries and the disk holds none.
    async fn settle(&self) {
        let begun = Instant::now();
        loop {
            // An error says that the fault is not over yet.
            let _ = self.app.log().drain(self.app.clock.now()).await;
            let spill = self.app.log().spill().unwrap();
            if spill.redis_is_well && spill.depth == 0 {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{spill:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The worker's steps; gives the ids of all clicks that are rows.
    async fn rows(&self) -> Vec<String> {
        self.settle().await;
        let begun = Instant::now();
        // The first step after a fault may still find its broken connection.
        while !matches!(self.app.step().await, Ok(StepOutcome::Idle)) {
            assert!(begun.elapsed() < PATIENCE, "ingest does not go on");
        }
        assert_eq!(self.app.log().depth().await.unwrap(), 0);
        let kept = self.app.get("/clicks").await.body;
        let clicks = kept["clicks"].as_array().unwrap().iter();
        let mut ids: Vec<String> = clicks
            .map(|click| click["id"].as_str().unwrap().to_owned())
            .collect();
        ids.sort_unstable();
        ids
    }
}

/// Whether readiness names a problem.
fn has(says: &Value, code: &str) -> bool {
    let problems = says["problems"].as_array().unwrap();
    problems.iter().any(|problem| problem["code"] == code)
}

/// What happens to Redis.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Down,
    Frozen,
    Full,
    ReadOnly,
    CannotPersist,
    Cluster,
    /// A script of another user of this Redis does not end.
    Busy,
    /// For a reason that is not known here: it wants replicas and has none.
    WithoutReplicas,
}

impl Fault {
    fn code(self) -> &'static str {
        match self {
            Fault::Down => "redis_unreachable",
            Fault::Frozen => "redis_slow",
            Fault::Full => "redis_out_of_memory",
            Fault::ReadOnly => "redis_read_only",
            Fault::CannotPersist => "redis_cannot_persist",
            Fault::Cluster => "redis_cluster",
            Fault::Busy => "redis_busy",
            Fault::WithoutReplicas => "redis_refuses",
        }
    }

    async fn begin(self, rig: &mut Rig) {
        match self {
            Fault::Down => rig.redis.take().unwrap().kill(),
            Fault::Frozen => rig.redis.as_ref().unwrap().signal("STOP"),
            Fault::Full => rig.configure("maxmemory", "1").await,
            Fault::ReadOnly => {
                let nobody = free_port().to_string();
                let _: String = rig.redis(&["REPLICAOF", "127.0.0.1", &nobody]).await;
            }
            Fault::CannotPersist => {
                rig.configure("save", "3600 1").await;
                rig.configure("dir", "/proc").await;
                let _: String = rig.redis(&["BGSAVE"]).await;
                rig.snapshot_is("err").await;
            }
            Fault::Cluster => {
                rig.redis.take().unwrap().stop("TERM");
                let folder = rig.dir.path().join("cluster");
                std::fs::create_dir_all(&folder).unwrap();
                rig.redis = Some(cluster_node(&folder, rig.port));
            }
            Fault::Busy => {
                rig.configure("lua-time-limit", "5").await;
                rig.script = Some(rig.send("EVAL \"while true do end\" 0"));
                let begun = Instant::now();
                while !rig.answer("PING").starts_with("-BUSY") {
                    assert!(begun.elapsed() < PATIENCE, "Redis is not busy");
                }
            }
            Fault::WithoutReplicas => rig.configure("min-replicas-to-write", "1").await,
        }
    }

    async fn end(self, rig: &mut Rig) {
        match self {
            Fault::Down => rig.redis = Some(redis_server_with(rig.dir.path(), rig.port, &[])),
            Fault::Frozen => rig.redis.as_ref().unwrap().signal("CONT"),
            Fault::Full => rig.configure("maxmemory", "0").await,
            Fault::ReadOnly => drop(rig.redis::<String>(&["REPLICAOF", "NO", "ONE"]).await),
            Fault::CannotPersist => {
                rig.configure("dir", rig.dir.path().to_str().unwrap()).await;
                let _: String = rig.redis(&["BGSAVE"]).await;
                rig.snapshot_is("ok").await;
            }
            Fault::Cluster => {
                rig.redis.take().unwrap().stop("TERM");
                rig.redis = Some(redis_server_with(rig.dir.path(), rig.port, &[]));
            }
            Fault::Busy => {
                assert_eq!(rig.answer("SCRIPT KILL"), "+OK");
                rig.script = None;
            }
            Fault::WithoutReplicas => rig.configure("min-replicas-to-write", "0").await,
        }
    }
}

/// A Redis that is a node of a cluster, which it is alone in.
fn cluster_node(dir: &Path, port: u16) -> Process {
    let bus = free_port().to_string();
    let options = ["--cluster-enabled", "yes", "--cluster-port", &bus];
    redis_server_with(dir, port, &options)
}

impl Rig {
    /// Waits until Redis says so of its last snapshot.
    async fn snapshot_is(&self, word: &str) {
        let begun = Instant::now();
        let wanted = format!("rdb_last_bgsave_status:{word}");
        loop {
            let info: String = self.redis(&["INFO", "persistence"]).await;
            let is_done = info.contains("rdb_bgsave_in_progress:0");
            if is_done && info.contains(&wanted) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{info}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[rstest]
#[tokio::test]
async fn what_redis_does_not_take_is_kept_on_disk_and_follows(
    #[values(
        Fault::Down,
        Fault::Frozen,
        Fault::Full,
        Fault::ReadOnly,
        Fault::CannotPersist,
        Fault::Cluster,
        Fault::Busy,
        Fault::WithoutReplicas
    )]
    fault: Fault,
) {
    let mut rig = Rig::start().await;
    let mut promised = vec![rig.click().await];
    assert_eq!(rig.rows().await, promised);

    fault.begin(&mut rig).await;
    for _ in 0..3 {
        promised.push(rig.click().await);
    }
    let lead = json!({"kind": "lead", "event_id": "l-1", "click_id": promised[2]});
    let told = rig.app.post("/conversions", &lead).await;
    assert_eq!(told.status, StatusCode::ACCEPTED, "{told:?}");
    let body = json!({"url": "https://shop.example/new"});
    let made = rig.app.post("/links", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let made = made.body["short_url"].as_str().unwrap().to_owned();
    let answer = rig.app.click(&made, &[]).await;
    assert_eq!(answer.status(), StatusCode::FOUND);
    promised.push(click_id(&location(&answer)));
    let says = rig.readiness_where(|says| has(says, fault.code())).await;
    assert_eq!(says["log"], "spilling", "{says}");
    assert_eq!(says["spill_depth"], 5, "{says}");
    assert!(says.to_string().contains("kept on disk"), "{says}");

    // Nobody clicks from here on.
    fault.end(&mut rig).await;
    rig.settle().await;
    let says = rig.readiness_where(|says| !has(says, fault.code())).await;
    assert_eq!(
        (&says["log"], &says["spill_depth"]),
        (&json!("ok"), &json!(0)),
        "{says}"
    );
    promised.sort_unstable();
    assert_eq!(rig.rows().await, promised);
    assert_eq!(rig.app.report(&rig.campaign).await["total"]["leads"], 1.0);
}

/// A PING that is answered is no entry that is taken.
#[tokio::test]
async fn a_redis_that_refuses_entries_never_counts_as_well() {
    let mut rig = Rig::start().await;
    Fault::Full.begin(&mut rig).await;
    rig.click().await;
    for _ in 0..20 {
        assert!(rig.app.log().drain(rig.app.clock.now()).await.is_err());
        assert!(!rig.app.log().spill().unwrap().redis_is_well);
    }
    Fault::Full.end(&mut rig).await;
    rig.settle().await;
    // A probe leaves no entry: one click, one row, no dead letter.
    assert_eq!(rig.rows().await.len(), 1);
    assert_eq!(rig.app.log().dead_depth().await.unwrap(), 0);
    let length: u64 = rig.redis(&["XLEN", "{leadline:0}:entries"]).await;
    assert_eq!(length, 0);
}

#[tokio::test]
async fn a_redis_that_may_evict_is_a_warning_until_it_may_not() {
    let rig = Rig::start().await;
    rig.configure("maxmemory", "1gb").await;
    rig.configure("maxmemory-policy", "allkeys-lru").await;
    let says = rig
        .readiness_where(|says| has(says, "redis_may_evict"))
        .await;
    assert_eq!(
        (&says["ready"], &says["log"]),
        (&json!(true), &json!("ok")),
        "{says}"
    );
    assert!(rig.app.log().redis_condition().unwrap().may_evict());
    rig.configure("maxmemory-policy", "volatile-lru").await;
    rig.readiness_where(|says| !has(says, "redis_may_evict"))
        .await;
}

#[tokio::test]
async fn a_redis_without_a_file_is_a_warning_until_it_has_one() {
    let rig = Rig::start().await;
    rig.configure("appendonly", "no").await;
    let says = rig
        .readiness_where(|says| has(says, "redis_not_durable"))
        .await;
    assert_eq!(
        (&says["ready"], &says["log"]),
        (&json!(true), &json!("ok")),
        "{says}"
    );
    rig.configure("appendonly", "yes").await;
    rig.readiness_where(|says| !has(says, "redis_not_durable"))
        .await;
}

#[tokio::test]
async fn a_node_of_a_cluster_is_refused_at_the_start() {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
    let _redis = cluster_node(dir.path(), port);
    let mut config = leadline::config::Config::load(None).unwrap();
    config.data.dir = dir.path().join("data");
    config.log.url = format!("redis://127.0.0.1:{port}/0").into();
    config.admin.listen = String::new();
    let clock = leadline::clock::Clock::System;
    let opened = leadline::app::App::open(&config, leadline::app::Role::All, clock).await;
    let error = format!("{:#}", opened.unwrap_err());
    assert!(error.contains("a node of a Redis Cluster"), "{error}");
}
