//! A flood by senders without a key: meanwhile clicks are answered, edits succeed, and operators
//! are warned.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::{form, is_long, pause};
use crate::contract::store::campaign_id;
use crate::support::app::CHROME;
use crate::support::ground::Ground;
use crate::support::load::Load;
use crate::support::postgres::Postgres;
use crate::support::process::free_port;

/// Most memory of the program, in bytes.
const MOST_MEMORY: u64 = 200_000_000;

/// Clicks of one address on one link in a minute; an address of this machine has twenty times as
/// many.
const BOUND: &str = "10";

/// What the flood was answered, so that what was promised can be counted.
#[derive(Default)]
struct Answered {
    with_id: AtomicUsize,
    without_id: AtomicUsize,
}

/// Everybody who has no key, on a thread of their own.
struct Flood {
    done: Arc<AtomicBool>,
    answered: Arc<Answered>,
    thread: JoinHandle<()>,
}

impl Flood {
    fn begin(port: u16, source: String) -> Flood {
        let (done, answered) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let (stop, counted) = (Arc::clone(&done), Arc::clone(&answered));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime
                .unwrap()
                .block_on(rush(port, &source, &stop, &counted));
        });
        Flood {
            done,
            answered,
            thread,
        }
    }

    fn stop(self) -> Arc<Answered> {
        self.done.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
        self.answered
    }
}

/// All kinds of them at once, each again and again until they are stopped.
async fn rush(port: u16, source: &str, stop: &AtomicBool, answered: &Answered) {
    let json = "Content-Type: application/json\r\nContent-Length";
    let wrong = "Authorization: Bearer ll_wrong\r\n";
    let unknown = "/api/v1/webhooks/src_01kb3v9w8e7q4t2n5r6s8y0zxa";
    let known = format!("/api/v1/webhooks/{source}");
    let body = "{\"name\": \"x\"}";
    let head = |method: &str, path: &str, rest: &str| {
        format!("{method} {path} HTTP/1.1\r\nHost: ll.example\r\n{rest}\r\n\r\n")
    };
    let bad_key = head(
        "POST",
        "/api/v1/campaigns",
        &format!("{wrong}{json}: {}", body.len()),
    ) + body;
    let cut_off = head("POST", "/api/v1/campaigns", &format!("{wrong}{json}: 1000")) + body;
    let cut_webhook = head("POST", &known, &format!("{json}: 1000")) + body;
    let large = head("POST", unknown, &format!("{json}: 1048576")) + &" ".repeat(65_536);
    let aborted = head("GET", "/api/v1/campaigns?limit=x", wrong.trim_end());
    let trickled = head("POST", &known, &format!("{json}: 1000000"));
    let click = head("GET", "/slug-1", &format!("User-Agent: {CHROME}"));
    let again = async |bytes: &str, waits: bool| {
        while !stop.load(Ordering::Relaxed) {
            send(port, bytes.as_bytes(), waits).await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::join!(
        again(&bad_key, true),
        again(&bad_key, true),
        again(&cut_off, false),
        again(&cut_webhook, false),
        again(&large, true),
        again(&large, false),
        again(&aborted, false),
        again(&aborted, false),
        trickle(port, trickled.as_bytes(), stop),
        click_one_link(port, click.as_bytes(), stop, answered),
        click_one_link(port, click.as_bytes(), stop, answered),
    );
}

/// One request; `waits` for some of the answer, or hangs up at once.
async fn send(port: u16, bytes: &[u8], waits: bool) {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await else {
        return;
    };
    // A server that has answered already may have hung up.
    let _ = stream.write_all(bytes).await;
    if waits {
        let mut begun = [0; 512];
        let read = stream.read(&mut begun);
        let _ = tokio::time::timeout(Duration::from_secs(2), read).await;
    }
}

/// Three hundred bodies, of which a byte comes now and then.
async fn trickle(port: u16, head: &[u8], stop: &AtomicBool) {
    let mut streams: Vec<TcpStream> = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let mut open = Vec::new();
        for mut stream in streams {
            if stream.write_all(b" ").await.is_ok() {
                open.push(stream);
            }
        }
        streams = open;
        for _ in streams.len()..300 {
            if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await
                && stream.write_all(head).await.is_ok()
            {
                streams.push(stream);
            }
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Clicks of one address and browser on one link.
async fn click_one_link(port: u16, click: &[u8], stop: &AtomicBool, answered: &Answered) {
    let mut stream = None;
    while !stop.load(Ordering::Relaxed) {
        if stream.is_none() {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
            stream = socket.connect(([127, 0, 0, 1], port).into()).await.ok();
        }
        let Some(open) = &mut stream else { continue };
        let mut answer = Vec::new();
        let asked = open.write_all(click).await;
        while asked.is_ok() && !answer.ends_with(b"\r\n\r\n") {
            if open.read_buf(&mut answer).await.unwrap_or(0) == 0 {
                break;
            }
        }
        let answer = String::from_utf8_lossy(&answer);
        if answer.ends_with("\r\n\r\n") && answer.starts_with("HTTP/1.1 302") {
            let count = if answer.contains("ll_click=") {
                &answered.with_id
            } else {
                &answered.without_id
            };
            count.fetch_add(1, Ordering::Relaxed);
        } else {
            stream = None;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A source that anybody may know the address of.
async fn source(api: &str, key: &str) -> String {
    let made = reqwest::Client::new()
        .post(format!("{api}/api/v1/sources"))
        .bearer_auth(key)
        .json(&json!({"provider": "standard", "name": "s"}));
    let made = made.send().await.unwrap().text().await.unwrap();
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    made["id"].as_str().unwrap().to_owned()
}

/// What was seen beside the flood.
#[derive(Default)]
struct Beside {
    edits: usize,
    failed: Vec<String>,
    slowest_edit: Duration,
    slowest_ready: Duration,
    slowest_admin: Duration,
    memory: u64,
}

/// Edits with a key, and asks health and metrics, for so long.
async fn beside(
    (api, admin, key): (&str, &str, &str),
    memory: impl Fn() -> u64,
    time: Duration,
) -> Beside {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap();
    let mut seen = Beside::default();
    let begun = Instant::now();
    let campaign = format!("{api}/api/v1/campaigns/{}", campaign_id(1));
    while begun.elapsed() < time {
        let edit = client
            .patch(&campaign)
            .bearer_auth(key)
            .json(&json!({"name": format!("Edit {}", seen.edits)}));
        let ready = client.get(format!("{api}/readyz"));
        let metrics = client.get(admin);
        for (request, slowest) in [
            (edit, &mut seen.slowest_edit),
            (ready, &mut seen.slowest_ready),
            (metrics, &mut seen.slowest_admin),
        ] {
            let asked = Instant::now();
            match request.send().await {
                Ok(answer) if answer.status().is_success() => {}
                Ok(answer) => seen.failed.push(answer.status().to_string()),
                Err(error) => seen.failed.push(format!("{error:?}")),
            }
            *slowest = asked.elapsed().max(*slowest);
        }
        seen.edits += 1;
        seen.memory = memory().max(seen.memory);
        pause(20).await;
    }
    seen
}

fn p99(times: &[Duration]) -> Duration {
    assert!(!times.is_empty(), "nobody was answered");
    times[(times.len() * 99 / 100).min(times.len() - 1)]
}

#[rstest]
#[tokio::test]
async fn nobody_without_a_key_harms_those_who_have_one(#[values(false, true)] on_postgres: bool) {
    let postgres = on_postgres.then(Postgres::new);
    let mut ground = match &postgres {
        Some(postgres) => Ground::on_postgres(postgres).await,
        None => Ground::embedded().await,
    };
    ground.set("LEADLINE__LIMITS__CLICKS_PER_MINUTE", BOUND);
    ground.set("LEADLINE__SERVER__TRUSTED_PROXIES", "127.0.0.1/32");
    let key = ground.key().await;
    let port = free_port();
    let (server, admin) = ground.watched_node("serve", "s", port);
    let api = format!("http://127.0.0.1:{port}");
    let time = Duration::from_secs(form(4, 20));
    let source = source(&api, &key).await;
    let faces = (&*api, &*admin, &*key);
    // Everybody is a client of the proxy that this machine is, with an address of his own.
    let load = Load::forwarded(port, 4);
    pause(500).await;
    let calm = Instant::now();
    let without = beside(faces, || server.memory(), time).await;
    let begun = Instant::now();
    let flood = Flood::begin(port, source);
    pause(500).await;
    let risen = Instant::now();
    let with = beside(faces, || server.memory(), time).await;
    let ended = Instant::now();
    let answered = flood.stop();
    let seen = load.stop();
    let (before, during) = (seen.between(calm, begun), seen.between(risen, ended));
    let (p99_before, p99_during) = (p99(&before), p99(&during));
    println!(
        "| {} | {} / {} | {:.1?} / {:.1?} | {} of {} | {:.0?} / {:.0?} / {:.0?} | {} MB | {} |",
        if on_postgres { "PostgreSQL" } else { "SQLite" },
        before.len(),
        during.len(),
        p99_before,
        p99_during,
        with.edits - with.failed.len().min(with.edits),
        with.edits,
        with.slowest_edit,
        with.slowest_ready,
        with.slowest_admin,
        with.memory / 1_000_000,
        answered.without_id.load(Ordering::Relaxed),
    );
    assert_eq!(without.failed, Vec::<String>::new());
    assert_eq!(with.failed, Vec::<String>::new(), "beside the flood");
    assert_eq!(seen.failed, 0, "clicks beside the flood");
    let patience = Duration::from_secs(form(5, 1));
    assert!(with.slowest_ready.max(with.slowest_admin) < patience);
    assert!(with.memory < MOST_MEMORY, "{} bytes", with.memory);
    // In the short form other tests run beside this one.
    let bound = if is_long() {
        3 * p99_before
    } else {
        (3 * p99_before).max(patience / 5)
    };
    assert!(
        p99_during <= bound,
        "{p99_during:?}, {p99_before:?} without"
    );
    let log = ground.log_of("s");
    let lines = log.lines().filter(|line| line.contains("ERROR"));
    assert_eq!(
        lines.collect::<Vec<_>>(),
        Vec::<&str>::new(),
        "what clients do is no error"
    );
    assert!(log.len() < 100_000, "{} bytes of log", log.len());
    every_click_is_counted(&ground, &seen.clicks, &answered).await;
}

/// Waits until everything that was answered is in the store, once, and counted alike from clicks
/// and sums.
async fn every_click_is_counted(ground: &Ground, clicks: &[String], answered: &Answered) {
    let with_id = clicks.len() + answered.with_id.load(Ordering::Relaxed);
    let without_id = answered.without_id.load(Ordering::Relaxed);
    assert!(without_id > 0, "the bound was reached");
    let begun = Instant::now();
    loop {
        let late = begun.elapsed() > Duration::from_mins(1);
        let stored = ground.stored().await;
        let floods = ground.floods().await;
        // Answers under way when the flood ended were counted and not seen.
        if stored.clicks.len() >= with_id && floods >= without_id {
            assert!(stored.clicks.values().all(|times| *times == 1));
            assert!(clicks.iter().all(|id| stored.clicks.contains_key(id)));
            assert!(
                floods <= without_id + 2,
                "{floods} counted, {without_id} seen"
            );
            return;
        }
        assert!(
            !late,
            "{} of {with_id} clicks, {floods} of {without_id} floods",
            stored.clicks.len()
        );
        pause(50).await;
    }
}
