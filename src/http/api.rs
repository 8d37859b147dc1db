//! The API under `/api/v1`: one file for each noun.
//!
//! # Invariants
//! A handler parses, calls one operation and renders. Every list is paginated.

pub mod campaign;
pub mod click;
pub mod conversion;
pub mod cost;
pub mod customer;
pub mod domain;
pub mod engagement;
pub mod idempotency;
pub mod inbox;
pub mod key;
pub mod lead;
pub mod link;
pub mod network;
pub mod orphan;
pub mod person;
pub mod post;
pub mod promo_code;
pub mod rate;
pub mod report;
pub mod self_traffic;
pub mod source;
pub mod stream;
pub mod table;
pub mod workspace;
