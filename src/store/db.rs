//! The open database: where SQLite and PostgreSQL differ in opening, migrating and beginning.
//!
//! # Invariants
//! SQLite has one writing connection, so writers queue in the program instead of failing with
//! "database is locked", and as many reading ones as configured; WAL lets both go on at once.
//! PostgreSQL reads run as `REPEATABLE READ, READ ONLY`, so that a report made of several
//! statements sees one state of the data on either database. No wait for PostgreSQL is without an
//! end: each transaction carries limits for statements and locks.

use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use sqlx::SqlSafeStr;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqlitePool;
use tokio::time::timeout;

use super::postgres::Server;
use super::scrub::Scrubs;
use super::tx::{PooledTransaction, Session, Tx, run};
pub(super) use super::tx::{execute, fetch};
use super::{Error, postgres, sqlite};

static SQLITE_MIGRATIONS: Migrator = sqlx_macros::migrate!("migrations/sqlite");

/// How long a caller waits for a free connection before the store counts as away.
pub(super) const ACQUIRE_DEADLINE: Duration = Duration::from_secs(5);

/// How long connections may take to close. Those that do not are left to the database.
const CLOSE_DEADLINE: Duration = Duration::from_secs(5);

/// Held until the transaction ends; the schema's name keeps several stores in one database apart.
const INGEST_LOCK: &str = "SELECT pg_advisory_xact_lock(hashtext(current_schema() || ' ingest'))";

/// How a store is opened.
#[derive(Clone, Copy, Debug)]
pub struct StoreOptions {
    /// Most connections open at once.
    pub connections: u32,
    /// Whether PostgreSQL keeps statements under names.
    pub statements: Statements,
    /// The longest that PostgreSQL works on one statement.
    pub statement_timeout: Duration,
    /// The longest that a statement waits there for a lock.
    pub lock_timeout: Duration,
}

/// How statements are given to PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Statements {
    /// Prepared once for each connection, under a name.
    Named,
    /// Prepared each time, without a name: for poolers that give each transaction another session.
    Unnamed,
}

impl Default for StoreOptions {
    fn default() -> StoreOptions {
        StoreOptions {
            connections: 10,
            statements: Statements::Named,
            statement_timeout: Duration::from_mins(1),
            lock_timeout: Duration::from_secs(10),
        }
    }
}

/// An open store; clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    pools: Pools,
    session: Session,
    scrubs: Scrubs,
}

#[derive(Clone, Debug)]
enum Pools {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres(Server),
}

impl Store {
    /// Opens the database at `url` with at most `connections` connections and the defaults for the
    /// rest.
    ///
    /// # Errors
    /// Those of [`Store::open_with`].
    pub async fn open(url: &SecretString, connections: u32) -> Result<Store, Error> {
        let defaults = StoreOptions::default();
        let options = StoreOptions {
            connections,
            ..defaults
        };
        Store::open_with(url, options).await
    }

    /// Opens the database at `url` (`sqlite:…` or `postgres://…`). A SQLite file is created
    /// when missing; PostgreSQL is not contacted yet.
    ///
    /// # Errors
    /// [`Error::Address`] for another scheme, [`Error::Url`] when the address cannot be used, and
    /// what SQLite says when it cannot open the file.
    pub async fn open_with(url: &SecretString, options: StoreOptions) -> Result<Store, Error> {
        let url = url.expose_secret();
        if url.starts_with("sqlite:") {
            let (read, write) = sqlite::open(url, options.connections).await?;
            Ok(Store::on(Pools::Sqlite { read, write }, Session::lasting()))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let (server, session) = Server::new(url, options)?;
            Ok(Store::on(Pools::Postgres(server), session))
        } else {
            Err(Error::Address)
        }
    }

    /// Brings the schema up to this program's version; does nothing when it is.
    ///
    /// # Errors
    /// When the database is away or holds a schema this program does not know.
    pub async fn migrate(&self) -> Result<(), Error> {
        match &self.pools {
            Pools::Sqlite { write, .. } => SQLITE_MIGRATIONS.run(write).await?,
            Pools::Postgres(server) => server.migrate().await?,
        }
        Ok(())
    }

    /// Begins a transaction that only reads, on one snapshot.
    ///
    /// # Errors
    /// When no connection is to be had; the error says why.
    pub async fn read(&self) -> Result<Tx, Error> {
        let begun = Instant::now();
        let tx = match &self.pools {
            Pools::Sqlite { read, .. } => Tx::Sqlite(
                PooledTransaction::begin(read, &self.session, "BEGIN".into_sql_str()).await?,
            ),
            Pools::Postgres(server) => Tx::Postgres(server.read(&self.session).await?),
        };
        Ok(tx.timed("read", begun))
    }

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// When no connection is to be had; the error says why.
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
        Ok(tx.timed("write", begun))
    }

    /// Begins a transaction that writes what the log holds. Of all programs on this store one at a
    /// time does: each must see what the others have joined.
    ///
    /// # Errors
    /// When no connection is to be had; the error says why.
    pub async fn ingest(&self) -> Result<Tx, Error> {
        let begun = Instant::now();
        let mut tx = self.write().await?;
        if let Tx::Postgres(tx) = &mut tx {
            run!(tx, sqlx::query(INGEST_LOCK), execute)?;
        }
        Ok(tx.timed("ingest", begun))
    }

    fn on(pools: Pools, session: Session) -> Store {
        let scrubs = Scrubs::default();
        Store {
            pools,
            session,
            scrubs,
        }
    }

    /// The pool of connections that write, on SQLite.
    pub(super) fn sqlite_writer(&self) -> Option<&SqlitePool> {
        match &self.pools {
            Pools::Sqlite { write, .. } => Some(write),
            Pools::Postgres(_) => None,
        }
    }

    /// Whether one transaction writes at a time, also of those of other programs.
    pub(super) fn writes_in_turns(&self) -> bool {
        matches!(self.pools, Pools::Sqlite { .. })
    }

    pub(super) fn scrubs(&self) -> &Scrubs {
        &self.scrubs
    }

    /// Closes every connection; waits a while for those in use.
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

/// Looks at an address as [`Store::open`] will, without opening anything; empty is the default.
///
/// # Errors
/// Why the address cannot be used; without its text, which may hold a password.
pub fn judge_url(url: &str) -> Result<(), String> {
    let read = if url.starts_with("sqlite:") {
        sqlite::read_url(url).map(drop)
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        postgres::read_url(url).map(drop)
    } else {
        Ok(())
    };
    read.map_err(|error| match error {
        Error::Url(reason) => format!("cannot be read: {reason}"),
        error => error.to_string(),
    })
}
