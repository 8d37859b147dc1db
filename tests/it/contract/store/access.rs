//! Keys, sources, workspaces, idempotency, transactions.

use leadline::link::utm::UtmConvention;
use leadline::store::key::{ApiKey, Scope};
use leadline::store::source::Source;
use leadline::store::workspace::Workspace;
use leadline::store::{self, Page};
use rstest::rstest;

use super::{T0, campaign, campaign_id, key_id, source_id, workspace};
use crate::support::database::Database;

#[rstest]
#[tokio::test]
async fn keys(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut tx = test.store.write().await.unwrap();
    let key = ApiKey {
        id: key_id(1),
        workspace_id: one,
        name: "shop".into(),
        scopes: vec![Scope::Read, Scope::Convert],
        created_at: T0,
        revoked_at: None,
        last_used_day: None,
    };
    store::key::insert(&mut tx, &key, "hash").await.unwrap();
    let found = store::key::by_hash(&mut tx, "hash").await.unwrap().unwrap();
    assert_eq!(
        (found.id, found.scopes, found.revoked_at),
        (key.id, key.scopes, None)
    );
    assert!(
        store::key::by_hash(&mut tx, "other")
            .await
            .unwrap()
            .is_none()
    );
    assert!(store::key::revoke(&mut tx, key.id, T0).await.unwrap());
    assert!(
        !store::key::revoke(&mut tx, key.id, T0).await.unwrap(),
        "revoked already"
    );
    assert_eq!(
        store::key::list(&mut tx).await.unwrap()[0].revoked_at,
        Some(T0)
    );
}

#[rstest]
#[tokio::test]
async fn sources_and_workspaces(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut tx = test.store.write().await.unwrap();
    let mut source = Source {
        id: source_id(1),
        workspace_id: one,
        provider: "standard".into(),
        name: "shop".into(),
        sealed_secret: "sealed".into(),
        previous: None,
        settings: "{}".into(),
        quiet_after_hours: None,
        created_at: T0,
        updated_at: T0,
        archived_at: None,
        accepted: 0,
        last_accepted_at: None,
        rejected: 0,
        last_rejected_at: None,
        last_rejection: None,
        unproven: 0,
        last_unproven_at: None,
        last_unproven: None,
    };
    store::source::insert(&mut tx, &source).await.unwrap();
    store::source::count_accepted(&mut tx, source.id, T0)
        .await
        .unwrap();
    store::source::count_rejected(&mut tx, source.id, T0, "signature_invalid")
        .await
        .unwrap();
    let found = store::source::by_id(&mut tx, source.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.accepted, found.rejected), (1, 1));
    assert_eq!(found.last_rejection.as_deref(), Some("signature_invalid"));
    source.archived_at = Some(T0);
    store::source::update(&mut tx, &source).await.unwrap();
    assert!(
        store::source::list(
            &mut tx,
            one,
            false,
            &Page {
                after: None,
                limit: 9
            }
        )
        .await
        .unwrap()
        .is_empty()
    );
    let page = Page {
        after: None,
        limit: 9,
    };
    let all = store::source::list(&mut tx, one, true, &page).await;
    assert_eq!(all.unwrap().len(), 1);

    let convention = UtmConvention {
        separator: '_',
        ..UtmConvention::default()
    };
    let changed = Workspace {
        name: "renamed".to_owned(),
        convention,
        currency: Some("JPY".parse().unwrap()),
        time_zone: Some("Asia/Tokyo".to_owned()),
        ..Workspace::new(one, "", T0)
    };
    store::workspace::update(&mut tx, &changed).await.unwrap();
    let found = store::workspace::by_id(&mut tx, one).await.unwrap();
    assert_eq!(found.unwrap(), changed);
    assert_eq!(
        store::workspace::first(&mut tx).await.unwrap().unwrap().id,
        one
    );
}

#[rstest]
#[tokio::test]
async fn idempotency_keys_are_claimed_once(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut tx = test.store.write().await.unwrap();
    let claim = store::idempotency::claim(&mut tx, one, "k", "print", T0)
        .await
        .unwrap();
    assert_eq!(claim, None);
    store::idempotency::save(&mut tx, one, "k", 201, "body")
        .await
        .unwrap();
    let again = store::idempotency::claim(&mut tx, one, "k", "other", T0)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (
            again.fingerprint.as_str(),
            again.status,
            again.body.as_str()
        ),
        ("print", 201, "body")
    );
    assert_eq!(
        store::idempotency::delete_before(&mut tx, T0)
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        store::idempotency::delete_before(&mut tx, T0.plus_ms(1))
            .await
            .unwrap(),
        1
    );
}

#[rstest]
#[tokio::test]
async fn a_transaction_without_commit_leaves_nothing(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut tx = test.store.write().await.unwrap();
    store::campaign::insert(&mut tx, &campaign(one, 1, "Spring"))
        .await
        .unwrap();
    drop(tx);
    let mut tx = test.store.read().await.unwrap();
    assert_eq!(
        store::campaign::by_id(&mut tx, one, campaign_id(1))
            .await
            .unwrap(),
        None
    );
    drop(tx);
    test.store.migrate().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn who_reads_to_write_back_makes_others_wait(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut tx = test.store.write().await.unwrap();
    store::campaign::insert(&mut tx, &campaign(one, 1, "Spring"))
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let mut first = test.store.write().await.unwrap();
    store::campaign::lock(&mut first, campaign_id(1))
        .await
        .unwrap();
    let mut second = Box::pin(async {
        let mut tx = test.store.write().await.unwrap();
        store::campaign::lock(&mut tx, campaign_id(1))
            .await
            .unwrap();
        store::campaign::by_id(&mut tx, one, campaign_id(1))
            .await
            .unwrap()
            .unwrap()
            .name
    });
    let soon = std::time::Duration::from_millis(100);
    assert!(
        tokio::time::timeout(soon, &mut second).await.is_err(),
        "it waits"
    );
    let mut renamed = campaign(one, 1, "Spring");
    renamed.name = "Summer".into();
    store::campaign::update(&mut first, &renamed).await.unwrap();
    first.commit().await.unwrap();
    assert_eq!(second.await, "Summer");
}
