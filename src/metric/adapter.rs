//! Metrics of adapters, for the whole process.
//!
//! # Invariants
//! Adapters are opened in many places and know no metrics of a service, so these are one set for
//! each process. Nothing here is touched once for each click.

use std::sync::LazyLock;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;

use super::label::{LimitLabel, OperationLabel, TierLabel};
use super::outcome::{LinkTier, RequestLimit, StoreOperation};

/// Upper bounds in seconds: a local write takes some 50 µs, a deadline 50 ms, a large batch
/// seconds.
const SECONDS: [f64; 14] = [
    0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// What is measured.
#[derive(Debug)]
pub struct AdapterMetrics {
    /// How long one write of a batch to the log took, in seconds.
    pub log_append: Histogram,
    /// How long transactions took, in seconds.
    pub store: Family<OperationLabel, Histogram, fn() -> Histogram>,
    /// Links that memory did not know, by where they were found.
    pub link_misses: Family<TierLabel, Counter>,
    /// Requests refused by limits.
    pub limited: Family<LimitLabel, Counter>,
}

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

static ADAPTER_METRICS: LazyLock<AdapterMetrics> = LazyLock::new(|| AdapterMetrics {
    log_append: seconds(),
    store: Family::new_with_constructor(seconds as fn() -> Histogram),
    link_misses: Family::default(),
    limited: Family::default(),
});

/// What this process measures.
pub fn adapter_metrics() -> &'static AdapterMetrics {
    &ADAPTER_METRICS
}

/// Counts a request that a limit refused.
pub fn count_limited(limit: RequestLimit) {
    let limit = limit.into();
    ADAPTER_METRICS
        .limited
        .get_or_create(&LimitLabel { limit })
        .inc();
}

/// Counts a link that was not in memory, by where it was found.
pub fn count_link_miss(tier: LinkTier) {
    let tier = tier.into();
    ADAPTER_METRICS
        .link_misses
        .get_or_create(&TierLabel { tier })
        .inc();
}

/// Records how long a transaction took.
pub fn observe_store(operation: StoreOperation, seconds: f64) {
    let operation = operation.into();
    ADAPTER_METRICS
        .store
        .get_or_create(&OperationLabel { operation })
        .observe(seconds);
}
