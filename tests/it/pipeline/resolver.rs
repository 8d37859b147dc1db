//! The link cache under edits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use leadline::clock::Millis;
use leadline::link::Link;
use leadline::link::domain::table::ConfiguredDomains;
use leadline::link::domain::{DomainAddress, Scheme};
use leadline::link_resolver::{LinkResolver, ReconcileCursor, VERSION};
use leadline::redis_links::{FeedCursor, RedisLinks, RedisLinksSettings};
use leadline::store::{self, Store};
use secrecy::SecretString;

use crate::contract::store::{campaign, link, workspace};
use crate::support::database::{Database, TestStore, postgres_schema};
use crate::support::proxy::{in_front_of, through};
use crate::support::redis;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_edit_stands_however_many_load_the_link_meanwhile() {
    let test = Database::Sqlite.store().await;
    let owner = workspace(&test.store, 1).await;
    let mut link = link(owner, 1, 1, "x");
    let mut tx = test.store.write().await.unwrap();
    store::campaign::insert(&mut tx, &campaign(owner, 1, "Spring"))
        .await
        .unwrap();
    assert!(store::link::insert(&mut tx, &link).await.unwrap());
    tx.commit().await.unwrap();
    let resolver = LinkResolver::new(
        test.store.clone(),
        None,
        configured(),
        1 << 20,
        Duration::from_secs(10),
    );
    let (domain, slug) = (link.domain.clone(), link.slug.clone());
    let done = AtomicBool::new(false);
    let readers = futures_util::future::join_all((0..8).map(|_| async {
        while !done.load(Ordering::Relaxed) {
            resolver.resolve(&domain, &slug).await.unwrap();
            tokio::task::yield_now().await;
        }
    }));
    let editor = async {
        for n in 1..500 {
            link.destination = format!("https://shop.example/{n}");
            link.touch(link.updated_at);
            let mut tx = test.store.write().await.unwrap();
            store::link::update(&mut tx, &link).await.unwrap();
            tx.commit().await.unwrap();
            resolver.changed(std::slice::from_ref(&link)).await;
            let target = resolver.resolve(&domain, &slug).await.unwrap().unwrap();
            assert!(target.location(None, "").starts_with(&link.destination));
        }
        done.store(true, Ordering::Relaxed);
    };
    tokio::join!(readers, editor);
}

/// A store with one link.
async fn one_link(store: &Store) -> Link {
    let owner = workspace(store, 1).await;
    let link = link(owner, 1, 1, "x");
    let mut tx = store.write().await.unwrap();
    store::campaign::insert(&mut tx, &campaign(owner, 1, "Spring"))
        .await
        .unwrap();
    assert!(store::link::insert(&mut tx, &link).await.unwrap());
    tx.commit().await.unwrap();
    link
}

async fn save(store: &Store, link: &mut Link, destination: &str) {
    destination.clone_into(&mut link.destination);
    link.touch(link.updated_at);
    let mut tx = store.write().await.unwrap();
    store::link::update(&mut tx, link).await.unwrap();
    tx.commit().await.unwrap();
}

fn shared(url: SecretString, prefix: &str) -> RedisLinks {
    RedisLinks::open(RedisLinksSettings {
        server: url.into(),
        prefix: prefix.to_owned(),
        deadline: Duration::from_secs(2),
        ttl: Duration::from_hours(1),
        version: VERSION,
    })
    .unwrap()
}

/// One domain, which the links of these tests stand on.
fn configured() -> ConfiguredDomains {
    ConfiguredDomains {
        default: DomainAddress::parse("https://go.example.com", Scheme::Https).unwrap(),
        further: Vec::new(),
    }
}

/// A node on the store and on a Redis.
fn node(store: &Store, url: SecretString, prefix: &str) -> LinkResolver {
    let ttl = Duration::from_mins(10);
    LinkResolver::new(
        store.clone(),
        Some(shared(url, prefix)),
        configured(),
        1 << 20,
        ttl,
    )
}

async fn leads_to(resolver: &LinkResolver, link: &Link) -> Option<String> {
    let found = resolver.resolve(&link.domain, &link.slug).await.unwrap();
    found.map(|target| target.location(None, ""))
}

async fn follow(resolver: &LinkResolver, cursor: &mut FeedCursor) -> usize {
    resolver.follow(cursor, Duration::ZERO).await.unwrap()
}

#[tokio::test]
async fn a_change_reaches_every_node() {
    let TestStore { store, .. } = &Database::Sqlite.store().await;
    let mut link = one_link(store).await;
    let prefix = redis::prefix();
    let proxy = in_front_of(&redis::url()).await;
    let here = node(store, redis::url(), &prefix);
    let there = node(store, through(&proxy, &redis::url()), &prefix);
    let mut cursor = FeedCursor::default();
    follow(&there, &mut cursor).await;
    let first = leads_to(&there, &link).await;
    assert_eq!(first.as_deref(), Some(link.destination.as_str()));

    save(store, &mut link, "https://shop.example/second").await;
    here.changed(std::slice::from_ref(&link)).await;
    assert_eq!(leads_to(&there, &link).await, first, "not told yet");
    // The first look finds the feed no further than where it began, so it starts over.
    while follow(&there, &mut cursor).await == 0 && leads_to(&there, &link).await == first {}
    assert_eq!(leads_to(&there, &link).await.unwrap(), link.destination);

    // What is said while a node is cut off, it hears afterwards.
    proxy.cut();
    save(store, &mut link, "https://shop.example/third").await;
    here.changed(std::slice::from_ref(&link)).await;
    assert!(there.follow(&mut cursor, Duration::ZERO).await.is_err());
    proxy.mend();
    assert_eq!(follow(&there, &mut cursor).await, 1);
    assert_eq!(leads_to(&there, &link).await.unwrap(), link.destination);
}

#[tokio::test]
async fn a_node_that_was_away_too_long_starts_over() {
    let TestStore { store, .. } = &Database::Sqlite.store().await;
    let mut link = one_link(store).await;
    let prefix = redis::prefix();
    let here = node(store, redis::url(), &prefix);
    let there = node(store, redis::url(), &prefix);
    let mut cursor = FeedCursor::default();
    here.changed(std::slice::from_ref(&link)).await;
    follow(&there, &mut cursor).await;
    leads_to(&there, &link).await;
    save(store, &mut link, "https://shop.example/second").await;
    here.changed(std::slice::from_ref(&link)).await;
    redis::run(&[
        "XTRIM",
        &format!("{{{prefix}:links}}:changes"),
        "MAXLEN",
        "0",
    ])
    .await;
    assert_eq!(follow(&there, &mut cursor).await, 0);
    assert_eq!(leads_to(&there, &link).await.unwrap(), link.destination);
}

#[tokio::test]
async fn without_the_store_memory_and_redis_answer() {
    let url = postgres_schema().await;
    let proxy = in_front_of(&url).await;
    let store = Store::open(&through(&proxy, &url), 4).await.unwrap();
    store.migrate().await.unwrap();
    let link = one_link(&store).await;
    let prefix = redis::prefix();
    let warm = node(&store, redis::url(), &prefix);
    leads_to(&warm, &link).await.unwrap();
    proxy.cut();
    assert_eq!(leads_to(&warm, &link).await.unwrap(), link.destination);
    let fresh = node(&store, redis::url(), &prefix);
    assert_eq!(leads_to(&fresh, &link).await.unwrap(), link.destination);
    let nothing = node(&store, redis::url(), &redis::prefix());
    assert!(nothing.resolve(&link.domain, &link.slug).await.is_err());
    proxy.mend();
    assert_eq!(leads_to(&nothing, &link).await.unwrap(), link.destination);
}

/// Redis comes back empty, then the store goes.
#[tokio::test]
async fn links_in_memory_outlive_an_emptied_redis_and_are_brought_back_to_it() {
    let url = postgres_schema().await;
    let proxy = in_front_of(&url).await;
    let store = Store::open(&through(&proxy, &url), 4).await.unwrap();
    store.migrate().await.unwrap();
    let mut link = one_link(&store).await;
    let prefix = redis::prefix();
    let warm = node(&store, redis::url(), &prefix);
    let mut cursor = FeedCursor::default();
    follow(&warm, &mut cursor).await;
    save(&store, &mut link, "https://shop.example/second").await;
    warm.changed(std::slice::from_ref(&link)).await;
    follow(&warm, &mut cursor).await;
    for key in ["changes", "ll.example/slug-1"] {
        redis::run(&["DEL", &format!("{{{prefix}:links}}:{key}")]).await;
    }
    proxy.cut();
    follow(&warm, &mut cursor).await;
    // The store is asked what was missed, as soon as it answers.
    warm.missed().await;
    assert_eq!(leads_to(&warm, &link).await.unwrap(), link.destination);
    let fresh = node(&store, redis::url(), &prefix);
    assert_eq!(leads_to(&fresh, &link).await.unwrap(), link.destination);
}

#[tokio::test]
async fn what_the_feed_did_not_carry_is_found_in_the_store() {
    let TestStore { store, .. } = &Database::Sqlite.store().await;
    let mut link = one_link(store).await;
    let prefix = redis::prefix();
    let there = node(store, redis::url(), &prefix);
    leads_to(&there, &link).await.unwrap();
    save(store, &mut link, "https://shop.example/second").await;
    let mut cursor = ReconcileCursor::since(link.created_at);
    let now = link.updated_at.plus_ms(1000);
    assert_eq!(there.reconcile(&mut cursor, now).await.unwrap(), 1);
    assert_eq!(leads_to(&there, &link).await.unwrap(), link.destination);
    // Redis has it as well, for the next node that starts.
    let record = shared(redis::url(), &prefix)
        .get("ll.example/slug-1")
        .await
        .unwrap();
    assert!(String::from_utf8_lossy(&record).contains("second"));
    let much_later = Millis(now.0 + 3_600_000);
    there.reconcile(&mut cursor, much_later).await.unwrap();
    assert_eq!(there.reconcile(&mut cursor, much_later).await.unwrap(), 0);
}

#[tokio::test]
async fn an_older_record_never_takes_the_place_of_a_newer_one() {
    let TestStore { store, .. } = &Database::Sqlite.store().await;
    let old = one_link(store).await;
    let mut new = old.clone();
    save(store, &mut new, "https://shop.example/new").await;
    let prefix = redis::prefix();
    let here = node(store, redis::url(), &prefix);
    here.changed(std::slice::from_ref(&new)).await;
    here.changed(std::slice::from_ref(&old)).await;
    assert_eq!(leads_to(&here, &new).await.unwrap(), new.destination);
    let fresh = node(store, redis::url(), &prefix);
    assert_eq!(leads_to(&fresh, &new).await.unwrap(), new.destination);
}

#[tokio::test]
async fn a_slug_that_was_unknown_is_known_once_its_link_is_made() {
    let TestStore { store, .. } = &Database::Sqlite.store().await;
    let prefix = redis::prefix();
    let (here, there) = (
        node(store, redis::url(), &prefix),
        node(store, redis::url(), &prefix),
    );
    let mut cursor = FeedCursor::default();
    follow(&there, &mut cursor).await;
    for resolver in [&here, &there] {
        assert!(
            resolver
                .resolve("ll.example", "slug-1")
                .await
                .unwrap()
                .is_none()
        );
    }
    let link = one_link(store).await;
    assert!(
        leads_to(&here, &link).await.is_none(),
        "remembered as unknown"
    );
    here.made([("ll.example", "slug-1")].into_iter()).await;
    assert_eq!(leads_to(&here, &link).await.unwrap(), link.destination);
    follow(&there, &mut cursor).await;
    assert_eq!(leads_to(&there, &link).await.unwrap(), link.destination);
}
