//! PostgreSQL: its address, its sessions, and why it cannot be reached.
//!
//! # Invariants
//! A session keeps nothing between transactions but prepared statements, and those only with
//! [`PreparedStatements::Named`]. Limits of time and locks belong to a transaction. So a pooler may
//! give each transaction another session.

use std::io::ErrorKind;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Postgres, SqlSafeStr};
use tokio::time::timeout;

use super::error::Error;
use super::options::{ACQUIRE_DEADLINE, DatabaseOptions, PreparedStatements};
use super::tx::{PooledTransaction, SessionSettings};

/// Held until the transaction ends, by one program that migrates the schema at a time.
const MIGRATION_LOCK: &str =
    "SELECT pg_advisory_xact_lock(hashtext(current_schema() || ' migrate'))";

/// How much longer than the server this side waits before it counts the server as away.
const SILENCE: Duration = Duration::from_secs(5);

/// How long the connection may take that finds out why the pool gets none.
const LOOK_DEADLINE: Duration = Duration::from_secs(2);

/// Parameters of an address that are understood.
const PARAMETERS: [&str; 17] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
];

/// Parameters of libpq that hosters write into addresses and the driver does not use: it warns of
/// each, and connects.
const UNUSED_PARAMETERS: [&str; 10] = [
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "gssencmode",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "sslsni",
    "target_session_attrs",
];

/// A pool of sessions, and how transactions begin in them.
#[derive(Clone, Debug)]
pub(super) struct PostgresServer {
    pub(super) pool: PgPool,
    options: Arc<PgConnectOptions>,
    begin_read: Arc<str>,
    begin_write: Arc<str>,
}

impl PostgresServer {
    /// A pool that has not connected yet, and how statements run on its sessions.
    pub(super) fn new(
        url: &str,
        options: DatabaseOptions,
    ) -> Result<(PostgresServer, SessionSettings), Error> {
        let keeps_statements = options.statements == PreparedStatements::Named;
        let session = SessionSettings {
            keeps_statements,
            limit: (!options.statement_timeout.is_zero())
                .then(|| options.statement_timeout + SILENCE),
            ..SessionSettings::default()
        };
        let connect = read_url(url)?;
        // Poolers know few parameters of a session's start, and this one changes only text.
        let mut connect = connect.extra_float_digits(None);
        if !keeps_statements {
            connect = connect.statement_cache_capacity(0);
        }
        let renewal = session.renewal.clone();
        let pool = PgPoolOptions::new()
            .max_connections(options.connections.max(1))
            .acquire_timeout(ACQUIRE_DEADLINE)
            .before_acquire(move |_, session| {
                let is_old = renewal.is_old(session.age);
                Box::pin(async move { Ok(!is_old) })
            })
            .connect_lazy_with(connect.clone());
        let limits = format!(
            "SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}",
            options.statement_timeout.as_millis(),
            options.lock_timeout.as_millis()
        );
        let server = PostgresServer {
            pool,
            options: Arc::new(connect),
            begin_read: format!("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; {limits}")
                .into(),
            // Stated, because who waited for a lock must then see what its holder has written.
            begin_write: format!("BEGIN ISOLATION LEVEL READ COMMITTED; {limits}").into(),
        };
        Ok((server, session))
    }

    pub(super) async fn read(
        &self,
        session: &SessionSettings,
    ) -> Result<PooledTransaction<Postgres>, Error> {
        self.begin(session, &self.begin_read).await
    }

    pub(super) async fn write(
        &self,
        session: &SessionSettings,
    ) -> Result<PooledTransaction<Postgres>, Error> {
        self.begin(session, &self.begin_write).await
    }

    async fn begin(
        &self,
        session: &SessionSettings,
        begin: &Arc<str>,
    ) -> Result<PooledTransaction<Postgres>, Error> {
        let begin = AssertSqlSafe(begin.clone()).into_sql_str();
        let begun = PooledTransaction::begin(&self.pool, session, begin).await;
        begun.map_err(|error| self.explain(error))
    }

    /// Brings the schema up to date, in one transaction.
    pub(super) async fn migrate(&self, migrations: &Migrator) -> Result<(), Error> {
        let mut connection = match self.pool.acquire().await {
            Ok(connection) => connection,
            Err(sqlx::Error::PoolTimedOut) => return Err(self.look().await),
            Err(error) => return Err(self.explain(error)),
        };
        let mut tx = connection.begin().await?;
        // Another program may have left statements under the names that this one is about to use.
        tx.execute("DEALLOCATE ALL; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
            .await?;
        tx.execute(MIGRATION_LOCK).await?;
        migrations.run_direct(None, &mut *tx, false).await?;
        tx.execute("DEALLOCATE ALL").await?;
        tx.commit().await?;
        // The driver believes that its statements are there still.
        connection.close_on_drop();
        Ok(())
    }

    /// Finds out why the pool gets no connection: a pool retries without telling the reason.
    async fn look(&self) -> Error {
        match timeout(LOOK_DEADLINE, self.options.connect()).await {
            Ok(Ok(connection)) => {
                drop(connection);
                self.exhausted()
            }
            Ok(Err(error)) => self.explain(error),
            Err(_) => self.unreachable("no answer"),
        }
    }

    /// The cause of an error while a transaction begins.
    fn explain(&self, error: sqlx::Error) -> Error {
        let reason = error.to_string();
        match &error {
            sqlx::Error::PoolTimedOut
                if self.pool.size() < self.pool.options().get_max_connections() =>
            {
                self.unreachable("it refuses connections, or does not answer")
            }
            sqlx::Error::PoolTimedOut => self.exhausted(),
            // A certificate that is not trusted is told as data that cannot be used.
            sqlx::Error::Io(io) if io.kind() == ErrorKind::InvalidData => self.untrusted(reason),
            sqlx::Error::Io(io) => self.unreachable(&io.to_string()),
            sqlx::Error::Tls(tls) => self.untrusted(tls.to_string()),
            sqlx::Error::Configuration(reason) => Error::Url(reason.to_string()),
            sqlx::Error::Database(refusal) => {
                let code = refusal.code().unwrap_or_default();
                let reason = refusal.message().to_owned();
                match &*code {
                    "28000" | "28P01" | "3D000" => Error::Login {
                        server: self.name(),
                        reason,
                    },
                    // Too many connections, a start or a stop of the server.
                    "53300" | "57P01" | "57P02" | "57P03" => self.unreachable(&reason),
                    _ => error.into(),
                }
            }
            _ => error.into(),
        }
    }
}

impl PostgresServer {
    fn name(&self) -> String {
        match self.options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", self.options.get_host(), self.options.get_port()),
        }
    }

    fn unreachable(&self, reason: &str) -> Error {
        let (server, reason) = (self.name(), reason.to_owned());
        Error::Unreachable { server, reason }
    }

    fn untrusted(&self, reason: String) -> Error {
        let server = self.name();
        Error::Tls { server, reason }
    }

    fn exhausted(&self) -> Error {
        Error::Exhausted {
            connections: self.pool.options().get_max_connections(),
            waited: ACQUIRE_DEADLINE,
        }
    }
}

/// Reads the address.
pub(super) fn read_url(url: &str) -> Result<PgConnectOptions, Error> {
    check_parameters(url)?;
    PgConnectOptions::from_str(url).map_err(|error| Error::unusable(&error))
}

/// Passes when every parameter of the address is PostgreSQL's own: one that is misspelt, such as
/// `sslmod`, would be ignored in silence otherwise.
fn check_parameters(url: &str) -> Result<(), Error> {
    let url = url::Url::parse(url).map_err(|error| Error::Url(error.to_string()))?;
    for (key, _) in url.query_pairs() {
        let is_listed = PARAMETERS
            .iter()
            .chain(&UNUSED_PARAMETERS)
            .any(|name| *name == key);
        let is_known = is_listed || key == "options" || key.starts_with("options[");
        if !is_known {
            return Err(Error::Url(format!(
                "it has the unknown parameter `{key}`; remove it, or use one of sslmode, sslrootcert, \
                 sslcert, sslkey, application_name, options"
            )));
        }
    }
    Ok(())
}
