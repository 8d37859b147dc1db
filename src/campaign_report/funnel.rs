//! The funnel from impressions to repeat customers: the count of each step.
//!
//! # Invariants
//! - A step's rate is its count divided by the count of the step before. If that count is zero or
//!   unknown, the step has no rate.
//! - No step includes the clicks of programs.

use serde::{Deserialize, Serialize};

use super::figures::{self, float};
use super::row::ReportRow;

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FunnelStep {
    /// `impressions`, `clicks`, `visitors`, `leads`, `customers` or `repeat_customers`.
    #[schema(example = "leads")]
    pub step: String,
    /// How many; `null` if nothing was reported.
    #[serde(serialize_with = "figures::serialize_optional_count")]
    pub count: Option<f64>,
    /// The share of the previous step.
    pub rate: Option<f64>,
}

/// The steps, from the sum of all rows.
pub(super) fn steps(impressions: Option<i64>, attributed: &ReportRow) -> Vec<FunnelStep> {
    let counts = [
        ("impressions", impressions.map(float)),
        ("clicks", Some(float(attributed.clicks.human))),
        ("visitors", Some(float(attributed.visitors))),
        ("leads", Some(attributed.leads)),
        ("customers", Some(attributed.customers)),
        ("repeat_customers", Some(attributed.repeat_customers)),
    ];
    let mut before: Option<f64> = None;
    counts
        .into_iter()
        .map(|(step, count)| {
            let rate = before
                .filter(|before| *before > 0.0)
                .and_then(|before| Some(count? / before));
            before = count;
            FunnelStep {
                step: step.to_owned(),
                count,
                rate,
            }
        })
        .collect()
}
