//! A transaction on either database, and what happens to its connection afterwards.
//!
//! # Invariants
//! A connection returns to its pool outside of any transaction, wherever its future was dropped:
//! - in a transaction: the rollback is queued, and done before anybody else gets the connection;
//! - during `BEGIN`: PostgreSQL's is rolled back in the background, SQLite's by its driver;
//! - after an error that may outlive its transaction (a full disk, a broken wire, a server that
//!   turned read-only): the connection is closed, and the pool opens a new one.
//!
//! # Out of scope
//! SQL of any noun.

use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{Database, Executor, Pool, Postgres, SqlStr, Sqlite};
use sqlx_core::transaction::TransactionManager;
use tokio::time::timeout;

use super::error::Error;
use super::fault::{self, Renewal};
use super::options::ACQUIRE_DEADLINE;
use crate::metric;
use crate::metric::outcome::StoreOperation;

/// How long a connection may take to roll back an abandoned `BEGIN` before it is closed.
const SETTLE_DEADLINE: Duration = Duration::from_secs(5);

/// A transaction on either database. It leaves nothing behind unless it is committed.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite.
    Sqlite(PooledTransaction<Sqlite>),
    /// On PostgreSQL.
    Postgres(PooledTransaction<Postgres>),
}

impl Tx {
    /// Measures the transaction from `begun` to its end.
    pub(crate) fn timed(mut self, operation: StoreOperation, begun: Instant) -> Tx {
        match &mut self {
            Tx::Sqlite(tx) => tx.timed = Some((operation, begun)),
            Tx::Postgres(tx) => tx.timed = Some((operation, begun)),
        }
        self
    }

    /// Commits the transaction.
    ///
    /// # Errors
    /// [`Error::Unconfirmed`] when the answer is lost or late: the transaction may be committed, so
    /// a retry must be safe either way. After any other error nothing was done.
    pub async fn commit(self) -> Result<(), Error> {
        let committed = match self {
            Tx::Sqlite(tx) => tx.commit().await,
            Tx::Postgres(tx) => tx.commit().await,
        };
        committed.map_err(Error::of_commit)
    }
}

/// How statements run on the connections of a database.
#[derive(Clone, Debug, Default)]
pub(super) struct SessionSettings {
    /// Whether the server keeps prepared statements under a name.
    pub(super) keeps_statements: bool,
    /// How long this side waits for a statement; the server has limits of its own.
    pub(super) limit: Option<Duration>,
    /// When all connections of the pool were replaced.
    pub(super) renewal: Renewal,
}

impl SessionSettings {
    /// For a file that only this program serves: without limits and poolers.
    pub(super) fn lasting() -> SessionSettings {
        SessionSettings {
            keeps_statements: true,
            ..SessionSettings::default()
        }
    }
}

/// What the two drivers do differently when a transaction is abandoned.
pub trait SqlDriver: Database {
    /// Whether this error makes the connection unusable.
    fn is_doubtful(error: &sqlx::Error) -> bool;

    /// Whether a transaction may be open although `BEGIN` failed like this.
    fn is_left_open(error: &sqlx::Error) -> bool;

    /// Ends the transaction of a connection whose `BEGIN` was abandoned.
    fn settle(connection: PoolConnection<Self>);
}

impl SqlDriver for Sqlite {
    fn is_doubtful(error: &sqlx::Error) -> bool {
        fault::breaks_sqlite(error)
    }

    fn is_left_open(error: &sqlx::Error) -> bool {
        Self::is_doubtful(error)
    }

    /// The driver's thread rolls back a `BEGIN` that nobody waits for.
    fn settle(_connection: PoolConnection<Sqlite>) {}
}

impl SqlDriver for Postgres {
    fn is_doubtful(error: &sqlx::Error) -> bool {
        fault::breaks_postgres(error)
    }

    /// `BEGIN` may have succeeded, and a statement behind it failed.
    fn is_left_open(_error: &sqlx::Error) -> bool {
        true
    }

    /// The driver does not know of the transaction, so it would not roll it back.
    fn settle(mut connection: PoolConnection<Postgres>) {
        #[expect(
            clippy::disallowed_methods,
            reason = "ends within its deadline; the pool returns connections by such tasks as well"
        )]
        tokio::spawn(async move {
            let rollback = timeout(SETTLE_DEADLINE, connection.execute("ROLLBACK")).await;
            if !matches!(rollback, Ok(Ok(_))) {
                connection.close_on_drop();
            }
        });
    }
}

/// A connection on which `BEGIN` was sent and not answered yet.
struct Beginning<DB: SqlDriver>(Option<PoolConnection<DB>>);

impl<DB: SqlDriver> Beginning<DB> {
    /// Begins; closes a connection that refuses to.
    async fn run(&mut self, begin: SqlStr) -> Result<PoolConnection<DB>, sqlx::Error> {
        let Some(connection) = &mut self.0 else {
            return Err(sqlx::Error::PoolClosed);
        };
        let begun = DB::TransactionManager::begin(connection, Some(begin)).await;
        let connection = self.0.take().ok_or(sqlx::Error::PoolClosed);
        match begun {
            Ok(()) => connection,
            Err(error) => {
                let mut connection = connection?;
                if DB::is_left_open(&error) {
                    connection.close_on_drop();
                }
                Err(error)
            }
        }
    }
}

impl<DB: SqlDriver> Drop for Beginning<DB> {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            DB::settle(connection);
        }
    }
}

/// A transaction on a connection of a pool.
pub struct PooledTransaction<DB: SqlDriver> {
    connection: PoolConnection<DB>,
    session: SessionSettings,
    /// Whether the transaction is neither committed nor queued for rollback.
    is_open: bool,
    /// Whether the connection must not be used again.
    is_doubtful: bool,
    /// The measured operation, and its start.
    timed: Option<(StoreOperation, Instant)>,
}

impl<DB: SqlDriver> std::fmt::Debug for PooledTransaction<DB> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PooledTransaction(..)")
    }
}

impl<DB: SqlDriver> PooledTransaction<DB> {
    /// Begins one on a connection of `pool` by the statement `begin`.
    pub(super) async fn begin(
        pool: &Pool<DB>,
        session: &SessionSettings,
        begin: SqlStr,
    ) -> Result<PooledTransaction<DB>, sqlx::Error> {
        let mut beginning = Beginning(Some(pool.acquire().await?));
        // A pooler lets a connection in at once, and keeps its first statement waiting for a
        // session.
        let limit = session.limit.map(|limit| limit.min(ACQUIRE_DEADLINE));
        let begun = within(limit, beginning.run(begin)).await;
        let connection = begun.inspect_err(|error| session.renewal.note(error))?;
        Ok(PooledTransaction {
            connection,
            session: session.clone(),
            is_open: true,
            is_doubtful: false,
            timed: None,
        })
    }

    async fn commit(mut self) -> Result<(), sqlx::Error> {
        let limit = self.session.limit;
        let done = within(limit, DB::TransactionManager::commit(&mut self.connection)).await;
        self.watch(done)?;
        self.is_open = false;
        self.session.renewal.note_write();
        Ok(())
    }

    /// Whether statements are kept under a name.
    pub(crate) fn keeps_statements(&self) -> bool {
        self.session.keeps_statements
    }

    /// How long a statement may take.
    pub(crate) fn limit(&self) -> Option<Duration> {
        self.session.limit
    }

    /// Passes a result on, and notes an error that the connection may not survive.
    pub(crate) fn watch<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if let Err(error) = &result
            && DB::is_doubtful(error)
        {
            self.is_doubtful = true;
            self.session.renewal.note(error);
        }
        result
    }

    /// The connection, for work that the driver does not recover from. It is closed unless
    /// [`Self::has_settled`] follows.
    pub(crate) fn in_doubt(&mut self) -> &mut DB::Connection {
        self.is_doubtful = true;
        &mut self.connection
    }

    /// Ends what [`Self::in_doubt`] began.
    pub(crate) fn has_settled(&mut self) {
        self.is_doubtful = false;
    }
}

impl<DB: SqlDriver> Deref for PooledTransaction<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        &self.connection
    }
}

impl<DB: SqlDriver> DerefMut for PooledTransaction<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        &mut self.connection
    }
}

impl<DB: SqlDriver> Drop for PooledTransaction<DB> {
    fn drop(&mut self) {
        if let Some((operation, begun)) = self.timed {
            metric::observe_store(operation, begun.elapsed().as_secs_f64());
        }
        if self.is_doubtful {
            self.connection.close_on_drop();
        } else if self.is_open {
            DB::TransactionManager::start_rollback(&mut self.connection);
        }
    }
}

/// Waits for a statement no longer than `limit`. A server that vanished would otherwise hold its
/// caller until the network notices.
pub(crate) async fn within<T>(
    limit: Option<Duration>,
    statement: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let Some(limit) = limit else {
        return statement.await;
    };
    let late = || sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
    timeout(limit, statement)
        .await
        .unwrap_or_else(|_| Err(late()))
}
