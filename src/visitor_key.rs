//! Visitor keys: the secret of a day, and the pseudonyms of visitors that it gives.
//!
//! # Invariants
//! - A pseudonym is a keyed hash (BLAKE3) of truncated address, user agent and link domain.
//! - The key is random, lives for one UTC day and is then overwritten. Afterwards nobody, not even
//!   the operator, can link a visitor to another day or back to an address.
//! - A single node keeps the key in a file. Nodes on one Redis share it there ([`shared`]).
//!
//! # Out of scope
//! What a pseudonym looks like (`click::visitor`), and visitors that a cookie names.

mod pseudonyms;
pub mod shared;

pub use pseudonyms::{Pseudonyms, truncate};
