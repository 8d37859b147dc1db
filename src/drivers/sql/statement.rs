//! Declares and registers SQL statements. A bulk statement is written once for both databases.
//!
//! # Invariants
//! - All SQL is declared by `statements!`. It also lists the statements in the file's `STATEMENTS`,
//!   so tests can prepare every statement on both databases.
//! - `bulk_sql!` makes both texts of a bulk statement from one text, at compile time. Where the
//!   databases really differ, the text has `either(…)`.

/// A statement as it is registered.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// Module and name of the constant.
    pub name: &'static str,
    /// Its text on PostgreSQL; `None` if only SQLite has it.
    pub postgres: Option<&'static str>,
    /// Its text on SQLite; `None` if only PostgreSQL has it.
    pub sqlite: Option<&'static str>,
}

/// A statement on many rows: PostgreSQL takes an array for each column, SQLite a JSON array.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bulk {
    pub(crate) postgres: &'static str,
    pub(crate) sqlite: &'static str,
}

/// Declares the statements of a file, and its `STATEMENTS`.
///
/// Each declaration is `kind NAME = text;` with one of these kinds:
/// - `sql`: a text for both databases;
/// - `bulk`: texts that `bulk_sql!` makes;
/// - `postgres`: a text for PostgreSQL only.
macro_rules! statements {
    ($($(#[$meta:meta])* $vis:vis $kind:ident $name:ident = $sql:expr;)+) => {
        $(
            $(#[$meta])*
            $vis const $name: $crate::drivers::sql::statement::statement_kind!(type $kind) = $sql;
        )+

        /// Every statement of this file.
        pub(crate) const STATEMENTS: &[$crate::drivers::sql::statement::Statement] = &[$(
            $crate::drivers::sql::statement::statement_kind!(
                $kind concat!(module_path!(), "::", stringify!($name)), $name
            )
        ),+];
    };
}

/// The type of a kind's constant, and how it is registered.
macro_rules! statement_kind {
    (type sql) => { &'static str };
    (type postgres) => { &'static str };
    (type bulk) => { $crate::drivers::sql::statement::Bulk };
    (sql $name:expr, $sql:expr) => {
        $crate::drivers::sql::statement::Statement {
            name: $name,
            postgres: Some($sql),
            sqlite: Some($sql),
        }
    };
    (postgres $name:expr, $sql:expr) => {
        $crate::drivers::sql::statement::Statement {
            name: $name,
            postgres: Some($sql),
            sqlite: None,
        }
    };
    (bulk $name:expr, $sql:expr) => {
        $crate::drivers::sql::statement::Statement {
            name: $name,
            postgres: Some($sql.postgres),
            sqlite: Some($sql.sqlite),
        }
    };
}

/// A statement on many rows, for both databases.
///
/// The text consists of string literals and of parts that differ:
/// - `in_list`: the condition that the expression before it is one of the values;
/// - `rows(name TYPE, …)`: the rows as a table `a` with these columns;
/// - `values(name TYPE, …)`: the rows as columns and values of an `INSERT`;
/// - `either("postgres", "sqlite")`: two texts where the databases really differ.
macro_rules! bulk_sql {
    ($($part:tt)+) => {
        $crate::drivers::sql::statement::Bulk {
            postgres: $crate::drivers::sql::statement::bulk_text!(postgres; $($part)+),
            sqlite: $crate::drivers::sql::statement::bulk_text!(sqlite; $($part)+),
        }
    };
}

/// The text of `bulk_sql!` for one database.
macro_rules! bulk_text {
    ($database:ident;) => { "" };
    ($database:ident; $text:literal $($rest:tt)*) => {
        concat!($text, $crate::drivers::sql::statement::bulk_text!($database; $($rest)*))
    };
    ($database:ident; $text:ident!($($args:tt)*) $($rest:tt)*) => {
        concat!($text!($($args)*), $crate::drivers::sql::statement::bulk_text!($database; $($rest)*))
    };
    (postgres; in_list $($rest:tt)*) => {
        concat!("= ANY($1)", $crate::drivers::sql::statement::bulk_text!(postgres; $($rest)*))
    };
    (sqlite; in_list $($rest:tt)*) => {
        concat!(
            "IN (SELECT value ->> 0 FROM json_each($1))",
            $crate::drivers::sql::statement::bulk_text!(sqlite; $($rest)*)
        )
    };
    (postgres; rows($first:ident $kind:ident $(, $name:ident $more:ident)*) $($rest:tt)*) => {
        concat!(
            "UNNEST(",
            $crate::drivers::sql::statement::numbered!(
                array [1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16] $kind $($more)*
            ),
            ") AS a (", stringify!($first), $(", ", stringify!($name),)* ")",
            $crate::drivers::sql::statement::bulk_text!(postgres; $($rest)*)
        )
    };
    (sqlite; rows($first:ident $kind:ident $(, $name:ident $more:ident)*) $($rest:tt)*) => {
        concat!(
            "(SELECT ",
            $crate::drivers::sql::statement::numbered!(
                field [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] $first $($name)*
            ),
            " FROM json_each($1)) AS a",
            $crate::drivers::sql::statement::bulk_text!(sqlite; $($rest)*)
        )
    };
    ($database:ident; values($first:ident $kind:ident $(, $name:ident $more:ident)*) $($rest:tt)*) => {
        concat!(
            "(", stringify!($first), $(", ", stringify!($name),)* ") SELECT * FROM ",
            $crate::drivers::sql::statement::bulk_text!(
                $database; rows($first $kind $(, $name $more)*) " WHERE TRUE" $($rest)*
            )
        )
    };
    (postgres; either($postgres:literal, $sqlite:literal) $($rest:tt)*) => {
        concat!($postgres, $crate::drivers::sql::statement::bulk_text!(postgres; $($rest)*))
    };
    (sqlite; either($postgres:literal, $sqlite:literal) $($rest:tt)*) => {
        concat!($sqlite, $crate::drivers::sql::statement::bulk_text!(sqlite; $($rest)*))
    };
}

/// Numbers the columns. PostgreSQL gets an array parameter for each type, SQLite a field of its
/// JSON row for each name.
macro_rules! numbered {
    (array [$number:literal $($numbers:literal)*] $kind:ident $($kinds:ident)*) => {
        concat!(
            "$", $number, "::", stringify!($kind), "[]",
            $crate::drivers::sql::statement::numbered!(more array [$($numbers)*] $($kinds)*)
        )
    };
    (field [$number:literal $($numbers:literal)*] $name:ident $($names:ident)*) => {
        concat!(
            "value ->> ", $number, " AS ", stringify!($name),
            $crate::drivers::sql::statement::numbered!(more field [$($numbers)*] $($names)*)
        )
    };
    (more $form:ident [$($numbers:literal)*]) => { "" };
    (more $form:ident [$($numbers:literal)*] $($words:ident)+) => {
        concat!(", ", $crate::drivers::sql::statement::numbered!($form [$($numbers)*] $($words)+))
    };
}

pub(crate) use {bulk_sql, bulk_text, numbered, statement_kind, statements};

#[cfg(test)]
mod tests {
    #[test]
    fn one_text_makes_both() {
        let list = bulk_sql!("SELECT x FROM t WHERE id " in_list " ORDER BY x");
        assert_eq!(
            list.postgres,
            "SELECT x FROM t WHERE id = ANY($1) ORDER BY x"
        );
        assert_eq!(
            list.sqlite,
            "SELECT x FROM t WHERE id IN (SELECT value ->> 0 FROM json_each($1)) ORDER BY x"
        );
        let insert = bulk_sql!("INSERT INTO t " values(id TEXT, day BIGINT) " ON CONFLICT …");
        assert_eq!(
            insert.postgres,
            "INSERT INTO t (id, day) SELECT * FROM UNNEST($1::TEXT[], $2::BIGINT[]) AS a (id, day) \
             WHERE TRUE ON CONFLICT …"
        );
        let rows = bulk_sql!("DELETE FROM t" either(" x", "") " USING " rows(id TEXT, day BIGINT));
        assert_eq!(
            rows.postgres,
            "DELETE FROM t x USING UNNEST($1::TEXT[], $2::BIGINT[]) AS a (id, day)"
        );
        assert_eq!(
            rows.sqlite,
            "DELETE FROM t USING \
             (SELECT value ->> 0 AS id, value ->> 1 AS day FROM json_each($1)) AS a"
        );
    }
}
