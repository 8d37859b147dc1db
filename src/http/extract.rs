//! What handlers read from a request: the sender, the address, and the body.
//!
//! # Invariants
//! Every input is bounded and checked before use. A proxy's headers count only if the proxy's
//! address is trusted.

pub mod accept;
pub mod actor;
pub mod bodies;
pub mod client;
pub mod cookie;
pub mod host;
pub mod json;
