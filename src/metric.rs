//! What the service counts of itself, and the names that operators see.
//!
//! # Invariants
//! - Every metric is declared here once, by a [`MetricName`].
//! - Labels come from closed sets, or from a bounded number of sources. So the number of series is
//!   bounded.
//!
//! # Out of scope
//! Who counts, and who reads.

mod adapter;
pub mod label;
mod metrics;
pub mod name;
pub mod outcome;
mod text;

pub use adapter::{AdapterMetrics, adapter_metrics, count_limited, count_link_miss, observe_store};
pub use label::ReasonLabel;
pub use metrics::{LOST_REASONS, Metrics, ProcessFacts};
pub use name::MetricName;
