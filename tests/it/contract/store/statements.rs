//! Both databases accept every SQL text.

use std::fs;
use std::path::{Path, PathBuf};

use leadline::drivers::sql::Statement;
use leadline::store::statements;
use secrecy::ExposeSecret;
use sqlx::{Connection, Executor, SqlSafeStr};

use crate::support::database::Database;

#[tokio::test]
async fn sqlite_prepares_every_statement() {
    let test = Database::Sqlite.store().await;
    let url = test.url.expose_secret();
    let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
    for Statement { name, sqlite, .. } in statements() {
        if let Some(sql) = sqlite {
            let prepared = connection.prepare(sql.into_sql_str()).await;
            assert!(prepared.is_ok(), "{name}: {sql}: {:?}", prepared.err());
        }
    }
}

#[tokio::test]
async fn postgres_prepares_every_statement() {
    let test = Database::Postgres.store().await;
    let url = test.url.expose_secret();
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    for Statement { name, postgres, .. } in statements() {
        if let Some(sql) = postgres {
            let prepared = connection.prepare(sql.into_sql_str()).await;
            assert!(prepared.is_ok(), "{name}: {sql}: {:?}", prepared.err());
        }
    }
}

/// Lists have an index for everything that they compare: a page never passes the rows before it,
/// and rows of a list that is narrowed to few are not read to be left out. What is done to some
/// clicks does not read the workspace.
#[tokio::test]
async fn statements_look_into_indexes() {
    let test = Database::Sqlite.store().await;
    let mut connection = sqlx::SqliteConnection::connect(test.url.expose_secret())
        .await
        .unwrap();
    for (name, wanted) in [
        (
            "conversion::LIST",
            "SEARCH conversion USING COVERING INDEX conversion_listed (workspace_id=? AND id>?)",
        ),
        (
            "post::LIST",
            "SEARCH post USING INDEX post_listed (workspace_id=? AND id<?)",
        ),
        (
            "click_event::LIST",
            "SEARCH c USING PRIMARY KEY (id>? AND id<?)",
        ),
        (
            "click_event::cache::CELLS_OF_NONE",
            "SEARCH d USING INDEX click_day_in_time (day=?)",
        ),
        (
            "conversion::erasure::STAND_IN",
            "SEARCH conversion USING INDEX conversion_by_click (click_id=?)",
        ),
        (
            "conversion::erasure::CREDITED",
            "SEARCH c USING INDEX credit_by_click (click_id=?)",
        ),
        (
            "conversion::erasure::CREDIT_STAND_IN",
            "SEARCH credit USING INDEX credit_by_click (click_id=?)",
        ),
    ] {
        let sql = statement(name).sqlite.unwrap();
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain)
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let steps: Vec<&str> = plan.iter().map(|step| &*step.3).collect();
        assert!(steps.contains(&wanted), "{name}: {steps:#?}");
    }
}

fn statement(name: &str) -> Statement {
    let named = |statement: &Statement| {
        let path = statement.name.strip_prefix("leadline::store::");
        path == Some(name)
    };
    statements().into_iter().find(named).unwrap()
}

#[test]
fn no_statement_uses_what_only_one_database_knows() {
    let on_both = |statement: &Statement| statement.sqlite == statement.postgres;
    let portable: Vec<Statement> = statements().into_iter().filter(on_both).collect();
    assert!(portable.len() > 200, "{} statements", portable.len());
    for Statement { name, sqlite, .. } in portable {
        let upper = sqlite.unwrap().to_uppercase();
        for word in [
            "LATERAL",
            "DISTINCT ON",
            "SKIP LOCKED",
            "::",
            " ANY(",
            "ILIKE",
            "RANDOM()",
        ] {
            assert!(!upper.contains(word), "{word} in {name}");
        }
    }
}

/// Files below a folder, with their texts.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources.extend(self::sources(&path));
        } else {
            let text = fs::read_to_string(&path).unwrap();
            sources.push((path, text));
        }
    }
    sources
}

/// A statement that is not listed is prepared by no test.
#[test]
fn every_statement_is_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let list = fs::read_to_string(root.join("statements.rs")).unwrap();
    let mut declaring = 0;
    for (path, text) in sources(&root) {
        let shown = path.display();
        if text.contains("statements! {") {
            let module = path.strip_prefix(&root).unwrap().with_extension("");
            let module = module.to_str().unwrap().replace('/', "::");
            let line = format!("    {module}::STATEMENTS,\n");
            assert!(list.contains(&line), "{shown}: list it in statements.rs");
            declaring += 1;
        }
        for verb in [
            "SELECT ",
            "INSERT INTO ",
            "UPDATE ",
            "DELETE FROM ",
            "WITH ",
        ] {
            let outside = format!(": &str = \"{verb}");
            assert!(
                !text.contains(&outside),
                "{shown}: declare it by `statements!`"
            );
        }
    }
    assert!(declaring > 30, "{declaring} files declare statements");
}
