//! The worker: turns the event log into rows, exactly once for each id.
//!
//! Holds: a batch is written in one transaction and acknowledged only after it committed, so a
//! crash in between repeats it, and repeats change nothing. A store that is away stops nothing
//! but the worker: entries wait in the log. An entry that can never be processed goes to the dead
//! letters and the next one follows. Must not know: HTTP.

mod batch_metrics;
mod batch_reader;
mod batch_writer;
pub mod customers;
pub mod delivery;
pub mod erasure;
mod ingest;
mod join;
mod orders;
pub mod rates;
pub mod reclassify;
pub mod recredit;
pub mod report_cache;
pub mod retention;
mod time_budget;
mod tombstones;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use self::batch_reader::{BatchReader, EntryBatch};
use self::batch_writer::BatchWriter;
use self::time_budget::BatchPacer;
use self::tombstones::Tombstones;
use crate::attribution::AttributionSettings;
use crate::clock::Clock;
use crate::enrich::{self, EnrichmentRules};
use crate::event_log::{self, EventLog};
use crate::metric::Metrics;
use crate::network::NetworkRegistry;
use crate::quiet::QuietLine;
use crate::store::click::writer::Writer;
use crate::store::{self, Store};
use crate::vault::Vault;

/// How long a failed step waits before the next try.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// How long a running worker waits for the log's next entry before it looks around.
const WAIT: Duration = Duration::from_secs(1);

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    /// Took this many entries out of the log.
    Worked(usize),
    /// There was nothing to do.
    Idle,
}

/// Why a step did nothing; the next one tries the same entries again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log did not answer.
    #[error(transparent)]
    Log(#[from] event_log::Error),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The embedded rules cannot be used; none in a released program.
    #[error(transparent)]
    EnrichmentRules(#[from] enrich::Error),
    /// Making the rules ready broke off.
    #[error("the rules of classes could not be made ready")]
    RulesBroke,
}

/// Reads the log and writes the store.
#[derive(Debug)]
pub struct Worker {
    reading: BatchReader,
    /// The next batch, where it is ready.
    ahead: Option<EntryBatch>,
    writing: BatchWriter,
    progress: watch::Sender<u64>,
}

/// What a worker works with.
#[derive(Debug)]
pub struct WorkerDeps {
    /// Where entries come from.
    pub log: EventLog,
    /// Where rows go.
    pub store: Store,
    /// The networks.
    pub registry: Arc<NetworkRegistry>,
    /// What credits are made by.
    pub terms: AttributionSettings,
    /// What is found out about clicks.
    pub rules: EnrichmentRules,
    /// Recognises who was erased; of the same master key in every program on the store.
    pub vault: Arc<Vault>,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Metrics,
}

impl Worker {
    /// A worker that takes at most `batch` entries at a time.
    pub fn new(parts: WorkerDeps, batch: usize) -> Worker {
        let (progress, _) = watch::channel(0);
        Worker {
            reading: BatchReader {
                log: parts.log.clone(),
                rules: parts.rules,
                enricher: None,
                most: batch.max(1),
            },
            ahead: None,
            writing: BatchWriter {
                log: parts.log,
                store: parts.store,
                registry: parts.registry,
                terms: parts.terms,
                clock: parts.clock,
                metrics: parts.metrics,
                writer: Writer::default(),
                is_open: false,
                pace: BatchPacer::new(batch.max(1)),
                stop: CancellationToken::new(),
                stopping: None,
                tombstones: Tombstones::new(parts.vault),
                rejoining: None,
            },
            progress,
        }
    }

    /// Tells after each committed batch how many entries were taken so far.
    pub fn progress(&self) -> watch::Receiver<u64> {
        self.progress.subscribe()
    }

    /// Takes one batch, waiting up to `wait` for its first entry. While the store works on a full
    /// one, the next is made ready.
    ///
    /// # Errors
    /// When log or store are away; nothing was acknowledged then.
    pub async fn step(&mut self, wait: Duration) -> Result<StepOutcome, Error> {
        let batch = self.next(wait).await?;
        self.apply(batch).await
    }

    async fn next(&mut self, wait: Duration) -> Result<EntryBatch, Error> {
        match self.ahead.take() {
            Some(batch) => Ok(batch),
            None => self.reading.first(wait).await,
        }
    }

    async fn apply(&mut self, batch: EntryBatch) -> Result<StepOutcome, Error> {
        if batch.last.is_none() {
            return Ok(StepOutcome::Idle);
        }
        for (delivery, reason) in &batch.unreadable {
            self.writing.dead_letter(delivery, reason).await?;
        }
        let (written, next) = join(
            self.writing.apply_and_acknowledge(&batch.entries),
            self.reading.behind(&batch),
        )
        .await;
        let taken = written? + batch.unreadable.len();
        if taken == batch.len() {
            self.ahead = next;
        }
        self.progress.send_modify(|sum| *sum += taken as u64);
        Ok(StepOutcome::Worked(taken))
    }

    /// Steps until `stop`, then takes for a short time what the log still holds.
    pub async fn run(mut self, stop: CancellationToken) {
        let waits = QuietLine::new();
        self.writing.stop = stop.clone();
        loop {
            // What has begun to be written is written; only the wait for it is broken off.
            let next = tokio::select! {
                () = stop.cancelled() => break,
                next = self.next(WAIT) => next,
            };
            let step = match next {
                Ok(batch) => self.apply(batch).await,
                Err(error) => Err(error),
            };
            if let Err(error) = step {
                self.writing.metrics.ingest_retries.inc();
                if let Some(times) = waits.fails(&error.to_string()) {
                    let what = "ingest waits; clicks and conversions stay in the log";
                    tracing::warn!(%error, times, "{what}");
                }
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(RETRY_PAUSE) => {}
                }
            } else if let Some(times) = waits.recovers() {
                tracing::info!(times, "ingest goes on");
            }
        }
        while !self.writing.must_end()
            && let Ok(StepOutcome::Worked(_)) = self.step(Duration::ZERO).await
        {}
    }
}
