//! A link: domain and slug that lead to a destination, tagged for one network of one campaign.
//!
//! # Invariants
//! Slugs, destinations, tags and domains are checked here, whoever creates or changes a link.
//!
//! # Out of scope
//! Storage and HTTP.

pub mod destination;
pub mod domain;
pub mod handed_on;
mod intent;
pub mod permalink;
pub mod post_text;
mod short_link;
pub mod slug;
pub mod tagging;
pub mod typo;
pub mod utm;

pub use intent::{Intent, UnknownIntent};
pub use short_link::Link;
