//! The end of the last segment: damage, and remains of probes and crashes.

use super::*;

#[tokio::test]
async fn damage_in_the_last_record_is_delivered_or_counted() {
    let last = "the last record";
    let before = framed("one");
    for flipped in before..before + framed(last) {
        for bit in [1, 0b0100_0000] {
            let dir = tempfile::tempdir().unwrap();
            let log = open(dir.path()).await;
            append(&log, &["one", last]).await;
            drop(log);
            let path = &segment_files(dir.path())[0];
            let mut bytes = fs::read(path).unwrap();
            bytes[usize::try_from(flipped).unwrap()] ^= bit;
            fs::write(path, bytes).unwrap();
            let log = open(dir.path()).await;
            append(&log, &["three"]).await;
            let (good, bad) = content(&log).await;
            assert_eq!(good, ["one", "three"], "byte {flipped}");
            // A length that leads beyond the end of the file looks like an interrupted write.
            let is_reported = bad == 1 || log.cut_off_bytes() > 0;
            assert!(is_reported, "byte {flipped}, bit {bit}: {bad}");
            let in_length = (before + 4..before + 8).contains(&flipped);
            assert!(bad == 1 || in_length, "byte {flipped}, bit {bit}");
        }
    }
}

#[tokio::test]
async fn a_probe_leaves_nothing_and_its_crash_neither() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path()).await;
    append(&log, &["one"]).await;
    for _ in 0..2 {
        log.probe().await.unwrap();
        append(&log, &["next"]).await;
        log.probe().await.unwrap();
    }
    let whole = framed("one") + 2 * framed("next");
    let path = &segment_files(dir.path())[0];
    assert_eq!(path.metadata().unwrap().len(), whole);
    drop(log);
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_len(whole + 4096)
        .unwrap();
    let log = open(dir.path()).await;
    assert_eq!(log.cut_off_bytes(), 4096);
    let expected = ["one", "next", "next"].map(str::to_owned).to_vec();
    assert_eq!(content(&log).await, (expected, 0));
}

#[tokio::test]
async fn records_never_stand_where_acknowledged_ones_stood() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path()).await;
    append(&log, &["one", "two", "three"]).await;
    let ids: Vec<LogDeliveryId> = all(&log).await.iter().map(|d| d.id).collect();
    log.ack(&[ids[0], ids[2]]).await.unwrap();
    drop(log);
    // As after a power cut that kept the checkpoint but lost the records.
    File::options()
        .write(true)
        .open(&segment_files(dir.path())[0])
        .unwrap()
        .set_len(0)
        .unwrap();
    let log = open(dir.path()).await;
    append(&log, &["four", "five"]).await;
    let (good, bad) = content(&log).await;
    assert_eq!(
        (good.as_slice(), bad),
        (["four".to_owned(), "five".to_owned()].as_slice(), 1)
    );
    drop(log);
    assert_eq!(content(&open(dir.path()).await).await, (good, 1));
}

#[tokio::test]
async fn a_damaged_checkpoint_delivers_again() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path()).await;
    append(&log, &["one", "two"]).await;
    let first = all(&log).await[0].id;
    log.ack(&[first]).await.unwrap();
    drop(log);
    fs::write(dir.path().join("acknowledged"), b"").unwrap();
    let log = open(dir.path()).await;
    assert_eq!(
        content(&log).await,
        (vec!["one".to_owned(), "two".to_owned()], 0)
    );
}
