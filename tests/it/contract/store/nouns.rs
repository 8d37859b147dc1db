//! Campaigns, links, clicks, keys, sources, idempotency.

use leadline::click::{Class, Hit};
use leadline::clock::{DAY_MS, QUARTER_HOUR_MS};
use leadline::id::WorkspaceId;
use leadline::link::utm::Convention;
use leadline::store::key::{Key, Scope};
use leadline::store::source::Source;
use leadline::store::{self, Page};
use rstest::rstest;

use super::{T0, campaign, campaign_id, click_id, key_id, link, link_id, source_id, workspace};
use crate::support::database::Database;

fn page(after: Option<String>, limit: i64) -> Page {
    Page { after, limit }
}

#[rstest]
#[tokio::test]
async fn campaigns(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let test = database.store().await;
    let (one, two) = (
        workspace(&test.store, 1).await,
        workspace(&test.store, 2).await,
    );
    let mut tx = test.store.write().await.unwrap();
    let mut spring = campaign(one, 1, "Spring");
    assert!(store::campaign::insert(&mut tx, &spring).await.unwrap());
    let clash = campaign(one, 2, "SPRING");
    assert!(
        !store::campaign::insert(&mut tx, &clash).await.unwrap(),
        "utm_campaign is taken"
    );
    assert!(
        store::campaign::insert(&mut tx, &campaign(two, 3, "Spring"))
            .await
            .unwrap()
    );
    assert!(
        store::campaign::insert(&mut tx, &campaign(one, 4, "50%_off!"))
            .await
            .unwrap()
    );
    let found = store::campaign::by_id(&mut tx, one, spring.id)
        .await
        .unwrap();
    assert_eq!(found, Some(spring.clone()));
    assert_eq!(
        store::campaign::by_id(&mut tx, two, spring.id)
            .await
            .unwrap(),
        None
    );

    let filter = |q: &str, archived| store::campaign::Filter {
        q: Some(q.into()),
        archived,
    };
    for (q, count) in [("PRING", 1), ("%_", 1), ("!", 1), ("x", 0), ("", 2)] {
        let found = store::campaign::list(&mut tx, one, &filter(q, false), &page(None, 9)).await;
        assert_eq!(found.unwrap().len(), count, "{q}");
    }
    let first = store::campaign::list(&mut tx, one, &filter("", false), &page(None, 1)).await;
    let first = first.unwrap().remove(0);
    assert_eq!(first.id, spring.id);
    let next = page(Some(first.id.to_string()), 9);
    let rest = store::campaign::list(&mut tx, one, &filter("", false), &next)
        .await
        .unwrap();
    assert_eq!(
        rest.iter().map(|row| row.id).collect::<Vec<_>>(),
        [campaign_id(4)]
    );

    spring.name = "Summer".into();
    spring.archived_at = Some(T0);
    store::campaign::update(&mut tx, &spring).await.unwrap();
    let found = store::campaign::by_id(&mut tx, one, spring.id)
        .await
        .unwrap();
    assert_eq!(found, Some(spring));
    let open = store::campaign::list(&mut tx, one, &filter("", false), &page(None, 9)).await;
    assert_eq!(open.unwrap().len(), 1);
    let all = store::campaign::list(&mut tx, one, &filter("summer", true), &page(None, 9)).await;
    assert_eq!(all.unwrap().len(), 1);
    tx.commit().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn links(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let test = database.store().await;
    let (one, two) = (
        workspace(&test.store, 1).await,
        workspace(&test.store, 2).await,
    );
    let mut tx = test.store.write().await.unwrap();
    store::campaign::insert(&mut tx, &campaign(one, 1, "Spring"))
        .await
        .unwrap();
    let mut x = link(one, 1, 1, "x");
    assert!(store::link::insert(&mut tx, &x).await.unwrap());
    let clash = leadline::link::Link {
        slug: x.slug.clone(),
        ..link(one, 2, 1, "x")
    };
    assert!(
        !store::link::insert(&mut tx, &clash).await.unwrap(),
        "the slug is taken"
    );
    assert!(
        store::link::insert(&mut tx, &link(one, 3, 1, "facebook"))
            .await
            .unwrap()
    );

    let found = store::link::by_slug(&mut tx, "ll.example", "slug-1")
        .await
        .unwrap();
    assert_eq!(found, Some(x.clone()));
    assert_eq!(
        store::link::by_slug(&mut tx, "ll.example", "SLUG-1")
            .await
            .unwrap(),
        None
    );
    assert_eq!(store::link::by_id(&mut tx, two, x.id).await.unwrap(), None);

    let networks = store::link::networks_of(&mut tx, one, campaign_id(1))
        .await
        .unwrap();
    assert_eq!(networks, ["facebook", "x"]);
    let tagged = store::link::campaigns_by_utm(&mut tx, one, "spring", "x")
        .await
        .unwrap();
    assert_eq!(tagged, [(campaign_id(1), Some("x".to_owned()))]);
    assert_eq!(
        store::link::campaigns_by_utm(&mut tx, one, "spring", "")
            .await
            .unwrap()
            .len(),
        2
    );
    assert!(
        store::link::campaigns_by_utm(&mut tx, two, "spring", "")
            .await
            .unwrap()
            .is_empty()
    );

    let filter = store::link::Filter {
        campaign_id: Some(campaign_id(1)),
        network: Some("x".into()),
        q: Some("SHOP".into()),
        archived: false,
    };
    let found = store::link::list(&mut tx, one, &filter, &page(None, 9))
        .await
        .unwrap();
    assert_eq!(found, [x.clone()]);
    x.destination = "https://shop.example/new".into();
    x.archived_at = Some(T0);
    store::link::update(&mut tx, &x).await.unwrap();
    assert_eq!(
        store::link::by_id(&mut tx, one, x.id).await.unwrap(),
        Some(x)
    );
    assert!(
        store::link::list(&mut tx, one, &filter, &page(None, 9))
            .await
            .unwrap()
            .is_empty()
    );
}

fn hit(workspace_id: WorkspaceId, n: u8, visitor: Option<&str>, at: i64) -> Hit {
    Hit {
        id: click_id(n),
        workspace_id,
        link_id: link_id(1),
        campaign_id: Some(campaign_id(1)),
        network: Some("x".into()),
        clicked_at: T0.plus_ms(at),
        visitor: visitor.map(str::to_owned),
        user_agent: Some("Firefox".into()),
        referrer: None,
    }
}

#[rstest]
#[tokio::test]
async fn clicks_are_counted_once_and_the_roll_up_equals_the_count(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut tx = test.store.write().await.unwrap();
    for (n, visitor, at, class, first) in [
        (1, Some("ann"), 0, Class::Human, true),
        (2, Some("ann"), 10, Class::Human, false),
        (3, Some("bob"), QUARTER_HOUR_MS, Class::Human, true),
        (4, None, QUARTER_HOUR_MS, Class::Human, false),
        (5, Some("bot"), 5, Class::Bot, false),
    ] {
        let hit = hit(one, n, visitor, at);
        let inserted = store::click::insert(&mut tx, &hit, class, "default")
            .await
            .unwrap();
        assert_eq!(inserted, Some(first), "click {n}");
        let again = store::click::insert(&mut tx, &hit, class, "default")
            .await
            .unwrap();
        assert_eq!(again, None, "click {n} again");
    }
    let elsewhere = Hit {
        network: None,
        ..hit(one, 6, Some("ann"), 0)
    };
    store::click::insert(&mut tx, &elsewhere, Class::Human, "default")
        .await
        .unwrap();

    for (from, to) in [(0, DAY_MS), (0, QUARTER_HOUR_MS), (QUARTER_HOUR_MS, DAY_MS)] {
        let (from, to) = (T0.plus_ms(from), T0.plus_ms(to));
        let rolled = store::click::sums(&mut tx, campaign_id(1), from, to)
            .await
            .unwrap();
        let counted = store::click::raw_sums(&mut tx, campaign_id(1), from, to)
            .await
            .unwrap();
        assert_eq!(rolled, counted);
    }
    let all = store::click::sums(&mut tx, campaign_id(1), T0, T0.plus_ms(DAY_MS))
        .await
        .unwrap();
    let figures: Vec<_> = all
        .iter()
        .map(|sum| (sum.network.as_deref(), sum.human, sum.bot, sum.visitors))
        .collect();
    assert_eq!(figures, [(None, 1, 0, 1), (Some("x"), 4, 1, 2)]);

    let bots = store::click::Filter {
        class: Some(Class::Bot),
        ..Default::default()
    };
    let bots = store::click::list(&mut tx, one, &bots, &page(None, 9))
        .await
        .unwrap();
    assert_eq!(
        bots.iter().map(|click| click.hit.id).collect::<Vec<_>>(),
        [click_id(5)]
    );
    let found = store::click::by_id(&mut tx, one, click_id(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.hit, found.first),
        (hit(one, 1, Some("ann"), 0), true)
    );
    assert_eq!(
        store::click::forget_visitors(&mut tx, T0.plus_ms(1))
            .await
            .unwrap(),
        2
    );
}

#[rstest]
#[tokio::test]
async fn keys(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let test = database.store().await;
    let one = workspace(&test.store, 1).await;
    let mut tx = test.store.write().await.unwrap();
    let key = Key {
        id: key_id(1),
        workspace_id: one,
        name: "shop".into(),
        scopes: vec![Scope::Read, Scope::Convert],
        created_at: T0,
        revoked_at: None,
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
        created_at: T0,
        updated_at: T0,
        archived_at: None,
        accepted: 0,
        last_accepted_at: None,
        rejected: 0,
        last_rejected_at: None,
        last_rejection: None,
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
        store::source::list(&mut tx, one, &page(None, 9))
            .await
            .unwrap()
            .is_empty()
    );

    let convention = Convention {
        separator: '_',
        ..Convention::default()
    };
    store::workspace::set_convention(&mut tx, one, &convention)
        .await
        .unwrap();
    let found = store::workspace::by_id(&mut tx, one)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.convention, convention);
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
    assert_eq!(store::idempotency::forget(&mut tx, T0).await.unwrap(), 0);
    assert_eq!(
        store::idempotency::forget(&mut tx, T0.plus_ms(1))
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
