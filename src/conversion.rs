//! A conversion: a lead, sale, refund or named event that a provider reported.
//!
//! # Invariants
//! - Conversions form a ledger. Another report never overwrites a row; refunds are rows of their
//!   own with a negative amount.
//! - Which click a conversion belongs to is a function of its [`JoinEvidence`] and the clicks
//!   known, never of the order in which things arrived.
//!
//! # Out of scope
//! Signatures, storage, HTTP.

pub mod erasure;
pub mod evidence;
mod kind;
mod match_rule;
pub mod order;
pub mod repeat;
mod report;
mod unjoined;

pub use evidence::{ClickIdSource, JoinEvidence};
pub use kind::{ConversionKind, UnknownConversionKind};
pub use match_rule::MatchRule;
pub use report::{NewConversion, OrderPart};
pub use unjoined::UnjoinedReason;
