//! How many different people clicked: how long the answer takes and how far it is off, for one
//! campaign with all the clicks of 90 days. `cargo bench --bench people [-- 10000000]`; on SQLite,
//! some minutes.

#![expect(clippy::unwrap_used, reason = "a step that fails fails the benchmark")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use leadline::click::{
    AgentFamilies, ClickClass, EnrichedClick, Enrichment, RawClick, RequestContext, Visitor,
};
use leadline::clock::{DAY_MS, Millis, QUARTER_HOUR_MS};
use leadline::id::{CampaignId, ClickId, LinkId, WorkspaceId};
use leadline::store::Store;
use leadline::store::click_event::people::{pack_next, people};
use leadline::store::click_event::writer::ClickWriter;

/// 2026-01-01T00:00:00Z.
const START: Millis = Millis(1_767_225_600_000);

const DAYS: i64 = 90;

const NETWORKS: [&str; 6] = ["x", "facebook", "linkedin", "mastodon", "bluesky", "reddit"];

const BATCH: usize = 10_000;

/// Answers of each question.
const CALLS: usize = 200;

/// Spreads numbers the same way in each run.
fn mixed(number: u64) -> u64 {
    let number = (number ^ number >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (number ^ number >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// A click: when, by which network, and the pseudonym that its person has on that day.
#[derive(Clone, Copy)]
struct Made {
    at: i64,
    network: u8,
    visitor: u64,
}

/// Two thirds as many people as clicks, each with one pseudonym a day.
fn made(number: u64, of: u64) -> Made {
    let at = i64::try_from(u128::from(number) * (DAYS * DAY_MS) as u128 / u128::from(of)).unwrap();
    let person = mixed(number) % (of * 2 / 3);
    let day = u64::try_from(at / DAY_MS).unwrap();
    Made {
        at,
        network: u8::try_from(mixed(number ^ 0x4d) % 6).unwrap(),
        visitor: Visitor::of_day(mixed(person << 8 | day)).0,
    }
}

fn hit(number: u64, made: Made) -> RawClick {
    let at = START.plus_ms(made.at);
    let mut random = [0; 10];
    random[..8].copy_from_slice(&number.to_be_bytes());
    let network = usize::from(made.network);
    RawClick {
        id: ClickId::from_parts(at, random),
        workspace_id: WorkspaceId::from_parts(START, [1; 10]),
        link_id: LinkId::from_parts(START, [made.network; 10]),
        campaign_id: Some(CampaignId::from_parts(START, [1; 10])),
        network: Some(NETWORKS[network].to_owned()),
        clicked_at: at,
        visitor: Some(Visitor(made.visitor)),
        user_agent: None,
        referrer: None,
        context: RequestContext::default(),
    }
}

async fn fill(store: &Store, clicks: &[Made]) {
    let finding = &Enrichment {
        class: ClickClass::Human,
        rule: "default".into(),
        rules: 1,
        traits: 0,
        seen_on: None,
        place: None,
        families: Arc::new(AgentFamilies::default()),
    };
    let mut writer = ClickWriter::default();
    let mut number = 0;
    for batch in clicks.chunks(BATCH) {
        let hits: Vec<RawClick> = (number..)
            .zip(batch)
            .map(|(n, made)| hit(n, *made))
            .collect();
        number += batch.len() as u64;
        let sightings: Vec<_> = hits
            .iter()
            .map(|hit| EnrichedClick { hit, finding })
            .collect();
        let mut tx = store.ingest().await.unwrap();
        writer.insert_all(&mut tx, &sightings).await.unwrap();
        tx.commit().await.unwrap();
    }
    loop {
        let mut tx = store.ingest().await.unwrap();
        let more = pack_next(&mut tx, START.plus_ms(DAYS * DAY_MS))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        if !more {
            return;
        }
    }
}

async fn ask(store: &Store, clicks: &[Made], name: &str, from: i64, to: i64) {
    let campaign = CampaignId::from_parts(START, [1; 10]);
    let (begin, end) = (START.plus_ms(from), START.plus_ms(to));
    let mut times: Vec<Duration> = Vec::new();
    let mut answer = None;
    for _ in 0..CALLS {
        let mut tx = store.read().await.unwrap();
        let begun = Instant::now();
        answer = Some(people(&mut tx, campaign, begin, end).await.unwrap());
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    let answer = answer.unwrap();
    let within = || clicks.iter().filter(|it| (from..to).contains(&it.at));
    let truth: BTreeSet<u64> = within().map(|it| it.visitor).collect();
    let on_x: BTreeSet<u64> = within()
        .filter(|it| it.network == 0)
        .map(|it| it.visitor)
        .collect();
    let off = |found: i64, truth: usize| {
        let truth = f64::from(u32::try_from(truth).unwrap());
        (f64::from(u32::try_from(found).unwrap()) / truth - 1.0) * 100.0
    };
    println!(
        "{name:<22} {:>9} people, {:+.2} % off, on x {:+.2} %; median {:.1} ms, p99 {:.1} ms",
        answer.all,
        off(answer.all, truth.len()),
        off(answer.by_network["x"], on_x.len()),
        times[CALLS / 2].as_secs_f64() * 1e3,
        times[CALLS * 99 / 100].as_secs_f64() * 1e3,
    );
}

fn main() {
    let clicks = std::env::args()
        .find_map(|it| it.parse().ok())
        .unwrap_or(1_000_000);
    let all: Vec<Made> = (0..clicks).map(|number| made(number, clicks)).collect();
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/people.db", dir.path().display());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = Store::open(&url.into(), 4).await.unwrap();
        store.migrate().await.unwrap();
        println!("fills a store with {clicks} clicks of {DAYS} days");
        let begun = Instant::now();
        fill(&store, &all).await;
        println!("took {:.0} s", begun.elapsed().as_secs_f64());
        let week = 7 * DAY_MS;
        for (name, from, to) in [
            ("90 days", 0, DAYS * DAY_MS),
            ("a week", week, 2 * week),
            (
                "a day in Berlin",
                week - DAY_MS / 24,
                week + DAY_MS * 23 / 24,
            ),
            ("a quarter-hour", week, week + QUARTER_HOUR_MS),
        ] {
            ask(&store, &all, name, from, to).await;
        }
        store.close().await;
    });
}
