//! What it costs to say who made a click and where it was seen: with agents never seen before, and
//! with the few hundred that most clicks have.

#![expect(clippy::expect_used, reason = "a step that fails fails the benchmark")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use leadline::enrich::agent::Agents;
use leadline::enrich::network_seen::Evidences;
use leadline::enrich::verdict::{Request, Traits, classify};
use leadline::network::Registry;

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

fn look_at(agents: &Agents, evidences: &Evidences, text: &str) {
    let agent = agents.look_up(text);
    let referrer = Some("https://t.co/AbC123");
    black_box(classify(&Traits {
        request: Request::Get,
        own: None,
        agent: &agent,
        referrer,
        speaks: true,
        link_age_ms: Some(60_000),
        hosting: Some(false),
        slugs_lately: 1,
    }));
    black_box(evidences.see(None, agent.network(), referrer));
}

fn clicks(criterion: &mut Criterion) {
    let registry = Registry::embedded().expect("a registry");
    let evidences = Evidences::new(&registry);
    let agents = Agents::new(&registry).expect("agents");
    let mut group = criterion.benchmark_group("enrich/click");
    group.throughput(Throughput::Elements(1));

    // A number at the end makes each agent new without making it another browser's.
    let texts = agents_seen(1_000);
    let mut number = 0usize;
    group.bench_function("cold", |bencher| {
        bencher.iter_batched(
            || {
                number += 1;
                format!("{} {number}", texts[number % texts.len()])
            },
            |text| look_at(&agents, &evidences, &text),
            BatchSize::SmallInput,
        );
    });

    let texts = agents_seen(400);
    let mut turn = texts.iter().cycle();
    group.bench_function("warm", |bencher| {
        bencher.iter(|| look_at(&agents, &evidences, turn.next().expect("no end")));
    });
    group.finish();
}

criterion_group!(benches, clicks);
criterion_main!(benches);
