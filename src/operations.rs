//! Operations: what the product does, one file for each noun.
//!
//! # Invariants
//! - An operation takes the [`Context`](context::Context), the [`Actor`](actor::Actor) who asks,
//!   and a typed request. It returns a typed result or an [`Error`](error::Error).
//! - It sees and changes rows of the actor's workspace only. Rates of exchange belong to the whole
//!   installation. Whoever can open the store manages keys and domains of all workspaces, in files
//!   called `on_store`.
//! - Everything that a surface offers is one operation, so that another surface can offer the same.
//!
//! # Out of scope
//! HTTP: actix types and statuses do not occur here. A surface checks the scope before it calls an
//! operation.

pub mod actor;
pub mod campaign;
pub mod campaign_rows;
pub mod click;
pub mod context;
pub mod conversion;
pub mod cost;
pub mod customer;
pub mod delivery;
pub mod domain;
pub mod engagement;
pub mod error;
mod event_filter;
pub mod find;
pub mod import;
pub mod inbox;
pub mod key;
pub mod lead;
pub mod link;
pub mod orphan;
pub mod page;
pub mod patch;
pub mod person;
pub mod post;
pub mod promo_code;
pub mod rate;
pub mod repeat;
pub mod report;
pub mod self_traffic;
mod shown_name;
pub mod source;
pub mod time_span;
pub mod workspace;
