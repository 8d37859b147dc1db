//! What it costs to find out about a click: with agents never seen before, and with the few hundred
//! that most clicks have.

#![expect(clippy::expect_used, reason = "a step that fails fails the benchmark")]

use std::hint::black_box;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use leadline::click::{RawClick, RequestContext, Visitor};
use leadline::clock::{DAY_MS, Millis};
use leadline::enrich::EnrichmentRules;
use leadline::enrich::geo::GeoLookup;
use leadline::id::{ClickId, LinkId, WorkspaceId};
use leadline::network::NetworkRegistry;

/// 2026-03-10T12:00:00Z.
const NOON: Millis = Millis(1_773_144_000_000);

const PEOPLE: &str = include_str!("../tests/fixtures/agents/people_user_agents.txt");
const ROBOTS: &str = include_str!("../tests/fixtures/agents/robots_crawler_user_agents.txt");

/// Every second a person's, every second a robot's.
fn agents_seen(count: usize) -> Vec<&'static str> {
    let agents = |list: &'static str| list.lines().filter(|line| !line.starts_with('#'));
    let both = agents(PEOPLE).zip(agents(ROBOTS));
    both.flat_map(|(person, robot)| [person, robot])
        .take(count)
        .collect()
}

/// The click of that number: 20 a second, of some thousand visitors in some hundred networks.
fn hit(number: usize, agent: String) -> RawClick {
    let small = u8::try_from(number % 200).unwrap_or(0);
    let at = NOON.plus_ms(i64::try_from(number).unwrap_or(0) * 50);
    RawClick {
        id: ClickId::from_parts(at, [small; 10]),
        workspace_id: WorkspaceId::from_parts(NOON, [1; 10]),
        link_id: LinkId::from_parts(NOON.plus_ms(-DAY_MS), [small % 20; 10]),
        campaign_id: None,
        network: Some("x".to_owned()),
        clicked_at: at,
        visitor: Some(Visitor(number as u64 % 5_000)),
        user_agent: Some(agent),
        referrer: Some("https://t.co/AbC123xyz".to_owned()),
        context: RequestContext {
            client_subnet: Some(Ipv4Addr::new(203, 0, small, 0).into()),
            ..RequestContext::default()
        },
    }
}

fn clicks(criterion: &mut Criterion) {
    let fixture = |name| Some(Path::new("tests/fixtures/geo").join(name));
    let places = GeoLookup::open(fixture("city.mmdb"), fixture("asn.mmdb"));
    let registry = Arc::new(NetworkRegistry::embedded().expect("a registry"));
    let rules = EnrichmentRules::new(registry, Arc::new(places));
    let mut enricher = rules.enricher().expect("rules");
    let mut group = criterion.benchmark_group("enrich/click");
    group.throughput(Throughput::Elements(1));

    // A number at the end makes each agent new without making it another browser's.
    let texts = agents_seen(1_000);
    let mut number = 0usize;
    group.bench_function("cold", |bencher| {
        bencher.iter_batched(
            || {
                number += 1;
                hit(number, format!("{} {number}", texts[number % texts.len()]))
            },
            |hit| black_box(enricher.enrichment_of(&hit)),
            BatchSize::SmallInput,
        );
    });

    let texts = agents_seen(400);
    let agents = texts.iter().cycle().enumerate().take(100_000);
    let hits: Vec<RawClick> = agents
        .map(|(number, agent)| hit(number, (*agent).to_owned()))
        .collect();
    let mut turn = hits.iter().cycle();
    group.bench_function("warm", |bencher| {
        bencher.iter(|| black_box(enricher.enrichment_of(turn.next().expect("no end"))));
    });
    group.finish();
}

criterion_group!(benches, clicks);
criterion_main!(benches);
