//! A log that was damaged, or has entries that cannot be read: all other entries arrive.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use leadline::click::RawClick;
use leadline::clock::{Clock, Millis};
use leadline::event_log::entry::Entry;
use leadline::event_log::{self, DeadLetter, EventLog, LogTarget, SyncMode};
use leadline::id::{ClickId, LinkId, WorkspaceId};

use super::pause;
use crate::support::ground::Ground;
use crate::support::load::{Seen, burst};
use crate::support::process::free_port;

/// Bytes in front of a record: magic, length, checksum.
const HEADER: usize = 12;

/// Clicks that stand in the log on disk and nowhere else.
async fn in_the_log(ground: &mut Ground, clicks: usize) -> Seen {
    ground.set("LEADLINE__WORKER__INGEST", "false");
    let port = free_port();
    let server = ground.node("serve", "s", port);
    let seen = burst(port, clicks).await;
    server.kill();
    ground.set("LEADLINE__WORKER__INGEST", "true");
    seen
}

fn segment(ground: &Ground) -> PathBuf {
    ground.folder("s").join("log/00000000000000000000.log")
}

fn target(ground: &Ground) -> LogTarget {
    LogTarget::Local {
        dir: ground.folder("s").join("log"),
    }
}

async fn open(target: LogTarget) -> EventLog {
    let sync = SyncMode::Process;
    EventLog::open(&event_log::LogSettings { target, sync })
        .await
        .unwrap()
}

/// Starts the service on its damaged log, and clicks once more; gives the dead letters when all the
/// clicks in `seen` have arrived, and nothing else.
async fn arrive(ground: &Ground, mut seen: Seen) -> Vec<DeadLetter> {
    let port = free_port();
    let server = ground.node("serve", "s", port);
    seen.merge(burst(port, 10).await);
    assert_eq!(ground.has_all(&seen).await, seen.clicks.len());
    assert!(server.stop("TERM").success());
    open(target(ground)).await.dead_letters(10).await.unwrap()
}

#[tokio::test]
async fn a_segment_that_was_cut_short_costs_the_record_that_was_cut() {
    let mut ground = Ground::embedded().await;
    let mut seen = in_the_log(&mut ground, 50).await;
    let file = fs::File::options()
        .write(true)
        .open(segment(&ground))
        .unwrap();
    file.set_len(file.metadata().unwrap().len() - 7).unwrap();
    seen.clicks.pop();
    assert_eq!(arrive(&ground, seen).await, []);
}

#[tokio::test]
async fn a_flipped_bit_costs_its_record_and_goes_to_the_dead_letters() {
    let mut ground = Ground::embedded().await;
    let mut seen = in_the_log(&mut ground, 50).await;
    let mut bytes = fs::read(segment(&ground)).unwrap();
    let mut start = 0;
    for _ in 0..20 {
        let length = bytes[start + 4..start + 8].try_into().unwrap();
        start += HEADER + u32::from_le_bytes(length) as usize;
    }
    bytes[start + HEADER + 30] ^= 0b0001_0000;
    fs::write(segment(&ground), bytes).unwrap();
    seen.clicks.remove(20);
    let letters = arrive(&ground, seen).await;
    assert_eq!(letters.len(), 1, "{letters:?}");
}

#[tokio::test]
async fn an_entry_of_a_later_version_goes_to_the_dead_letters_and_the_rest_follows() {
    let mut ground = Ground::embedded().await;
    let seen = in_the_log(&mut ground, 50).await;
    let poison = br#"{"v":99}"#;
    let log = open(target(&ground)).await;
    log.append(&[poison].iter().collect()).await.unwrap();
    drop(log);
    let letters = arrive(&ground, seen).await;
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!(letters[0].bytes, poison);
    assert!(letters[0].reason.contains("version 99"), "{letters:?}");
}

/// A click that PostgreSQL refuses: its text cannot hold a NUL.
fn refused() -> Entry {
    let now = Clock::System.now();
    Entry::Click(RawClick {
        id: ClickId::new(now),
        workspace_id: WorkspaceId::new(Millis(0)),
        link_id: LinkId::new(Millis(0)),
        campaign_id: None,
        network: None,
        clicked_at: now,
        visitor: None,
        user_agent: Some("\0".to_owned()),
        referrer: None,
        context: leadline::click::RequestContext::default(),
    })
}

#[tokio::test]
async fn poison_in_redis_goes_to_the_dead_letters_and_the_rest_follows() {
    let ground = Ground::server().await;
    let port = free_port();
    let _redirect = ground.node("redirect", "r", port);
    let mut seen = burst(port, 50).await;
    let log = open(LogTarget::Redis(event_log::redis::RedisLogSettings {
        server: format!("redis://127.0.0.1:{}/0", ground.redis_port)
            .as_str()
            .into(),
        prefix: "leadline".to_owned(),
        shards: 1,
        consumer: "test".to_owned(),
        claim_after: Duration::from_mins(1),
    }))
    .await;
    let poison = [b"no entry".to_vec(), refused().encode().unwrap()];
    log.append(&poison.iter().collect()).await.unwrap();
    let entries = "{leadline:0}:entries";
    let _: String = ground
        .ask_redis(&["XADD", entries, "*", "pack", "no pack"])
        .await;
    seen.merge(burst(port, 50).await);
    let _ingest = ground.node("ingest", "i", 0);
    assert_eq!(ground.has_all(&seen).await, 100);
    while log.depth().await.unwrap() > 0 {
        pause(20).await;
    }
    let letters = log.dead_letters(10).await.unwrap();
    let mut bytes: Vec<_> = letters.into_iter().map(|letter| letter.bytes).collect();
    let mut expected = [&poison[..], &[b"no pack".to_vec()]].concat();
    bytes.sort();
    expected.sort();
    assert_eq!(bytes, expected);
}
