//! Labels of metrics.
//!
//! # Invariants
//! Values come from closed sets, or from a bounded number of sources: the number of series is
//! bounded.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use prometheus_client::encoding::EncodeLabelSet;

/// Most sources that have series of their own.
const MOST_SOURCES: usize = 500;

/// The source of what the API received.
pub const API: &str = "api";

/// The source of requests that name no source, or one that does not exist.
pub const UNKNOWN: &str = "unknown";

/// All sources beyond the first [`MOST_SOURCES`].
const OTHER: &str = "other";

/// A reason, out of a closed set.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ReasonLabel {
    /// What or why.
    pub reason: &'static str,
}

/// The class of a click.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ClassLabel {
    /// The word of the class.
    pub class: &'static str,
}

/// Which limit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct LimitLabel {
    /// The word of a [`RequestLimit`](super::outcome::RequestLimit).
    pub limit: &'static str,
}

/// Where a link was found.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct TierLabel {
    /// The word of a [`LinkTier`](super::outcome::LinkTier).
    pub tier: &'static str,
}

/// What the store was used for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OperationLabel {
    /// The word of a [`StoreOperation`](super::outcome::StoreOperation).
    pub operation: &'static str,
}

/// Which source, by its id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct SourceLabel {
    /// The id, `api`, `unknown`, or `other` beyond the first 500.
    pub source: String,
}

/// What became of what a source sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct SourceOutcomeLabels {
    /// As [`SourceLabel`].
    pub source: String,
    /// The word of a [`WebhookOutcome`](super::outcome::WebhookOutcome).
    pub outcome: &'static str,
}

/// What became of the conversions that a source reported.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct SourceKindOutcomeLabels {
    /// As [`SourceLabel`].
    pub source: String,
    /// The kind of the conversion.
    pub kind: &'static str,
    /// The word of a [`ConversionOutcome`](super::outcome::ConversionOutcome).
    pub outcome: &'static str,
}

/// The sources that have series of their own: the first that were seen.
#[derive(Clone, Debug, Default)]
pub struct SeenSources(Arc<RwLock<HashSet<String>>>);

impl SeenSources {
    /// The label's value for a source.
    pub fn label(&self, source: &str) -> String {
        if [API, UNKNOWN].contains(&source) {
            return source.to_owned();
        }
        let seen = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (is_seen, count) = (seen.contains(source), seen.len());
        drop(seen);
        if is_seen {
            return source.to_owned();
        }
        if count >= MOST_SOURCES {
            return OTHER.to_owned();
        }
        let mut seen = self.0.write().unwrap_or_else(PoisonError::into_inner);
        seen.insert(source.to_owned());
        source.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_sources_is_bounded() {
        let seen = SeenSources::default();
        for number in 0..MOST_SOURCES {
            assert_eq!(
                seen.label(&format!("src_{number}")),
                format!("src_{number}")
            );
        }
        assert_eq!(seen.label("src_new"), "other");
        assert_eq!(seen.label("src_7"), "src_7");
        assert_eq!(
            (seen.label(API), seen.label(UNKNOWN)),
            (API.to_owned(), UNKNOWN.to_owned())
        );
    }
}
