//! Several programs on one Redis and one PostgreSQL, under load, while parts of them are killed: every
//! 302 that was seen is a click in the store, exactly once.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use leadline::store::{self, Page, Store};
use secrecy::ExposeSecret;
use tempfile::TempDir;

use crate::contract::store::{campaign, campaign_id, link, workspace};
use crate::support::database::postgres_schema;
use crate::support::load::{Seen, click};
use crate::support::process::{
    Process, free_port, leadline, leadline_on_a_full_disk, redis_server,
};

/// A store with one link, `ll.example/slug-1`, and a Redis for its programs.
struct Ground {
    dir: TempDir,
    store: Store,
    store_url: String,
    redis_port: u16,
    redis: Option<Process>,
}

impl Ground {
    async fn new() -> Ground {
        let dir = tempfile::tempdir().unwrap();
        let store_url = postgres_schema().await;
        let store = Store::open(&store_url, 2).await.unwrap();
        store.migrate().await.unwrap();
        let owner = workspace(&store, 1).await;
        let mut tx = store.write().await.unwrap();
        let spring = campaign(owner, 1, "Spring");
        store::campaign::insert(&mut tx, &spring).await.unwrap();
        assert!(
            store::link::insert(&mut tx, &link(owner, 1, 1, "x"))
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        let redis_port = free_port();
        let redis = Some(redis_server(dir.path(), redis_port));
        let store_url = store_url.expose_secret().to_owned();
        Ground {
            dir,
            store,
            store_url,
            redis_port,
            redis,
        }
    }

    fn redis(&self) -> &Process {
        self.redis.as_ref().unwrap()
    }

    /// Starts a program with the data folder of that name.
    fn node(&self, command: &str, name: &str, port: u16) -> Process {
        let redis = format!("redis://127.0.0.1:{}/0", self.redis_port);
        let settings = [
            ("LEADLINE__STORE__URL", self.store_url.as_str()),
            ("LEADLINE__LOG__URL", &redis),
            ("LEADLINE__LOG__CLAIM_AFTER_MS", "1000"),
        ];
        leadline(command, &self.folder(name), port, &settings)
    }

    fn folder(&self, name: &str) -> std::path::PathBuf {
        Path::new(self.dir.path()).join(name)
    }

    /// How often each click stands in the store, and what the roll-up says.
    async fn stored(&self) -> (HashMap<String, usize>, i64) {
        let mut tx = self.store.read().await.unwrap();
        let workspace = store::workspace::first(&mut tx).await.unwrap().unwrap().id;
        let (mut clicks, mut after) = (HashMap::new(), None);
        loop {
            let page = Page { after, limit: 5000 };
            let filter = store::click::Filter::default();
            let rows = store::click::list(&mut tx, workspace, &filter, &page)
                .await
                .unwrap();
            let Some(last) = rows.last() else { break };
            after = Some(last.hit.id.to_string());
            for row in &rows {
                *clicks.entry(row.hit.id.to_string()).or_default() += 1;
            }
        }
        let (from, to) = (
            leadline::clock::Millis(0),
            leadline::clock::Millis(i64::MAX),
        );
        let sums = store::click::sums(&mut tx, campaign_id(1), from, to)
            .await
            .unwrap();
        (clicks, sums.iter().map(|sum| sum.human + sum.bot).sum())
    }

    /// Waits until every click seen is stored, and checks that each is there once.
    async fn has_all(&self, seen: &[Seen]) {
        let promised: Vec<&String> = seen.iter().flat_map(|seen| &seen.clicks).collect();
        assert!(promised.len() > 500, "only {} clicks", promised.len());
        let begun = Instant::now();
        loop {
            let (stored, rolled_up) = self.stored().await;
            let missing = promised
                .iter()
                .filter(|id| !stored.contains_key(**id))
                .count();
            if missing == 0 {
                assert!(stored.values().all(|times| *times == 1));
                assert_eq!(usize::try_from(rolled_up).unwrap(), stored.len());
                println!(
                    "{} 302s seen, {} clicks stored",
                    promised.len(),
                    stored.len()
                );
                return;
            }
            let late = begun.elapsed().as_secs() > 30;
            assert!(
                !late,
                "{missing} of {} clicks are not stored",
                promised.len()
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

#[tokio::test]
async fn nodes_of_each_kind_are_killed_and_nothing_is_lost_or_doubled() {
    let ground = Ground::new().await;
    let ports = [free_port(), free_port()];
    let mut redirects = ports.map(|port| Some(ground.node("redirect", &format!("r{port}"), port)));
    let mut ingests = [0, 1].map(|n| Some(ground.node("ingest", &format!("i{n}"), 0)));
    let done = AtomicBool::new(false);
    let load = join_all((0..8).map(|client| click(ports[client % 2], "slug-1", &done)));
    let chaos = async {
        pause(500).await;
        for round in 0..6 {
            let n = round / 2 % 2;
            if round % 2 == 0 {
                redirects[n].take().unwrap().kill();
                pause(100).await;
                let port = ports[n];
                redirects[n] = Some(ground.node("redirect", &format!("r{port}"), port));
            } else {
                ingests[n].take().unwrap().kill();
                pause(100).await;
                ingests[n] = Some(ground.node("ingest", &format!("i{n}"), 0));
            }
            pause(500).await;
        }
        done.store(true, Ordering::Relaxed);
    };
    let (seen, ()) = tokio::join!(load, chaos);
    ground.has_all(&seen).await;
}

#[tokio::test]
async fn a_full_disk_is_seen_at_once_while_redirects_still_answer() {
    let ground = Ground::new().await;
    let port = free_port();
    let settings = [
        ("LEADLINE__STORE__URL", ground.store_url.as_str()),
        ("LEADLINE__WORKER__INGEST", "false"),
    ];
    let folder = ground.folder("full");
    let service = leadline_on_a_full_disk("serve", &folder, port, &settings);
    let ready = async || {
        let answer = reqwest::get(format!("http://127.0.0.1:{port}/readyz"))
            .await
            .unwrap();
        let status = answer.status().as_u16();
        (
            status,
            answer.json::<serde_json::Value>().await.unwrap()["log"].clone(),
        )
    };
    assert_eq!(ready().await, (200, "ok".into()));
    let done = AtomicBool::new(false);
    let watch = async {
        let begun = Instant::now();
        while ready().await == (200, "ok".into()) {
            assert!(begun.elapsed().as_secs() < 30, "the disk does not fill");
        }
        pause(200).await;
        done.store(true, Ordering::Relaxed);
    };
    let (seen, ()) = tokio::join!(click(port, "slug-1", &done), watch);
    assert_eq!(ready().await, (503, "failing".into()));
    assert_eq!(seen.failed, 0, "every visitor goes on");
    service.kill();

    // With room again, everything that the disk had taken follows.
    let _service = leadline("serve", &folder, port, &settings[..1]);
    let begun = Instant::now();
    let fits = 128 * 1024 / 300;
    while ground.stored().await.0.len() < fits {
        assert!(
            begun.elapsed().as_secs() < 30,
            "what was kept does not follow"
        );
        pause(100).await;
    }
    let (stored, _) = ground.stored().await;
    assert!(stored.len() <= seen.clicks.len() && stored.values().all(|times| *times == 1));
}

#[tokio::test]
async fn redis_freezes_and_dies_and_no_redirect_fails() {
    let mut ground = Ground::new().await;
    let port = free_port();
    let _redirect = ground.node("redirect", "r", port);
    let _ingest = ground.node("ingest", "i", 0);
    let done = AtomicBool::new(false);
    let load = join_all((0..4).map(|_| click(port, "slug-1", &done)));
    let chaos = async {
        pause(500).await;
        ground.redis().signal("STOP");
        pause(1000).await;
        ground.redis().signal("CONT");
        pause(1000).await;
        ground.redis.take().unwrap().kill();
        pause(1000).await;
        ground.redis = Some(redis_server(ground.dir.path(), ground.redis_port));
        pause(1000).await;
        done.store(true, Ordering::Relaxed);
    };
    let (seen, ()) = tokio::join!(load, chaos);
    assert_eq!(seen.iter().map(|seen| seen.failed).sum::<usize>(), 0);
    // The deadline is 50 ms; the rest is for a machine that does other things as well.
    let slowest = seen.iter().map(|seen| seen.slowest).max().unwrap();
    assert!(slowest < Duration::from_millis(500), "{slowest:?}");
    ground.has_all(&seen).await;
}
