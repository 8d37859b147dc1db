//! Writes batches to the store, in short transactions, and acknowledges them.
//!
//! # Invariants
//! - An entry is acknowledged after the transaction that wrote it has committed.
//! - Clicks are written before entries that may name them; sums of floods and orphans come last.
//!   Each kind keeps the log's order.
//! - Entries that a transaction cannot write in its time budget are left to the next one: see
//!   [`super::time_budget`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::batch::EnrichedEntry;
use super::batch_metrics::EntryOutcome;
use super::erasure::Eraser;
use super::error::Error;
use super::ingest::{self, RejoinCursor};
use super::time_budget::{BatchPacer, TimeBudget};
use super::tombstones::Tombstones;
use crate::attribution::AttributionSettings;
use crate::clock::Clock;
use crate::event_log::{EventLog, LogDelivery};
use crate::metric::Metrics;
use crate::network::NetworkRegistry;
use crate::store::click_event::writer::ClickWriter;
use crate::store::{self, Store};

/// Number of attempts for an entry that collides with a concurrent writer.
const COLLISION_TRIES: u32 = 3;

/// How long entries are processed after the stop. The rest stays in the log for the next start.
const STOP_BUDGET: Duration = Duration::from_secs(2);

/// An entry with its delivery, which is acknowledged.
type BatchItem = (LogDelivery, EnrichedEntry);

/// Writes batches to the store.
#[derive(Debug)]
pub(super) struct BatchWriter {
    pub(super) log: EventLog,
    pub(super) store: Store,
    pub(super) registry: Arc<NetworkRegistry>,
    pub(super) terms: AttributionSettings,
    pub(super) clock: Clock,
    pub(super) metrics: Metrics,
    pub(super) writer: ClickWriter,
    /// Whether a transaction began whose end is unknown, because a caller may drop a step halfway.
    pub(super) is_open: bool,
    /// How many clicks, floods or orphans are written at once.
    pub(super) pacer: BatchPacer,
    pub(super) stop: CancellationToken,
    /// When the stop was noticed.
    pub(super) stopping: Option<Instant>,
    pub(super) tombstones: Tombstones,
    /// The progress of the next entry, if it takes more than one transaction.
    pub(super) rejoining: Option<RejoinCursor>,
}

impl BatchWriter {
    /// Writes and acknowledges the entries. Returns how many; all of them, except after
    /// [`STOP_BUDGET`].
    pub(super) async fn write_and_acknowledge(
        &mut self,
        entries: &[BatchItem],
    ) -> Result<usize, Error> {
        let arrived_at = entries.first().and_then(|(_, oldest)| oldest.arrived_at());
        if let Some(arrived_at) = arrived_at {
            let age = self.clock.now().0 - arrived_at.0;
            self.metrics.ingest_lag_ms.set(age);
        }
        let (mut clicks, mut others) = (Vec::new(), Vec::new());
        let (mut floods, mut orphans) = (Vec::new(), Vec::new());
        for item in entries {
            match item.1 {
                EnrichedEntry::Click(..) => clicks.push(item),
                EnrichedEntry::Flood(..) => floods.push(item),
                EnrichedEntry::Orphan(..) => orphans.push(item),
                EnrichedEntry::Conversion(_)
                | EnrichedEntry::Delivery(_)
                | EnrichedEntry::PromoCode(..) => {
                    others.push(item);
                }
            }
        }
        let mut taken = 0;
        let kinds = [
            (clicks, true),
            (others, false),
            (floods, true),
            (orphans, true),
        ];
        for (kind, is_bulk) in kinds {
            let mut rest = &kind[..];
            while !rest.is_empty() && !self.must_end() {
                let most = if is_bulk {
                    self.pacer.entries()
                } else {
                    rest.len()
                };
                let some = &rest[..most.min(rest.len())];
                let count = self.apply_some(some, is_bulk).await?;
                taken += count;
                rest = &rest[count..];
            }
        }
        Ok(taken)
    }

    /// Whether the stop was so long ago that no more entries are written.
    pub(super) fn must_end(&mut self) -> bool {
        if !self.stop.is_cancelled() {
            return false;
        }
        let since = self.stopping.get_or_insert_with(Instant::now);
        since.elapsed() >= STOP_BUDGET
    }

    /// Writes and acknowledges the first of these. Returns how many.
    async fn apply_some(&mut self, entries: &[&BatchItem], is_bulk: bool) -> Result<usize, Error> {
        let all: Vec<&EnrichedEntry> = entries.iter().map(|(_, entry)| entry).collect();
        match self.apply(&all).await {
            Ok((count, took)) => {
                if is_bulk {
                    self.pacer.record(count, took);
                }
                let taken = entries[..count].iter();
                let ids: Vec<_> = taken.map(|(delivery, _)| delivery.id).collect();
                self.log.ack(&ids).await?;
                Ok(count)
            }
            Err(error) if !error.is_of_the_entry() => Err(error.into()),
            Err(_) => self.apply_singly(entries).await,
        }
    }

    /// Writes the first of the entries in one transaction. Returns how many, and how long it took.
    async fn apply(
        &mut self,
        entries: &[&EnrichedEntry],
    ) -> Result<(usize, Duration), store::Error> {
        if std::mem::replace(&mut self.is_open, true) {
            self.writer.clear_cache();
            self.rejoining = None;
        }
        let written = self.write(entries).await;
        self.is_open = false;
        match written {
            Ok((written, took)) => {
                written.outcomes.report(&self.metrics);
                if written.metrics.has_erased() {
                    self.finish_erasing().await;
                }
                written.metrics.report(&self.metrics);
                Ok((written.count, took))
            }
            Err(error) => {
                self.writer.clear_cache();
                self.rejoining = None;
                Err(error)
            }
        }
    }

    /// Finishes the erasures that entries requested. If that fails, a task tries again.
    async fn finish_erasing(&self) {
        let eraser = Eraser {
            store: &self.store,
            vault: &self.tombstones.vault(),
            registry: &self.registry,
            terms: self.terms,
        };
        if let Err(error) = eraser.finish(&self.stop).await {
            tracing::warn!(%error, "an erasure is not finished; it is tried again");
        }
    }

    /// The time begins with the transaction: a wait for other writers says nothing about the
    /// entries.
    async fn write(
        &mut self,
        entries: &[&EnrichedEntry],
    ) -> Result<(ingest::WrittenBatch, Duration), store::Error> {
        let mut tx = self.store.ingest().await?;
        let begun = Instant::now();
        let budget = TimeBudget::begin();
        let now = self.clock.now();
        let (writer, tombstones) = (&mut self.writer, &mut self.tombstones);
        let joins_by = (&*self.registry, self.terms);
        let rejoining = &mut self.rejoining;
        let written = ingest::apply(
            &mut tx,
            writer,
            joins_by,
            tombstones,
            entries,
            (now, budget),
            rejoining,
        )
        .await?;
        tx.commit().await?;
        Ok((written, begun.elapsed()))
    }

    /// Writes each entry in its own transaction, so that a refused entry does not stop others.
    /// Returns how many; all of them, except after [`STOP_BUDGET`].
    async fn apply_singly(&mut self, entries: &[&BatchItem]) -> Result<usize, Error> {
        for (taken, (delivery, entry)) in entries.iter().enumerate() {
            let mut collisions = 0;
            loop {
                match self.apply(&[entry]).await {
                    // The entry needs more than one transaction.
                    Ok((0, _)) if self.must_end() => return Ok(taken),
                    Ok((0, _)) => {}
                    Ok(_) => {
                        self.log.ack(&[delivery.id]).await?;
                        break;
                    }
                    Err(error) if !error.is_of_the_entry() => return Err(error.into()),
                    Err(store::Error::Duplicate) if collisions + 1 < COLLISION_TRIES => {
                        collisions += 1;
                    }
                    Err(error) => {
                        self.dead_letter(delivery, &error.to_string()).await?;
                        break;
                    }
                }
            }
        }
        Ok(entries.len())
    }

    pub(super) async fn dead_letter(
        &self,
        delivery: &LogDelivery,
        reason: &str,
    ) -> Result<(), Error> {
        tracing::error!(delivery = %delivery.id, reason, "a log entry is dead-lettered");
        self.log
            .dead_letter(delivery, reason, self.clock.now())
            .await?;
        Metrics::count(&self.metrics.ingested, EntryOutcome::DeadLetter);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
