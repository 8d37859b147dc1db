//! A worker that is killed after its commit and before its acknowledgement.

use ::redis::streams::StreamPendingReply;

use super::{Figures, doubles, form, pause};
use crate::support::ground::Ground;
use crate::support::load::{Seen, burst};
use crate::support::process::free_port;
use crate::support::proxy::Proxy;

const ENTRIES: &str = "{leadline:0}:entries";
const DEPTH: &str = "{leadline:0}:depth";

/// The worker speaks to Redis through a proxy that swallows acknowledgements, and is killed when it
/// has sent one: so its commit is done, and Redis will never hear of it. Nothing is ever
/// acknowledged, so each round takes up again what all rounds before had committed.
#[tokio::test]
async fn what_was_committed_and_not_acknowledged_changes_nothing_when_it_comes_again() {
    let mut ground = Ground::server().await;
    let port = free_port();
    // No click takes the way over the disk, from which it could come twice.
    ground.set("LEADLINE__LOG__DEADLINE_MS", "30000");
    let _redirect = ground.node("redirect", "r", port);
    let proxy = Proxy::to(format!("127.0.0.1:{}", ground.redis_port)).await;
    ground.set("LEADLINE__LOG__URL", format!("redis://{}/0", proxy.address));
    proxy.hold_back("XACK");
    let mut seen = Seen::default();
    for _ in 0..form(5, 20) {
        seen.merge(burst(port, 50).await);
        let ingest = ground.node("ingest", "i", 0);
        proxy.has_held_back().await;
        ingest.kill();
        let stored = ground.stored().await;
        let rows = i64::try_from(stored.clicks.len()).unwrap();
        assert_eq!(stored.clicks.len(), seen.clicks.len(), "all are committed");
        assert!(stored.clicks.values().all(|times| *times == 1));
        assert_eq!(stored.rolled_up, [rows, 0, rows]);
        let waiting: usize = ground.ask_redis(&["GET", DEPTH]).await;
        assert_eq!(waiting, seen.clicks.len(), "none is acknowledged");
        let pending: StreamPendingReply = ground.ask_redis(&["XPENDING", ENTRIES, "ingest"]).await;
        let entries: usize = ground.ask_redis(&["XLEN", ENTRIES]).await;
        assert_eq!(pending.count(), entries, "all were handed to the worker");
    }
    let before = ground.stored().await;
    proxy.mend();
    let (_ingest, metrics) = ground.watched_node("ingest", "i", 0);
    while ground
        .ask_redis::<Option<usize>>(&["GET", DEPTH])
        .await
        .is_some()
    {
        pause(20).await;
    }
    assert_eq!(ground.stored().await, before);
    let doubles = doubles(&metrics).await;
    assert_eq!(doubles, Some(seen.clicks.len() as u64));
    Figures {
        case: "`ingest` killed between commit and acknowledgement",
        seen: &seen,
        rows: ground.has_all(&seen).await,
        doubles,
        outage: None,
    }
    .tell();
}
