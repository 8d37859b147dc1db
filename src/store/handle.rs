//! The open store: a database with the schema of this program.
//!
//! # Invariants
//! Of all programs on one store, only one at a time writes the entries of the log
//! ([`Store::ingest`]), because each must see what the others have joined.

use std::sync::LazyLock;
use std::time::Instant;

use secrecy::SecretString;

use crate::drivers::sql::{Database, DatabaseOptions, Error, Migrations, Tx, run, statements};
use crate::metric::outcome::StoreOperation;

static MIGRATIONS: LazyLock<Migrations> = LazyLock::new(|| {
    let mut postgres = sqlx_macros::migrate!("migrations/postgres");
    // The driver's lock belongs to a session, and connection poolers change sessions.
    postgres.set_locking(false);
    Migrations {
        sqlite: sqlx_macros::migrate!("migrations/sqlite"),
        postgres,
    }
});

statements! {
    /// Held until the transaction ends. The schema's name separates stores in one database.
    postgres INGEST_LOCK = "SELECT pg_advisory_xact_lock(hashtext(current_schema() || ' ingest'))";
}

/// An open store; clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    database: Database,
}

impl Store {
    /// Opens the database at `url` with at most `connections` connections and default options.
    ///
    /// # Errors
    /// Those of [`Store::open_with`].
    pub async fn open(url: &SecretString, connections: u32) -> Result<Store, Error> {
        let options = DatabaseOptions {
            connections,
            ..DatabaseOptions::default()
        };
        Store::open_with(url, options).await
    }

    /// Opens the database at `url`, as [`Database::open`] does.
    ///
    /// # Errors
    /// Those of [`Database::open`].
    pub async fn open_with(url: &SecretString, options: DatabaseOptions) -> Result<Store, Error> {
        let database = Database::open(url, options).await?;
        Ok(Store { database })
    }

    /// Migrates the schema to this program's version; does nothing if it has that version.
    ///
    /// # Errors
    /// When the database cannot be reached, or its schema is unknown to this program.
    pub async fn migrate(&self) -> Result<(), Error> {
        self.database.migrate(&MIGRATIONS).await
    }

    /// Begins a read-only transaction on one snapshot.
    ///
    /// # Errors
    /// When no connection becomes free; the error says why.
    pub async fn read(&self) -> Result<Tx, Error> {
        self.database.read().await
    }

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// When no connection becomes free; the error says why.
    pub async fn write(&self) -> Result<Tx, Error> {
        self.database.write().await
    }

    /// Begins a transaction that writes entries of the log while no other program does.
    ///
    /// # Errors
    /// When no connection becomes free; the error says why.
    pub async fn ingest(&self) -> Result<Tx, Error> {
        let begun = Instant::now();
        let mut tx = self.write().await?;
        if let Tx::Postgres(tx) = &mut tx {
            run!(tx, sqlx::query(INGEST_LOCK), execute)?;
        }
        Ok(tx.timed(StoreOperation::Ingest, begun))
    }

    /// Whether only one transaction writes at a time, including those of other programs.
    pub(super) fn writes_in_turns(&self) -> bool {
        self.database.writes_in_turns()
    }

    /// Requests that deleted rows be removed from SQLite's log. It stays due until [`Store::scrub`]
    /// succeeds.
    pub fn ask_for_scrub(&self) {
        self.database.ask_for_scrub();
    }

    /// Whether SQLite's log may contain deleted rows.
    pub fn is_scrub_due(&self) -> bool {
        self.database.is_scrub_due()
    }

    /// Empties SQLite's log, which contains deleted rows. Does nothing on PostgreSQL.
    ///
    /// # Errors
    /// When the store does not answer; [`Error::Busy`] when a reader or writer prevents it.
    pub async fn scrub(&self) -> Result<(), Error> {
        self.database.scrub().await
    }

    /// Closes every connection, after a short wait for those in use.
    pub async fn close(&self) {
        self.database.close().await;
    }
}
