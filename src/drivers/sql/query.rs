//! Macros that run one statement in a transaction on either database.
//!
//! # Invariants
//! A statement takes the same binds in the same order on both databases. One that fails in a way
//! its connection may not survive marks the transaction ([`PooledTransaction::watch`]).
//!
//! [`PooledTransaction::watch`]: super::PooledTransaction

/// Runs one statement by one of the driver's methods.
macro_rules! run {
    ($tx:ident, $query:expr, $method:ident) => {
        $crate::drivers::sql::run!($tx, $query, $method, $tx.keeps_statements())
    };
    ($tx:ident, $query:expr, $method:ident, $is_kept:expr) => {{
        let query = $query.persistent($is_kept);
        let result = $crate::drivers::sql::within($tx.limit(), query.$method(&mut **$tx)).await;
        $tx.watch(result)
    }};
}

/// Runs a statement with its binds and gives the number of rows it touched.
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::drivers::sql::Tx::Sqlite(tx) => {
                $crate::drivers::sql::run!(tx, sqlx::query($sql)$(.bind($bind))*, execute)
                    .map(|done| done.rows_affected())
            }
            $crate::drivers::sql::Tx::Postgres(tx) => {
                $crate::drivers::sql::run!(tx, sqlx::query($sql)$(.bind($bind))*, execute)
                    .map(|done| done.rows_affected())
            }
        }
    };
}

/// Runs a query with its binds; `optional` gives at most one row, `all` every row. `all planned`
/// has PostgreSQL plan it for these very binds each time, where one plan does not suit all of them.
macro_rules! fetch {
    (optional $row:ty, $tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::drivers::sql::Tx::Sqlite(tx) => $crate::drivers::sql::run!(
                tx, sqlx::query_as::<_, $row>($sql)$(.bind($bind))*, fetch_optional),
            $crate::drivers::sql::Tx::Postgres(tx) => $crate::drivers::sql::run!(
                tx, sqlx::query_as::<_, $row>($sql)$(.bind($bind))*, fetch_optional),
        }
    };
    (all planned $row:ty, $tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::drivers::sql::Tx::Sqlite(tx) => $crate::drivers::sql::run!(
                tx, sqlx::query_as::<_, $row>($sql)$(.bind($bind))*, fetch_all),
            $crate::drivers::sql::Tx::Postgres(tx) => $crate::drivers::sql::run!(
                tx, sqlx::query_as::<_, $row>($sql)$(.bind($bind))*, fetch_all, false),
        }
    };
    (all $row:ty, $tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::drivers::sql::Tx::Sqlite(tx) => $crate::drivers::sql::run!(
                tx, sqlx::query_as::<_, $row>($sql)$(.bind($bind))*, fetch_all),
            $crate::drivers::sql::Tx::Postgres(tx) => $crate::drivers::sql::run!(
                tx, sqlx::query_as::<_, $row>($sql)$(.bind($bind))*, fetch_all),
        }
    };
}

/// A row of one column.
pub(crate) type Only<T> = (T,);

pub(crate) use {execute, fetch, run};
