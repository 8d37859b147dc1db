//! A program that is stopped (SIGTERM) under load.

use std::time::{Duration, Instant};

use rstest::rstest;

use super::{Figures, form, pause};
use crate::support::app::Size;
use crate::support::ground::Ground;
use crate::support::load::{Load, Seen};
use crate::support::process::free_port;

/// A request on an open connection gets a whole answer, or not a byte and the connection's end.
/// Where it got none it was never read: so no click stands in the store that its visitor was not
/// led on for, and the browser may ask again.
#[rstest]
#[tokio::test]
async fn no_request_is_cut_by_a_stop(#[values(Size::Embedded, Size::Server)] size: Size) {
    let (ground, command) = match size {
        Size::Embedded => (Ground::embedded().await, "serve"),
        Size::Server => (Ground::server().await, "redirect"),
    };
    let port = free_port();
    let (mut all, mut slowest) = (Seen::default(), Duration::ZERO);
    for _ in 0..form(2, 10) {
        let server = ground.node(command, "s", port);
        let load = Load::on(&[port], 8);
        pause(400).await;
        let begun = Instant::now();
        let status = server.stop("TERM");
        slowest = slowest.max(begun.elapsed());
        let seen = load.stop();
        assert_eq!(status.code(), Some(0));
        assert_eq!(seen.cut, 0, "answers that began and did not end");
        all.merge(seen);
    }
    assert!(slowest < Duration::from_secs(10), "{slowest:?}");
    // What the log of a stopped service still holds is taken by the next one.
    let rest = if command == "serve" {
        "serve"
    } else {
        "ingest"
    };
    let _rest = ground.node(rest, "s", if rest == "serve" { port } else { 0 });
    let rows = ground.has_all(&all).await;
    assert_eq!(rows, all.clicks.len(), "a click without an answer");
    Figures {
        case: &format!("`{command}` told to stop (SIGTERM); it took {slowest:.1?} at most"),
        seen: &all,
        rows,
        doubles: None,
        outage: None,
    }
    .tell();
}
