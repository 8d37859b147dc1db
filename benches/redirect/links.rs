//! The links that are clicked: made straight in the store, before the server starts; a link with a
//! greater number is newer.

use std::path::Path;

use leadline::clock::Millis;
use leadline::id::LinkId;
use leadline::link::utm::UtmTags;
use leadline::link::{Intent, Link};
use leadline::store::{self, Store};

/// Slug of a link, 7 characters like a made one.
pub(crate) fn slug(number: u32) -> String {
    format!("b{number:06}x")
}

/// Where it leads, tagged as links are.
pub(crate) fn destination(number: u32) -> String {
    format!(
        "https://shop.example/products/lamp-{number}?utm_source=x&utm_medium=social&utm_campaign=spring"
    )
}

const AGENT: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/131.0.0.0 Safari/537.36";

/// What `wrk` asks for: one of `count` links at random.
pub(crate) fn script(count: u32) -> String {
    let pattern = slug(0).replace("000000", "%06d");
    format!(
        "wrk.headers['User-Agent'] = '{AGENT}'\nwrk.headers['Referer'] = 'https://t.co/AbC123'\n\
         math.randomseed(os.time())\n\
         function request() return wrk.format('GET', string.format('/{pattern}', math.random(0, {count} - 1))) end\n",
    )
}

/// Makes a workspace and `count` links on `domain` in a SQLite store in `dir`.
pub(crate) fn make(dir: &Path, domain: &str, count: u32) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite:{}", dir.join("leadline.db").display());
        let store = Store::open(&url.into(), 1).await.unwrap();
        store.migrate().await.unwrap();
        let now = Millis(1_780_000_000_000);
        leadline::operations::key::on_store::first_key(&store, now)
            .await
            .unwrap();
        let mut tx = store.write().await.unwrap();
        let workspace = store::workspace::first(&mut tx).await.unwrap().unwrap();
        for number in 0..count {
            let now = now.plus_ms(i64::from(number));
            let link = Link {
                handed_on: leadline::link::handed_on::HandedOn::AdNetworks,
                id: LinkId::new(now),
                workspace_id: workspace.id,
                campaign_id: None,
                post_id: None,
                network: Some("x".to_owned()),
                domain: domain.to_owned(),
                slug: slug(number),
                url: "https://shop.example/".to_owned(),
                destination: destination(number),
                utm: UtmTags::default(),
                intent: Intent::Promotion,
                click_id_param: Some("ll_click".to_owned()),
                created_at: now,
                updated_at: now,
                archived_at: None,
            };
            assert!(store::link::insert(&mut tx, &link).await.unwrap());
        }
        tx.commit().await.unwrap();
        store.close().await;
    });
}
