//! The link cache under edits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use leadline::resolver::Resolver;
use leadline::store;

use crate::contract::store::{campaign, link, workspace};
use crate::support::database::Database;

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
    let resolver = Resolver::new(test.store.clone(), 1 << 20, Duration::from_secs(10));
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
            // A reader has to load it again and again, as after evictions.
            resolver.forget(&domain, &slug).await;
            let mut tx = test.store.write().await.unwrap();
            store::link::update(&mut tx, &link).await.unwrap();
            tx.commit().await.unwrap();
            resolver.forget(&domain, &slug).await;
            let target = resolver.resolve(&domain, &slug).await.unwrap().unwrap();
            assert!(
                target
                    .location
                    .location(None)
                    .starts_with(&link.destination)
            );
        }
        done.store(true, Ordering::Relaxed);
    };
    tokio::join!(readers, editor);
}
