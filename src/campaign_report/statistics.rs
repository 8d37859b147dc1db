//! How sure the report's figures are: what chance alone would do to them.
//!
//! Holds: every figure comes with the range that the truth lies in, 95 % of the time unless a name
//! says otherwise; where there is too little to tell, there is no figure (`None`) rather than a
//! wild one; the same numbers in any order give the same figures, and what draws lots takes its
//! seed as a parameter. Formulas, sources and examples: `docs/yield.md`. Must not know: where the
//! numbers come from, money's currency, what a campaign is.

pub mod best_row;
pub mod bootstrap;
pub mod empirical_bayes;
pub mod maturity;
pub mod posterior;
pub mod predictive;
mod probability_best;
pub mod spearman;
pub mod thompson;

use serde::{Deserialize, Serialize};

/// Standard normal quantile of a two-sided 95 % interval.
const Z_95: f64 = 1.959_963_984_540_054;

/// A figure with the range that the truth lies in 95 % of the time: `low <= mean <= high`.
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
fn real(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
