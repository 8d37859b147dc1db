//! The setup for killed programs: a store with one link, `ll.example/slug-1`, everything that the
//! programs need, and the count of the store's content afterwards.

use super::{finest, totals};
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use leadline::click::ClickClass;
use leadline::clock::Millis;
use leadline::store::{self, Page, Store, Tx};
use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::database::postgres_schema;
use super::load::Seen;
use super::postgres::Postgres;
use super::process::{Process, free_port, leadline, redis_server};
use crate::contract::store::{campaign, campaign_id, link, workspace};

/// How long what was answered may take to be stored.
const ARRIVAL: Duration = Duration::from_mins(1);

/// A store with one link, and perhaps a Redis of its own.
pub(crate) struct Ground {
    pub(crate) dir: TempDir,
    pub(crate) store: Store,
    pub(crate) redis: Option<Process>,
    pub(crate) redis_port: u16,
    settings: Vec<(&'static str, String)>,
}

/// What stands in the store.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// How often each click does.
    pub(crate) clicks: HashMap<String, usize>,
    /// Humans, programs and visitors of the roll-up.
    pub(crate) rolled_up: [i64; 3],
}

impl Ground {
    /// SQLite and the log on disk.
    pub(crate) async fn embedded() -> Ground {
        Ground::embedded_in(tempfile::tempdir().unwrap()).await
    }

    /// The same in this folder.
    pub(crate) async fn embedded_in(dir: TempDir) -> Ground {
        let url = format!("sqlite:{}/leadline.db", dir.path().display());
        Ground::on(dir, url).await
    }

    /// A schema in the PostgreSQL that tests share, and the log on disk.
    pub(crate) async fn on_shared_postgres() -> Ground {
        let url = postgres_schema().await.expose_secret().to_owned();
        Ground::on(tempfile::tempdir().unwrap(), url).await
    }

    /// The same with a Redis.
    pub(crate) async fn server() -> Ground {
        Ground::on_shared_postgres().await.with_redis()
    }

    /// A PostgreSQL of the test's own, and a Redis.
    pub(crate) async fn on_postgres(postgres: &Postgres) -> Ground {
        let dir = tempfile::tempdir().unwrap();
        Ground::on(dir, postgres.url()).await.with_redis()
    }

    async fn on(dir: TempDir, store_url: String) -> Ground {
        let store = Store::open(&store_url.clone().into(), 2).await.unwrap();
        store.migrate().await.unwrap();
        let owner = workspace(&store, 1).await;
        let mut tx = store.write().await.unwrap();
        let spring = campaign(owner, 1, "Spring");
        store::campaign::insert(&mut tx, &spring).await.unwrap();
        let link = link(owner, 1, 1, "x");
        assert!(store::link::insert(&mut tx, &link).await.unwrap());
        tx.commit().await.unwrap();
        Ground {
            dir,
            store,
            redis: None,
            redis_port: 0,
            settings: vec![("LEADLINE__STORE__URL", store_url)],
        }
    }

    fn with_redis(mut self) -> Ground {
        self.redis_port = free_port();
        self.start_redis();
        let url = format!("redis://127.0.0.1:{}/0", self.redis_port);
        self.set("LEADLINE__LOG__URL", url);
        self.set("LEADLINE__LOG__CLAIM_AFTER_MS", "1000");
        self
    }

    /// Starts Redis on what it has on disk.
    pub(crate) fn start_redis(&mut self) {
        self.redis = Some(redis_server(self.dir.path(), self.redis_port));
    }

    /// A key that opens everything of the store's workspace.
    pub(crate) async fn key(&self) -> String {
        let mut tx = self.store.write().await.unwrap();
        let workspace = store::workspace::first(&mut tx).await.unwrap().unwrap();
        let now = leadline::clock::Clock::System.now();
        let key = store::key::ApiKey {
            id: leadline::id::KeyId::new(now),
            workspace_id: workspace.id,
            name: "test".to_owned(),
            scopes: store::key::Scope::ALL.to_vec(),
            created_at: now,
            revoked_at: None,
            last_used_day: None,
        };
        let token = leadline::vault::new_token();
        let hash = leadline::vault::token_hash(token.expose_secret());
        store::key::insert(&mut tx, &key, &hash).await.unwrap();
        tx.commit().await.unwrap();
        token.expose_secret().to_owned()
    }

    /// Clicks that are counted beyond the bound; the roll-up holds as many as clicks and counts do.
    pub(crate) async fn floods(&self) -> usize {
        let mut tx = self.store.read().await.unwrap();
        let (from, to) = (Millis(0), Millis(i64::MAX));
        let grain = finest();
        let counted = store::click_event::sums(&mut tx, campaign_id(1), from, to, &grain).await;
        let (from, to) = (Millis(0), Millis(i64::from(u32::MAX) * 1_000));
        let raw = store::click_event::raw_sums(&mut tx, campaign_id(1), from, to, &grain).await;
        let counted = counted.unwrap();
        assert_eq!(totals(&counted), totals(&raw.unwrap()));
        let floods = counted
            .sums
            .iter()
            .filter(|sum| sum.class == ClickClass::Flood);
        usize::try_from(floods.map(|sum| sum.clicks).sum::<i64>()).unwrap()
    }

    /// A setting for the programs that start from here on.
    pub(crate) fn set(&mut self, key: &'static str, value: impl Into<String>) {
        self.settings.retain(|(name, _)| *name != key);
        self.settings.push((key, value.into()));
    }

    /// Starts a program with the data folder of that name.
    pub(crate) fn node(&self, command: &str, name: &str, port: u16) -> Process {
        let settings: Vec<_> = self.settings().collect();
        leadline(command, &self.folder(name), port, &settings)
    }

    /// The same, and the address of its metrics.
    pub(crate) fn watched_node(&self, command: &str, name: &str, port: u16) -> (Process, String) {
        let admin = format!("127.0.0.1:{}", free_port());
        let own = ("LEADLINE__ADMIN__LISTEN", admin.as_str());
        let settings: Vec<_> = self.settings().chain([own]).collect();
        let process = leadline(command, &self.folder(name), port, &settings);
        (process, format!("http://{admin}/metrics"))
    }

    pub(crate) fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings.iter().map(|(key, value)| (*key, &value[..]))
    }

    /// What a program wrote to its log.
    pub(crate) fn log_of(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder(name).join("stderr")).unwrap()
    }

    /// The data folder of a program.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Ends a program as a crash would, and starts it again.
    pub(crate) fn restart(&self, process: &mut Process, command: &str, name: &str, port: u16) {
        process.end();
        *process = self.node(command, name, port);
    }

    /// Asks this ground's Redis.
    pub(crate) async fn ask_redis<T: redis::FromRedisValue>(&self, command: &[&str]) -> T {
        let url = format!("redis://127.0.0.1:{}/0", self.redis_port);
        let client = redis::Client::open(url).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut asked = redis::cmd(command[0]);
        asked.arg(&command[1..]);
        asked.query_async(&mut connection).await.unwrap()
    }

    /// Everything that stands in the store at one moment.
    pub(crate) async fn stored(&self) -> Stored {
        let mut tx = self.store.read().await.unwrap();
        let rolled_up = rolled_up(&mut tx).await;
        let workspace = store::workspace::first(&mut tx).await.unwrap().unwrap().id;
        let (mut clicks, mut after) = (HashMap::new(), None);
        loop {
            let page = Page { after, limit: 5000 };
            let filter = store::click_event::ClickFilter::default();
            let rows = store::click_event::list(&mut tx, workspace, &filter, &page).await;
            let rows = rows.unwrap();
            let Some(last) = rows.last() else { break };
            after = Some(last.hit.id.to_string());
            for row in &rows {
                *clicks.entry(row.hit.id.to_string()).or_default() += 1;
            }
        }
        Stored { clicks, rolled_up }
    }

    /// Waits until every click seen is stored, and checks that each is there once and was rolled up
    /// once; gives how many rows there are.
    pub(crate) async fn has_all(&self, seen: &Seen) -> usize {
        let begun = Instant::now();
        let promised = i64::try_from(seen.clicks.len()).unwrap();
        loop {
            let late = begun.elapsed() > ARRIVAL;
            let rolled_up = rolled_up(&mut self.store.read().await.unwrap()).await;
            if !late && rolled_up[0] < promised {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
            let stored = self.stored().await;
            let missing = |id: &&String| !stored.clicks.contains_key(*id);
            let missing = seen.clicks.iter().filter(missing).count();
            if missing == 0 {
                assert!(stored.clicks.values().all(|times| *times == 1));
                let rows = i64::try_from(stored.clicks.len()).unwrap();
                assert_eq!(stored.rolled_up, [rows, 0, rows], "not rolled up once each");
                return stored.clicks.len();
            }
            assert!(!late, "{missing} of {promised} clicks are not stored");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn rolled_up(tx: &mut Tx) -> [i64; 3] {
    let (from, to) = (Millis(0), Millis(i64::MAX));
    let sums = store::click_event::sums(tx, campaign_id(1), from, to, &finest()).await;
    totals(&sums.unwrap())
}
