//! The databases that tests run against: a SQLite file of its own, or a PostgreSQL schema of its
//! own, for each test.

use leadline::clock::Clock;
use leadline::id::LinkId;
use leadline::store::{Store, Tx};
use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;

/// Names the variable that `make test` sets.
const URL: &str = "LEADLINE_TEST_POSTGRES_URL";

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

/// An empty, migrated store, and what has to outlive it.
pub(crate) struct TestStore {
    pub(crate) store: Store,
    pub(crate) url: SecretString,
    _dir: TempDir,
}

impl Database {
    /// An empty, migrated store of this kind.
    pub(crate) async fn store(self) -> TestStore {
        let dir = tempfile::tempdir().unwrap();
        let url: SecretString = match self {
            Database::Sqlite => format!("sqlite:{}/test.db", dir.path().display()).into(),
            Database::Postgres => postgres_schema().await,
        };
        let store = Store::open(&url, 4).await.unwrap();
        store.migrate().await.unwrap();
        TestStore {
            store,
            url,
            _dir: dir,
        }
    }
}

/// The address of a new, empty schema. Without a server the test fails: a skipped test promises
/// nothing.
pub(crate) async fn postgres_schema() -> SecretString {
    use sqlx::Connection;
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no configuration to read it from"
    )]
    let url = std::env::var(URL)
        .unwrap_or_else(|_| panic!("{URL} is not set: run `make test`, it starts a PostgreSQL"));
    let schema = LinkId::new(Clock::System.now()).to_string();
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    let create = format!("CREATE SCHEMA {schema}");
    sqlx::query(sqlx::AssertSqlSafe(create))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    format!("{url}?options=-csearch_path%3D{schema}").into()
}

/// Runs `wanting` while `tx` holds what it wants: it waits, and goes on after the commit.
pub(crate) async fn after_commit<T>(tx: Tx, wanting: impl Future<Output = T>) -> T {
    let mut wanting = Box::pin(wanting);
    let soon = std::time::Duration::from_millis(100);
    let early = tokio::time::timeout(soon, &mut wanting).await;
    assert!(early.is_err(), "it waits");
    tx.commit().await.unwrap();
    wanting.await
}

/// A database by itself, past the store: what stands in it is looked at.
pub(crate) enum Raw {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
}

impl Raw {
    pub(crate) async fn open(url: &SecretString) -> Raw {
        use sqlx::Connection;
        let url = url.expose_secret();
        if url.starts_with("sqlite:") {
            Raw::Sqlite(sqlx::SqliteConnection::connect(url).await.unwrap())
        } else {
            Raw::Postgres(sqlx::PgConnection::connect(url).await.unwrap())
        }
    }

    /// Every column of every table that the migrations made: table and name. Tables of single
    /// months are parts of `click`.
    pub(crate) async fn columns(&mut self) -> Vec<(String, String)> {
        let found: Vec<(String, String)> = match self {
            Raw::Sqlite(connection) => sqlx::query_as(
                "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c \
                 WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
            )
            .fetch_all(connection)
            .await
            .unwrap(),
            Raw::Postgres(connection) => sqlx::query_as(
                "SELECT table_name::TEXT, column_name::TEXT FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND NOT EXISTS (SELECT 1 FROM pg_inherits \
                 WHERE inhrelid = to_regclass(quote_ident(table_name)))",
            )
            .fetch_all(connection)
            .await
            .unwrap(),
        };
        let ours = |(table, _): &(String, String)| table != "_sqlx_migrations";
        found.into_iter().filter(ours).collect()
    }

    /// Where any of these texts stands: table and column of each value that holds one.
    pub(crate) async fn holding(&mut self, texts: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for (table, column) in self.columns().await {
            let values: Vec<(Vec<u8>,)> = match self {
                Raw::Sqlite(connection) => {
                    let sql = format!(
                        "SELECT CAST(\"{column}\" AS BLOB) FROM \"{table}\" WHERE \"{column}\" IS NOT NULL"
                    );
                    sqlx::query_as(sqlx::AssertSqlSafe(sql))
                        .fetch_all(connection)
                        .await
                        .unwrap()
                }
                Raw::Postgres(connection) => {
                    let sql = format!(
                        "SELECT convert_to(\"{column}\"::TEXT, 'UTF8') FROM \"{table}\" WHERE \"{column}\" IS NOT NULL"
                    );
                    sqlx::query_as(sqlx::AssertSqlSafe(sql))
                        .fetch_all(connection)
                        .await
                        .unwrap()
                }
            };
            for (value,) in values {
                let value = String::from_utf8_lossy(&value);
                for text in texts.iter().filter(|text| value.contains(*text)) {
                    found.push(format!("{table}.{column} holds {text}: {value}"));
                }
            }
        }
        found
    }
}
