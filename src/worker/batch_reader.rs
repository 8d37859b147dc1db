//! Reads batches off the log and finds out what can be found out before the store is asked.
//!
//! Holds: entries come in the log's order; what cannot be read comes apart, with the reason. Must
//! not know: the store.

use std::time::Duration;

use super::Error;
use crate::click::{Enrichment, Flood, Orphan, RawClick};
use crate::clock::Millis;
use crate::conversion::NewConversion;
use crate::enrich::{Enricher, EnrichmentRules};
use crate::event_log::entry::{Entry, SealedDelivery};
use crate::event_log::{EventLog, LogDelivery, LogDeliveryId};
use crate::id::WorkspaceId;

/// Entries from which on looking at them is worth another thread.
const WORTH_A_THREAD: usize = 500;

/// An entry, ready to be written.
#[derive(Debug)]
pub(super) enum EnrichedEntry {
    /// A click, and what was found out about it.
    Click(RawClick, Enrichment),
    /// Clicks beyond the bound.
    Flood(Flood),
    /// A request for a slug that no link has, and what was found out about it.
    Orphan(Orphan, Enrichment),
    /// A conversion.
    Conversion(Box<NewConversion>),
    /// A provider's request.
    Delivery(Box<SealedDelivery>),
    /// A promo code that was made or taken back.
    PromoCode(WorkspaceId, String),
}

impl EnrichedEntry {
    /// When it came in, where that is known.
    pub(super) fn arrived_at(&self) -> Option<Millis> {
        Some(match self {
            EnrichedEntry::Click(hit, _) => hit.clicked_at,
            EnrichedEntry::Flood(flood) => flood.at,
            EnrichedEntry::Orphan(orphan, _) => orphan.at,
            EnrichedEntry::Conversion(report) => report.received_at,
            EnrichedEntry::Delivery(delivery) => delivery.received_at,
            EnrichedEntry::PromoCode(..) => return None,
        })
    }
}

/// Entries that were read together.
#[derive(Debug, Default)]
pub(super) struct EntryBatch {
    pub(super) entries: Vec<(LogDelivery, EnrichedEntry)>,
    pub(super) unreadable: Vec<(LogDelivery, String)>,
    /// The delivery behind which the next batch begins; `None` when there is none.
    pub(super) last: Option<LogDeliveryId>,
}

impl EntryBatch {
    pub(super) fn len(&self) -> usize {
        self.entries.len() + self.unreadable.len()
    }
}

/// The log's reading end.
#[derive(Debug)]
pub(super) struct BatchReader {
    pub(super) log: EventLog,
    pub(super) rules: EnrichmentRules,
    /// Made of the rules when there is something to read: that takes time, which nobody who starts
    /// the service should wait for.
    pub(super) enricher: Option<Enricher>,
    /// Most entries of a batch.
    pub(super) most: usize,
}

impl BatchReader {
    /// The oldest entries, waiting up to `wait` for the first one.
    pub(super) async fn first(&mut self, wait: Duration) -> Result<EntryBatch, Error> {
        let deliveries = self.log.read(self.most, wait).await?;
        if self.enricher.is_none() && !deliveries.is_empty() {
            let rules = self.rules.clone();
            let made = tokio::task::spawn_blocking(move || rules.enricher()).await;
            self.enricher = Some(made.map_err(|_| Error::RulesBroke)??);
        }
        Ok(self.prepare(deliveries).await)
    }

    /// What stands behind a full batch, where there is something.
    pub(super) async fn behind(&mut self, batch: &EntryBatch) -> Option<EntryBatch> {
        let last = batch.last.filter(|_| batch.len() >= self.most)?;
        let deliveries = self.log.read_behind(last, self.most).await.ok()?;
        Some(self.prepare(deliveries).await).filter(|next| next.last.is_some())
    }

    /// Without rules nothing is taken; it stays in the log. Many entries are looked at on a thread
    /// of their own, so that this one goes on with the store. Who gives up the wait gives up the
    /// rules with it: they are made anew.
    async fn prepare(&mut self, deliveries: Vec<LogDelivery>) -> EntryBatch {
        let Some(mut enricher) = self.enricher.take() else {
            return EntryBatch::default();
        };
        if deliveries.len() < WORTH_A_THREAD {
            let batch = look_at(&mut enricher, deliveries);
            self.enricher = Some(enricher);
            return batch;
        }
        let look = move || (look_at(&mut enricher, deliveries), enricher);
        let Ok((batch, enricher)) = tokio::task::spawn_blocking(look).await else {
            return EntryBatch::default();
        };
        self.enricher = Some(enricher);
        batch
    }
}

fn look_at(enricher: &mut Enricher, deliveries: Vec<LogDelivery>) -> EntryBatch {
    let mut batch = EntryBatch {
        last: deliveries.last().map(|delivery| delivery.id),
        ..EntryBatch::default()
    };
    for delivery in deliveries {
        match read_entry(&delivery) {
            Ok(entry) => {
                let prepared = prepared(enricher, entry);
                batch.entries.push((delivery, prepared));
            }
            Err(reason) => batch.unreadable.push((delivery, reason)),
        }
    }
    batch
}

fn prepared(enricher: &mut Enricher, entry: Entry) -> EnrichedEntry {
    match entry {
        Entry::Click(mut hit) => {
            let finding = enricher.enrich(&mut hit);
            EnrichedEntry::Click(hit, finding)
        }
        Entry::Flood(flood) => EnrichedEntry::Flood(flood),
        Entry::Orphan(orphan) => {
            let finding = enricher.enrich_orphan(&orphan);
            EnrichedEntry::Orphan(orphan, finding)
        }
        Entry::Conversion(report) => EnrichedEntry::Conversion(Box::new(report)),
        Entry::Delivery(delivery) => EnrichedEntry::Delivery(Box::new(delivery)),
        Entry::PromoCode {
            workspace_id, code, ..
        } => EnrichedEntry::PromoCode(workspace_id, code),
    }
}

fn read_entry(delivery: &LogDelivery) -> Result<Entry, String> {
    if let Some(reason) = &delivery.unreadable {
        return Err(reason.clone());
    }
    Entry::decode(&delivery.bytes).map_err(|error| error.to_string())
}
