//! Orders: a server that is killed between and during deliveries ends with the same ledger as an
//! undisturbed one.

use std::time::Duration;

use leadline::clock::Clock;
use leadline::id::SourceId;
use leadline::store::source::Source;
use leadline::store::{self, Page};
use leadline::vault::Vault;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::{SEED, form};
use crate::contract::store::T0;
use crate::pipeline::shops::{SECRET, Told, headers, story};
use crate::support::ground::Ground;
use crate::support::process::{Process, free_port};

/// A click that is nowhere: these orders are joined to nothing.
const CLICK: &str = "clk_01m85vy6cvfcc9txcmfk0m8vaa";

/// A running server that has a source for Stripe.
struct Shop {
    ground: Ground,
    server: Process,
    port: u16,
    source: SourceId,
    client: reqwest::Client,
}

impl Shop {
    async fn open() -> Shop {
        let ground = Ground::embedded().await;
        let folder = ground.folder("s");
        std::fs::create_dir_all(&folder).unwrap();
        let vault = Vault::open(&folder).unwrap();
        let mut tx = ground.store.write().await.unwrap();
        let owner = store::workspace::first(&mut tx).await.unwrap().unwrap().id;
        let source = Source {
            id: SourceId::new(T0),
            workspace_id: owner,
            provider: "stripe".into(),
            name: "Shop".into(),
            sealed_secret: vault.seal(&SECRET.to_owned().into()).unwrap(),
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
            unproven: 0,
            last_unproven_at: None,
            last_unproven: None,
            last_rejection: None,
        };
        store::source::insert(&mut tx, &source).await.unwrap();
        tx.commit().await.unwrap();
        let port = free_port();
        let server = ground.node("serve", "s", port);
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            .pool_max_idle_per_host(0)
            .build();
        Shop {
            ground,
            server,
            port,
            source: source.id,
            client: client.unwrap(),
        }
    }

    /// One try; whether the sender was told that it arrived.
    async fn deliver(&self, told: &Told) -> bool {
        let url = format!(
            "http://127.0.0.1:{}/api/v1/webhooks/{}",
            self.port, self.source
        );
        let mut request = self.client.post(url).body(told.body.clone());
        for (name, value) in headers("stripe", told, Clock::System.now()) {
            request = request.header(name, value);
        }
        let answer = request.send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    fn kill(&mut self) {
        self.ground
            .restart(&mut self.server, "serve", "s", self.port);
    }

    /// The ledger once `deliveries` were read.
    async fn ledger(&self, deliveries: usize) -> Vec<Value> {
        let begun = std::time::Instant::now();
        let page = Page {
            after: None,
            limit: 500,
        };
        loop {
            let mut tx = self.ground.store.read().await.unwrap();
            let owner = store::workspace::first(&mut tx).await.unwrap().unwrap().id;
            let filter = store::inbox::InboxFilter::default();
            let read = store::inbox::list(&mut tx, owner, &filter, &page)
                .await
                .unwrap();
            if read.len() >= deliveries {
                assert!(read.iter().all(|item| item.code.is_none()), "{read:?}");
                let filter = store::conversion::ConversionFilter::default();
                let rows = store::conversion::list(&mut tx, owner, &filter, &page).await;
                let line = |row: store::conversion::Conversion| {
                    json!([
                        row.report.kind,
                        row.report.event_id,
                        row.report.occurred_at,
                        row.report.value,
                        row.report.refund_of
                    ])
                };
                let mut lines: Vec<Value> = rows.unwrap().into_iter().map(line).collect();
                lines.sort_by_key(ToString::to_string);
                return lines;
            }
            assert!(
                begun.elapsed().as_secs() < 60,
                "{} of {deliveries} read",
                read.len()
            );
            drop(tx);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn a_server_killed_between_deliveries_ends_with_the_same_ledger() {
    let story = story("stripe", CLICK);
    let calm = Shop::open().await;
    for told in &story {
        assert!(calm.deliver(told).await);
    }
    let expected = calm.ledger(story.len()).await;
    assert!(expected.len() >= 4, "{expected:?}");
    for seed in 0..form(2, 10) {
        let mut dice = StdRng::seed_from_u64(SEED + seed);
        let mut shop = Shop::open().await;
        let mut told = story.clone();
        told.extend(story.clone());
        told.shuffle(&mut dice);
        let (mut arrived, mut kills) = (0, 0);
        for told in &told {
            // A sender tries until it is told that a delivery arrived; the server dies while it
            // does.
            let at: u64 = dice.random_range(0..30);
            let is_killed = dice.random_range(0..3) == 0;
            let first = if is_killed {
                kills += 1;
                let under_way = shop.deliver(told);
                let first = tokio::time::timeout(Duration::from_millis(at), under_way).await;
                shop.kill();
                first.unwrap_or(false)
            } else {
                shop.deliver(told).await
            };
            arrived += usize::from(first);
            let mut tries = 0;
            while !first && !shop.deliver(told).await {
                tries += 1;
                assert!(tries < 100, "no answer");
            }
            arrived += usize::from(!first);
        }
        assert!(kills > 0, "nobody was killed");
        assert_eq!(shop.ledger(arrived).await, expected, "seed {seed}");
        println!(
            "orders: {arrived} deliveries, {kills} kills, {} lines",
            expected.len()
        );
    }
}
