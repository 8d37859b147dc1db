//! Reports: the yield of a campaign or a workspace, the expected count, what to post next.
//!
//! # Invariants
//! A report and its comparison are read from one state of the store.

pub mod campaign;
pub mod expected;
mod filter;
pub mod journey_shares;
pub mod next_posts;
pub mod params;
mod reading;
pub mod workspace;
