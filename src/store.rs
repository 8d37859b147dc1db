//! The store: one SQL text on two databases, SQLite and PostgreSQL.
//!
//! # Invariants
//! - Every function takes a [`Tx`] and runs inside it.
//! - SQL is written once, in a subset that both databases read the same way: `$1` placeholders,
//!   `BIGINT` milliseconds, text ids made by the program, every `sum` cast.
//!
//! # Out of scope
//! HTTP, the event log, and how a database is reached: [`sql`](crate::drivers::sql).
//!
//! One file per noun. A new table is a migration of the same name in both folders, one file
//! here, and one file of contract tests that runs on both databases.

pub mod campaign;
pub mod campaign_report;
pub mod click_event;
pub mod conversion;
pub mod cost;
pub mod credit;
pub mod customer;
pub mod domain;
pub mod engagement;
pub mod erasure_queue;
pub mod exchange_rate;
pub mod export_column;
pub mod goal_version;
mod handle;
pub mod hidden_origin;
pub mod idempotency;
pub mod inbox;
pub mod key;
pub mod link;
pub mod master_key;
pub mod order;
pub mod orphan;
mod page;
pub mod probe;
pub mod promo_code;
pub mod publication;
pub mod report_cache;
pub mod source;
mod statements;
mod text_column;
pub mod tombstone;
pub mod touch;
mod upsert_counts;
pub mod workspace;

pub use handle::Store;
pub use page::Page;
pub use statements::statements;
pub use upsert_counts::UpsertCounts;

pub use crate::drivers::sql::{Error, Tx};
