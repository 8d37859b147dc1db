//! How sure the report's figures are: what chance alone would do to them.
//!
//! # Invariants
//! - Every figure comes with the range that the truth lies in, 95 % of the time unless a name says
//!   otherwise.
//! - With too little to tell there is no figure (`None`) instead of a wild one.
//! - The same numbers in any order give the same figures. Random numbers come from a seed that is a
//!   parameter.
//!
//! # Out of scope
//! Where the numbers come from, money's currency, what a campaign is. Formulas, sources and
//! examples are in `docs/yield.md`.

pub mod best_row;
pub mod bootstrap;
pub mod empirical_bayes;
mod estimate;
pub mod maturity;
pub mod posterior;
pub mod predictive;
pub mod probability_best;
pub mod spearman;
pub mod thompson;

pub use estimate::Estimate;
pub(super) use estimate::Z_95;

#[cfg(test)]
mod tests;
