//! SQL databases: pools, transactions and statements on SQLite and PostgreSQL.
//!
//! # Invariants
//! - Every statement runs inside a [`Tx`]: reads see one snapshot, writes commit completely or not
//!   at all.
//! - The databases differ only in opening, migrating, beginning and bulk statements. A few other
//!   statements name their database.
//! - A connection whose state is unknown leaves its pool.
//!
//! # Out of scope
//! Tables, and the SQL on them.

pub(crate) mod bulk;
mod database;
mod error;
mod fault;
mod options;
mod postgres;
pub(crate) mod query;
mod scrub;
mod sqlite;
pub(crate) mod statement;
pub(crate) mod tx;

pub(crate) use bulk::bulk;
pub use database::{Database, Migrations, check_url};
pub use error::Error;
pub use options::{DatabaseOptions, PreparedStatements};
pub(crate) use query::{Only, execute, fetch, find, list, run, value, values};
pub use statement::Statement;
pub(crate) use statement::{Bulk, bulk_sql, statements};
pub(crate) use tx::within;
pub use tx::{PooledTransaction, SqlDriver, Tx};
