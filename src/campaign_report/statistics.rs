//! How certain the report's figures are: how much they can vary by chance alone.
//!
//! # Invariants
//! - Every figure has an interval. It contains the true value in 95 of 100 cases, unless a name
//!   says otherwise.
//! - With too little data, there is no figure (`None`).
//! - The same numbers in any order give the same figures. Random numbers come from a seed that is a
//!   parameter.
//!
//! # Out of scope
//! Where the numbers come from, currencies, campaigns. Formulas, sources and examples are in
//! `docs/yield.md`.

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
