//! The processes that are measured, each ended with its value.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use leadline::clock::Millis;
use leadline::id::SourceId;
use leadline::provider::ProviderKind;
use leadline::store::source::{self, Source};
use leadline::store::{self, Store};
use leadline::vault::Vault;
use tempfile::TempDir;

use crate::order;
use crate::paired::load::Target;
use crate::paired::process::{Process, at_home, free_port, pinned, redis, rest, wait_for};

/// Which log.
#[derive(Clone, Copy)]
pub(crate) enum Log {
    Redis,
    Local,
}

/// The bare handler.
pub(crate) struct Bare {
    process: Process,
    port: u16,
    request: Request,
}

/// What is sent.
struct Request {
    body: String,
    path: String,
    dir: TempDir,
}

impl Request {
    fn to(path: String) -> Request {
        let dir = tempfile::tempdir().unwrap();
        let body = order::body();
        fs::write(dir.path().join("body"), &body).unwrap();
        Request { body, path, dir }
    }

    fn script(&self) -> String {
        let file = self.dir.path().join("body");
        order::script(&self.path, file.to_str().unwrap(), &self.body)
    }
}

impl Bare {
    pub(crate) fn start() -> Bare {
        let port = free_port();
        let program = std::env::current_exe().unwrap();
        let mut command = pinned(program.to_str().unwrap());
        let process = command.args(["bare", &port.to_string()]).spawn().unwrap();
        wait_for(port);
        Bare {
            process: Process(process),
            port,
            request: Request::to("/".to_owned()),
        }
    }
}

impl Target for Bare {
    fn port(&self) -> u16 {
        self.port
    }
    fn script(&self) -> String {
        self.request.script()
    }
    fn pids(&self) -> Vec<u32> {
        vec![self.process.0.id()]
    }
}

/// The release binary with one source.
pub(crate) struct Server {
    process: Process,
    redis: Option<(u16, Process)>,
    port: u16,
    request: Request,
    dir: TempDir,
}

impl Server {
    pub(crate) fn start(log: Log) -> Server {
        let dir = tempfile::tempdir().unwrap();
        let port = free_port();
        let source = make_source(dir.path());
        let mut command = pinned(env!("CARGO_BIN_EXE_leadline"));
        at_home(&mut command, port, dir.path());
        command
            .env("LEADLINE__SERVER__WORKERS", "1")
            .env("LEADLINE__WORKER__INGEST", "false");
        let redis = matches!(log, Log::Redis).then(|| redis(dir.path()));
        if let Some((port, _)) = &redis {
            command.env("LEADLINE__LOG__URL", format!("redis://127.0.0.1:{port}/0"));
        }
        let process = Process(command.spawn().unwrap());
        wait_for(port);
        let server = Server {
            process,
            redis,
            port,
            request: Request::to(format!("/api/v1/webhooks/{source}")),
            dir,
        };
        rest(&server.pids());
        server
    }

    /// Resident memory of the server.
    pub(crate) fn rss_mb(&self) -> f64 {
        self.process.rss_mb()
    }
}

impl Target for Server {
    fn port(&self) -> u16 {
        self.port
    }
    fn script(&self) -> String {
        self.request.script()
    }
    fn pids(&self) -> Vec<u32> {
        let redis = self.redis.iter().map(|(_, redis)| redis.0.id());
        redis.chain([self.process.0.id()]).collect()
    }
    /// Takes away what the slice left, as the worker would: some hundred megabytes in a second.
    fn tidy(&self) {
        if let Some((port, _)) = &self.redis {
            empty(*port);
            return;
        }
        let mut segments: Vec<_> = fs::read_dir(self.dir.path().join("log"))
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "log"))
            .collect();
        segments.sort();
        // The last one is written to.
        segments.pop();
        for segment in segments {
            fs::remove_file(segment).unwrap();
        }
    }
}

/// Empties a Redis and its file.
fn empty(port: u16) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let mut ask = |command: &str| {
        stream
            .write_all(format!("{command}\r\n").as_bytes())
            .unwrap();
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        let Some(length) = line.strip_prefix('$') else {
            return line;
        };
        let mut text = vec![0; length.trim().parse::<usize>().unwrap() + 2];
        std::io::Read::read_exact(&mut answers, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    };
    assert!(ask("FLUSHALL").starts_with("+OK"));
    assert!(ask("BGREWRITEAOF").starts_with('+'));
    let begun = Instant::now();
    loop {
        let state = ask("INFO persistence");
        let is_done = ["in_progress", "scheduled"]
            .iter()
            .all(|word| state.contains(&format!("aof_rewrite_{word}:0")));
        if is_done {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{state}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Makes a workspace and a source of a shop in a SQLite store in `dir`.
fn make_source(dir: &Path) -> SourceId {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite:{}", dir.join("leadline.db").display());
        let store = Store::open(&url.into(), 1).await.unwrap();
        store.migrate().await.unwrap();
        let now = Millis(1_780_000_000_000);
        leadline::operations::key::on_store::first_key(&store, now)
            .await
            .unwrap();
        let vault = Vault::open(dir).unwrap();
        let mut tx = store.write().await.unwrap();
        let workspace = store::workspace::first(&mut tx).await.unwrap().unwrap();
        let made = Source {
            id: SourceId::new(now),
            workspace_id: workspace.id,
            provider: ProviderKind::Shopify.to_string(),
            name: "Lamps".to_owned(),
            sealed_secret: vault.seal(&order::SECRET.to_owned().into()).unwrap(),
            previous: None,
            settings: "{}".to_owned(),
            quiet_after_hours: None,
            created_at: now,
            updated_at: now,
            archived_at: None,
            accepted: 0,
            last_accepted_at: None,
            rejected: 0,
            last_rejected_at: None,
            last_rejection: None,
            unproven: 0,
            last_unproven_at: None,
            last_unproven: None,
        };
        source::insert(&mut tx, &made).await.unwrap();
        tx.commit().await.unwrap();
        store.close().await;
        made.id
    })
}
