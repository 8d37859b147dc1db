//! The open database and its transactions: the one place where SQLite and PostgreSQL differ.
//!
//! Holds: SQLite has one writing connection, so writers queue in the program instead of failing
//! with "database is locked", and as many reading ones as configured; WAL lets both go on at
//! once. PostgreSQL reads run as `REPEATABLE READ, READ ONLY`, so that a report made of several
//! statements sees one state of the data on either database.

use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Postgres, Sqlite, Transaction};

use super::Error;
use super::probe::Probes;

static SQLITE_MIGRATIONS: Migrator = sqlx_macros::migrate!("migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx_macros::migrate!("migrations/postgres");

/// How long a caller waits for a free connection before the store counts as away.
const ACQUIRE_DEADLINE: Duration = Duration::from_secs(5);

/// Rows that SQLite's thread reads ahead of who asked for them: each time it waits for them costs both threads
/// more than some rows do.
const ROWS_AT_ONCE: usize = 1024;

/// Held until the transaction ends; the schema's name keeps several stores in one database apart.
const INGEST_LOCK: &str = "SELECT pg_advisory_xact_lock(hashtext(current_schema() || ' ingest'))";

/// An open store; clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    pools: Pools,
    probes: Probes,
}

#[derive(Clone, Debug)]
enum Pools {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres(PgPool),
}

/// A transaction on either database. Dropped without [`Tx::commit`], it leaves nothing behind.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

impl Store {
    /// Opens the database at `url` (`sqlite:…` or `postgres://…`) with at most `connections`
    /// connections. A SQLite file is made when missing; PostgreSQL is not contacted yet.
    ///
    /// # Errors
    /// [`Error::Address`] for another scheme, [`Error::Unavailable`] when SQLite cannot open the
    /// file or the address cannot be read.
    pub async fn open(url: &SecretString, connections: u32) -> Result<Store, Error> {
        let url = url.expose_secret();
        if url.starts_with("sqlite:") {
            open_sqlite(url, connections).await
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let pool = PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(ACQUIRE_DEADLINE)
                .connect_lazy_with(PgConnectOptions::from_str(url)?);
            Ok(Store::on(Pools::Postgres(pool)))
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
            Pools::Postgres(pool) => POSTGRES_MIGRATIONS.run(pool).await?,
        }
        Ok(())
    }

    /// Begins a transaction that only reads, on one snapshot.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection is to be had.
    pub async fn read(&self) -> Result<Tx, Error> {
        Ok(match &self.pools {
            Pools::Sqlite { read, .. } => Tx::Sqlite(read.begin().await?),
            Pools::Postgres(pool) => Tx::Postgres(
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                    .await?,
            ),
        })
    }

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection is to be had.
    pub async fn write(&self) -> Result<Tx, Error> {
        Ok(match &self.pools {
            // IMMEDIATE takes the write lock at once: a later upgrade could fail half-way.
            Pools::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            // Stated, because who waited for a lock must then see what its holder has written.
            Pools::Postgres(pool) => Tx::Postgres(
                pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED")
                    .await?,
            ),
        })
    }

    /// Begins a transaction that writes what the log holds. Of all programs on this store one at a
    /// time does: each must see what the others have joined.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection is to be had.
    pub async fn ingest(&self) -> Result<Tx, Error> {
        let mut tx = self.write().await?;
        if let Tx::Postgres(tx) = &mut tx {
            sqlx::query(INGEST_LOCK).execute(&mut **tx).await?;
        }
        Ok(tx)
    }

    fn on(pools: Pools) -> Store {
        let probes = Probes::default();
        Store { pools, probes }
    }

    pub(super) fn probes(&self) -> &Probes {
        &self.probes
    }

    /// Closes every connection; waits for those in use.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

/// Looks at an address as [`Store::open`] will, without opening anything; empty is the default.
///
/// # Errors
/// Why the address cannot be read; without its text, which may hold a password.
pub fn judge_url(url: &str) -> Result<(), String> {
    let read = if url.starts_with("sqlite:") {
        SqliteConnectOptions::from_str(url).map(drop)
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        PgConnectOptions::from_str(url).map(drop)
    } else {
        Ok(())
    };
    read.map_err(|error| format!("cannot be read: {error}"))
}

async fn open_sqlite(url: &str, connections: u32) -> Result<Store, Error> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(ACQUIRE_DEADLINE)
        .row_buffer_size(ROWS_AT_ONCE);
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE_DEADLINE)
        .connect_with(options.clone())
        .await?;
    let read = SqlitePoolOptions::new()
        .max_connections(connections.max(1))
        .acquire_timeout(ACQUIRE_DEADLINE)
        .connect_lazy_with(options.read_only(true).create_if_missing(false));
    Ok(Store::on(Pools::Sqlite { read, write }))
}

impl Tx {
    /// Makes everything done in the transaction last.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database cannot; then nothing was done.
    pub async fn commit(self) -> Result<(), Error> {
        match self {
            Tx::Sqlite(tx) => tx.commit().await?,
            Tx::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// Runs a statement with its binds and gives the number of rows it touched.
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::store::Tx::Sqlite(tx) => {
                sqlx::query($sql)$(.bind($bind))*.execute(&mut **tx).await.map(|done| done.rows_affected())
            }
            $crate::store::Tx::Postgres(tx) => {
                sqlx::query($sql)$(.bind($bind))*.execute(&mut **tx).await.map(|done| done.rows_affected())
            }
        }
    };
}

/// Runs a query with its binds; `optional` gives at most one row, `all` every row.
macro_rules! fetch {
    (optional $row:ty, $tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::store::Tx::Sqlite(tx) => {
                sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_optional(&mut **tx).await
            }
            $crate::store::Tx::Postgres(tx) => {
                sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_optional(&mut **tx).await
            }
        }
    };
    (all $row:ty, $tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::store::Tx::Sqlite(tx) => {
                sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_all(&mut **tx).await
            }
            $crate::store::Tx::Postgres(tx) => {
                sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_all(&mut **tx).await
            }
        }
    };
}

/// A row of one column.
pub(super) type Only<T> = (T,);

pub(super) use {execute, fetch};
