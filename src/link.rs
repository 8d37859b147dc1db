//! A short link: a domain and a slug that lead to a destination, with UTM tags for one network.
//!
//! # Invariants
//! Slugs, destinations, tags and domains are checked here, for every way to create or update a
//! link.
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
