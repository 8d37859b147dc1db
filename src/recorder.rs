//! Group commit: everybody who waits for the event log at the same moment shares one write.
//!
//! Holds: [`Recorder::record`] returns only when the entry is durable, or with the reason why it is
//! not. What waits is bounded by the requests under way, each of which waits for its own entries.
//! When the last [`Recorder`] is gone, [`Flusher::run`] writes what is left and returns: that is
//! the shutdown. Recorder and flusher work best on one thread, one pair for each that answers
//! requests: then everything that became ready together is in one write, and nobody wakes another
//! thread. Must not know: where entries come from, which backend the log has.

use foldhash::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::Notify;

use crate::click::{Flood, FloodedLink};
use crate::clock::Millis;
use crate::event_log::entry::{Encode, Entry};
use crate::event_log::records::Records;
use crate::event_log::{EventLog, MAX_RECORD_BYTES};
use crate::id::ClickId;

/// Memory that a buffer keeps for the next batch, in bytes; a larger one is given back.
const MAX_SPARE_BYTES: usize = 1024 * 1024;

/// Most turns of the thread that a batch gathers for, so that one that keeps growing is written.
const MOST_TURNS: usize = 8;

/// Why an entry is not recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The entry has no wire form.
    #[error("the entry cannot be written: {0}; report this with the request that made it")]
    Encode(String),
    /// One entry above [`MAX_RECORD_BYTES`]; nothing of the call is recorded.
    #[error("an entry of {0} bytes is too large; send {MAX_RECORD_BYTES} at most")]
    TooLarge(usize),
    /// The log did not take the batch that held the entry.
    #[error("{0}")]
    Log(String),
    /// The flusher has ended.
    #[error("the program is shutting down; try again when it runs")]
    Stopped,
}

impl Error {
    /// What failed, in one word.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Encode(_) => "encode",
            Error::TooLarge(_) => "too_large",
            Error::Log(_) => "log",
            Error::Stopped => "stopped",
        }
    }
}

/// What became of a batch, and who waits to hear it.
#[derive(Debug, Default)]
struct BatchOutcome {
    outcome: OnceLock<Result<(), Error>>,
    done: Notify,
}

impl BatchOutcome {
    fn finish(&self, outcome: Result<(), Error>) {
        // The first word stands.
        let _ = self.outcome.set(outcome);
        self.done.notify_waiters();
    }
}

/// A batch on its way: who waits for it hears of its end even where the writing is given up.
struct InFlightBatch(Arc<BatchOutcome>);

impl Drop for InFlightBatch {
    fn drop(&mut self) {
        self.0.finish(Err(Error::Stopped));
    }
}

/// The batch that is gathering.
#[derive(Debug, Default)]
struct GatheringBatch {
    records: Records,
    /// Clicks beyond the bound, by link and quarter-hour: when the first was, and how many.
    floods: HashMap<(FloodedLink, Millis), (Millis, u32)>,
    batch: Arc<BatchOutcome>,
    /// Whether the flusher has ended.
    stopped: bool,
}

impl GatheringBatch {
    /// What waits, entries and sums that will be some.
    fn waiting(&self) -> usize {
        self.records.len() + self.floods.len()
    }

    /// Makes entries of the sums.
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
    /// Told when a batch begins to gather, and when the last recorder is gone.
    begun: Notify,
}

impl RecorderState {
    fn open(&self) -> MutexGuard<'_, GatheringBatch> {
        // Nothing is left half done by a panic: records go in whole or not at all.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gone with the last recorder.
#[derive(Debug)]
struct RecorderGuard(Arc<RecorderState>);

impl Drop for RecorderGuard {
    fn drop(&mut self) {
        self.0.begun.notify_one();
    }
}

/// Puts entries into the event log. Clones share the batch.
#[derive(Clone, Debug)]
pub struct Recorder(Arc<RecorderGuard>);

/// Takes what the recorders gather to the log.
#[derive(Debug)]
pub struct Flusher {
    shared: Arc<RecorderState>,
    recorders: std::sync::Weak<RecorderGuard>,
}

/// What a flusher did in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlushTotals {
    /// Records made durable.
    pub records: u64,
    /// Writes to the log, failed ones included.
    pub appends: u64,
}

/// An empty batch, and its end towards the log.
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
    /// When it is not, or nobody knows: the caller may try again, a double falls away later.
    pub async fn record(&self, entry: &Entry) -> Result<(), Error> {
        self.record_all(std::slice::from_ref(entry)).await
    }

    /// Records several entries; all are durable when this returns.
    ///
    /// # Errors
    /// When not all are, or nobody knows: the caller may try again, doubles fall away later.
    pub async fn record_all(&self, entries: &[Entry]) -> Result<(), Error> {
        if entries.is_empty() {
            return Ok(());
        }
        self.put(entries)?.durable().await
    }

    /// Counts a click beyond the bound. All of a link that gather for one write become one entry,
    /// which is durable when they are told so.
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

    /// Puts the entries, all or none, where the next write takes them; they are not durable yet. So
    /// nothing of them is carried through the wait.
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

/// Entries on their way into the log.
#[derive(Debug)]
pub struct PendingWrite(Arc<BatchOutcome>);

impl PendingWrite {
    /// Returns when the entries are durable.
    ///
    /// # Errors
    /// When they are not, or nobody knows: the caller may try again, doubles fall away later.
    pub async fn durable(self) -> Result<(), Error> {
        let PendingWrite(batch) = self;
        // From here on the batch's end is heard, so it is not missed between a look and the wait.
        let done = batch.done.notified();
        if let Some(outcome) = batch.outcome.get() {
            return outcome.clone();
        }
        done.await;
        batch.outcome.get().cloned().unwrap_or(Err(Error::Stopped))
    }
}

/// Too large an entry is refused here, where it fails its own call and not a whole batch.
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
    /// Writes whatever waits, batch by batch, until every recorder is gone and nothing waits.
    ///
    /// While one batch is being written the next one gathers, so batches grow with the load and
    /// nobody waits for a timer.
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
    /// Lets whatever is ready on this thread come in first, for as long as each turn brings more: a
    /// write costs the same however much is in it, and at the end of the last one half of those who
    /// will wait for the next have not been read yet. Who is alone waits for one look at the
    /// sockets.
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

    /// What waits, moved into `records`; `None` when nothing does.
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
    /// Nobody waits for a flusher that was dropped.
    fn drop(&mut self) {
        let mut open = self.shared.open();
        open.stopped = true;
        let batch = std::mem::take(&mut open.batch);
        drop(open);
        batch.finish(Err(Error::Stopped));
    }
}
