//! How long an append takes, alone and in batches: the log on disk against a SQLite table that
//! takes each batch in one transaction. `cargo bench --bench event_log [-- process]`.
//!
//! Two groups, by what an append has survived when it is answered. The end of this process: the
//! bytes are with the system, so SQLite needs no fsync at all (`OFF`), or has one at a checkpoint
//! (`NORMAL`). The end of the power supply: an fsync for each batch, `FULL` in SQLite. Both sides
//! only append; what was read is removed in neither.

#![expect(clippy::expect_used, reason = "a step that fails fails the benchmark")]

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use leadline::event_log::local::{LocalLog, SEGMENT_BYTES};
use leadline::event_log::records::Records;
use leadline::event_log::{EventLog, SyncMode};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

/// About the length of a click in the log.
const RECORD_BYTES: usize = 420;

const TABLE: &str = "CREATE TABLE entry (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT";

/// One statement is a transaction of its own. The batch comes as one value and the places of its
/// records as another: faster than a row of `VALUES` for each.
const INSERT: &str = "INSERT INTO entry (body) \
     SELECT substr($1, value ->> 0, value ->> 1) FROM json_each($2)";

fn appends(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut group = criterion.benchmark_group("event_log/process");
    for batch in [1, 64, 1024] {
        segments(&mut group, &runtime, batch, SyncMode::Process);
        sqlite(&mut group, &runtime, batch, SqliteSynchronous::Off);
        sqlite(&mut group, &runtime, batch, SqliteSynchronous::Normal);
    }
    group.finish();
    let mut group = criterion.benchmark_group("event_log/disk");
    for batch in [1, 64, 1024] {
        segments(&mut group, &runtime, batch, SyncMode::Disk);
        sqlite(&mut group, &runtime, batch, SqliteSynchronous::Full);
    }
    group.finish();
}

fn records(batch: usize) -> Records {
    vec![vec![b'x'; RECORD_BYTES]; batch].iter().collect()
}

fn segments(
    group: &mut BenchmarkGroup<'_, WallTime>,
    runtime: &Runtime,
    batch: usize,
    sync: SyncMode,
) {
    let dir = tempfile::tempdir().expect("a folder");
    let opened = runtime.block_on(LocalLog::open(dir.path(), sync, SEGMENT_BYTES));
    let log = EventLog::Local(opened.expect("a log"));
    let records = records(batch);
    group.throughput(Throughput::Elements(batch as u64));
    group.bench_function(BenchmarkId::new("segments", batch), |bencher| {
        bencher.to_async(runtime).iter(|| async {
            log.append(&records).await.expect("appended");
        });
    });
}

fn sqlite(
    group: &mut BenchmarkGroup<'_, WallTime>,
    runtime: &Runtime,
    batch: usize,
    synchronous: SqliteSynchronous,
) {
    let dir = tempfile::tempdir().expect("a folder");
    let table = Mutex::new(runtime.block_on(open_table(dir.path(), synchronous)));
    let records = records(batch);
    let name = format!("sqlite {synchronous:?}");
    group.throughput(Throughput::Elements(batch as u64));
    group.bench_function(BenchmarkId::new(name, batch), |bencher| {
        bencher.to_async(runtime).iter(|| async {
            insert(&mut *table.lock().await, &records).await;
        });
    });
}

async fn open_table(dir: &Path, synchronous: SqliteSynchronous) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(dir.join("log.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous);
    let mut connection = options.connect().await.expect("a database");
    let made = sqlx::query(TABLE).execute(&mut connection).await;
    made.expect("a table");
    connection
}

async fn insert(connection: &mut SqliteConnection, records: &Records) {
    let mut bytes = Vec::with_capacity(records.byte_len());
    let mut places = String::from("[");
    for record in records.iter() {
        let comma = if bytes.is_empty() { "" } else { "," };
        write!(places, "{comma}[{},{}]", bytes.len() + 1, record.len()).expect("written");
        bytes.extend_from_slice(record);
    }
    places.push(']');
    let inserted = sqlx::query(INSERT)
        .bind(bytes)
        .bind(places)
        .execute(connection)
        .await;
    let rows = inserted.expect("inserted").rows_affected();
    assert_eq!(rows, records.len() as u64);
}

fn short() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
}

criterion_group! {
    name = benches;
    config = short();
    targets = appends
}
criterion_main!(benches);
