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
pub mod probe;
pub mod promo_code;
pub mod publication;
pub mod report_cache;
pub mod source;
mod statements;
pub mod tombstone;
pub mod touch;
pub mod workspace;

pub use handle::Store;
pub use statements::statements;

pub use crate::drivers::sql::{Error, Tx};
use crate::id::{Id, IdKind};

/// Rows that one statement drops at most of what is past its time: the caller goes on as long as
/// its turn lasts, and others write in between.
const DROPPED_AT_ONCE: i64 = 500;

/// What became of rows that were written, some of which were there before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UpsertCounts {
    /// Rows that were created.
    pub new: u64,
    /// Rows that replaced others.
    pub changed: u64,
    /// Rows that were there already, with the same values.
    pub unchanged: u64,
}

/// One page of a list in the order of ids, newest last.
#[derive(Clone, Debug)]
pub struct Page {
    /// Only ids after this one; from the start when absent.
    pub after: Option<String>,
    /// At most this many rows.
    pub limit: i64,
}

impl Page {
    fn after(&self) -> &str {
        self.after.as_deref().unwrap_or("")
    }
}

fn read_id<K: IdKind>(text: &str) -> Result<Id<K>, Error> {
    text.parse().map_err(|_| Error::Corrupt {
        what: "id",
        value: text.to_owned(),
    })
}

fn read_id_option<K: IdKind>(text: Option<&str>) -> Result<Option<Id<K>>, Error> {
    text.map(read_id).transpose()
}

fn read_json<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| Error::Corrupt {
        what,
        value: text.to_owned(),
    })
}

fn write_json<T: serde::Serialize>(what: &'static str, value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Corrupt {
        what,
        value: error.to_string(),
    })
}
