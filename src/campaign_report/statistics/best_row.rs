//! Which row is the best, how sure that is, and what is missing if none is.
//!
//! # Invariants
//! - No row is called the best below the stated [`BestRowFloor`].
//! - The probabilities of all rows sum to one.
//! - The figures may be looked at every day: unlike a significance test they need no fixed end.
//!
//! # Out of scope
//! What a row stands for, and how rates are learnt.

mod contender;
mod separation;
mod verdict;

pub use super::probability_best::BestChance;
pub use contender::{BestRowFloor, Contender};
pub use separation::{Separation, TrailingRow, separate};
pub use verdict::{BestVerdict, MoreVisitors, sample_size, verdict};

#[cfg(test)]
mod tests;
