//! Macros that run one statement in a transaction on either database.
//!
//! # Invariants
//! A statement takes the same binds in the same order on both databases. One that fails in a way
//! its connection may not survive marks the transaction ([`PooledTransaction::watch`]).
//!
//! [`PooledTransaction::watch`]: super::tx::PooledTransaction

/// Runs one statement by one of the driver's methods.
macro_rules! run {
    ($tx:ident, $query:expr, $method:ident) => {
        $crate::drivers::sql::query::run!($tx, $query, $method, $tx.keeps_statements())
    };
    ($tx:ident, $query:expr, $method:ident, $is_kept:expr) => {{
        let query = $query.persistent($is_kept);
        let result = $crate::drivers::sql::tx::within($tx.limit(), query.$method(&mut **$tx)).await;
        $tx.watch(result)
    }};
}

/// Runs a statement with its binds and gives the number of rows it touched.
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::drivers::sql::tx::Tx::Sqlite(tx) => {
                $crate::drivers::sql::query::run!(tx, sqlx::query($sql)$(.bind($bind))*, execute)
                    .map(|done| done.rows_affected())
            }
            $crate::drivers::sql::tx::Tx::Postgres(tx) => {
                $crate::drivers::sql::query::run!(tx, sqlx::query($sql)$(.bind($bind))*, execute)
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
            $crate::drivers::sql::tx::Tx::Sqlite(tx) => $crate::drivers::sql::query::run!(
                tx, sqlx::query_as::<_, $row>($sql)$(.bind($bind))*, fetch_optional),
            $crate::drivers::sql::tx::Tx::Postgres(tx) => $crate::drivers::sql::query::run!(
                tx, sqlx::query_as::<_, $row>($sql)$(.bind($bind))*, fetch_optional),
        }
    };
    (all planned $row:ty, $tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::drivers::sql::tx::Tx::Sqlite(tx) => $crate::drivers::sql::query::run!(
                tx, sqlx::query_as::<_, $row>($sql)$(.bind($bind))*, fetch_all),
            $crate::drivers::sql::tx::Tx::Postgres(tx) => $crate::drivers::sql::query::run!(
                tx, sqlx::query_as::<_, $row>($sql)$(.bind($bind))*, fetch_all, false),
        }
    };
    (all $row:ty, $tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::drivers::sql::tx::Tx::Sqlite(tx) => $crate::drivers::sql::query::run!(
                tx, sqlx::query_as::<_, $row>($sql)$(.bind($bind))*, fetch_all),
            $crate::drivers::sql::tx::Tx::Postgres(tx) => $crate::drivers::sql::query::run!(
                tx, sqlx::query_as::<_, $row>($sql)$(.bind($bind))*, fetch_all),
        }
    };
}

/// Finds at most one row and converts it: `find!(Row, tx, SQL, binds…)`.
macro_rules! find {
    ($row:ty, $tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::drivers::sql::query::fetch!(optional $row, $tx, $sql $(, $bind)*)?
            .map(TryInto::try_into)
            .transpose()
    };
}

/// Lists rows and converts each: `list!(Row, tx, SQL, binds…)`. `planned` is that of `fetch!`.
macro_rules! list {
    (planned $row:ty, $tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::drivers::sql::query::fetch!(all planned $row, $tx, $sql $(, $bind)*)?
            .into_iter()
            .map(TryInto::try_into)
            .collect()
    };
    ($row:ty, $tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::drivers::sql::query::fetch!(all $row, $tx, $sql $(, $bind)*)?
            .into_iter()
            .map(TryInto::try_into)
            .collect()
    };
}

/// Fetches the one column of at most one row.
macro_rules! value {
    ($type:ty, $tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::drivers::sql::tx::Tx::Sqlite(tx) => $crate::drivers::sql::query::run!(
                tx, sqlx::query_scalar::<_, $type>($sql)$(.bind($bind))*, fetch_optional),
            $crate::drivers::sql::tx::Tx::Postgres(tx) => $crate::drivers::sql::query::run!(
                tx, sqlx::query_scalar::<_, $type>($sql)$(.bind($bind))*, fetch_optional),
        }
    };
}

/// Fetches the one column of every row.
macro_rules! values {
    ($type:ty, $tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $tx {
            $crate::drivers::sql::tx::Tx::Sqlite(tx) => $crate::drivers::sql::query::run!(
                tx, sqlx::query_scalar::<_, $type>($sql)$(.bind($bind))*, fetch_all),
            $crate::drivers::sql::tx::Tx::Postgres(tx) => $crate::drivers::sql::query::run!(
                tx, sqlx::query_scalar::<_, $type>($sql)$(.bind($bind))*, fetch_all),
        }
    };
}

/// A row of one column.
pub(crate) type Only<T> = (T,);

pub(crate) use {execute, fetch, find, list, run, value, values};
