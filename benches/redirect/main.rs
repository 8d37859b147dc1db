//! What a click costs over a bare handler: `cargo bench --bench redirect [-- CASE… --pairs N]`.
//!
//! Server (and Redis) are pinned to core 0 with one worker, `wrk` with 64 connections to core 1.
//! Bare handler and variant take turns in slices of 2 s; pairs in which the machine's time was
//! stolen are dropped; the median of the paired ratios counts. Ingest is off: it is another
//! program's work. The case `start` has no baseline: it measures how soon a server answers, see
//! `start`. Everything is on loopback, bounded in time, and only processes started here are ended.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a step that fails fails the benchmark"
)]

mod bare;
mod links;
#[path = "../paired/mod.rs"]
mod paired;
mod server;
mod start;

use paired::load::Target;
use server::{Bare, Kind, Server};

/// One comparison: what is measured, against what, and what it must reach.
struct Case {
    name: &'static str,
    says: &'static str,
    floor: f64,
    variant: (Kind, u32),
    baseline: Baseline,
}

enum Baseline {
    Bare(u32),
    Own(Kind, u32),
}

const CASES: [Case; 4] = [
    Case {
        name: "redis",
        says: "one link, Redis log, against the bare handler",
        floor: 0.60,
        variant: (Kind::Redis, 1),
        baseline: Baseline::Bare(1),
    },
    Case {
        name: "local",
        says: "one link, local log, against the bare handler",
        floor: 0.60,
        variant: (Kind::Local, 1),
        baseline: Baseline::Bare(1),
    },
    Case {
        name: "many",
        says: "10 000 links at random, against one link",
        floor: 0.90,
        variant: (Kind::Local, 10_000),
        baseline: Baseline::Own(Kind::Local, 1),
    },
    Case {
        name: "million",
        says: "1 000 000 links at random, against one link",
        floor: 0.75,
        variant: (Kind::Local, 1_000_000),
        baseline: Baseline::Own(Kind::Local, 1),
    },
];

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|it| it != "--bench")
        .collect();
    if let [command, port, links] = &arguments[..]
        && command == "bare"
    {
        bare::serve(port.parse().unwrap(), links.parse().unwrap());
        return;
    }
    let pairs = arguments.iter().position(|it| it == "--pairs");
    let pairs: usize = pairs.map_or(10, |at| arguments[at + 1].parse().expect("--pairs N"));
    let wanted = |name: &str| {
        let mut names = CASES.iter().map(|case| case.name).chain([start::NAME]);
        let named = names.any(|name| arguments.iter().any(|it| it == name));
        !named || arguments.iter().any(|it| it == name)
    };
    if wanted(start::NAME) {
        start::run();
    }
    let mut table = Vec::new();
    for case in CASES.iter().filter(|case| wanted(case.name)) {
        println!("{}: {}, {pairs} pairs of 2 s", case.name, case.says);
        table.push(run(case, pairs));
    }
    if table.is_empty() {
        return;
    }
    println!(
        "\n{:8} {:>6} {:>6} {:>10} {:>10} {:>9} {:>9} {:>8} {:>8} {:>9}",
        "case",
        "ratio",
        "floor",
        "base req/s",
        "req/s",
        "base us",
        "CPU us",
        "CPU x",
        "p99 x",
        "RSS MB"
    );
    println!("{}", table.join("\n"));
}

/// Measures one case; gives its line of the table.
fn run(case: &Case, pairs: usize) -> String {
    let variant = Server::start(case.variant.0, case.variant.1);
    let idle = variant.rss_mb();
    let (bare, own);
    let baseline: &dyn Target = match case.baseline {
        Baseline::Bare(links) => {
            bare = Bare::start(links);
            &bare
        }
        Baseline::Own(kind, links) => {
            own = Server::start(kind, links);
            &own
        }
    };
    let taken = paired::take(baseline, &variant, pairs);
    println!(
        "  resident {idle:.0} MB idle, {:.0} MB now",
        variant.rss_mb()
    );
    format!(
        "{:8} {:6.2} {:6.2} {:10.0} {:10.0} {:9.1} {:9.1} {:8.2} {:8.2} {:9.0}",
        case.name,
        taken.median(|base, ours| ours.rate / base.rate),
        case.floor,
        taken.median(|base, _| base.rate),
        taken.median(|_, ours| ours.rate),
        taken.median(|base, _| base.cpu_us),
        taken.median(|_, ours| ours.cpu_us),
        taken.median(|base, ours| ours.cpu_us / base.cpu_us),
        taken.median(|base, ours| ours.p99_ms / base.p99_ms),
        variant.rss_mb(),
    )
}
