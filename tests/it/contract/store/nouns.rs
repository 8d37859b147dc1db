//! Campaigns and links.

use leadline::store::{self, Page};
use rstest::rstest;

use super::{T0, campaign, campaign_id, link, workspace};
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

    let filter = |q: &str, archived| store::campaign::CampaignFilter {
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
    let names = [
        ("ll.example", "slug-1"),
        ("other.example", "slug-1"),
        ("ll.example", "none"),
        ("ll.example", "slug-3"),
    ];
    let found = store::link::by_slugs(&mut tx, &names).await.unwrap();
    let mut slugs: Vec<&str> = found.iter().map(|link| link.slug.as_str()).collect();
    slugs.sort_unstable();
    assert_eq!(slugs, ["slug-1", "slug-3"]);
    assert!(found.contains(&x));
    assert!(
        store::link::by_slugs(&mut tx, &[])
            .await
            .unwrap()
            .is_empty()
    );
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

    let filter = store::link::LinkFilter {
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
