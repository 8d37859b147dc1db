//! How long reports take: `make bench-reports` over ten million clicks, or
//! `cargo bench --bench reports -- [CLICKS] [--dir FOLDER]`; 200 000 clicks unless told.
//!
//! Data sets of so many clicks with their leads and sales, of a tenth of the clicks with as many
//! leads, and of a tenth of everything, come from `leadline demo --scale`: on SQLite and, where
//! `LEADLINE_TEST_POSTGRES_URL` names a server, on PostgreSQL. Then a server answers over HTTP, one
//! request after another. The first request of each campaign is told apart: it may wait for the
//! disk. With `--dir` the files are kept and found again by the next run.

#![expect(clippy::unwrap_used, reason = "a step that fails fails the benchmark")]

mod data;
#[path = "../postgres/mod.rs"]
mod postgres;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use data::{Data, Server};
use leadline::attribution::AttributionModel;
use leadline::campaign_report::breakdown::Breakdown;
use leadline::campaign_report::filter::SegmentFilter;
use leadline::campaign_report::granularity::Granularity;
use leadline::clock::{DAY_MS, Millis, QUARTER_HOUR_MS};
use leadline::store::click_event;

/// Requests of each kind.
const REQUESTS: usize = 200;

/// Campaigns of a data set.
const CAMPAIGNS: usize = 50;

/// Clicks for each lead; a fifth of the leads buy.
const CLICKS_OF_LEAD: u64 = 50;

const PAIRS: [&str; 5] = [
    "network,country",
    "network,day",
    "link,device",
    "intent,hour_of_week",
    "network_seen,country",
];

/// Sorted times of one kind of request.
struct Times(Vec<Duration>);

impl Times {
    fn of(mut times: Vec<Duration>) -> Times {
        times.sort_unstable();
        Times(times)
    }

    /// Milliseconds below which so many of a hundred of them lie.
    fn ms(&self, of_hundred: usize) -> f64 {
        let at = (self.0.len() * of_hundred).div_ceil(100);
        self.0[at.clamp(1, self.0.len()) - 1].as_secs_f64() * 1e3
    }
}

/// What was measured on one data set.
struct Measured {
    rows: Vec<(&'static str, Option<f64>, Times)>,
}

struct Campaign {
    id: String,
    from: Millis,
}

fn campaigns(server: &Server) -> Vec<Campaign> {
    let (page, _) = server.get("/campaigns?limit=100");
    let campaign = |it: &serde_json::Value| Campaign {
        id: it["id"].as_str().unwrap().to_owned(),
        from: Millis::parse(it["starts_at"].as_str().unwrap()).unwrap(),
    };
    let mut all: Vec<_> = page["campaigns"]
        .as_array()
        .unwrap()
        .iter()
        .map(campaign)
        .collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

/// Times of `count` requests, after each campaign was asked for once.
fn ask(server: &Server, count: usize, path: impl Fn(usize) -> String) -> Times {
    for number in 0..CAMPAIGNS {
        server.get(&path(number));
    }
    times(server, count, path)
}

fn times(server: &Server, count: usize, path: impl Fn(usize) -> String) -> Times {
    Times::of(
        (0..count)
            .map(|number| server.get(&path(number)).1)
            .collect(),
    )
}

/// Spreads numbers over what they choose from.
fn spread(number: usize, over: i64) -> i64 {
    let mixed = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16;
    i64::try_from(mixed % u64::try_from(over).unwrap()).unwrap()
}

fn measure(data: &Data, runtime: &tokio::runtime::Runtime) -> Measured {
    let server = data.serve();
    let campaigns = campaigns(&server);
    assert_eq!(campaigns.len(), CAMPAIGNS);
    let report = |number: usize, rest: &str| {
        let campaign = &campaigns[number % campaigns.len()];
        let to = campaign.from.plus_ms(90 * DAY_MS);
        format!(
            "/campaigns/{}/report?from={}&to={to}&{rest}",
            campaign.id, campaign.from
        )
    };
    let mut rows = Vec::new();
    let by_network = |number: usize| {
        report(
            number,
            &format!(
                "model={}",
                AttributionModel::ALL[number % AttributionModel::ALL.len()].as_str()
            ),
        )
    };
    rows.push((
        "by network, the first of each campaign",
        None,
        times(&server, CAMPAIGNS, by_network),
    ));
    rows.push((
        "by network, a stored model, 90 days",
        Some(20.0),
        ask(&server, REQUESTS, by_network),
    ));
    for pair in PAIRS {
        let times = ask(&server, REQUESTS, |number| {
            report(number, &format!("by={pair}"))
        });
        rows.push((pair, Some(60.0), times));
    }
    // Another beginning makes other journeys, which were not computed before. The largest campaign.
    let largest = &campaigns[0];
    let markov = |number: usize| {
        let from = largest
            .from
            .plus_ms(i64::try_from(number).unwrap() * QUARTER_HOUR_MS);
        format!("/campaigns/{}/report?from={from}&model=markov", largest.id)
    };
    let anew: Vec<Duration> = (0..50)
        .map(|number| server.get(&markov(number)).1)
        .collect();
    rows.push(("Markov, computed", Some(500.0), Times::of(anew)));
    rows.push((
        "Markov, remembered",
        None,
        ask(&server, REQUESTS, |_| markov(0)),
    ));
    drop(server);
    rows.push((
        "people of a campaign, any range",
        Some(20.0),
        runtime.block_on(people(data, &campaigns)),
    ));
    Measured { rows }
}

async fn people(data: &Data, campaigns: &[Campaign]) -> Times {
    let store = data.store().await;
    let mut times = Vec::new();
    for number in 0..REQUESTS {
        let campaign = &campaigns[number % campaigns.len()];
        let quarters = 90 * DAY_MS / QUARTER_HOUR_MS;
        let first = spread(number, quarters);
        let length = 1 + spread(number + REQUESTS, quarters - first);
        let at = |quarter: i64| campaign.from.plus_ms(quarter * QUARTER_HOUR_MS);
        let begun = Instant::now();
        let mut tx = store.read().await.unwrap();
        click_event::people::people(
            &mut tx,
            campaign.id.parse().unwrap(),
            at(first),
            at(first + length),
        )
        .await
        .unwrap();
        times.push(begun.elapsed());
    }
    store.close().await;
    Times::of(times)
}

/// Seconds that counting the raw clicks of a campaign takes, beside the roll-up; both say the same.
async fn raw(data: &Data, server_campaigns: &[Campaign]) -> [f64; 2] {
    let store = data.store().await;
    let by: Breakdown = "network".parse().unwrap();
    let grain = Granularity::new(&by, &SegmentFilter::default(), jiff::tz::TimeZone::UTC);
    let mut took = [Vec::new(), Vec::new()];
    for campaign in server_campaigns.iter().take(3) {
        let (id, to) = (
            campaign.id.parse().unwrap(),
            campaign.from.plus_ms(90 * DAY_MS),
        );
        let mut tx = store.read().await.unwrap();
        let begun = Instant::now();
        let counted = click_event::raw_sums(&mut tx, id, campaign.from, to, &grain)
            .await
            .unwrap();
        took[0].push(begun.elapsed());
        let begun = Instant::now();
        let rolled_up = click_event::sums(&mut tx, id, campaign.from, to, &grain)
            .await
            .unwrap();
        took[1].push(begun.elapsed());
        assert_eq!(counted, rolled_up);
    }
    store.close().await;
    took.map(|times| Times::of(times).ms(50) / 1e3)
}

fn table(sets: &[(&Data, Measured)]) {
    let names: Vec<&str> = sets.iter().map(|(data, _)| data.name.as_str()).collect();
    println!(
        "\nmilliseconds, median / 99 of 100:\n{:36} at most | {}",
        "",
        names.join(" | ")
    );
    for (at, (what, most, _)) in sets[0].1.rows.iter().enumerate() {
        let most = most.map_or(String::new(), |most| format!("{most:.0}"));
        let cells = sets.iter().map(|(_, measured)| {
            let times = &measured.rows[at].2;
            format!("{:.1} / {:.1}", times.ms(50), times.ms(99))
        });
        println!(
            "{what:36} {most:>7} | {}",
            cells.collect::<Vec<_>>().join(" | ")
        );
    }
    println!(
        "\nof the median time of all clicks, with a tenth of them and as many leads | a tenth of everything"
    );
    for (at, (what, ..)) in sets[0].1.rows.iter().enumerate() {
        let medians = sets.iter().map(|(_, measured)| measured.rows[at].2.ms(50));
        let medians: Vec<f64> = medians.collect();
        println!(
            "{what:36} {:.2} | {:.2}",
            medians[1] / medians[0],
            medians[2] / medians[0]
        );
    }
}

fn bench(root: &std::path::Path, postgres: Option<&str>, clicks: u64) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let leads = clicks / CLICKS_OF_LEAD;
    let sizes = [
        (clicks, leads),
        (clicks / 10, leads),
        (clicks / 10, leads / 10),
    ];
    let sets: Vec<Data> = sizes
        .iter()
        .map(|size| Data::make(root, postgres, *size))
        .collect();
    let measured: Vec<_> = sets
        .iter()
        .map(|data| (data, measure(data, &runtime)))
        .collect();
    table(&measured);
    let campaigns = campaigns(&sets[0].serve());
    let [counted, rolled_up] = runtime.block_on(raw(&sets[0], &campaigns));
    let request = measured[0].1.rows[1].2.ms(50) / 1e3;
    println!(
        "{} clicks: GROUP BY over raw clicks {counted:.2} s, {:.0} times the roll-up's and {:.0} times the whole \
         request's (at least 50)",
        sets[0].clicks,
        counted / rolled_up,
        counted / request
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let clicks = arguments
        .iter()
        .find_map(|it| it.parse().ok())
        .unwrap_or(200_000);
    let named = arguments.iter().position(|it| it == "--dir");
    let named = named
        .and_then(|at| arguments.get(at + 1))
        .map(PathBuf::from);
    let passing = tempfile::tempdir().unwrap();
    let root = named.unwrap_or_else(|| passing.path().to_owned());
    std::fs::create_dir_all(&root).unwrap();
    bench(&root, None, clicks);
    if let Some(url) = postgres::url() {
        bench(&root, Some(&url), clicks);
    }
}
