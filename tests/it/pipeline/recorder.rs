//! Group commit: everything that waits together is written together, and nothing is forgotten.

#![expect(clippy::unwrap_used, reason = "a step that fails fails the test")]

use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use leadline::clock::Millis;
use leadline::event_log::entry::Entry;
use leadline::event_log::local::{LocalLog, SEGMENT_BYTES};
use leadline::event_log::{EventLog, MAX_RECORD_BYTES, SyncMode};
use leadline::id::{ClickId, LinkId, WorkspaceId};
use leadline::recorder::{self, Error, Recorder};

async fn open(dir: &Path, segment_bytes: u64) -> EventLog {
    EventLog::Local(
        LocalLog::open(dir, SyncMode::Process, segment_bytes)
            .await
            .unwrap(),
    )
}

fn click(number: i64) -> Entry {
    Entry::Click(leadline::click::RawClick {
        id: ClickId::from_parts(Millis(number), [0; 10]),
        workspace_id: WorkspaceId::from_parts(Millis(0), [0; 10]),
        link_id: LinkId::from_parts(Millis(0), [0; 10]),
        campaign_id: None,
        network: Some("x".to_owned()),
        clicked_at: Millis(number),
        visitor: None,
        user_agent: None,
        referrer: None,
        context: leadline::click::RequestContext::default(),
    })
}

/// What stands in the log; in the order of the clicks, for who waits together has no order.
async fn entries(log: &EventLog) -> Vec<Entry> {
    let found = log.read(usize::MAX, Duration::ZERO).await.unwrap();
    let mut entries: Vec<Entry> = found
        .iter()
        .map(|delivery| Entry::decode(&delivery.bytes).unwrap())
        .collect();
    entries.sort_by_key(|entry| match entry {
        Entry::Click(hit) => hit.clicked_at,
        _ => Millis(0),
    });
    entries
}

/// Records each alone and at the same time; drops the recorder when all are answered.
async fn record_each(recorder: Recorder, entries: &[Entry]) -> Vec<Result<(), Error>> {
    join_all(entries.iter().map(|entry| recorder.record(entry))).await
}

#[tokio::test]
async fn calls_at_the_same_time_share_writes() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), SEGMENT_BYTES).await;
    let (recorder, flusher) = recorder::new();
    let clicks: Vec<Entry> = (0..500).map(click).collect();
    let (answers, flushed) = tokio::join!(record_each(recorder, &clicks), flusher.run(log.clone()));
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(flushed.records, 500);
    assert!(flushed.appends <= 10, "{} writes", flushed.appends);
    assert!(entries(&log).await == clicks);
}

#[tokio::test]
async fn an_answer_means_it_is_in_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), SEGMENT_BYTES).await;
    let (recorder, flusher) = recorder::new();
    let one_by_one = async {
        for number in 0..5 {
            recorder.record(&click(number)).await.unwrap();
            assert_eq!(log.depth().await.unwrap(), number.unsigned_abs() + 1);
        }
        drop(recorder);
    };
    let ((), flushed) = tokio::join!(one_by_one, flusher.run(log.clone()));
    assert_eq!((flushed.records, flushed.appends), (5, 5));
}

#[tokio::test]
async fn who_comes_one_turn_of_the_thread_later_is_in_the_same_write() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), SEGMENT_BYTES).await;
    let (recorder, flusher) = recorder::new();
    let other = recorder.clone();
    let first = async {
        recorder.record(&click(0)).await.unwrap();
        drop(recorder);
    };
    let later = async {
        tokio::task::yield_now().await;
        other.record(&click(1)).await.unwrap();
        drop(other);
    };
    let ((), (), flushed) = tokio::join!(first, later, flusher.run(log.clone()));
    assert_eq!((flushed.records, flushed.appends), (2, 1));
}

#[tokio::test]
async fn shutdown_writes_what_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), SEGMENT_BYTES).await;
    let (recorder, flusher) = recorder::new();
    let clicks: Vec<Entry> = (0..3).map(click).collect();
    // Callers that queued their entry and then went away, as a browser does.
    let waiting = tokio::time::timeout(Duration::ZERO, record_each(recorder, &clicks)).await;
    assert!(waiting.is_err());
    let flushed = flusher.run(log.clone()).await;
    assert_eq!((flushed.records, flushed.appends), (3, 1));
    assert!(entries(&log).await == clicks);
}

#[tokio::test]
async fn several_entries_of_one_call_stand_together() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), SEGMENT_BYTES).await;
    let (recorder, flusher) = recorder::new();
    let clicks: Vec<Entry> = (0..3).map(click).collect();
    let call = async {
        recorder.record_all(&[]).await.unwrap();
        recorder.record_all(&clicks).await.unwrap();
        drop(recorder);
    };
    let ((), flushed) = tokio::join!(call, flusher.run(log.clone()));
    assert_eq!((flushed.records, flushed.appends), (3, 1));
    assert!(entries(&log).await == clicks);
}

#[tokio::test]
async fn a_failed_write_is_told_to_everybody_and_the_next_one_succeeds() {
    let parent = tempfile::tempdir().unwrap();
    let (dir, away) = (parent.path().join("log"), parent.path().join("away"));
    // Every write needs a new file, which a missing folder prevents.
    let log = open(&dir, 1).await;
    let (recorder, flusher) = recorder::new();
    let calls = async {
        recorder.record(&click(0)).await.unwrap();
        std::fs::rename(&dir, &away).unwrap();
        let lost: Vec<Entry> = (1..4).map(click).collect();
        for answer in record_each(recorder.clone(), &lost).await {
            assert!(matches!(answer, Err(Error::Log(_))), "{answer:?}");
        }
        std::fs::rename(&away, &dir).unwrap();
        recorder.record(&click(4)).await.unwrap();
        drop(recorder);
    };
    let ((), flushed) = tokio::join!(calls, flusher.run(log.clone()));
    assert_eq!(flushed.records, 2);
    assert_eq!(entries(&log).await, [click(0), click(4)]);
}

#[tokio::test]
async fn too_large_an_entry_fails_alone() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path(), SEGMENT_BYTES).await;
    let (recorder, flusher) = recorder::new();
    let mut large = click(1);
    if let Entry::Click(hit) = &mut large {
        hit.user_agent = Some("x".repeat(MAX_RECORD_BYTES));
    }
    let clicks = [click(0), large, click(2)];
    let (answers, _) = tokio::join!(record_each(recorder, &clicks), flusher.run(log.clone()));
    assert!(answers[0].is_ok() && answers[2].is_ok());
    assert!(matches!(answers[1], Err(Error::TooLarge(_))));
    assert_eq!(entries(&log).await, [click(0), click(2)]);
}

#[tokio::test]
async fn without_a_flusher_callers_are_told() {
    let (recorder, flusher) = recorder::new();
    drop(flusher);
    assert_eq!(recorder.record(&click(0)).await, Err(Error::Stopped));
}
