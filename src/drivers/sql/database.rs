//! An open database: where SQLite and PostgreSQL differ in opening, migrating and beginning.
//!
//! # Invariants
//! - SQLite has one connection that writes, so writers queue in the program instead of failing
//!   with "database is locked", and as many that read as configured; WAL lets both go on at once.
//! - Reads on PostgreSQL run as `REPEATABLE READ, READ ONLY`: a report of several statements sees
//!   one state of the data on either database.
//! - Every wait for PostgreSQL ends: each transaction limits its statements and locks.

use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use sqlx::SqlSafeStr;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqlitePool;
use tokio::time::timeout;

use super::error::Error;
use super::options::DatabaseOptions;
use super::postgres::PostgresServer;
use super::scrub::Scrubs;
use super::tx::{PooledTransaction, SessionSettings, Tx};
use super::{postgres, sqlite};
use crate::metric::outcome::StoreOperation;

/// How long connections may take to close. The database ends those that take longer.
const CLOSE_DEADLINE: Duration = Duration::from_secs(5);

/// What brings a schema up to date, for each database.
#[derive(Debug)]
pub struct Migrations {
    /// Of SQLite.
    pub sqlite: Migrator,
    /// Of PostgreSQL; without its own lock, which would belong to a session.
    pub postgres: Migrator,
}

/// An open database; clones share its connections.
#[derive(Clone, Debug)]
pub struct Database {
    pools: Pools,
    session: SessionSettings,
    scrubs: Scrubs,
}

#[derive(Clone, Debug)]
enum Pools {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres(PostgresServer),
}

impl Database {
    /// Opens the database at `url`, `sqlite:…` or `postgres://…`. Creates a SQLite file that is
    /// missing; does not contact PostgreSQL yet.
    ///
    /// # Errors
    /// [`Error::Address`] for another scheme, [`Error::Url`] when the address cannot be used, and
    /// what SQLite says when it cannot open the file.
    pub async fn open(url: &SecretString, options: DatabaseOptions) -> Result<Database, Error> {
        let url = url.expose_secret();
        if is_sqlite(url) {
            let (read, write) = sqlite::open(url, options.connections).await?;
            Ok(Database::on(
                Pools::Sqlite { read, write },
                SessionSettings::lasting(),
            ))
        } else if is_postgres(url) {
            let (server, session) = PostgresServer::new(url, options)?;
            Ok(Database::on(Pools::Postgres(server), session))
        } else {
            Err(Error::Address)
        }
    }

    fn on(pools: Pools, session: SessionSettings) -> Database {
        Database {
            pools,
            session,
            scrubs: Scrubs::default(),
        }
    }

    /// Brings the schema up to date; does nothing when it is.
    ///
    /// # Errors
    /// When the database is away or holds a schema that these migrations do not know.
    pub async fn migrate(&self, migrations: &Migrations) -> Result<(), Error> {
        match &self.pools {
            Pools::Sqlite { write, .. } => migrations.sqlite.run(write).await?,
            Pools::Postgres(server) => server.migrate(&migrations.postgres).await?,
        }
        Ok(())
    }

    /// Begins a read-only transaction on one snapshot.
    ///
    /// # Errors
    /// When no connection becomes free; the error says why.
    pub async fn read(&self) -> Result<Tx, Error> {
        let begun = Instant::now();
        let tx = match &self.pools {
            Pools::Sqlite { read, .. } => Tx::Sqlite(
                PooledTransaction::begin(read, &self.session, "BEGIN".into_sql_str()).await?,
            ),
            Pools::Postgres(server) => Tx::Postgres(server.read(&self.session).await?),
        };
        Ok(tx.timed(StoreOperation::Read, begun))
    }

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// When no connection becomes free; the error says why.
    pub async fn write(&self) -> Result<Tx, Error> {
        let begun = Instant::now();
        let tx = match &self.pools {
            // IMMEDIATE takes the write lock at once: a later upgrade could fail half-way.
            Pools::Sqlite { write, .. } => {
                let begin = "BEGIN IMMEDIATE".into_sql_str();
                Tx::Sqlite(PooledTransaction::begin(write, &self.session, begin).await?)
            }
            Pools::Postgres(server) => Tx::Postgres(server.write(&self.session).await?),
        };
        Ok(tx.timed(StoreOperation::Write, begun))
    }

    /// Whether only one transaction writes at a time, including those of other programs.
    pub fn writes_in_turns(&self) -> bool {
        matches!(self.pools, Pools::Sqlite { .. })
    }

    /// Asks for SQLite's log to be emptied; it is due until [`Database::scrub`] succeeds.
    pub fn ask_for_scrub(&self) {
        if let Pools::Sqlite { .. } = self.pools {
            self.scrubs.ask();
        }
    }

    /// Whether SQLite's log may hold deleted rows.
    pub fn is_scrub_due(&self) -> bool {
        self.scrubs.is_due()
    }

    /// Empties SQLite's log. Does nothing on PostgreSQL.
    ///
    /// # Errors
    /// When the store does not answer; [`Error::Busy`] when a reader or writer prevents it.
    pub async fn scrub(&self) -> Result<(), Error> {
        match &self.pools {
            Pools::Sqlite { write, .. } => self.scrubs.run(write).await,
            Pools::Postgres(_) => Ok(()),
        }
    }

    /// Closes every connection, after a short wait for those in use.
    pub async fn close(&self) {
        let closing = async {
            match &self.pools {
                Pools::Sqlite { read, write } => {
                    read.close().await;
                    write.close().await;
                }
                Pools::Postgres(server) => server.pool.close().await,
            }
        };
        if timeout(CLOSE_DEADLINE, closing).await.is_err() {
            tracing::warn!(
                "connections to the store did not close in time; the database ends them"
            );
        }
    }
}

fn is_sqlite(url: &str) -> bool {
    url.starts_with("sqlite:")
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres:") || url.starts_with("postgresql:")
}

/// Checks an address as [`Database::open`] does, without opening anything. An empty one, or one of
/// another scheme, passes.
///
/// # Errors
/// Why the address cannot be used; without its text, which may hold a password.
pub fn check_url(url: &str) -> Result<(), String> {
    let read = if is_sqlite(url) {
        sqlite::read_url(url).map(drop)
    } else if is_postgres(url) {
        postgres::read_url(url).map(drop)
    } else {
        Ok(())
    };
    read.map_err(|error| match error {
        Error::Url(reason) => format!("cannot be read: {reason}"),
        error => error.to_string(),
    })
}
