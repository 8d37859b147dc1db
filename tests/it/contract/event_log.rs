//! The guarantees of every backend of the event log.

#![expect(clippy::unwrap_used, reason = "a step that fails fails the test")]

mod shared;

use std::time::{Duration, Instant};

use leadline::clock::Millis;
use leadline::event_log::records::Records;
use leadline::event_log::{
    DeadLetter, Error, EventLog, LogDelivery, LogDeliveryId, LogSettings, LogTarget,
    MAX_RECORD_BYTES, SyncMode,
};
use rstest::rstest;
use tempfile::TempDir;

use crate::support::redis;

#[derive(Clone, Copy, Debug)]
enum Backend {
    Local,
    Redis,
}

/// A log of its own for one test, which can be closed and opened again.
struct Place {
    settings: LogSettings,
    _dir: Option<TempDir>,
}

impl Backend {
    fn place(self) -> Place {
        let (target, dir) = match self {
            Backend::Local => {
                let dir = tempfile::tempdir().unwrap();
                (
                    LogTarget::Local {
                        dir: dir.path().join("log"),
                    },
                    Some(dir),
                )
            }
            Backend::Redis => (LogTarget::Redis(redis::settings()), None),
        };
        Place {
            settings: LogSettings {
                target,
                sync: SyncMode::Process,
            },
            _dir: dir,
        }
    }
}

impl Place {
    /// Opens it again. A program that another test starts holds the lock of a log that was closed
    /// just now for the moment between its fork and its exec.
    async fn open(&self) -> EventLog {
        for _ in 0..200 {
            match EventLog::open(&self.settings).await {
                Err(Error::Locked(_)) => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                opened => return opened.unwrap(),
            }
        }
        EventLog::open(&self.settings).await.unwrap()
    }
}

async fn append(log: &EventLog, records: &[&str]) {
    log.append(&records.iter().collect()).await.unwrap();
}

async fn read(log: &EventLog, max: usize) -> Vec<LogDelivery> {
    log.read(max, Duration::ZERO).await.unwrap()
}

fn texts(deliveries: &[LogDelivery]) -> Vec<&str> {
    assert!(
        deliveries
            .iter()
            .all(|delivery| delivery.unreadable.is_none())
    );
    deliveries
        .iter()
        .map(|delivery| str::from_utf8(&delivery.bytes).unwrap())
        .collect()
}

fn ids(deliveries: &[LogDelivery]) -> Vec<LogDeliveryId> {
    deliveries.iter().map(|delivery| delivery.id).collect()
}

#[rstest]
#[case::local(Backend::Local)]
#[case::redis(Backend::Redis)]
#[tokio::test]
async fn entries_come_in_order_and_as_they_were(#[case] backend: Backend) {
    let place = backend.place();
    let log = place.open().await;
    assert!(read(&log, 10).await.is_empty());
    append(&log, &["one", "", "three"]).await;
    log.append(&[[0, 255, 10, 13]].iter().collect())
        .await
        .unwrap();
    let found = read(&log, 10).await;
    assert_eq!(texts(&found[..3]), ["one", "", "three"]);
    assert_eq!(found[3].bytes, [0, 255, 10, 13]);
    assert!(found.is_sorted_by(|a, b| a.id < b.id));
    assert_eq!(texts(&read(&log, 2).await), ["one", ""]);
    assert!(read(&log, 0).await.is_empty());
}

#[rstest]
#[case::local(Backend::Local)]
#[case::redis(Backend::Redis)]
#[tokio::test]
async fn entries_come_again_until_they_are_acknowledged(#[case] backend: Backend) {
    let place = backend.place();
    let log = place.open().await;
    append(&log, &["one", "two", "three"]).await;
    let first = read(&log, 2).await;
    assert_eq!(read(&log, 2).await, first);
    append(&log, &["four"]).await;
    assert_eq!(
        texts(&read(&log, 10).await),
        ["one", "two", "three", "four"]
    );
    log.ack(&ids(&first)).await.unwrap();
    let rest = read(&log, 10).await;
    assert_eq!(texts(&rest), ["three", "four"]);
    log.ack(&ids(&rest)).await.unwrap();
    log.ack(&ids(&rest)).await.unwrap();
    log.ack(&[]).await.unwrap();
    assert!(read(&log, 10).await.is_empty());
    append(&log, &["five"]).await;
    assert_eq!(texts(&read(&log, 10).await), ["five"]);
}

#[rstest]
#[case::local(Backend::Local)]
#[case::redis(Backend::Redis)]
#[tokio::test]
async fn a_restart_brings_exactly_what_was_not_acknowledged(#[case] backend: Backend) {
    let place = backend.place();
    let log = place.open().await;
    for record in ["one", "two", "three", "four", "five"] {
        append(&log, &[record]).await;
    }
    let found = read(&log, 4).await;
    log.ack(&[found[3].id, found[1].id]).await.unwrap();
    assert_eq!(texts(&read(&log, 10).await), ["one", "three", "five"]);
    drop(log);
    let log = place.open().await;
    assert_eq!(log.depth().await.unwrap(), 3);
    let found = read(&log, 10).await;
    assert_eq!(texts(&found), ["one", "three", "five"]);
    log.ack(&ids(&found)).await.unwrap();
    drop(log);
    let log = place.open().await;
    assert!(read(&log, 10).await.is_empty());
    append(&log, &["six"]).await;
    assert_eq!(texts(&read(&log, 10).await), ["six"]);
}

#[rstest]
#[case::local(Backend::Local)]
#[case::redis(Backend::Redis)]
#[tokio::test]
async fn a_dead_letter_is_kept_and_stops_nobody(#[case] backend: Backend) {
    let place = backend.place();
    let log = place.open().await;
    log.append(&[[0, 159, 146, 150]].iter().collect())
        .await
        .unwrap();
    append(&log, &["next"]).await;
    let found = read(&log, 10).await;
    log.dead_letter(&found[0], "not an entry: \"½\"", Millis(1_780_000_000_123))
        .await
        .unwrap();
    assert_eq!(texts(&read(&log, 10).await), ["next"]);
    let kept = [DeadLetter {
        at: Millis(1_780_000_000_123),
        reason: "not an entry: \"½\"".to_owned(),
        bytes: vec![0, 159, 146, 150],
    }];
    assert_eq!(log.dead_letters(10).await.unwrap(), kept);
    drop(log);
    let log = place.open().await;
    assert_eq!(log.dead_letters(10).await.unwrap(), kept);
    assert_eq!(log.dead_depth().await.unwrap(), 1);
    let next = read(&log, 10).await;
    assert_eq!(texts(&next), ["next"]);
    log.dead_letter(&next[0], "second", Millis(5))
        .await
        .unwrap();
    assert_eq!(log.dead_letters(1).await.unwrap(), kept);
    assert_eq!(
        (log.depth().await.unwrap(), log.dead_depth().await.unwrap()),
        (0, 2)
    );
}

#[rstest]
#[case::local(Backend::Local)]
#[case::redis(Backend::Redis)]
#[tokio::test]
async fn depth_counts_what_is_not_acknowledged(#[case] backend: Backend) {
    let place = backend.place();
    let log = place.open().await;
    assert_eq!(
        (log.depth().await.unwrap(), log.dead_depth().await.unwrap()),
        (0, 0)
    );
    for record in ["one", "two", "three"] {
        append(&log, &[record]).await;
    }
    assert_eq!(log.depth().await.unwrap(), 3);
    let found = read(&log, 2).await;
    assert_eq!(log.depth().await.unwrap(), 3);
    log.ack(&ids(&found[1..])).await.unwrap();
    log.ack(&ids(&found[1..])).await.unwrap();
    assert_eq!(log.depth().await.unwrap(), 2);
    log.ack(&ids(&found)).await.unwrap();
    assert_eq!(log.depth().await.unwrap(), 1);
}

#[rstest]
#[case::local(Backend::Local)]
#[case::redis(Backend::Redis)]
#[tokio::test]
async fn a_waiting_read_ends_when_something_arrives(#[case] backend: Backend) {
    let place = backend.place();
    let log = place.open().await;
    let long = Duration::from_mins(1);
    let start = Instant::now();
    let append_later = async {
        // Lets the read begin to wait first.
        tokio::task::yield_now().await;
        append(&log, &["arrived"]).await;
    };
    let (found, ()) = tokio::join!(log.read(10, long), append_later);
    assert_eq!(texts(&found.unwrap()), ["arrived"]);
    assert!(start.elapsed() < long / 2);
}

#[rstest]
#[case::local(Backend::Local)]
#[case::redis(Backend::Redis)]
#[tokio::test]
async fn a_waiting_read_ends_empty_when_its_time_is_over(#[case] backend: Backend) {
    let place = backend.place();
    let log = place.open().await;
    let wait = Duration::from_millis(30);
    let start = Instant::now();
    assert!(log.read(10, wait).await.unwrap().is_empty());
    assert!(start.elapsed() >= wait);
}

#[rstest]
#[case::local(Backend::Local)]
#[case::redis(Backend::Redis)]
#[tokio::test]
async fn a_read_that_is_given_up_loses_nothing(#[case] backend: Backend) {
    let place = backend.place();
    let log = place.open().await;
    {
        let waiting = log.read(10, Duration::from_mins(1));
        let given_up = tokio::time::timeout(Duration::from_millis(30), waiting).await;
        assert!(given_up.is_err());
    }
    append(&log, &["one"]).await;
    let found = log.read(10, Duration::from_mins(1)).await.unwrap();
    assert_eq!(texts(&found), ["one"]);
}

#[rstest]
#[case::local(Backend::Local)]
#[case::redis(Backend::Redis)]
#[tokio::test]
async fn a_large_batch_comes_out_whole(#[case] backend: Backend) {
    let place = backend.place();
    let log = place.open().await;
    let records: Vec<Vec<u8>> = (0..10_000)
        .map(|number| format!("{number:0300}").into_bytes())
        .collect();
    log.append(&records.iter().collect()).await.unwrap();
    assert_eq!(log.depth().await.unwrap(), 10_000);
    let mut out = Vec::new();
    loop {
        let found = read(&log, 3_000).await;
        if found.is_empty() {
            break;
        }
        log.ack(&ids(&found)).await.unwrap();
        out.extend(found.into_iter().map(|delivery| delivery.bytes));
    }
    assert_eq!(out, records);
}

#[rstest]
#[case::local(Backend::Local)]
#[case::redis(Backend::Redis)]
#[tokio::test]
async fn a_record_may_be_large_but_not_larger(#[case] backend: Backend) {
    let place = backend.place();
    let log = place.open().await;
    let refused = log
        .append(
            &[b"small".to_vec(), vec![7; MAX_RECORD_BYTES + 1]]
                .iter()
                .collect(),
        )
        .await;
    assert!(matches!(refused, Err(Error::TooLarge(_))), "{refused:?}");
    log.append(&Records::default()).await.unwrap();
    assert_eq!(log.depth().await.unwrap(), 0);
    let large = vec![7; MAX_RECORD_BYTES];
    log.append(&[&large].iter().collect()).await.unwrap();
    let found = read(&log, 10).await;
    log.dead_letter(&found[0], "too much", Millis(0))
        .await
        .unwrap();
    assert_eq!(log.dead_letters(1).await.unwrap()[0].bytes, large);
}

#[rstest]
#[tokio::test]
async fn what_stands_behind_a_delivery_can_be_read_before_it_is_done(
    #[values(Backend::Local, Backend::Redis)] backend: Backend,
) {
    let place = backend.place();
    let log = place.open().await;
    append(&log, &["a", "b"]).await;
    append(&log, &["c", "d", "e"]).await;
    let first = read(&log, 1).await;
    let behind = log.read_behind(first[0].id, 3).await.unwrap();
    assert_eq!(texts(&behind), ["b", "c", "d"]);
    // What is done already does not come again, and the first comes until it is done.
    log.ack(&[behind[1].id]).await.unwrap();
    let rest = log.read_behind(first[0].id, 9).await.unwrap();
    assert_eq!(texts(&rest), ["b", "d", "e"]);
    assert_eq!(texts(&read(&log, 9).await), ["a", "b", "d", "e"]);
    let last = rest[2].id;
    assert!(log.read_behind(last, 9).await.unwrap().is_empty());
    append(&log, &["f"]).await;
    assert_eq!(texts(&log.read_behind(last, 9).await.unwrap()), ["f"]);
}
