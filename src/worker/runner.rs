//! Runs the worker: it writes a batch, and reads the next one at the same time.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::batch::EntryBatch;
use super::batch_reader::BatchReader;
use super::batch_writer::BatchWriter;
use super::error::Error;
use super::time_budget::BatchPacer;
use super::tombstones::Tombstones;
use crate::attribution::AttributionSettings;
use crate::clock::Clock;
use crate::enrich::EnrichmentRules;
use crate::event_log::EventLog;
use crate::metric::Metrics;
use crate::network::NetworkRegistry;
use crate::quiet::QuietLine;
use crate::store::Store;
use crate::store::click_event::writer::ClickWriter;
use crate::vault::Vault;

/// How long a failed step waits before the next try.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// How long a running worker waits for the log's next entry before it checks for a stop.
const WAIT: Duration = Duration::from_secs(1);

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    /// Processed this many entries of the log.
    Worked(usize),
    /// The log was empty.
    Idle,
}

/// Reads the log and writes the store.
#[derive(Debug)]
pub struct Worker {
    reader: BatchReader,
    /// The next batch, if it is ready.
    ahead: Option<EntryBatch>,
    writer: BatchWriter,
    progress: watch::Sender<u64>,
}

/// The parts that a worker uses.
#[derive(Debug)]
pub struct WorkerDeps {
    /// The source of entries.
    pub log: EventLog,
    /// The target of rows.
    pub store: Store,
    /// The networks.
    pub registry: Arc<NetworkRegistry>,
    /// How credits are calculated.
    pub terms: AttributionSettings,
    /// How clicks are enriched.
    pub rules: EnrichmentRules,
    /// Recognizes erased people. Every program on the store has the same master key.
    pub vault: Arc<Vault>,
    /// The time.
    pub clock: Clock,
    /// The metrics that the worker counts.
    pub metrics: Metrics,
}

impl Worker {
    /// A worker that processes at most `batch` entries at a time.
    pub fn new(deps: WorkerDeps, batch: usize) -> Worker {
        let (progress, _) = watch::channel(0);
        Worker {
            reader: BatchReader {
                log: deps.log.clone(),
                store: deps.store.clone(),
                vault: deps.vault.clone(),
                rules: deps.rules,
                enricher: None,
                max_entries: batch.max(1),
            },
            ahead: None,
            writer: BatchWriter {
                log: deps.log,
                store: deps.store,
                registry: deps.registry,
                terms: deps.terms,
                clock: deps.clock,
                metrics: deps.metrics,
                writer: ClickWriter::default(),
                is_open: false,
                pacer: BatchPacer::new(batch.max(1)),
                stop: CancellationToken::new(),
                stopping: None,
                tombstones: Tombstones::new(deps.vault),
                rejoining: None,
            },
            progress,
        }
    }

    /// A receiver of the number of processed entries, which grows after each committed batch.
    pub fn progress(&self) -> watch::Receiver<u64> {
        self.progress.subscribe()
    }

    /// Processes one batch, waiting up to `wait` for its first entry. While the store writes a full
    /// batch, the next one is read and enriched.
    ///
    /// # Errors
    /// When the log or the store is unavailable. Then nothing was acknowledged.
    pub async fn step(&mut self, wait: Duration) -> Result<StepOutcome, Error> {
        let batch = self.next(wait).await?;
        self.process(batch).await
    }

    async fn next(&mut self, wait: Duration) -> Result<EntryBatch, Error> {
        match self.ahead.take() {
            Some(batch) => Ok(batch),
            None => self.reader.first(wait).await,
        }
    }

    async fn process(&mut self, batch: EntryBatch) -> Result<StepOutcome, Error> {
        if batch.last.is_none() {
            return Ok(StepOutcome::Idle);
        }
        for (delivery, reason) in &batch.unreadable {
            self.writer.dead_letter(delivery, reason).await?;
        }
        let (written, next) = join(
            self.writer.write_and_acknowledge(&batch.entries),
            self.reader.behind(&batch),
        )
        .await;
        let processed = written? + batch.unreadable.len();
        if processed == batch.len() {
            self.ahead = next;
        }
        self.progress.send_modify(|sum| *sum += processed as u64);
        Ok(StepOutcome::Worked(processed))
    }

    /// Runs steps until `stop`. Then it processes the rest of the log, but only for a short time.
    pub async fn run(mut self, stop: CancellationToken) {
        let waits = QuietLine::new();
        self.writer.stop = stop.clone();
        loop {
            // A write that has begun is finished; only the wait for entries is interrupted.
            let next = tokio::select! {
                () = stop.cancelled() => break,
                next = self.next(WAIT) => next,
            };
            let step = match next {
                Ok(batch) => self.process(batch).await,
                Err(error) => Err(error),
            };
            if let Err(error) = step {
                self.writer.metrics.ingest_retries.inc();
                if let Some(times) = waits.fails(&error.to_string()) {
                    let what = "ingest waits; clicks and conversions stay in the log";
                    tracing::warn!(%error, times, "{what}");
                }
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(RETRY_PAUSE) => {}
                }
            } else if let Some(times) = waits.recovers() {
                tracing::info!(times, "ingest continues");
            }
        }
        while !self.writer.must_end()
            && let Ok(StepOutcome::Worked(_)) = self.step(Duration::ZERO).await
        {}
    }
}
