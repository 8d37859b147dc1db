//! A click: one answered redirect.
//!
//! # Invariants
//! - A click carries everything that reports need (campaign, network, link), so a later change of
//!   the link does not change the past.
//! - It never carries an IP address, only a pseudonymous visitor.
//!
//! # Out of scope
//! Storage and HTTP.

mod class;
mod enrichment;
mod flood;
mod raw;
mod stored;
mod visitor;

pub use class::ClickClass;
pub use enrichment::{AgentFamilies, Enrichment, GeoLocation, NetworkEvidence, SeenNetwork};
pub use flood::{Flood, FloodedLink};
pub use raw::{Orphan, RawClick, RequestContext, RequestKind, SelfTraffic};
pub use stored::{Click, EnrichedClick, FirstVisit};
pub use visitor::Visitor;
