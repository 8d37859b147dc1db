//! Reports: what a campaign or a workspace yielded, what was to be expected, what to post next.
//!
//! # Invariants
//! A report, and the one it is compared with, are read from one state of the store.

pub mod campaign;
pub mod expected;
mod filter;
pub mod journey_shares;
pub mod next_posts;
pub mod params;
mod reading;
pub mod workspace;
