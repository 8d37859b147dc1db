//! The rows that are compared, and what is required of the best one.

use crate::campaign_report::statistics::posterior::Beta;

/// What is required before any row is called the best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BestRowFloor {
    /// Probability of being the best.
    pub probability: f64,
    /// People of all rows together.
    pub people: i64,
    /// Successes of the row itself.
    pub successes: f64,
}

impl Default for BestRowFloor {
    /// At least 80 % sure, 100 people in all, and 5 successes of its own.
    fn default() -> BestRowFloor {
        BestRowFloor {
            probability: 0.8,
            people: 100,
            successes: 5.0,
        }
    }
}

/// A row that may be the best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contender {
    /// Its leads, or whatever is counted.
    pub successes: f64,
    /// Its people.
    pub people: i64,
    /// What is known of its rate.
    pub posterior: Beta,
}
