//! Nothing is lost: programs under load, while every part is killed, stopped, cut off or damaged.
//!
//! Every 302 that was seen is a click in the store, exactly once, and is rolled up once. `cargo
//! test` runs a short form; `make chaos` runs the long one, with the release build. Each case
//! prints one row of the table in `docs/reliability.md`.

mod acknowledgement;
mod clock;
mod damage;
mod database_faults;
mod disk;
mod flood;
mod kill;
mod orders;
mod postgres;
mod redis;
mod redis_faults;
mod stop;

use std::time::{Duration, Instant};

use ::rand::rngs::StdRng;
use ::rand::{RngExt, SeedableRng};

use crate::support::load::Seen;

/// What each case's chances follow from, so that a failure can be looked for again.
const SEED: u64 = 7;

/// Whether `make chaos` runs.
fn is_long() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no configuration to read it from"
    )]
    std::env::var("LEADLINE_CHAOS").is_ok_and(|form| form == "long")
}

/// The first in the short form, the second in the long one.
fn form<T>(short: T, long: T) -> T {
    if is_long() { long } else { short }
}

async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

/// Pauses of a length that nobody foresees, the same ones each time.
struct Pauses(StdRng);

impl Pauses {
    fn new() -> Pauses {
        Pauses(StdRng::seed_from_u64(SEED))
    }

    async fn between(&mut self, from_ms: u64, to_ms: u64) {
        pause(self.0.random_range(from_ms..to_ms)).await;
    }
}

/// What a case found.
struct Figures<'a> {
    case: &'a str,
    seen: &'a Seen,
    rows: usize,
    /// Deliveries that were rows already, where the worker that counts them lived through.
    doubles: Option<u64>,
    /// When what was taken away was away.
    outage: Option<(Instant, Instant)>,
}

impl Figures<'_> {
    /// Prints them; gives the slowest of the fastest 99 % of the answers: of those during the
    /// outage, where there was one.
    fn tell(self) -> Duration {
        let begun = self.seen.answers.first().map(|answer| answer.0);
        let all = begun.map(|begun| (begun, Instant::now()));
        let times = self.outage.or(all).map(|it| self.seen.between(it.0, it.1));
        let times = times.unwrap_or_default();
        assert!(times.len() > 100, "only {} answers", times.len());
        let share = |percent| times[times.len() * percent / 100];
        let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1000.0);
        let doubles = self.doubles.map_or("-".to_owned(), |it| it.to_string());
        let outage = self.outage.map_or("-".to_owned(), |(from, to)| {
            format!("{:.1} s", (to - from).as_secs_f64())
        });
        println!(
            "| {} | {} | {} | {doubles} | {} | {outage} | {} / {} / {} ms |",
            self.case,
            self.seen.clicks.len(),
            self.rows,
            self.seen.failed,
            ms(share(50)),
            ms(share(99)),
            ms(times[times.len() - 1]),
        );
        share(99)
    }
}

/// How many deliveries the worker found to be rows already.
async fn doubles(metrics: &str) -> Option<u64> {
    let text = reqwest::get(metrics).await.unwrap().text().await.unwrap();
    let name = "leadline_ingested_total{reason=\"repeat\"} ";
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    Some(line.map_or(0, |count| count.parse().unwrap()))
}
