//! How fast the log becomes rows: `cargo bench --bench ingest [-- CLICKS]`, 200 000 unless told.
//!
//! Fills a local log, then steps the worker until nothing is left, on SQLite and, where
//! `LEADLINE_TEST_POSTGRES_URL` names a server, on PostgreSQL in a schema of its own. Clicks of 120
//! links in 20 campaigns, some hundred user agents, a third of them by visitors seen before.

#![expect(clippy::unwrap_used, reason = "a step that fails fails the benchmark")]

#[path = "postgres/mod.rs"]
mod postgres;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use leadline::attribution::AttributionSettings;
use leadline::click::{RawClick, RequestContext, Visitor};
use leadline::clock::{Clock, DAY_MS, Millis};
use leadline::enrich::EnrichmentRules;
use leadline::enrich::geo::GeoLookup;
use leadline::event_log::entry::{Encode, Entry};
use leadline::event_log::local::{LocalLog, SEGMENT_BYTES};
use leadline::event_log::records::Records;
use leadline::event_log::{EventLog, SyncMode};
use leadline::id::{CampaignId, ClickId, LinkId, WorkspaceId};
use leadline::metric::Metrics;
use leadline::network::NetworkRegistry;
use leadline::store::Store;
use leadline::vault::Vault;
use leadline::worker::{StepOutcome, Worker, WorkerDeps};
use sqlx::Connection;

const START: Millis = Millis(1_780_000_000_000);

/// Entries of one transaction, as configured.
const BATCH: usize = 10_000;

fn hit(number: u64) -> RawClick {
    // Spreads numbers over what they choose from, the same way in each run.
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut random = [0; 10];
    random[..8].copy_from_slice(&mixed.to_be_bytes());
    let now = START.plus_ms(i64::try_from(number / 20).unwrap());
    let (campaign, link, visitor) = (
        mixed % 20,
        mixed % 120,
        mixed % 1_000_003 % (number / 3 * 2 + 1),
    );
    let id = |of: u64| {
        let mut bytes = [0; 10];
        bytes[2..].copy_from_slice(&of.to_be_bytes());
        bytes
    };
    RawClick {
        id: ClickId::from_parts(now, random),
        workspace_id: WorkspaceId::from_parts(START, [1; 10]),
        link_id: LinkId::from_parts(START.plus_ms(-DAY_MS), id(link)),
        campaign_id: Some(CampaignId::from_parts(START, id(campaign))),
        network: Some(
            ["x", "facebook", "linkedin", "mastodon", "bluesky", "reddit"][(link / 20) as usize]
                .to_owned(),
        ),
        clicked_at: now,
        visitor: Some(Visitor(visitor)),
        user_agent: Some(format!(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.{}.0 Safari/537.36",
            100 + mixed % 31,
            mixed % 13
        )),
        referrer: Some("https://t.co/AbC123xyz".to_owned()),
        context: RequestContext {
            client_subnet: Some([10, random[1], random[2], 0].into()),
            ..RequestContext::default()
        },
    }
}

async fn fill(log: &EventLog, clicks: u32) {
    let mut records = Records::default();
    for number in 0..clicks {
        records
            .push_with(|out| Entry::Click(hit(u64::from(number))).encode_into(out))
            .unwrap();
        if records.len() == 1000 || number + 1 == clicks {
            log.append(&records).await.unwrap();
            records.clear();
        }
    }
}

/// Processor time of this process so far.
fn cpu() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let ns = tasks.map(|task| {
        let text =
            std::fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap_or_default();
        text.split_whitespace()
            .next()
            .map_or(0, |ns| ns.parse().unwrap())
    });
    Duration::from_nanos(ns.sum())
}

async fn ingest(name: &str, dir: &Path, store: Store, clicks: u32) {
    store.migrate().await.unwrap();
    let log = EventLog::Local(
        LocalLog::open(&dir.join(name), SyncMode::Process, SEGMENT_BYTES)
            .await
            .unwrap(),
    );
    println!("{name}: fills the log with {clicks} clicks");
    fill(&log, clicks).await;
    let registry = Arc::new(NetworkRegistry::embedded().unwrap());
    let rules = EnrichmentRules::new(registry.clone(), Arc::new(GeoLookup::open(None, None)));
    let parts = WorkerDeps {
        log,
        store: store.clone(),
        registry,
        terms: AttributionSettings {
            window_days: 30,
            sale_window_days: 90,
            half_life_days: 7,
        },
        rules,
        vault: Arc::new(Vault::from_key([7; 32])),
        clock: Clock::System,
        metrics: Metrics::default(),
    };
    let mut worker = Worker::new(parts, BATCH);
    let (began, cpu_before) = (Instant::now(), cpu());
    let (mut done, mut said) = (0u32, Instant::now());
    while let StepOutcome::Worked(count) = worker.step(Duration::ZERO).await.unwrap() {
        done += u32::try_from(count).unwrap();
        if said.elapsed() > Duration::from_secs(1) {
            said = Instant::now();
            println!(
                "  {done} of {clicks}, {:.0}/s",
                f64::from(done) / began.elapsed().as_secs_f64()
            );
        }
    }
    let (took, cpu) = (began.elapsed(), cpu().saturating_sub(cpu_before));
    assert_eq!(done, clicks);
    println!(
        "{name}: {:.0} clicks/s, {:.1} us CPU of this process for each, {:.1} s",
        f64::from(clicks) / took.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / f64::from(clicks),
        took.as_secs_f64()
    );
    store.close().await;
}

fn main() {
    let clicks = std::env::args()
        .find_map(|it| it.parse().ok())
        .unwrap_or(200_000);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite:{}", dir.path().join("bench.db").display());
        ingest(
            "sqlite",
            dir.path(),
            Store::open(&url.into(), 2).await.unwrap(),
            clicks,
        )
        .await;
        let size = std::fs::metadata(dir.path().join("bench.db"))
            .unwrap()
            .len();
        println!(
            "sqlite: {} bytes of database for each click",
            size / u64::from(clicks)
        );
        let Some(url) = postgres::url() else { return };
        let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
        let schema = format!("bench_{}", std::process::id());
        sqlx::query(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}")))
            .execute(&mut connection)
            .await
            .unwrap();
        let own = format!("{url}?options=-csearch_path%3D{schema}");
        ingest(
            "postgresql",
            dir.path(),
            Store::open(&own.into(), 2).await.unwrap(),
            clicks,
        )
        .await;
        sqlx::query(sqlx::AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE")))
            .execute(&mut connection)
            .await
            .unwrap();
    });
}
