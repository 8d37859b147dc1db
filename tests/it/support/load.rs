//! A load that records its promises: every complete 302, by its click id.
//!
//! It runs on its own thread, so that a test never delays its answers. Every click comes from its
//! own browser, so each is its visitor's first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::app::CHROME;

/// What a client waits between two clicks.
const PAUSE: Duration = Duration::from_millis(4);

/// What clients saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Click ids of the 302s.
    pub(crate) clicks: Vec<String>,
    /// When each 302 was asked for, and how long it took.
    pub(crate) answers: Vec<(Instant, Duration)>,
    /// Requests that got another answer, or none.
    pub(crate) failed: usize,
    /// Those among them whose answer began and did not end.
    pub(crate) cut: usize,
}

impl Seen {
    /// Adds what others saw.
    pub(crate) fn merge(&mut self, other: Seen) {
        self.clicks.extend(other.clicks);
        self.answers.extend(other.answers);
        self.failed += other.failed;
        self.cut += other.cut;
    }

    /// How long the 302s took that were asked for between the two moments, the fastest first.
    pub(crate) fn between(&self, from: Instant, to: Instant) -> Vec<Duration> {
        let within = |(begun, _): &&(Instant, Duration)| (from..to).contains(begun);
        let mut times: Vec<_> = self.answers.iter().filter(within).map(|it| it.1).collect();
        times.sort_unstable();
        times
    }
}

/// Clients at work.
pub(crate) struct Load {
    done: Arc<AtomicBool>,
    thread: JoinHandle<Seen>,
}

impl Load {
    /// So many clients, shared out among the ports, that click one link until they are stopped.
    pub(crate) fn on(ports: &[u16], clients: usize) -> Load {
        Load::begin(ports, clients, false)
    }

    /// The same on one port, by a proxy that says whom it clicks for: each browser has an address
    /// of its own.
    pub(crate) fn forwarded(port: u16, clients: usize) -> Load {
        Load::begin(&[port], clients, true)
    }

    fn begin(ports: &[u16], clients: usize, is_forwarded: bool) -> Load {
        let done = Arc::new(AtomicBool::new(false));
        let (ports, stop) = (ports.to_vec(), done.clone());
        let thread = std::thread::spawn(move || {
            let clicking = (0..clients).map(async |client| {
                let mut client = Client::of(ports[client % ports.len()]);
                client.is_forwarded = is_forwarded;
                while !stop.load(Ordering::Relaxed) {
                    client.click().await;
                    tokio::time::sleep(PAUSE).await;
                }
                client.seen
            });
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let mut sum = Seen::default();
            for seen in runtime.unwrap().block_on(join_all(clicking)) {
                sum.merge(seen);
            }
            sum
        });
        Load { done, thread }
    }

    /// Stops the clients, and tells what they saw.
    pub(crate) fn stop(self) -> Seen {
        self.done.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// So many clicks, all of which must succeed.
pub(crate) async fn burst(port: u16, clicks: usize) -> Seen {
    let mut client = Client::of(port);
    for _ in 0..clicks {
        client.click().await;
    }
    assert_eq!(client.seen.failed, 0);
    client.seen
}

/// What came back of one request.
enum Answer {
    Found(String),
    Other,
    Cut,
    Nothing,
}

/// Somebody who clicks `/slug-1`, one request after the other.
struct Client {
    port: u16,
    is_forwarded: bool,
    stream: Option<TcpStream>,
    seen: Seen,
}

impl Client {
    fn of(port: u16) -> Client {
        Client {
            port,
            is_forwarded: false,
            stream: None,
            seen: Seen::default(),
        }
    }

    async fn click(&mut self) {
        let begun = Instant::now();
        let answer = self.ask().await;
        if let Answer::Found(click) = answer {
            self.seen.clicks.push(click);
            self.seen.answers.push((begun, begun.elapsed()));
            return;
        }
        self.seen.failed += 1;
        self.seen.cut += usize::from(matches!(answer, Answer::Cut));
        self.stream = None;
        tokio::time::sleep(5 * PAUSE).await;
    }

    /// One request on the open connection, or on a new one.
    async fn ask(&mut self) -> Answer {
        static BROWSERS: AtomicU32 = AtomicU32::new(0);
        if self.stream.is_none() {
            let stream = TcpStream::connect(("127.0.0.1", self.port)).await;
            self.stream = stream.ok();
        }
        let Some(stream) = &mut self.stream else {
            return Answer::Nothing;
        };
        let browser = BROWSERS.fetch_add(1, Ordering::Relaxed);
        let [_, a, b, c] = browser.to_be_bytes();
        let forwarded = if self.is_forwarded {
            format!("X-Forwarded-For: 11.{a}.{b}.{c}\r\n")
        } else {
            String::new()
        };
        let request = format!(
            "GET /slug-1 HTTP/1.1\r\nHost: ll.example\r\nUser-Agent: {CHROME} {browser}\r\n\
             {forwarded}\r\n"
        );
        if stream.write_all(request.as_bytes()).await.is_err() {
            return Answer::Nothing;
        }
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            match stream.read_buf(&mut answer).await {
                Ok(1..) => {}
                _ if answer.is_empty() => return Answer::Nothing,
                _ => return Answer::Cut,
            }
        }
        found(&String::from_utf8(answer).unwrap()).map_or(Answer::Other, Answer::Found)
    }
}

/// The click id in a whole 302.
fn found(answer: &str) -> Option<String> {
    let rest = answer.strip_prefix("HTTP/1.1 302")?;
    let id = rest.split("ll_click=").nth(1)?.split_whitespace().next()?;
    Some(id.to_owned())
}
