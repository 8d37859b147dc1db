//! What is processed together: entries of the log, enriched and parsed.

use super::delivery::parse::ParsedDelivery;
use crate::click::{Enrichment, Flood, Orphan, RawClick};
use crate::clock::Millis;
use crate::conversion::NewConversion;
use crate::event_log::{LogDelivery, LogDeliveryId};
use crate::id::WorkspaceId;

/// An entry, ready to be written.
#[derive(Debug)]
pub(super) enum EnrichedEntry {
    /// A click, and its enrichment.
    Click(RawClick, Enrichment),
    /// Clicks above the bound of one address on one link.
    Flood(Flood),
    /// A request for a slug that no link has, and its enrichment.
    Orphan(Orphan, Enrichment),
    /// A conversion.
    Conversion(Box<NewConversion>),
    /// A provider's request.
    Delivery(Box<ParsedDelivery>),
    /// A promo code that was created or deleted.
    PromoCode(WorkspaceId, String),
}

impl EnrichedEntry {
    /// When it arrived, if that is known.
    pub(super) fn arrived_at(&self) -> Option<Millis> {
        Some(match self {
            EnrichedEntry::Click(hit, _) => hit.clicked_at,
            EnrichedEntry::Flood(flood) => flood.at,
            EnrichedEntry::Orphan(orphan, _) => orphan.at,
            EnrichedEntry::Conversion(report) => report.received_at,
            EnrichedEntry::Delivery(delivery) => delivery.sealed.received_at,
            EnrichedEntry::PromoCode(..) => return None,
        })
    }
}

/// Entries that were read together, in the log's order.
#[derive(Debug, Default)]
pub(super) struct EntryBatch {
    pub(super) entries: Vec<(LogDelivery, EnrichedEntry)>,
    /// Entries that cannot be read, with the reason.
    pub(super) unreadable: Vec<(LogDelivery, String)>,
    /// The delivery after which the next batch begins; `None` when the batch is empty.
    pub(super) last: Option<LogDeliveryId>,
}

impl EntryBatch {
    pub(super) fn len(&self) -> usize {
        self.entries.len() + self.unreadable.len()
    }
}
