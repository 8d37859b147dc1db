//! Properties of the log on disk only: torn, damaged and missing bytes, segments, the lock.

mod tail;

use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;

use super::LocalLog;
use crate::clock::Millis;
use crate::event_log::{DeadLetter, Error, LogDelivery, LogDeliveryId, SyncMode, frame, segment};

const LARGE: u64 = 1024 * 1024;

async fn open(dir: &Path) -> LocalLog {
    LocalLog::open(dir, SyncMode::Process, LARGE).await.unwrap()
}

async fn append(log: &LocalLog, records: &[&str]) {
    let records: Vec<Vec<u8>> = records
        .iter()
        .map(|record| record.as_bytes().to_vec())
        .collect();
    log.append(&records.iter().collect()).await.unwrap();
}

async fn all(log: &LocalLog) -> Vec<LogDelivery> {
    log.read(1000, Duration::ZERO).await.unwrap()
}

/// The readable records, and the number of unreadable spans.
async fn content(log: &LocalLog) -> (Vec<String>, usize) {
    let deliveries = all(log).await;
    let (good, bad): (Vec<_>, Vec<_>) = deliveries
        .into_iter()
        .partition(|delivery| delivery.unreadable.is_none());
    (
        good.into_iter()
            .map(|d| String::from_utf8(d.bytes).unwrap())
            .collect(),
        bad.len(),
    )
}

fn segment_files(dir: &Path) -> Vec<PathBuf> {
    segment::list(dir)
        .unwrap()
        .into_iter()
        .map(|base| segment::path(dir, base))
        .collect()
}

fn framed(payload: &str) -> u64 {
    (frame::HEADER_BYTES + payload.len()) as u64
}

#[tokio::test]
async fn a_torn_tail_is_cut_wherever_it_was_torn() {
    let last = "the last record";
    for kept in 0..framed(last) {
        let dir = tempfile::tempdir().unwrap();
        let log = open(dir.path()).await;
        append(&log, &["one", "two"]).await;
        append(&log, &[last]).await;
        drop(log);
        let file = File::options()
            .write(true)
            .open(&segment_files(dir.path())[0])
            .unwrap();
        file.set_len(framed("one") + framed("two") + kept).unwrap();
        let log = open(dir.path()).await;
        assert_eq!(log.depth(), 2, "cut at {kept}");
        append(&log, &["three"]).await;
        let expected = ["one", "two", "three"].map(str::to_owned).to_vec();
        assert_eq!(content(&log).await, (expected.clone(), 0), "cut at {kept}");
        drop(log);
        assert_eq!(
            content(&open(dir.path()).await).await,
            (expected, 0),
            "cut at {kept}"
        );
    }
}

#[tokio::test]
async fn what_is_read_leaves_the_disk_and_nothing_else_does() {
    let dir = tempfile::tempdir().unwrap();
    let holds = |text: &str| {
        let files = segment_files(dir.path());
        let bytes: Vec<u8> = files
            .iter()
            .flat_map(|file| fs::read(file).unwrap())
            .collect();
        String::from_utf8_lossy(&bytes).contains(text)
    };
    let log = open(dir.path()).await;
    append(&log, &["one", "two"]).await;
    let held = all(&log).await;
    log.ack(&[held[0].id]).await.unwrap();
    log.delete_read().await.unwrap();
    assert!(holds("one") && holds("two"), "two is not read yet");
    log.ack(&[held[1].id]).await.unwrap();
    for _ in 0..2 {
        log.delete_read().await.unwrap();
        assert_eq!(segment_files(dir.path()).len(), 1);
        assert!(!holds("one") && !holds("two"));
    }
    append(&log, &["three"]).await;
    drop(log);
    let log = open(dir.path()).await;
    assert_eq!(content(&log).await, (vec!["three".to_owned()], 0));
    log.delete_read().await.unwrap();
    assert!(holds("three"));
}

#[tokio::test]
async fn a_damaged_byte_costs_its_own_record_only() {
    let before = framed("one");
    for flipped in before..before + framed("the middle") {
        let dir = tempfile::tempdir().unwrap();
        let log = open(dir.path()).await;
        append(&log, &["one", "the middle", "three"]).await;
        drop(log);
        let path = &segment_files(dir.path())[0];
        let mut bytes = fs::read(path).unwrap();
        bytes[usize::try_from(flipped).unwrap()] ^= 0b0100_0000;
        fs::write(path, bytes).unwrap();

        let log = open(dir.path()).await;
        let expected = ["one", "three"].map(str::to_owned).to_vec();
        assert_eq!(content(&log).await, (expected, 1), "byte {flipped}");
        assert_eq!(log.depth(), 3, "byte {flipped}");
        let bad = all(&log)
            .await
            .into_iter()
            .find(|d| d.unreadable.is_some())
            .unwrap();
        let reason = bad.unreadable.clone().unwrap();
        log.dead_letter(&bad, &reason, Millis(7)).await.unwrap();
        let kept = log.dead_letters(10).await.unwrap();
        assert_eq!(
            kept,
            [DeadLetter {
                at: Millis(7),
                reason,
                bytes: bad.bytes
            }]
        );
        let ids: Vec<LogDeliveryId> = all(&log).await.iter().map(|d| d.id).collect();
        log.ack(&ids).await.unwrap();
        assert_eq!(
            (log.depth(), all(&log).await.len()),
            (0, 0),
            "byte {flipped}"
        );
    }
}

#[tokio::test]
async fn a_long_damaged_span_is_read_past() {
    let dir = tempfile::tempdir().unwrap();
    let log = LocalLog::open(dir.path(), SyncMode::Process, 16 * LARGE)
        .await
        .unwrap();
    append(&log, &["one", &"x".repeat(3 * 1024 * 1024), "three"]).await;
    drop(log);
    let path = &segment_files(dir.path())[0];
    let mut bytes = fs::read(path).unwrap();
    bytes[1_000_000] ^= 1;
    fs::write(path, bytes).unwrap();
    let log = open(dir.path()).await;
    let (good, bad) = content(&log).await;
    assert_eq!(good, ["one", "three"]);
    assert_eq!(log.depth(), 2 + bad as u64);
    for delivery in all(&log).await {
        if let Some(reason) = &delivery.unreadable {
            log.dead_letter(&delivery, reason, Millis(0)).await.unwrap();
        }
    }
    assert_eq!(log.dead_depth(), bad as u64);
    assert_eq!(content(&log).await, (good, 0));
}

#[tokio::test]
async fn a_missing_segment_is_reported_and_passed() {
    let dir = tempfile::tempdir().unwrap();
    let log = LocalLog::open(dir.path(), SyncMode::Process, 1)
        .await
        .unwrap();
    for record in ["one", "two", "three"] {
        append(&log, &[record]).await;
    }
    drop(log);
    fs::remove_file(&segment_files(dir.path())[1]).unwrap();
    let log = open(dir.path()).await;
    assert_eq!(
        content(&log).await,
        (vec!["one".to_owned(), "three".to_owned()], 1)
    );
    let ids: Vec<LogDeliveryId> = all(&log).await.iter().map(|d| d.id).collect();
    log.ack(&ids).await.unwrap();
    assert_eq!((log.depth(), all(&log).await.len()), (0, 0));
}

#[tokio::test]
async fn segments_roll_and_go_when_they_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let log = LocalLog::open(dir.path(), SyncMode::Disk, 100)
        .await
        .unwrap();
    for number in 0..20 {
        append(&log, &[&format!("record {number:013}")]).await;
    }
    assert_eq!(
        segment_files(dir.path()).len(),
        7,
        "three records of 32 bytes fit in one"
    );
    assert!(
        segment_files(dir.path())
            .iter()
            .all(|file| file.metadata().unwrap().len() <= 100)
    );
    let ids: Vec<LogDeliveryId> = all(&log).await.iter().map(|d| d.id).collect();
    log.ack(&ids[1..10]).await.unwrap();
    assert_eq!(
        segment_files(dir.path()).len(),
        7,
        "the first record still holds them"
    );
    log.ack(&ids[..1]).await.unwrap();
    assert_eq!(segment_files(dir.path()).len(), 4);
    log.ack(&ids[10..]).await.unwrap();
    assert_eq!(segment_files(dir.path()).len(), 1);
}

#[tokio::test]
async fn a_second_process_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path()).await;
    let second = LocalLog::open(dir.path(), SyncMode::Process, LARGE).await;
    assert!(
        matches!(&second, Err(Error::Locked(held)) if held == dir.path()),
        "{second:?}"
    );
    drop(log);
    open(dir.path()).await;
}

#[tokio::test]
async fn a_failed_append_harms_neither_the_old_records_nor_the_next() {
    let parent = tempfile::tempdir().unwrap();
    let (dir, away) = (parent.path().join("log"), parent.path().join("away"));
    let log = LocalLog::open(&dir, SyncMode::Disk, 40).await.unwrap();
    append(&log, &["the first one, which fills it"]).await;
    fs::rename(&dir, &away).unwrap();
    let refused = log
        .append(&["refused, for it needs a new segment"].iter().collect())
        .await;
    assert!(matches!(refused, Err(Error::Write(_))), "{refused:?}");
    assert_eq!(log.depth(), 1);
    fs::rename(&away, &dir).unwrap();
    append(&log, &["2"]).await;
    let expected = ["the first one, which fills it", "2"]
        .map(str::to_owned)
        .to_vec();
    assert_eq!(content(&log).await, (expected.clone(), 0));
    drop(log);
    assert_eq!(content(&open(&dir).await).await, (expected, 0));
}

#[derive(Clone, Debug)]
enum Step {
    Append(Vec<Vec<u8>>),
    /// Reads that many and acknowledges those whose bit is set.
    Ack(usize, u32),
    DeadLetter,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let record = proptest::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        4 => proptest::collection::vec(record, 1..5).prop_map(Step::Append),
        4 => (1usize..9, any::<u32>()).prop_map(|(max, bits)| Step::Ack(max, bits)),
        1 => Just(Step::DeadLetter),
        2 => Just(Step::Reopen),
    ]
}

/// Runs the steps on a log and on a plain list, which must agree at every moment.
async fn agree(steps: Vec<Step>, segment_bytes: u64) {
    let dir = tempfile::tempdir().unwrap();
    let mut log = LocalLog::open(dir.path(), SyncMode::Process, segment_bytes)
        .await
        .unwrap();
    let mut model: VecDeque<Vec<u8>> = VecDeque::new();
    let mut dead: Vec<Vec<u8>> = Vec::new();
    for step in steps {
        match step {
            Step::Append(records) => {
                log.append(&records.iter().collect()).await.unwrap();
                model.extend(records);
            }
            Step::Ack(max, bits) => {
                let read = log.read(max, Duration::ZERO).await.unwrap();
                let chosen = |place: &usize| bits >> place & 1 == 1;
                let ids: Vec<LogDeliveryId> = (0..read.len())
                    .rev()
                    .filter(chosen)
                    .map(|place| read[place].id)
                    .collect();
                log.ack(&ids).await.unwrap();
                for place in (0..read.len()).rev().filter(chosen) {
                    assert_eq!(model.remove(place).as_ref(), Some(&read[place].bytes));
                }
            }
            Step::DeadLetter => {
                if let Some(first) = log.read(1, Duration::ZERO).await.unwrap().first() {
                    log.dead_letter(first, "reason", Millis(0)).await.unwrap();
                    dead.extend(model.pop_front());
                }
            }
            Step::Reopen => {
                drop(log);
                log = LocalLog::open(dir.path(), SyncMode::Process, segment_bytes)
                    .await
                    .unwrap();
            }
        }
        let standing: Vec<Vec<u8>> = all(&log).await.into_iter().map(|d| d.bytes).collect();
        assert_eq!(standing, model.iter().cloned().collect::<Vec<_>>());
        assert_eq!(
            (log.depth(), log.dead_depth()),
            (model.len() as u64, dead.len() as u64)
        );
    }
    let kept = log.dead_letters(usize::MAX).await.unwrap();
    assert_eq!(
        kept.into_iter()
            .map(|letter| letter.bytes)
            .collect::<Vec<_>>(),
        dead
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn it_behaves_like_a_list(
        steps in proptest::collection::vec(step(), 1..40),
        segment_bytes in 1u64..400,
    ) {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
            .block_on(agree(steps, segment_bytes));
    }
}
