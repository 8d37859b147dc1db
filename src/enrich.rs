//! Enrichment: what a click's user agent, referrer and network tell about it.
//!
//! # Invariants
//! - Nothing here drops a click. It gets a class and the code of the rule that decided, so that
//!   better rules can run over old clicks.
//! - The same input gives the same result: nothing reads a clock or asks the network.
//! - Robots, apps, browsers and data centres are lists that are built into the program. Only
//!   [`geo`] reads files: the geo databases, when the assembly opens or refreshes them, never for
//!   a click.
//!
//! # Out of scope
//! Storage and HTTP.

pub mod agent;
mod coarse;
mod enricher;
mod error;
pub mod geo;
pub mod in_app;
pub mod list_ages;
pub mod mail_gateway;
pub mod network_seen;
pub mod recent_requests;
pub mod referrer;
pub mod robot;
pub mod user_agent;
pub mod verdict;

pub use enricher::{Enricher, EnrichmentRules, RULES_VERSION};
pub use error::Error;
