//! PostgreSQL that is stopped and started again.

use std::time::{Duration, Instant};

use super::{Figures, doubles, form, is_long, pause};
use crate::support::ground::Ground;
use crate::support::load::{Load, burst};
use crate::support::postgres::Postgres;
use crate::support::process::free_port;

#[tokio::test]
async fn clicks_wait_for_postgresql_and_arrive_once() {
    let mut postgres = Postgres::new();
    let ground = Ground::on_postgres(&postgres).await;
    let port = free_port();
    let (_server, metrics) = ground.watched_node("serve", "s", port);
    // The link is in memory from the first answer on, and PostgreSQL is not asked for it again.
    let first = burst(port, 1).await;
    let load = Load::on(&[port], 8);
    pause(500).await;
    let begun = Instant::now();
    postgres.stop();
    pause(form(3000, 20_000)).await;
    postgres.start();
    let ended = Instant::now();
    pause(500).await;
    let mut seen = load.stop();
    seen.merge(first);
    assert_eq!(seen.failed, 0);
    let rows = ground.has_all(&seen).await;
    assert_eq!(rows, seen.clicks.len());
    let p99 = Figures {
        case: "PostgreSQL stopped",
        seen: &seen,
        rows,
        doubles: doubles(&metrics).await,
        outage: Some((begun, ended)),
    }
    .tell();
    let bound = Duration::from_millis(if is_long() { 50 + 20 } else { 250 });
    assert!(p99 < bound, "{p99:?}");
}
