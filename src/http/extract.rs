//! What handlers take from a request: who asks, from where, and what the body says.
//!
//! # Invariants
//! Nothing is believed before it is bounded and checked. Headers of a proxy count only when its
//! address is trusted.

pub mod accept;
pub mod actor;
pub mod bodies;
pub mod client;
pub mod cookie;
pub mod host;
pub mod json;
