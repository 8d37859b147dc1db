//! How long an append takes, alone and in batches, and what group commit makes of many callers.

#![expect(clippy::expect_used, reason = "a step that fails fails the benchmark")]

use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use leadline::event_log::local::{LocalLog, SEGMENT_BYTES};
use leadline::event_log::{EventLog, Sync};

/// About the length of a click in the log.
const RECORD_BYTES: usize = 420;

fn appends(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut group = criterion.benchmark_group("event_log/append");
    for sync in [Sync::Process, Sync::Disk] {
        for batch in [1usize, 64, 1024] {
            let dir = tempfile::tempdir().expect("a folder");
            let log = open(&runtime, dir.path(), sync);
            let records = vec![vec![b'x'; RECORD_BYTES]; batch].iter().collect();
            group.throughput(Throughput::Elements(batch as u64));
            group.bench_function(BenchmarkId::new(format!("{sync:?}"), batch), |bencher| {
                bencher.to_async(&runtime).iter(|| async {
                    log.append(&records).await.expect("appended");
                });
            });
        }
    }
    group.finish();
}

fn open(runtime: &tokio::runtime::Runtime, dir: &Path, sync: Sync) -> EventLog {
    EventLog::Local(
        runtime
            .block_on(LocalLog::open(dir, sync, SEGMENT_BYTES))
            .expect("a log"),
    )
}

criterion_group!(benches, appends);
criterion_main!(benches);
