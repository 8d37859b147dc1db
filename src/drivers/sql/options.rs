//! How a database is opened.

use std::time::Duration;

/// How long a caller waits for a free connection before the database counts as away.
pub(super) const ACQUIRE_DEADLINE: Duration = Duration::from_secs(5);

/// How a database is opened.
#[derive(Clone, Copy, Debug)]
pub struct DatabaseOptions {
    /// Most connections open at once.
    pub connections: u32,
    /// Whether PostgreSQL keeps prepared statements under names.
    pub statements: PreparedStatements,
    /// The longest that PostgreSQL works on one statement; zero is no limit.
    pub statement_timeout: Duration,
    /// The longest that a statement waits in PostgreSQL for a lock; zero is no limit.
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
