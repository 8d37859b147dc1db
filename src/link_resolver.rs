//! The link resolver: from a short link's domain and slug to its redirect.
//!
//! # Invariants
//! - A link is found on its own domain, else on the domains that this one falls back to
//!   ([`DomainTable`](crate::link::domain::table::DomainTable)).
//! - A missing key is loaded once, however many requests ask for it at the same time: from Redis,
//!   else from the store. An unknown slug is remembered for a short while. A cached link needs
//!   neither.
//! - Of two records of a link the one with the greater version stays, here and in Redis. So late
//!   news never undo newer ones.
//! - Whoever creates or changes a link calls [`LinkResolver::changed`] after the commit. Other
//!   programs learn of it by [`LinkResolver::follow`], and of what that missed by
//!   [`LinkResolver::reconcile`].
//!
//! # Out of scope
//! HTTP, clicks.

pub mod domain_move;
pub mod domains;

mod follow;
mod redirect_target;
mod resolver;

pub use self::follow::ReconcileCursor;
pub use self::redirect_target::{LINK_ID, RedirectTarget, VERSION};
pub use self::resolver::LinkResolver;
