//! Reads batches from the log, enriches their clicks and parses their deliveries.
//!
//! # Invariants
//! - All this happens before the transaction that writes the batch begins.
//! - Of the store only the sources of deliveries are read, once for each batch.

use std::sync::Arc;
use std::time::Duration;

use super::batch::{EnrichedEntry, EntryBatch};
use super::delivery::parse::{ParsedDelivery, SourceLookup};
use super::error::Error;
use crate::enrich::{Enricher, EnrichmentRules};
use crate::event_log::entry::Entry;
use crate::event_log::{EventLog, LogDelivery};
use crate::store::Store;
use crate::store::source;
use crate::vault::Vault;

/// Number of entries from which enrichment uses another thread.
const WORTH_A_THREAD: usize = 500;

/// Number of deliveries from which parsing uses another thread: each takes about as long as ten
/// clicks.
const DELIVERIES_WORTH_A_THREAD: usize = WORTH_A_THREAD / 10;

/// The log's reading end.
#[derive(Debug)]
pub(super) struct BatchReader {
    pub(super) log: EventLog,
    pub(super) store: Store,
    pub(super) vault: Arc<Vault>,
    pub(super) rules: EnrichmentRules,
    /// Compiled from the rules for the first entry. That takes time, so it is not done at the
    /// start.
    pub(super) enricher: Option<Enricher>,
    /// Most entries of a batch.
    pub(super) max_entries: usize,
}

impl BatchReader {
    /// The oldest entries, waiting up to `wait` for the first one.
    pub(super) async fn first(&mut self, wait: Duration) -> Result<EntryBatch, Error> {
        let deliveries = self.log.read(self.max_entries, wait).await?;
        if self.enricher.is_none() && !deliveries.is_empty() {
            let rules = self.rules.clone();
            let compiled = tokio::task::spawn_blocking(move || rules.enricher()).await;
            self.enricher = Some(compiled.map_err(|_| Error::RulesBroke)??);
        }
        self.prepare(deliveries).await
    }

    /// The entries after a full batch, if there are any.
    pub(super) async fn behind(&mut self, batch: &EntryBatch) -> Option<EntryBatch> {
        let last = batch.last.filter(|_| batch.len() >= self.max_entries)?;
        let deliveries = self.log.read_behind(last, self.max_entries).await.ok()?;
        let next = self.prepare(deliveries).await.ok()?;
        Some(next).filter(|next| next.last.is_some())
    }

    async fn prepare(&mut self, deliveries: Vec<LogDelivery>) -> Result<EntryBatch, Error> {
        let batch = self.enrich(deliveries).await;
        self.parse_deliveries(batch).await
    }

    /// Without rules the batch is empty, and its entries stay in the log. Many entries are enriched
    /// on another thread, so that this one continues with the store. If the caller drops the
    /// future, the compiled rules are lost; the next call compiles them again.
    async fn enrich(&mut self, deliveries: Vec<LogDelivery>) -> EntryBatch {
        let Some(mut enricher) = self.enricher.take() else {
            return EntryBatch::default();
        };
        if deliveries.len() < WORTH_A_THREAD {
            let batch = enrich_all(&mut enricher, deliveries);
            self.enricher = Some(enricher);
            return batch;
        }
        let enrich = move || (enrich_all(&mut enricher, deliveries), enricher);
        let Ok((batch, enricher)) = tokio::task::spawn_blocking(enrich).await else {
            return EntryBatch::default();
        };
        self.enricher = Some(enricher);
        batch
    }

    /// Parses the deliveries of the batch. Many deliveries are parsed on another thread.
    async fn parse_deliveries(&self, batch: EntryBatch) -> Result<EntryBatch, Error> {
        let mut lookup = SourceLookup::new();
        let mut count = 0;
        for (_, entry) in &batch.entries {
            if let EnrichedEntry::Delivery(delivery) = entry {
                lookup.insert(delivery.sealed.source_id, Ok(None));
                count += 1;
            }
        }
        if count == 0 {
            return Ok(batch);
        }
        // Most batches have no delivery, so this future is boxed.
        Box::pin(self.look_up(&mut lookup)).await?;
        let vault = self.vault.clone();
        if count < DELIVERIES_WORTH_A_THREAD {
            return Ok(parse_all(batch, &lookup, &vault));
        }
        let parse = move || parse_all(batch, &lookup, &vault);
        Ok(tokio::task::spawn_blocking(parse).await.unwrap_or_default())
    }

    async fn look_up(&self, lookup: &mut SourceLookup) -> Result<(), Error> {
        for (id, found) in lookup {
            let mut tx = self.store.read().await?;
            *found = match source::by_id(&mut tx, *id).await {
                Err(error) if error.is_of_the_entry() => Err(error.to_string()),
                found => Ok(found?),
            };
        }
        Ok(())
    }
}

fn enrich_all(enricher: &mut Enricher, deliveries: Vec<LogDelivery>) -> EntryBatch {
    let mut batch = EntryBatch {
        last: deliveries.last().map(|delivery| delivery.id),
        ..EntryBatch::default()
    };
    for delivery in deliveries {
        match decode(&delivery) {
            Ok(entry) => {
                let enriched = enrich(enricher, entry);
                batch.entries.push((delivery, enriched));
            }
            Err(reason) => batch.unreadable.push((delivery, reason)),
        }
    }
    batch
}

fn enrich(enricher: &mut Enricher, entry: Entry) -> EnrichedEntry {
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
        Entry::Delivery(sealed) => EnrichedEntry::Delivery(Box::new(ParsedDelivery {
            sealed,
            effects: None,
        })),
        Entry::PromoCode {
            workspace_id, code, ..
        } => EnrichedEntry::PromoCode(workspace_id, code),
    }
}

fn decode(delivery: &LogDelivery) -> Result<Entry, String> {
    if let Some(reason) = &delivery.unreadable {
        return Err(reason.clone());
    }
    Entry::decode(&delivery.bytes).map_err(|error| error.to_string())
}

/// Parses the deliveries of the batch. Those whose source cannot be read are unreadable.
fn parse_all(batch: EntryBatch, lookup: &SourceLookup, vault: &Vault) -> EntryBatch {
    let mut parsed = EntryBatch {
        entries: Vec::with_capacity(batch.entries.len()),
        ..batch
    };
    for (record, mut entry) in batch.entries {
        if let EnrichedEntry::Delivery(delivery) = &mut entry
            && let Err(reason) = delivery.parse(lookup, vault)
        {
            parsed.unreadable.push((record, reason));
        } else {
            parsed.entries.push((record, entry));
        }
    }
    parsed
}
