//! What a webhook costs over a bare handler: `cargo bench --bench webhook [-- CASE… --pairs N]`.
//!
//! A shop's signed order of 20 KB, by 64 connections: verified, checked, sealed, durable, answered.
//! Against it a handler that reads the body and computes one HMAC-SHA256. Measured like redirects,
//! see `benches/redirect`: server (and Redis) on core 0, `wrk` on core 1, slices of 2 s in turns,
//! ingest off. What a slice has put into the log is taken out again before the next one. Everything
//! is on loopback, bounded in time, and only processes started here are ended.

#![recursion_limit = "256"] // one large JSON value
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a step that fails fails the benchmark"
)]

mod bare;
mod order;
#[path = "../paired/mod.rs"]
mod paired;
mod server;

use server::{Bare, Log, Server};

/// What the rate must reach, as a share of the bare handler's.
const FLOOR: f64 = 0.50;

const CASES: [(&str, Log); 2] = [("local", Log::Local), ("redis", Log::Redis)];

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|it| it != "--bench")
        .collect();
    if let [command, port] = &arguments[..]
        && command == "bare"
    {
        bare::serve(port.parse().unwrap());
        return;
    }
    let pairs = arguments.iter().position(|it| it == "--pairs");
    let pairs: usize = pairs.map_or(10, |at| arguments[at + 1].parse().expect("--pairs N"));
    let is_named = |name: &str| arguments.iter().any(|it| it == name);
    let all = !CASES.iter().any(|(name, _)| is_named(name));
    let mut table = Vec::new();
    for (name, log) in CASES {
        if all || is_named(name) {
            println!("{name} log: {pairs} pairs of 2 s");
            table.push(run(name, log, pairs));
        }
    }
    println!(
        "\n{:8} {:>6} {:>6} {:>10} {:>10} {:>9} {:>9} {:>8} {:>9} {:>9} {:>9}",
        "log",
        "ratio",
        "floor",
        "base req/s",
        "req/s",
        "base us",
        "CPU us",
        "CPU x",
        "p50 ms",
        "p99 ms",
        "RSS MB"
    );
    println!("{}", table.join("\n"));
}

/// Measures one case; gives its line of the table.
fn run(name: &str, log: Log, pairs: usize) -> String {
    let (bare, server) = (Bare::start(), Server::start(log));
    let taken = paired::take(&bare, &server, pairs);
    format!(
        "{name:8} {:6.2} {FLOOR:6.2} {:10.0} {:10.0} {:9.1} {:9.1} {:8.2} {:9.2} {:9.2} {:9.0}",
        taken.median(|base, ours| ours.rate / base.rate),
        taken.median(|base, _| base.rate),
        taken.median(|_, ours| ours.rate),
        taken.median(|base, _| base.cpu_us),
        taken.median(|_, ours| ours.cpu_us),
        taken.median(|base, ours| ours.cpu_us / base.cpu_us),
        taken.median(|_, ours| ours.p50_ms),
        taken.median(|_, ours| ours.p99_ms),
        server.rss_mb(),
    )
}
