//! A wait for other writers does not change the pace.

use super::*;
use crate::clock::Millis;
use crate::event_log::SyncMode;
use crate::event_log::local::{LocalLog, SEGMENT_BYTES};
use crate::id::WorkspaceId;
use crate::vault::Vault;

const T0: Millis = Millis(1_773_144_000_000);

/// Longer than an empty entry takes on any machine.
const HELD: Duration = Duration::from_secs(2);

#[tokio::test]
async fn the_wait_for_other_writers_is_no_time_of_the_entries() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/test.db", dir.path().display());
    let store = Store::open(&url.into(), 2).await.unwrap();
    store.migrate().await.unwrap();
    let folder = dir.path().join("log");
    let log = LocalLog::open(&folder, SyncMode::Process, SEGMENT_BYTES);
    let mut writing = BatchWriter {
        log: EventLog::Local(log.await.unwrap()),
        store: store.clone(),
        registry: Arc::new(NetworkRegistry::embedded().unwrap()),
        terms: AttributionSettings {
            window_days: 30,
            sale_window_days: 90,
            half_life_days: 7,
        },
        clock: Clock::manual(T0),
        metrics: Metrics::default(),
        writer: ClickWriter::default(),
        is_open: false,
        pacer: BatchPacer::new(100),
        stop: CancellationToken::new(),
        stopping: None,
        tombstones: Tombstones::new(Arc::new(Vault::from_key([7; 32]))),
        rejoining: None,
    };
    let other = store.write().await.unwrap();
    let release = async {
        tokio::time::sleep(HELD).await;
        drop(other);
    };
    let begun = Instant::now();
    let code = EnrichedEntry::PromoCode(WorkspaceId::new(T0), "POD10".to_owned());
    let entries = [&code];
    let apply = writing.apply(&entries);
    let (applied, ()) = futures_util::future::join(apply, release).await;
    let (count, took) = applied.unwrap();
    assert!(begun.elapsed() >= HELD, "it had to wait");
    assert_eq!(count, 1);
    assert!(took < HELD / 2, "{took:?}");
}
