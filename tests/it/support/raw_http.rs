//! Requests written by hand: heads without bodies, truncated bodies, connections that only occupy
//! their place.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::app::{Answer, TestApp};

/// How long an answer may take that waits for nothing.
const DEADLINE: Duration = Duration::from_secs(10);

/// A connection to a service, on which bytes are sent as they are.
pub(crate) struct RawConnection {
    stream: TcpStream,
    host: String,
}

impl RawConnection {
    pub(crate) async fn open(app: &TestApp) -> RawConnection {
        let host = app.base.strip_prefix("http://").unwrap().to_owned();
        let stream = TcpStream::connect(&host).await.unwrap();
        RawConnection { stream, host }
    }

    /// Sends a head that announces a JSON body of `length` bytes, and none of them. `headers` end
    /// with a line break each.
    pub(crate) async fn head(&mut self, method: &str, target: &str, headers: &str, length: usize) {
        let host = &self.host;
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n"
        );
        self.send(head.as_bytes()).await;
    }

    /// Sends bytes; a server that has hung up is no failure of the test.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// The answer, which must come without anything else being sent; status and body.
    pub(crate) async fn answer(&mut self) -> Answer {
        let mut bytes = Vec::new();
        let whole = async {
            loop {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                if let Some((head, body)) = text.split_once("\r\n\r\n")
                    && body.len() >= length_of(head)
                {
                    return (head[9..12].parse::<u16>().unwrap(), body.to_owned());
                }
                let read = self.stream.read_buf(&mut bytes).await.unwrap();
                assert_ne!(read, 0, "the connection ended at {text:?}");
            }
        };
        let (status, body) = tokio::time::timeout(DEADLINE, whole)
            .await
            .expect("an answer that waits for nothing");
        Answer {
            status: status.try_into().unwrap(),
            body: serde_json::from_str(&body).unwrap_or(Value::String(body)),
        }
    }

    /// Hangs up at once, as a program that was killed: what the server does for it is given up.
    pub(crate) fn reset(self) {
        self.stream.set_zero_linger().unwrap();
    }

    /// Whether the server has closed it.
    pub(crate) async fn is_closed(&mut self) -> bool {
        let mut rest = [0; 1024];
        let end = tokio::time::timeout(DEADLINE, self.stream.read(&mut rest)).await;
        matches!(end, Ok(Ok(0) | Err(_)))
    }
}

fn length_of(head: &str) -> usize {
    let mut lines = head.lines();
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then_some(value)
    });
    length.map_or(0, |value| value.parse().unwrap())
}
