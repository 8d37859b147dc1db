//! Orphans: sums of requests for unknown slugs, and the links with similar slugs.

use std::collections::BTreeMap;

use leadline::click::{
    ClickClass, Enrichment, NetworkEvidence, Orphan, RequestContext, SeenNetwork,
};
use leadline::clock::{Clock, DAY_MS, Millis};
use leadline::id::ClickId;
use leadline::link::Link;
use leadline::store::link::near::{NearLink, near_links};
use leadline::store::orphan::{self, EnrichedOrphan, MOST_SLUGS, OrphanCursor, OrphanSlug};
use leadline::store::{self, Store, Tx};
use leadline::worker::retention::{self, RetentionTimes};
use rstest::rstest;

use super::{T0, bits, campaign, link, workspace};
use crate::support::database::Database;
use crate::support::finding;

fn orphan(n: u32, slug: &str, at: i64) -> Orphan {
    let mut random = bits(0);
    random[6..].copy_from_slice(&n.to_be_bytes());
    Orphan {
        id: ClickId::from_parts(T0.plus_ms(at), random),
        at: T0.plus_ms(at),
        domain: "ll.example".to_owned(),
        slug: slug.to_owned(),
        user_agent: None,
        referrer: None,
        context: RequestContext::default(),
    }
}

/// Counts in a transaction of its own; gives how many were new.
async fn add(store: &Store, orphans: &[(Orphan, Enrichment)], now: Millis) -> u64 {
    let sightings: Vec<EnrichedOrphan<'_>> = orphans
        .iter()
        .map(|(orphan, finding)| EnrichedOrphan { orphan, finding })
        .collect();
    let mut tx = store.ingest().await.unwrap();
    let new = orphan::add(&mut tx, &sightings, now).await.unwrap();
    tx.commit().await.unwrap();
    new
}

async fn all(tx: &mut Tx) -> Vec<OrphanSlug> {
    let days = T0.day()..=i64::MAX;
    orphan::list(tx, &days, None, 1_000_000).await.unwrap()
}

fn seen_on_x(class: ClickClass) -> Enrichment {
    let seen_on = Some(SeenNetwork {
        network: "x".to_owned(),
        by: NetworkEvidence::Referrer,
    });
    Enrichment {
        seen_on,
        ..finding(class)
    }
}

#[rstest]
#[tokio::test]
async fn each_counts_once_by_slug_class_and_network(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let batch = [
        (orphan(1, "sumer", 30), seen_on_x(ClickClass::Human)),
        (orphan(2, "sumer", 20), finding(ClickClass::LikelyHuman)),
        (orphan(3, "sumer", 10), finding(ClickClass::Crawler)),
        (orphan(1, "sumer", 30), seen_on_x(ClickClass::Human)),
        (orphan(4, "Sumer", DAY_MS), finding(ClickClass::Head)),
    ];
    assert_eq!(add(&test.store, &batch, T0).await, 4);
    assert_eq!(add(&test.store, &batch, T0).await, 0, "a second delivery");
    let more = [
        batch[0].clone(),
        (orphan(5, "sumer", DAY_MS + 7), seen_on_x(ClickClass::Human)),
    ];
    assert_eq!(add(&test.store, &more, T0.plus_ms(DAY_MS)).await, 1);

    let mut tx = test.store.read().await.unwrap();
    let rows = all(&mut tx).await;
    assert_eq!(rows.len(), 2, "case makes another slug: {rows:?}");
    let of = |counts: &[(&str, i64)]| -> BTreeMap<String, i64> {
        let count = |it: &(&str, i64)| (it.0.to_owned(), it.1);
        counts.iter().map(count).collect()
    };
    let clicks = &rows[0].clicks;
    assert_eq!((&*rows[0].slug, clicks.human, clicks.bot), ("sumer", 3, 1));
    assert_eq!(clicks.all, 4);
    assert_eq!(rows[0].networks_seen, of(&[("x", 2), ("unknown", 2)]));
    assert_eq!(rows[0].last_at, T0.plus_ms(DAY_MS + 7));
    assert_eq!((rows[1].clicks.human, rows[1].clicks.all), (0, 1));
    let first_day = T0.day()..=T0.day();
    let rows = orphan::list(&mut tx, &first_day, None, 9).await.unwrap();
    assert_eq!((rows.len(), rows[0].clicks.all), (1, 3));
    assert_eq!(rows[0].last_at, T0.plus_ms(30));
}

/// The statement that orders rows names the classes of people.
#[rstest]
#[tokio::test]
async fn rows_come_by_people_and_pages_go_on(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let mut batch = Vec::new();
    for (n, class) in (0..).zip(ClickClass::ALL) {
        let slug = format!("slug-{}", 9 - n);
        batch.push((orphan(n, &slug, 0), finding(class)));
    }
    let twice = orphan(90, "z-last", 0);
    let again = orphan(91, "z-last", 0);
    batch.push((twice, finding(ClickClass::Human)));
    batch.push((again, finding(ClickClass::Human)));
    let elsewhere = Orphan {
        domain: "go.example".to_owned(),
        ..orphan(92, "slug-1", 0)
    };
    batch.push((elsewhere, finding(ClickClass::Own)));
    add(&test.store, &batch, T0).await;

    let mut tx = test.store.read().await.unwrap();
    let rows = all(&mut tx).await;
    let people: Vec<i64> = rows.iter().map(|row| row.clicks.human).collect();
    assert_eq!(people, [2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let order = |row: &OrphanSlug| (-row.clicks.human, row.slug.clone(), row.domain.clone());
    assert!(rows.iter().map(order).is_sorted(), "{rows:?}");
    for limit in 1..=4 {
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let days = T0.day()..=T0.day();
            let page = orphan::list(&mut tx, &days, after.as_ref(), limit).await;
            let page = page.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(OrphanCursor {
                people: last.clicks.human,
                slug: last.slug.clone(),
                domain: last.domain.clone(),
            });
            listed.extend(page);
        }
        assert_eq!(listed, rows, "pages of {limit}");
    }
}

#[rstest]
#[tokio::test]
async fn a_day_has_so_many_slugs_and_the_rest_counts_as_one(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let most = u32::try_from(MOST_SLUGS).unwrap();
    let batch: Vec<_> = (0..most - 1)
        .map(|n| (orphan(n, &format!("s{n}"), 0), finding(ClickClass::Human)))
        .collect();
    add(&test.store, &batch, T0).await;
    let next = [
        (orphan(most, "last-one", 0), finding(ClickClass::Human)),
        (orphan(most + 1, "too-many", 0), finding(ClickClass::Human)),
        (orphan(most + 2, "s7", 0), finding(ClickClass::Human)),
        (
            orphan(most + 3, "too-many-2", 0),
            finding(ClickClass::Human),
        ),
        (
            orphan(most + 4, "too-many", DAY_MS),
            finding(ClickClass::Human),
        ),
    ];
    assert_eq!(add(&test.store, &next, T0).await, 5);
    let mut tx = test.store.read().await.unwrap();
    let days = T0.day()..=T0.day();
    let rows = orphan::list(&mut tx, &days, None, i64::MAX).await.unwrap();
    assert_eq!(rows.len(), 10_001);
    let of = |slug: &str| rows.iter().find(|row| row.slug == slug);
    let people = |slug| of(slug).map(|row| row.clicks.human);
    assert_eq!(people(""), Some(2));
    assert_eq!(people("s7"), Some(2));
    assert_eq!(people("last-one"), Some(1));
    assert_eq!(people("too-many"), None);
    let next_day = T0.day() + 1..=T0.day() + 1;
    let rows = orphan::list(&mut tx, &next_day, None, 9).await.unwrap();
    assert_eq!(rows[0].slug, "too-many", "another day has room again");
}

#[rstest]
#[tokio::test]
async fn old_sums_go_and_ids_stay_while_they_may_come_again(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let clock = Clock::manual(T0);
    let of_day =
        |n: u32, day: i64| [(orphan(n, "sumer", day * DAY_MS), finding(ClickClass::Human))];
    let keep = |orphans_days| RetentionTimes {
        orphans_days,
        ..RetentionTimes::default()
    };
    add(&test.store, &of_day(1, 0), clock.now()).await;
    // After a long rest the batch that was not acknowledged comes again, behind retention.
    clock.set(T0.plus_ms(60 * DAY_MS));
    let dropped = retention::step(&test.store, &clock, &keep(90)).await;
    assert_eq!(dropped.unwrap().other, 0);
    assert_eq!(add(&test.store, &of_day(1, 0), clock.now()).await, 0);
    // What has waited in the log counts for its own day.
    assert_eq!(add(&test.store, &of_day(2, 1), clock.now()).await, 1);
    retention::step(&test.store, &clock, &keep(90))
        .await
        .unwrap();
    assert_eq!(add(&test.store, &of_day(2, 1), clock.now()).await, 0);

    clock.set(T0.plus_ms(91 * DAY_MS));
    let for_ever = retention::step(&test.store, &clock, &keep(0)).await;
    assert_eq!(for_ever.unwrap().other, 0);
    let dropped = retention::step(&test.store, &clock, &keep(90)).await;
    assert_eq!(dropped.unwrap().other, 1, "the sum of day 0");
    let mut tx = test.store.read().await.unwrap();
    let rows = all(&mut tx).await;
    assert_eq!((rows.len(), rows[0].clicks.all), (1, 1));
    assert_eq!(rows[0].last_at, T0.plus_ms(DAY_MS));
}

#[rstest]
#[tokio::test]
async fn near_links_are_found_whosever_they_are(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let test = database.store().await;
    let owners = [
        workspace(&test.store, 1).await,
        workspace(&test.store, 2).await,
    ];
    let mut tx = test.store.write().await.unwrap();
    for (n, owner) in (1..).zip(owners) {
        let campaign = campaign(owner, n, "Spring");
        store::campaign::insert(&mut tx, &campaign).await.unwrap();
    }
    let links = [
        (1, 0, "ll.example", "Summer"),
        (2, 1, "ll.example", "summe"),
        (3, 0, "ll.example", "summit"),
        (4, 0, "go.example", "summer"),
        (5, 0, "ll.example", "w_b-t"),
    ];
    for (n, owner, domain, slug) in links {
        let link = Link {
            domain: domain.to_owned(),
            slug: slug.to_owned(),
            ..link(owners[owner], n, u8::try_from(owner).unwrap() + 1, "x")
        };
        assert!(store::link::insert(&mut tx, &link).await.unwrap());
    }
    let found = async |tx: &mut Tx, asked: &[(&str, &str)]| -> Vec<Vec<(usize, String)>> {
        let of = |it: NearLink| {
            let owner = owners.iter().position(|id| *id == it.workspace_id);
            (owner.unwrap(), it.slug)
        };
        let near_links = near_links(tx, asked).await.unwrap();
        let sorted = |near_links: Vec<NearLink>| {
            let mut near_links: Vec<_> = near_links.into_iter().map(of).collect();
            near_links.sort();
            near_links
        };
        near_links.into_iter().map(sorted).collect()
    };
    let [summer, summe] = [(0, "Summer".to_owned()), (1, "summe".to_owned())];
    let asked = [
        ("ll.example", "summer"),
        ("ll.example", "SUMMRE"),
        ("go.example", "sumer"),
        ("ll.example", "sum"),
        ("ll.example", "wxb-t"),
        ("ll.example", ""),
    ];
    assert_eq!(
        found(&mut tx, &asked).await,
        [
            vec![summer.clone(), summe.clone()],
            vec![summer.clone(), summe.clone()],
            vec![(0, "summer".to_owned())],
            vec![],
            vec![(0, "w_b-t".to_owned())],
            vec![],
        ]
    );
    let many = ["summer"; 25].map(|slug| ("ll.example", slug));
    let found = found(&mut tx, &many).await;
    assert_eq!(found, vec![vec![summer, summe]; 25]);
}
