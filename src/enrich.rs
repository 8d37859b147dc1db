//! Enrichment: what can be told of a click from what its browser said.
//!
//! Holds: nothing here drops a click; it only says what it is and by which rule, so that a better
//! rule can be run over old clicks. Must not know: storage, HTTP. Place and device come here.

pub mod referrer;
pub mod robot;
pub mod visitor;

pub use robot::classify;
