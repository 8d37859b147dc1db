//! The store: one SQL text on two databases, SQLite and PostgreSQL.
//!
//! Holds: every statement runs inside a [`Tx`]; reads see one snapshot, writes commit whole or
//! not at all. SQL is written once, in a subset both databases read the same way: `$1`
//! placeholders, `BIGINT` milliseconds, text ids made by the program, every `sum` cast.
//! Only opening, migrating and beginning a transaction differ by database, and those stand in
//! [`db`]. Must not know: HTTP, the event log.
//!
//! One file per noun. A new table is a migration of the same name in both folders, one file
//! here, and one file of contract tests that runs on both databases.

mod bulk;
pub mod campaign;
pub mod campaign_report;
pub mod click;
pub mod conversion;
pub mod cost;
pub mod credit;
pub mod customer;
pub mod db;
pub mod engagement;
pub mod exchange_rate;
pub mod goal_version;
pub mod idempotency;
pub mod inbox;
pub mod key;
pub mod link;
pub mod order;
pub mod orphan;
pub mod probe;
pub mod promo_code;
pub mod publication;
pub mod report_day;
pub mod source;
pub mod tombstone;
pub mod workspace;

pub use db::{Store, Tx};

use crate::id::{Id, Kind};

/// Why the store did not answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database is away, overloaded or failing; the same call may work later.
    #[error("the database did not answer: {0}")]
    Unavailable(sqlx::Error),
    /// The database did not answer in time; the same call may work later.
    #[error("the database did not answer within {0:?}")]
    Deadline(std::time::Duration),
    /// A row with the same unique value is there already.
    #[error("a row with the same unique value exists")]
    Duplicate,
    /// The database refuses this data, and would again.
    #[error("the database refused the data: {0}")]
    Refused(sqlx::Error),
    /// A stored value is not what this program writes.
    #[error("stored {what} cannot be read: {value:?}")]
    Corrupt {
        /// Which value.
        what: &'static str,
        /// What stands there.
        value: String,
    },
    /// The store's address is not one that Leadline can open.
    #[error("store.url must begin with sqlite: or postgres:")]
    Address,
    /// The schema is older or newer than this program.
    #[error(
        "the database's schema was not made by this version of the program, or not by it at all"
    )]
    Migration(#[source] sqlx::migrate::MigrateError),
}

impl Error {
    /// Whether the same call may work later, without any change of the data.
    pub fn is_transient(&self) -> bool {
        matches!(self, Error::Unavailable(_) | Error::Deadline(_))
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error) => Error::from(error),
            error => Error::Migration(error),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::error::ErrorKind;
        match &error {
            sqlx::Error::Database(database) => match database.kind() {
                ErrorKind::UniqueViolation => Error::Duplicate,
                ErrorKind::ForeignKeyViolation
                | ErrorKind::NotNullViolation
                | ErrorKind::CheckViolation => Error::Refused(error),
                // SQLSTATE class 22 is "data exception"; everything else may pass by itself.
                _ if database
                    .code()
                    .is_some_and(|code| code.len() == 5 && code.starts_with("22")) =>
                {
                    Error::Refused(error)
                }
                _ => Error::Unavailable(error),
            },
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::Encode(_)
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::TypeNotFound { .. } => Error::Refused(error),
            _ => Error::Unavailable(error),
        }
    }
}

/// Every statement that only PostgreSQL gets, and every one that only SQLite gets.
pub fn dialects() -> [Vec<&'static str>; 2] {
    let [mut postgres, mut sqlite] = click::dialects();
    let bulks = [
        campaign_report::journeys::BULK,
        orphan::BULK,
        report_day::BULK,
        link::near::BULK,
        conversion::erasure::BULK,
        cost::BULK,
        credit::days::BULK,
        customer::BULK,
        customer::reading::BULK,
        engagement::BULK,
        exchange_rate::BULK,
        tombstone::BULK,
    ];
    for bulk in bulks.concat() {
        postgres.push(bulk.postgres);
        sqlite.push(bulk.sqlite);
    }
    [postgres, sqlite]
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

fn read_id<K: Kind>(text: &str) -> Result<Id<K>, Error> {
    text.parse().map_err(|_| Error::Corrupt {
        what: "id",
        value: text.to_owned(),
    })
}

fn read_id_option<K: Kind>(text: Option<&str>) -> Result<Option<Id<K>>, Error> {
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
