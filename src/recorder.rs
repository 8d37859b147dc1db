//! Group commit: everybody who waits for the event log at the same moment shares one write.
//!
//! Holds: [`Recorder::record`] returns only when the entry is durable, or with the reason why it
//! is not. A full queue makes callers wait; nothing is ever dropped from it. When the last
//! [`Recorder`] is gone, [`Flusher::run`] writes what is left and returns: that is the shutdown.
//! Must not know: where entries come from, which backend the log has.

use tokio::sync::{mpsc, oneshot};

use crate::event_log::entry::Entry;
use crate::event_log::{EventLog, MAX_RECORD_BYTES};

/// Most waiting calls that share one write.
const MAX_BATCH: usize = 1024;

/// Why an entry is not recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The entry has no wire form.
    #[error("the entry cannot be written as JSON: {0}; report this with the request that made it")]
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

/// Records of one call, and who waits for them.
struct Waiting {
    records: Vec<Vec<u8>>,
    durable: oneshot::Sender<Result<(), Error>>,
}

/// Puts entries into the event log. Clones share the queue.
#[derive(Clone, Debug)]
pub struct Recorder {
    queue: mpsc::Sender<Waiting>,
}

/// Takes what the recorders queue to the log.
#[derive(Debug)]
pub struct Flusher {
    queue: mpsc::Receiver<Waiting>,
}

/// What a flusher did in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flushed {
    /// Records made durable.
    pub records: u64,
    /// Writes to the log, failed ones included.
    pub appends: u64,
}

/// A queue of `capacity` waiting calls (1 at least), and its end towards the log.
pub fn new(capacity: usize) -> (Recorder, Flusher) {
    let (sender, receiver) = mpsc::channel(capacity.max(1));
    (Recorder { queue: sender }, Flusher { queue: receiver })
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
        let records = entries
            .iter()
            .map(encode)
            .collect::<Result<Vec<_>, Error>>()?;
        let (durable, answer) = oneshot::channel();
        let waiting = Waiting { records, durable };
        self.queue.send(waiting).await.map_err(|_| Error::Stopped)?;
        answer.await.map_err(|_| Error::Stopped)?
    }
}

/// Too large an entry is refused here, where it fails its own call and not a whole batch.
fn encode(entry: &Entry) -> Result<Vec<u8>, Error> {
    let record = entry
        .encode()
        .map_err(|error| Error::Encode(error.to_string()))?;
    if record.len() > MAX_RECORD_BYTES {
        return Err(Error::TooLarge(record.len()));
    }
    Ok(record)
}

impl Flusher {
    /// Writes whatever waits, batch by batch, until every recorder is gone and the queue is empty.
    ///
    /// While one batch is being written the next one gathers, so batches grow with the load and
    /// nobody waits for a timer.
    pub async fn run(mut self, log: EventLog) -> Flushed {
        let mut flushed = Flushed::default();
        let mut batch = Vec::with_capacity(MAX_BATCH);
        while self.queue.recv_many(&mut batch, MAX_BATCH).await > 0 {
            let mut records = Vec::with_capacity(batch.len());
            let mut waiters = Vec::with_capacity(batch.len());
            for waiting in batch.drain(..) {
                records.extend(waiting.records);
                waiters.push(waiting.durable);
            }
            let written = log
                .append(&records)
                .await
                .map_err(|error| Error::Log(error.to_string()));
            flushed.appends += 1;
            if written.is_ok() {
                flushed.records += records.len() as u64;
            }
            for waiter in waiters {
                // Who stopped waiting needs no answer; the record stands all the same.
                let _ = waiter.send(written.clone());
            }
        }
        flushed
    }
}
