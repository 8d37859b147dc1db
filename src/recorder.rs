//! Group commit: all requests that wait for the event log at the same time share one write.
//!
//! # Invariants
//! - [`Recorder::record`] returns when the entry is durable, or with the reason why it is not.
//! - Each request waits for its own entries, so the open requests bound the waiting entries.
//! - When the last [`Recorder`] is dropped, [`Flusher::run`] writes the remaining entries and
//!   returns. That is the shutdown.
//! - Each thread that answers requests has its own recorder and flusher. So entries that become
//!   ready together share one write, and no other thread is woken.
//!
//! # Out of scope
//! Where entries come from; the backend of the log.

use foldhash::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::Notify;

use crate::click::{Flood, FloodedLink};
use crate::clock::Millis;
use crate::event_log::entry::{Encode, Entry};
use crate::event_log::records::Records;
use crate::event_log::{EventLog, MAX_RECORD_BYTES};
use crate::id::ClickId;

/// Bytes of memory that a buffer keeps for the next batch. A larger buffer is freed.
const MAX_SPARE_BYTES: usize = 1024 * 1024;

/// Most turns of the thread that a batch waits for more entries.
const MOST_TURNS: usize = 8;

/// Why an entry is not recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The entry has no wire form.
    #[error("the entry cannot be written: {0}; report this with the request that made it")]
    Encode(String),
    /// An entry is above [`MAX_RECORD_BYTES`]. Nothing of the call is recorded.
    #[error("an entry of {0} bytes is too large; send {MAX_RECORD_BYTES} at most")]
    TooLarge(usize),
    /// The log did not accept the batch of the entry.
    #[error("{0}")]
    Log(String),
    /// The flusher has ended.
    #[error("the program is shutting down; try again when it runs")]
    Stopped,
}

impl Error {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Encode(_) => "encode",
            Error::TooLarge(_) => "too_large",
            Error::Log(_) => "log",
            Error::Stopped => "stopped",
        }
    }
}

/// The outcome of a batch, and the requests that wait for it.
#[derive(Debug, Default)]
struct BatchOutcome {
    outcome: OnceLock<Result<(), Error>>,
    done: Notify,
}

impl BatchOutcome {
    fn finish(&self, outcome: Result<(), Error>) {
        // Only the first outcome counts.
        let _ = self.outcome.set(outcome);
        self.done.notify_waiters();
    }
}

/// A batch that is being written. Its requests get an outcome even if the write is abandoned.
struct InFlightBatch(Arc<BatchOutcome>);

impl Drop for InFlightBatch {
    fn drop(&mut self) {
        self.0.finish(Err(Error::Stopped));
    }
}

/// The batch that gathers entries.
#[derive(Debug, Default)]
struct GatheringBatch {
    records: Records,
    /// Clicks above the bound, by link and quarter-hour: the time of the first, and their number.
    floods: HashMap<(FloodedLink, Millis), (Millis, u32)>,
    batch: Arc<BatchOutcome>,
    /// Whether the flusher has ended.
    stopped: bool,
}

impl GatheringBatch {
    /// How many entries wait, including one for each sum of clicks.
    fn waiting(&self) -> usize {
        self.records.len() + self.floods.len()
    }

    /// Turns the sums of clicks into entries.
    fn encode_floods(&mut self) -> Result<(), Error> {
        for ((link, _), (at, clicks)) in self.floods.drain() {
            let flood = Entry::Flood(Flood {
                id: ClickId::new(at),
                at,
                clicks,
                link,
            });
            push(&mut self.records, &flood)?;
        }
        Ok(())
    }
}

#[derive(Debug, Default)]
struct RecorderState {
    open: Mutex<GatheringBatch>,
    /// Notified when a batch gets its first entry, and when the last recorder is dropped.
    begun: Notify,
}

impl RecorderState {
    fn open(&self) -> MutexGuard<'_, GatheringBatch> {
        // A panic leaves no half record: records are added whole or not at all.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Dropped with the last recorder.
#[derive(Debug)]
struct RecorderGuard(Arc<RecorderState>);

impl Drop for RecorderGuard {
    fn drop(&mut self) {
        self.0.begun.notify_one();
    }
}

/// Writes entries to the event log. Clones share the batch.
#[derive(Clone, Debug)]
pub struct Recorder(Arc<RecorderGuard>);

/// Writes the gathered entries to the log.
#[derive(Debug)]
pub struct Flusher {
    shared: Arc<RecorderState>,
    recorders: std::sync::Weak<RecorderGuard>,
}

/// What a flusher has written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlushTotals {
    /// Records made durable.
    pub records: u64,
    /// Writes to the log, including failed ones.
    pub appends: u64,
}

/// A recorder, and the flusher that writes what it gathers.
pub fn new() -> (Recorder, Flusher) {
    let shared = Arc::new(RecorderState::default());
    let alive = Arc::new(RecorderGuard(shared.clone()));
    let recorders = Arc::downgrade(&alive);
    (Recorder(alive), Flusher { shared, recorders })
}

impl Recorder {
    /// Records one entry; it is durable when this returns.
    ///
    /// # Errors
    /// When the entry is not durable, or may not be. The caller may try again: a repeat changes
    /// nothing.
    pub async fn record(&self, entry: &Entry) -> Result<(), Error> {
        self.record_all(std::slice::from_ref(entry)).await
    }

    /// Records several entries; all are durable when this returns.
    ///
    /// # Errors
    /// When an entry is not durable, or may not be. The caller may try again: repeats change
    /// nothing.
    pub async fn record_all(&self, entries: &[Entry]) -> Result<(), Error> {
        if entries.is_empty() {
            return Ok(());
        }
        self.put(entries)?.durable().await
    }

    /// Counts a click above the bound. In a batch, all such clicks of a link and quarter-hour
    /// become one entry.
    ///
    /// # Errors
    /// When the flusher has ended.
    pub fn put_flood(&self, link: FloodedLink, at: Millis) -> Result<PendingWrite, Error> {
        let shared = &self.0.0;
        let mut open = shared.open();
        if open.stopped {
            return Err(Error::Stopped);
        }
        let is_first = open.waiting() == 0;
        let sum = open.floods.entry((link, at.quarter_hour()));
        sum.or_insert((at, 0)).1 += 1;
        let batch = open.batch.clone();
        drop(open);
        if is_first {
            shared.begun.notify_one();
        }
        Ok(PendingWrite(batch))
    }

    /// Adds the entries to the next write, all or none. They are not durable yet. The caller need
    /// not keep them while it waits.
    ///
    /// # Errors
    /// When they cannot be written, or the flusher has ended.
    pub fn put(&self, entries: &[impl Encode]) -> Result<PendingWrite, Error> {
        let shared = &self.0.0;
        let mut open = shared.open();
        if open.stopped {
            return Err(Error::Stopped);
        }
        let before = open.records.len();
        for entry in entries {
            if let Err(error) = push(&mut open.records, entry) {
                while open.records.len() > before {
                    open.records.pop();
                }
                return Err(error);
            }
        }
        let batch = open.batch.clone();
        drop(open);
        if before == 0 {
            shared.begun.notify_one();
        }
        Ok(PendingWrite(batch))
    }
}

/// Entries that wait for their write.
#[derive(Debug)]
pub struct PendingWrite(Arc<BatchOutcome>);

impl PendingWrite {
    /// Returns when the entries are durable.
    ///
    /// # Errors
    /// When an entry is not durable, or may not be. The caller may try again: repeats change
    /// nothing.
    pub async fn durable(self) -> Result<(), Error> {
        let PendingWrite(batch) = self;
        // Listening begins before the check, so the outcome cannot be missed in between.
        let done = batch.done.notified();
        if let Some(outcome) = batch.outcome.get() {
            return outcome.clone();
        }
        done.await;
        batch.outcome.get().cloned().unwrap_or(Err(Error::Stopped))
    }
}

/// Adds a record. An entry that is too large is refused here, so that its own call fails and not a
/// whole batch.
fn push(records: &mut Records, entry: &impl Encode) -> Result<(), Error> {
    let length = records
        .push_with(|out| entry.encode_into(out))
        .map_err(|error| Error::Encode(error.to_string()))?;
    if length > MAX_RECORD_BYTES {
        records.pop();
        return Err(Error::TooLarge(length));
    }
    Ok(())
}

impl Flusher {
    /// Writes batch after batch, until every recorder is dropped and nothing waits.
    ///
    /// While one batch is written, the next one gathers entries. So batches grow with the load, and
    /// no timer is needed.
    pub async fn run(self, log: EventLog) -> FlushTotals {
        let mut flushed = FlushTotals::default();
        let mut spare = Records::default();
        loop {
            self.gather().await;
            let Some(batch) = self.take(&mut spare) else {
                if self.recorders.strong_count() == 0 {
                    return flushed;
                }
                self.shared.begun.notified().await;
                continue;
            };
            let written = log.append(&spare).await;
            flushed.appends += 1;
            if written.is_ok() {
                flushed.records += spare.len() as u64;
            }
            batch
                .0
                .finish(written.map_err(|error| Error::Log(error.to_string())));
            spare.clear();
            if spare.capacity() > MAX_SPARE_BYTES {
                spare = Records::default();
            }
        }
    }
}

impl Flusher {
    /// Yields while each turn of the thread adds entries. A lone request pays for one extra poll.
    ///
    /// A large write costs about as much as a small one. Sockets that became readable during the
    /// last write are not polled yet, so their entries can join.
    async fn gather(&self) {
        let mut before = 0;
        for _ in 0..MOST_TURNS {
            let waiting = self.shared.open().waiting();
            if waiting == before {
                return;
            }
            before = waiting;
            tokio::task::yield_now().await;
        }
    }

    /// Moves the waiting entries into `records`; `None` if none waits.
    fn take(&self, records: &mut Records) -> Option<InFlightBatch> {
        let mut open = self.shared.open();
        let floods = open.encode_floods();
        if let Err(error) = floods {
            open.batch.finish(Err(error));
        }
        if open.records.is_empty() {
            return None;
        }
        std::mem::swap(&mut open.records, records);
        Some(InFlightBatch(std::mem::take(&mut open.batch)))
    }
}

impl Drop for Flusher {
    /// No request may wait for a flusher that was dropped.
    fn drop(&mut self) {
        let mut open = self.shared.open();
        open.stopped = true;
        let batch = std::mem::take(&mut open.batch);
        drop(open);
        batch.finish(Err(Error::Stopped));
    }
}
