//! What a transaction has written, by the labels that operators see.
//!
//! # Invariants
//! It is counted only after the commit: a transaction that is tried again counts once.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::click::ClickClass;
use crate::conversion::ConversionKind;
use crate::id::SourceId;
use crate::metric::{Metrics, label};

/// Counts of one transaction. Shared by what writes in it, one after the other.
#[derive(Debug, Default)]
pub(super) struct BatchMetrics(Mutex<BatchCounts>);

#[derive(Debug, Default)]
struct BatchCounts {
    clicks: BTreeMap<ClickClass, u64>,
    conversions: BTreeMap<(Option<SourceId>, &'static str, &'static str), u64>,
    webhooks: Vec<(SourceId, &'static str)>,
    /// Whether somebody was erased.
    has_erased: bool,
}

impl BatchMetrics {
    /// A click that is a row now.
    pub(super) fn click(&self, class: ClickClass) {
        self.count(|counts| *counts.clicks.entry(class).or_default() += 1);
    }

    /// A reported conversion; `None` is the API.
    pub(super) fn conversion(&self, source: Option<SourceId>, kind: ConversionKind, is_new: bool) {
        let outcome = if is_new { "new" } else { "repeat" };
        let key = (source, kind.as_str(), outcome);
        self.count(|counts| *counts.conversions.entry(key).or_default() += 1);
    }

    /// What became of a verified request, where that is not what it should be.
    pub(super) fn webhook(&self, source: SourceId, outcome: &'static str) {
        self.count(|counts| counts.webhooks.push((source, outcome)));
    }

    /// Somebody was erased.
    pub(super) fn erasure(&self) {
        self.count(|counts| counts.has_erased = true);
    }

    /// Whether somebody was erased.
    pub(super) fn has_erased(&self) -> bool {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.has_erased
    }

    /// Counts everything.
    pub(super) fn report(self, metrics: &Metrics) {
        let counts = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (class, count) in counts.clicks {
            metrics.count_clicks(class.as_str(), count);
        }
        for ((source, kind, outcome), count) in counts.conversions {
            let source = source.map_or(label::API.to_owned(), |source| source.to_string());
            metrics.count_conversions(&source, kind, outcome, count);
        }
        for (source, outcome) in counts.webhooks {
            metrics.count_webhook(&source.to_string(), outcome);
        }
    }

    fn count(&self, add: impl FnOnce(&mut BatchCounts)) {
        add(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
