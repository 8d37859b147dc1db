//! Enrichment: what the user agent, referrer and network of a click say about it.
//!
//! # Invariants
//! - Enrichment never drops a click. Each click gets a class and the code of the rule that decided,
//!   so that better rules can run over old clicks.
//! - The same input gives the same result: enrichment reads no clock and asks no other service.
//! - The lists of robots, apps, browsers and data centres are built into the program. Only [`geo`]
//!   reads files: the geo databases, when they are opened or refreshed, never for a click.
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
