//! Every SQL text is understood by both databases.

use leadline::store;
use secrecy::ExposeSecret;
use sqlx::{Connection, Executor, SqlSafeStr};

use crate::support::database::Database;

fn statements() -> Vec<&'static str> {
    let clicks = store::click::statements();
    [
        store::campaign::STATEMENTS,
        &clicks,
        store::conversion::STATEMENTS,
        store::conversion::erasure::STATEMENTS,
        store::conversion::lines::STATEMENTS,
        store::conversion::related::STATEMENTS,
        store::cost::STATEMENTS,
        store::credit::STATEMENTS,
        store::credit::days::STATEMENTS,
        store::credit::exchange::STATEMENTS,
        store::credit::version::STATEMENTS,
        store::customer::LOOKUPS,
        store::customer::STATEMENTS,
        store::customer::reading::STATEMENTS,
        store::domain::STATEMENTS,
        store::engagement::STATEMENTS,
        store::erasing::STATEMENTS,
        store::exchange_rate::STATEMENTS,
        store::export_column::STATEMENTS,
        store::goal_version::STATEMENTS,
        store::hidden_origin::STATEMENTS,
        store::idempotency::STATEMENTS,
        store::inbox::STATEMENTS,
        store::key::STATEMENTS,
        store::link::STATEMENTS,
        store::link::facts::STATEMENTS,
        store::campaign_report::active::STATEMENTS,
        store::campaign_report::outcomes::STATEMENTS,
        store::orphan::STATEMENTS,
        store::master_key::STATEMENTS,
        store::order::STATEMENTS,
        store::probe::STATEMENTS,
        store::promo_code::STATEMENTS,
        store::publication::STATEMENTS,
        store::report_day::STATEMENTS,
        store::source::STATEMENTS,
        store::tombstone::STATEMENTS,
        store::workspace::STATEMENTS,
    ]
    .concat()
}

#[tokio::test]
async fn sqlite_prepares_every_statement() {
    let test = Database::Sqlite.store().await;
    let url = test.url.expose_secret();
    let [_, sqlite] = store::dialects();
    let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
    for sql in [statements(), sqlite].concat() {
        let prepared = connection.prepare(sql.into_sql_str()).await;
        assert!(prepared.is_ok(), "{sql}: {:?}", prepared.err());
    }
}

#[tokio::test]
async fn postgres_prepares_every_statement() {
    let test = Database::Postgres.store().await;
    let url = test.url.expose_secret();
    let [postgres, _] = store::dialects();
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    for sql in [statements(), postgres].concat() {
        let prepared = connection.prepare(sql.into_sql_str()).await;
        assert!(prepared.is_ok(), "{sql}: {:?}", prepared.err());
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
    for (part, wanted) in [
        (
            "FROM (SELECT id FROM conversion",
            "SEARCH conversion USING COVERING INDEX conversion_listed (workspace_id=? AND id>?)",
        ),
        (
            "WHERE c.id > $1 AND c.id < $2",
            "SEARCH c USING PRIMARY KEY (id>? AND id<?)",
        ),
        (
            "p.campaign_id IS NULL AND d.day = $2",
            "SEARCH d USING INDEX click_day_in_time (day=?)",
        ),
        (
            "UPDATE conversion SET click_id = a.value",
            "SEARCH conversion USING INDEX conversion_by_click (click_id=?)",
        ),
        (
            "SELECT DISTINCT c.conversion_id FROM json_each",
            "SEARCH c USING INDEX credit_by_click (click_id=?)",
        ),
        (
            "UPDATE credit SET click_id = a.value",
            "SEARCH credit USING INDEX credit_by_click (click_id=?)",
        ),
    ] {
        let [_, sqlite] = store::dialects();
        let all = [statements(), sqlite].concat();
        let sql = all.into_iter().find(|sql| sql.contains(part)).unwrap();
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain)
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let steps: Vec<&str> = plan.iter().map(|step| &*step.3).collect();
        assert!(steps.contains(&wanted), "{steps:#?}");
    }
}

#[test]
fn no_statement_uses_what_only_one_database_knows() {
    assert!(statements().len() > 45, "{} statements", statements().len());
    for sql in statements() {
        let upper = sql.to_uppercase();
        for word in [
            "LATERAL",
            "DISTINCT ON",
            "SKIP LOCKED",
            "::",
            " ANY(",
            "ILIKE",
            "RANDOM()",
        ] {
            assert!(!upper.contains(word), "{word} in {sql}");
        }
    }
}
