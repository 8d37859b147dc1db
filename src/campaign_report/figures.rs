//! How sums become the figures that a report shows.
//!
//! # Invariants
//! Whole counts are written without a fraction.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::attribution::WHOLE;

/// A count or an amount as a float.
#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 9e15, far above any count"
)]
pub(super) fn float(count: i64) -> f64 {
    count as f64
}

/// Conversions, from millionths.
pub(super) fn conversions(weight: i64) -> f64 {
    float(weight) / float(WHOLE)
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
pub(super) fn serialize_count<S: Serializer>(
    value: &f64,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "guarded by the bound before it"
    )]
    if value.fract() == 0.0 && value.abs() < 9e15 {
        serializer.serialize_i64(*value as i64)
    } else {
        serializer.serialize_f64(*value)
    }
}

#[expect(clippy::ref_option, reason = "serde passes a reference")]
pub(super) fn serialize_optional_count<S: Serializer>(
    value: &Option<f64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serialize_count(value, serializer),
        None => serializer.serialize_none(),
    }
}

pub(super) fn serialize_counts<S: Serializer>(
    values: &BTreeMap<String, f64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    struct Count(f64);
    impl Serialize for Count {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serialize_count(&self.0, serializer)
        }
    }
    serializer.collect_map(values.iter().map(|(name, value)| (name, Count(*value))))
}
