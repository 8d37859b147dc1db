//! The credits of a campaign one by one: every touch of its conversions, with what each model gives
//! to it.
//!
//! # Invariants
//! - Reports sum these in memory, as finely as they are asked for.
//! - A conversion that nobody is credited with is one touch of which nothing is known.
//!
//! # Out of scope
//! Where credits are kept.

mod assisted;
mod campaign;
mod grouped;
mod sink;
mod touch;
mod unattributed;

pub use campaign::CampaignCredits;
pub use sink::CreditSink;
pub use touch::{CreditShare, CreditedTouch, ModelShares};
pub use unattributed::UnattributedCredits;
