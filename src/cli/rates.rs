//! `leadline rates`: the rates of exchange of the store that the configuration names.

use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Subcommand;

use super::{block_on, ensure_store, plural, print};
use crate::app;
use crate::clock::{Clock, Millis};
use crate::config::Config;
use crate::money::ecb;
use crate::store::{Store, exchange_rate};
use crate::worker::rates::{self, LoadedRates};

/// How often somebody who waits is told how far it is.
const TOLD_EVERY: Duration = Duration::from_secs(1);

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Load a list of the European Central Bank, and convert by it what has waited for rates
    #[command(
        after_help = "Example:\n  leadline rates import eurofxref-hist.csv\n\n\
        Takes eurofxref-hist.csv (every day since 1999) and eurofxref.csv (the last day), unpacked. \
        Loading one again changes nothing. What was converted already stays as it is."
    )]
    Import {
        /// The list; `-` for standard input
        file: std::path::PathBuf,
    },
    /// List the currencies that have rates, with the first and last day
    List,
}

pub(super) fn run(config: &Config, command: &Command) -> anyhow::Result<()> {
    ensure_store(config)?;
    // A list that is none is refused before the store is touched.
    let list = match command {
        Command::Import { file } => Some(read(file)?),
        Command::List => None,
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

fn read(file: &Path) -> anyhow::Result<ecb::List> {
    let shown = file.display();
    let mut text = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_end(&mut text)?;
    } else {
        text = std::fs::read(file).with_context(|| format!("cannot read {shown}"))?;
    }
    ecb::read(&text).with_context(|| format!("{shown} is no list of rates"))
}

async fn import(store: &Store, list: &ecb::List) -> anyhow::Result<()> {
    let mut last = Instant::now();
    let told = |so_far: &LoadedRates| {
        if last.elapsed() >= TOLD_EVERY {
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
    let loaded = rates::load(store, &list.rates, ecb::SOURCE, now, told).await?;
    print(&summary(list, &loaded))
}

fn summary(list: &ecb::List, loaded: &LoadedRates) -> String {
    let days = || list.rates.iter().map(|rate| rate.day);
    let day = |day: Option<i64>| {
        day.map(|day| Millis::of_day(day).date())
            .unwrap_or_default()
    };
    let put = loaded.rates;
    let mut text = format!(
        "Rates of {} from {} to {}: {} new, {} changed, {} unchanged\n",
        plural(list.currencies().len(), "currency", "currencies"),
        day(days().min()),
        day(days().max()),
        put.new,
        put.changed,
        put.unchanged
    );
    if !list.left_out.is_empty() {
        let codes = list.left_out.join(", ");
        let line = format!("Left out, for nothing can be sold in them: {codes}\n");
        text.push_str(&line);
    }
    if loaded.converted > 0 {
        let count = usize::try_from(loaded.converted).unwrap_or(usize::MAX);
        let what = plural(count, "conversion that had", "conversions that had");
        let line = format!("Converted: {what} waited for rates\n");
        text.push_str(&line);
    }
    text
}

async fn show(store: &Store) -> anyhow::Result<()> {
    let mut tx = store.read().await?;
    let known = exchange_rate::list(&mut tx).await?;
    let mut table = super::report::plain_table(["Currency", "First day", "Last day", "Days"]);
    for it in known {
        table.add_row([
            it.currency,
            Millis::of_day(it.first_day).date(),
            Millis::of_day(it.last_day).date(),
            it.days.to_string(),
        ]);
    }
    print(&super::report::lines(&table))
}
