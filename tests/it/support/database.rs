//! The databases that tests run against: a SQLite file of its own, or a PostgreSQL schema of its
//! own, for each test.

use leadline::clock::Clock;
use leadline::id::LinkId;
use leadline::store::Store;
use secrecy::SecretString;
use tempfile::TempDir;

/// Names the variable that `make test` sets.
const URL: &str = "LEADLINE_TEST_POSTGRES_URL";

/// Which database.
#[derive(Clone, Copy, Debug)]
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
