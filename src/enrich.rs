//! Enrichment: what can be told of a click from what its browser said.
//!
//! Holds: nothing here drops a click; it only says what it is and by which rule, so that a better
//! rule can be run over old clicks. Must not know: storage, HTTP.

pub mod place;
pub mod referrer;
pub mod robot;
pub mod visitor;

pub use robot::classify;
