//! How a database is opened.

use std::time::Duration;

/// How long a caller waits for a free connection before the call fails.
pub(super) const ACQUIRE_DEADLINE: Duration = Duration::from_secs(5);

/// How a database is opened.
#[derive(Clone, Copy, Debug)]
pub struct DatabaseOptions {
    /// Most connections that are open at the same time.
    pub connections: u32,
    /// Whether PostgreSQL keeps prepared statements under names.
    pub statements: PreparedStatements,
    /// How long PostgreSQL may work on one statement; zero means no limit.
    pub statement_timeout: Duration,
    /// How long a statement may wait for a lock in PostgreSQL; zero means no limit.
    pub lock_timeout: Duration,
}

/// How statements are prepared in PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PreparedStatements {
    /// Once for each connection, under a name.
    Named,
    /// Each time, without a name: for poolers that give each transaction another session.
    Unnamed,
}

impl Default for DatabaseOptions {
    fn default() -> DatabaseOptions {
        DatabaseOptions {
            connections: 10,
            statements: PreparedStatements::Named,
            statement_timeout: Duration::from_mins(1),
            lock_timeout: Duration::from_secs(10),
        }
    }
}
