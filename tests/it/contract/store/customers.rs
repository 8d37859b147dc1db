//! Customers in the store: the lookups that keep one current.

use leadline::conversion::{ConversionKind, JoinEvidence, NewConversion};
use leadline::customer::CustomerTouch;
use leadline::id::{ConversionId, CustomerId, WorkspaceId};
use leadline::store::{self, Store, Tx, conversion, customer};
use secrecy::ExposeSecret;
use sqlx::{Connection, SqlSafeStr};

use super::{T0, bits, workspace};
use crate::support::database::Database;

const CROWD: i64 = 3_000;

/// A customer of many leads, each with a touch, and of one sale, the last of all.
async fn crowd(store: &Store, workspace_id: WorkspaceId) -> CustomerId {
    let id = CustomerId::from_parts(T0, bits(1));
    let mut tx = store.ingest().await.unwrap();
    customer::create(&mut tx, id, workspace_id, T0)
        .await
        .unwrap();
    for n in 0..CROWD {
        let at = T0.plus_ms(n);
        let report = NewConversion {
            id: ConversionId::from_parts(at, bits(1)),
            workspace_id,
            source_id: None,
            event_id: format!("e-{n}"),
            kind: if n + 1 == CROWD {
                ConversionKind::Sale
            } else {
                ConversionKind::Lead
            },
            name: None,
            occurred_at: at,
            received_at: at,
            value: None,
            refund_of: None,
            evidence: JoinEvidence::default(),
            order: None,
        };
        assert!(conversion::insert(&mut tx, &report).await.unwrap());
        let touch = CustomerTouch {
            campaign_id: None,
            network: Some(format!("n{n}")),
            link_id: None,
            touched_at: at,
            clicked_at: Some(at),
        };
        customer::assign(&mut tx, report.id, Some(id), &[touch])
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    id
}

async fn is_derived(tx: &mut Tx, workspace: WorkspaceId, id: CustomerId) {
    customer::derive(tx, id).await.unwrap();
    let found = customer::query::by_id(tx, workspace, id).await.unwrap();
    let found = found.unwrap();
    let last = T0.plus_ms(CROWD - 1);
    assert_eq!(found.first_seen_at, T0);
    assert_eq!(found.became_customer_at, Some(last));
    assert_eq!(found.first_touch.unwrap().network.as_deref(), Some("n0"));
    assert_eq!(found.last_touch.unwrap().touched_at, last);
}

/// PostgreSQL counts the rows that a transaction has looked at.
#[tokio::test]
async fn postgres_looks_at_a_handful_of_a_crowds_rows() {
    let test = Database::Postgres.store().await;
    let workspace_id = workspace(&test.store, 1).await;
    let id = crowd(&test.store, workspace_id).await;
    let url = test.url.expose_secret();
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    sqlx::query("ANALYZE conversion, customer, customer_touch")
        .execute(&mut connection)
        .await
        .unwrap();
    let mut tx = test.store.ingest().await.unwrap();
    is_derived(&mut tx, workspace_id, id).await;
    let Tx::Postgres(inside) = &mut tx else {
        panic!("another database");
    };
    let looked_at: (i64,) = sqlx::query_as(
        "SELECT CAST(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) AS BIGINT) \
         FROM pg_stat_xact_user_tables WHERE schemaname = current_schema()",
    )
    .fetch_one(&mut **inside)
    .await
    .unwrap();
    assert!((1..20).contains(&looked_at.0), "{} rows", looked_at.0);
}

/// SQLite tells how it would look: by an index that is in the right order already, and no other
/// way.
#[tokio::test]
async fn sqlite_steps_into_an_index_for_each_look_up() {
    let test = Database::Sqlite.store().await;
    let workspace_id = workspace(&test.store, 1).await;
    let id = crowd(&test.store, workspace_id).await;
    let mut tx = test.store.ingest().await.unwrap();
    is_derived(&mut tx, workspace_id, id).await;
    tx.commit().await.unwrap();
    let url = test.url.expose_secret();
    let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
    assert_eq!(store::customer::LOOKUPS.len(), 4);
    for sql in store::customer::LOOKUPS {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain.into_sql_str())
            .bind(id.to_string())
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let steps: Vec<&str> = plan.iter().map(|step| step.3.as_str()).collect();
        assert_eq!(steps.len(), 1, "{sql}: {steps:?}");
        assert!(
            steps[0].starts_with("SEARCH") && steps[0].contains("(customer_id=?)"),
            "{sql}: {steps:?}"
        );
    }
}
