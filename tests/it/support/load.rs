//! A load that remembers what it was promised: every 302 that came in whole, by its click id.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::app::CHROME;

/// What a client saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Click ids of the 302s.
    pub(crate) clicks: Vec<String>,
    /// Requests that got another answer, or none.
    pub(crate) failed: usize,
    /// The slowest 302.
    pub(crate) slowest: Duration,
}

/// Clicks one link, one request after the other, until `done`.
pub(crate) async fn click(port: u16, slug: &str, done: &AtomicBool) -> Seen {
    let mut seen = Seen::default();
    let mut stream = None;
    let mut number = 0;
    while !done.load(Ordering::Relaxed) {
        number += 1;
        let begun = Instant::now();
        if let Some(click) = one(&mut stream, port, slug, number).await {
            seen.clicks.push(click);
            seen.slowest = seen.slowest.max(begun.elapsed());
        } else {
            seen.failed += 1;
            stream = None;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    seen
}

/// One click on the open connection, or on a new one; the id that came back in a whole 302.
async fn one(stream: &mut Option<TcpStream>, port: u16, slug: &str, number: u32) -> Option<String> {
    if stream.is_none() {
        *stream = TcpStream::connect(("127.0.0.1", port)).await.ok();
    }
    let stream = stream.as_mut()?;
    let request = format!(
        "GET /{slug} HTTP/1.1\r\nHost: ll.example\r\nUser-Agent: {CHROME} {port}/{number}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut answer).await.ok()? == 0 {
            return None;
        }
    }
    let answer = String::from_utf8(answer).unwrap();
    let id = answer
        .strip_prefix("HTTP/1.1 302")?
        .split("ll_click=")
        .nth(1)?;
    Some(id.split_whitespace().next()?.to_owned())
}
