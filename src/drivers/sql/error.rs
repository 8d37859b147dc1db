//! Why a database did not answer.
//!
//! # Invariants
//! - A message names the cause and the server or file, never a password.
//! - Each error is of exactly one class. A transient error ([`Error::is_transient`]) may pass by
//!   itself. An error of the configuration ([`Error::is_configuration`]) passes when the operator
//!   acts. An error of the entry ([`Error::is_of_the_entry`]) never passes.

use std::time::Duration;

use super::fault;

/// Why a database did not answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database is unavailable, overloaded or failing; the same call may work later.
    #[error("the database did not answer: {0}")]
    Unavailable(sqlx::Error),
    /// The database did not answer in time; the same call may work later.
    #[error("the database did not answer within {0:?}")]
    Deadline(Duration),
    /// The database did not confirm a commit, so the transaction may be committed or not. The same
    /// call works later, and may do its work a second time.
    #[error("the database did not confirm a commit, so the change may or may not be stored: {0}")]
    Unconfirmed(sqlx::Error),
    /// Another transaction held the writer's lock; the same call works later.
    #[error("another transaction has held the write lock for more than {0:?}")]
    Busy(Duration),
    /// A pooler changed the session behind a connection. The same call may work later, and always
    /// works with `store.statements = "unnamed"`.
    #[error(
        "the database's session changed under its connection: {0}; behind a pooler in transaction mode \
         set `store.statements = \"unnamed\"`"
    )]
    SessionChanged(sqlx::Error),
    /// The database cannot be reached; the same call may work later.
    #[error("cannot reach PostgreSQL at {server}: {reason}")]
    Unreachable {
        /// Host and port.
        server: String,
        /// The error of the operating system.
        reason: String,
    },
    /// All connections are in use; the same call may work later.
    #[error(
        "all {connections} connections to the store are in use, and none became free within \
         {waited:?}; raise `store.pool_size`, or send fewer requests at a time"
    )]
    Exhausted {
        /// How many connections there are.
        connections: u32,
        /// How long the call waited for a connection.
        waited: Duration,
    },
    /// The database does not accept writes now; the same call may work later.
    #[error("the database is read-only: {0}")]
    ReadOnly(sqlx::Error),
    /// The disk of the database is full; the same call may work later.
    #[error("the database's disk is full: {0}")]
    DiskFull(sqlx::Error),
    /// A row with the same unique value exists.
    #[error("a row with the same unique value exists")]
    Duplicate,
    /// The database refuses this data, and would refuse it again.
    #[error("the database refused the data: {0}")]
    Refused(sqlx::Error),
    /// A stored value is not what this program writes.
    #[error("stored {what} cannot be read: {value:?}")]
    Corrupt {
        /// Which value.
        what: &'static str,
        /// The text that is stored.
        value: String,
    },
    /// The store's address is not one that Leadline can open.
    #[error("`store.url` must begin with sqlite: or postgres:")]
    Address,
    /// The store's address cannot be read, or has an unknown parameter.
    #[error("`store.url` cannot be used: {0}")]
    Url(String),
    /// PostgreSQL refuses the user, the password or the database's name.
    #[error(
        "PostgreSQL at {server} refuses the login: {reason}; check user, password and database in `store.url`"
    )]
    Login {
        /// Host and port.
        server: String,
        /// The answer of PostgreSQL.
        reason: String,
    },
    /// The certificate of PostgreSQL is not trusted, or none is offered.
    #[error(
        "no trusted TLS connection to PostgreSQL at {server}: {reason}; check `sslmode` and `sslrootcert` in `store.url`"
    )]
    Tls {
        /// Host and port.
        server: String,
        /// What is wrong.
        reason: String,
    },
    /// SQLite's file may not be used by this program's user.
    #[error("cannot use the store's file {path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The schema is older or newer than this program.
    #[error(
        "the database's schema does not fit: another version of this program, or another program, created it"
    )]
    Migration(#[source] sqlx::migrate::MigrateError),
}

impl Error {
    /// The error of a failed commit.
    pub(super) fn of_commit(error: sqlx::Error) -> Error {
        if fault::leaves_commit_open(&error) {
            Error::Unconfirmed(error)
        } else {
            error.into()
        }
    }

    /// The error of an address that the driver cannot use.
    pub(super) fn unusable(error: &sqlx::Error) -> Error {
        Error::Url(match error {
            sqlx::Error::Configuration(reason) => reason.to_string(),
            error => error.to_string(),
        })
    }

    /// Whether the same call may work later, without any change of the data or the configuration.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Error::Unavailable(_)
                | Error::Deadline(_)
                | Error::Busy(_)
                | Error::Unconfirmed(_)
                | Error::SessionChanged(_)
                | Error::Unreachable { .. }
                | Error::Exhausted { .. }
                | Error::ReadOnly(_)
                | Error::DiskFull(_)
        )
    }

    /// Whether the data itself is the cause, so that the same call never works. Only such data may
    /// be dead-lettered. Everything else waits, however long the failure lasts.
    pub fn is_of_the_entry(&self) -> bool {
        matches!(
            self,
            Error::Duplicate | Error::Refused(_) | Error::Corrupt { .. }
        )
    }

    /// Whether the call works only after the operator changes the configuration or what it names.
    pub fn is_configuration(&self) -> bool {
        matches!(
            self,
            Error::Address
                | Error::Url(_)
                | Error::Login { .. }
                | Error::Tls { .. }
                | Error::File { .. }
                | Error::Migration(_)
        )
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error) => Error::from(error),
            sqlx::migrate::MigrateError::ExecuteMigration(error, version) => {
                match Error::from(error) {
                    Error::Refused(error) => {
                        let error = sqlx::migrate::MigrateError::ExecuteMigration(error, version);
                        Error::Migration(error)
                    }
                    error => error,
                }
            }
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
                _ if fault::is_read_only(&error) => Error::ReadOnly(error),
                _ if fault::is_disk_full(&error) => Error::DiskFull(error),
                _ if fault::is_of_another_session(&error) => Error::SessionChanged(error),
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
