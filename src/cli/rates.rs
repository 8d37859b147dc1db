//! `leadline rates`: the exchange rates of the store that the configuration names.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Subcommand;

use super::import::read_file;
use super::store_access::{block_on, ensure_store};
use super::terminal::{lines, plain_table, plural, print};
use crate::app;
use crate::clock::{Clock, Millis};
use crate::config::Config;
use crate::money::ecb;
use crate::store::{Store, exchange_rate};
use crate::worker::rates::{self, LoadedRates};

/// How often progress is printed.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

#[derive(Debug, Subcommand)]
pub(super) enum RatesCommand {
    /// Import a file of the European Central Bank, and convert what was waiting for its rates
    #[command(
        after_help = "Example:\n  leadline rates import eurofxref-hist.csv\n\n\
        Takes eurofxref-hist.csv (every day since 1999) and eurofxref.csv (the last day), unpacked. \
        Importing a list again changes nothing. What was converted already stays as it is."
    )]
    Import {
        /// The file; `-` for standard input
        file: std::path::PathBuf,
    },
    /// List the currencies that have rates, with the first and last day
    #[command(after_help = "Example:\n  leadline rates list")]
    List,
}

pub(super) fn run(config: &Config, command: &RatesCommand) -> anyhow::Result<()> {
    ensure_store(config)?;
    // An invalid file is refused before the store is opened.
    let list = match command {
        RatesCommand::Import { file } => Some(read(file)?),
        RatesCommand::List => None,
    };
    block_on(async {
        let store = app::open_store(config).await?;
        let done = match list {
            Some(list) => import(&store, &list).await,
            None => show(&store).await,
        };
        store.close().await;
        done
    })
}

fn read(file: &Path) -> anyhow::Result<ecb::EcbRateList> {
    let text = read_file(file)?;
    ecb::read(&text).with_context(|| format!("{} is not a list of rates", file.display()))
}

async fn import(store: &Store, list: &ecb::EcbRateList) -> anyhow::Result<()> {
    let mut last = Instant::now();
    let progress = |so_far: &LoadedRates| {
        if last.elapsed() >= PROGRESS_EVERY {
            last = Instant::now();
            let put = so_far.rates;
            let done = put.new + put.changed + put.unchanged;
            say!(
                "{done} of {} rates; {} conversions converted",
                list.rates.len(),
                so_far.converted
            );
        }
    };
    let now = Clock::System.now();
    let loaded = rates::load(store, &list.rates, ecb::SOURCE, now, progress).await?;
    print(&summary(list, &loaded))
}

fn summary(list: &ecb::EcbRateList, loaded: &LoadedRates) -> String {
    let days = || list.rates.iter().map(|rate| rate.day);
    let day = |day: Option<i64>| {
        day.map(|day| Millis::of_day(day).date())
            .unwrap_or_default()
    };
    let put = loaded.rates;
    let mut text = format!(
        "Rates of {} from {} to {}: {} new, {} changed, {} unchanged\n",
        plural(list.currencies().len() as u64, "currency", "currencies"),
        day(days().min()),
        day(days().max()),
        put.new,
        put.changed,
        put.unchanged
    );
    if !list.left_out.is_empty() {
        let codes = list.left_out.join(", ");
        let line = format!("Left out, because nothing can be sold in them: {codes}\n");
        text.push_str(&line);
    }
    if loaded.converted > 0 {
        let converted = plural(loaded.converted, "conversion", "conversions");
        let line = format!("Converted: {converted} that waited for rates\n");
        text.push_str(&line);
    }
    text
}

async fn show(store: &Store) -> anyhow::Result<()> {
    let mut tx = store.read().await?;
    let known = exchange_rate::list(&mut tx).await?;
    let mut table = plain_table(["Currency", "First day", "Last day", "Days"]);
    for rates in known {
        table.add_row([
            rates.currency,
            Millis::of_day(rates.first_day).date(),
            Millis::of_day(rates.last_day).date(),
            rates.days.to_string(),
        ]);
    }
    print(&lines(&table))
}
