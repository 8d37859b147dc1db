//! Counts what a transaction has written, by the labels that operators see.
//!
//! # Invariants
//! Counts are reported only after the commit: a transaction that is retried counts once.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::click::ClickClass;
use crate::conversion::ConversionKind;
use crate::id::SourceId;
use crate::metric::outcome::{ConversionOutcome, WebhookOutcome};
use crate::metric::{Metrics, label};

/// The result for an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum EntryOutcome {
    Click,
    Conversion,
    Delivery,
    Flood,
    Orphan,
    PromoCode,
    /// It was already written.
    Repeat,
    DeadLetter,
}

/// How many entries had which outcome.
#[derive(Debug, Default)]
pub(super) struct OutcomeCounts(BTreeMap<EntryOutcome, u64>);

impl OutcomeCounts {
    pub(super) fn add(&mut self, outcome: EntryOutcome, count: u64) {
        *self.0.entry(outcome).or_default() += count;
    }

    /// Adds the counts to what operators see.
    pub(super) fn report(self, metrics: &Metrics) {
        for (outcome, count) in self.0 {
            Metrics::count_many(&metrics.ingested, outcome, count);
        }
    }
}

/// Other counts of one transaction, shared by everything that writes in it.
#[derive(Debug, Default)]
pub(super) struct BatchMetrics(Mutex<BatchCounts>);

#[derive(Debug, Default)]
struct BatchCounts {
    clicks: BTreeMap<ClickClass, u64>,
    conversions: BTreeMap<(Option<SourceId>, ConversionKind, ConversionOutcome), u64>,
    webhooks: Vec<(SourceId, WebhookOutcome)>,
    has_erased: bool,
}

impl BatchMetrics {
    /// Counts a click that is a row now.
    pub(super) fn click(&self, class: ClickClass) {
        self.count(|counts| *counts.clicks.entry(class).or_default() += 1);
    }

    /// Counts a reported conversion. Without a source it came over the API.
    pub(super) fn conversion(&self, source: Option<SourceId>, kind: ConversionKind, is_new: bool) {
        let outcome = if is_new {
            ConversionOutcome::New
        } else {
            ConversionOutcome::Repeat
        };
        let key = (source, kind, outcome);
        self.count(|counts| *counts.conversions.entry(key).or_default() += 1);
    }

    /// Counts a verified request that was unreadable or repeated.
    pub(super) fn webhook(&self, source: SourceId, outcome: WebhookOutcome) {
        self.count(|counts| counts.webhooks.push((source, outcome)));
    }

    /// Records that somebody was erased.
    pub(super) fn erasure(&self) {
        self.count(|counts| counts.has_erased = true);
    }

    /// Whether somebody was erased.
    pub(super) fn has_erased(&self) -> bool {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.has_erased
    }

    /// Adds the counts to what operators see.
    pub(super) fn report(self, metrics: &Metrics) {
        let counts = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (class, count) in counts.clicks {
            metrics.count_clicks(class.as_str(), count);
        }
        for ((source, kind, outcome), count) in counts.conversions {
            let source = source.map_or(label::API.to_owned(), |source| source.to_string());
            metrics.count_conversions(&source, kind.as_str(), outcome, count);
        }
        for (source, outcome) in counts.webhooks {
            metrics.count_webhook(&source.to_string(), outcome);
        }
    }

    fn count(&self, add: impl FnOnce(&mut BatchCounts)) {
        add(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
