//! A figure with the range that the truth lies in.

use serde::{Deserialize, Serialize};

/// Standard normal quantile of a two-sided 95 % interval.
pub(in crate::campaign_report) const Z_95: f64 = 1.959_963_984_540_054;

/// A figure with its 95 % interval: `low <= mean <= high`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Estimate {
    /// The best single guess.
    pub mean: f64,
    /// Lower end of the range.
    pub low: f64,
    /// Upper end of the range.
    pub high: f64,
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 9e15, far above any count of people"
)]
pub(super) fn float(count: i64) -> f64 {
    count as f64
}
