//! `leadline reclassify`: applies the current rules to the clicks of past days, on the store
//! itself.

use std::sync::Arc;

use anyhow::Context;
use clap::Args;

use super::store_access::block_on;
use super::terminal::print;
use super::times::day;
use crate::app;
use crate::clock::{Clock, DAY_MS, Millis};
use crate::config::Config;
use crate::enrich::geo::GeoLookup;
use crate::enrich::{EnrichmentRules, RULES_VERSION};
use crate::network::NetworkRegistry;
use crate::worker::reclassify::{self, ReclassifiedDay};

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  leadline reclassify --from 2026-03-01 --to 2026-03-31\n\n\
    Days are UTC. The service may run meanwhile. A day that broke off is done in part: run it again. \
    Running a day twice changes nothing."
)]
pub(super) struct ReclassifyOptions {
    /// First day
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: String,
    /// Last day; yesterday by default, and at the latest
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<String>,
}

/// Most days of one run: ten years.
const MOST_DAYS: i64 = 3_660;

pub(super) fn run(config: &Config, options: &ReclassifyOptions) -> anyhow::Result<()> {
    let now = Clock::System.now();
    let yesterday = Millis((now.0.div_euclid(DAY_MS) - 1) * DAY_MS);
    let first = midnight(&options.from)?;
    let last = match &options.to {
        Some(day) => midnight(day)?,
        None => yesterday,
    };
    anyhow::ensure!(
        last <= yesterday,
        "clicks of today are still coming in; give --to as yesterday or an earlier day (UTC)"
    );
    anyhow::ensure!(
        first <= last,
        "--from is after the last day, which is {}",
        day(last)
    );
    anyhow::ensure!(
        last.0 - first.0 < MOST_DAYS * DAY_MS,
        "that is more than ten years; give a later --from"
    );
    let registry = Arc::new(NetworkRegistry::embedded()?);
    let places = Arc::new(GeoLookup::open(None, None));
    let enricher = EnrichmentRules::new(registry.clone(), places).enricher()?;
    print(&format!("Rules of version {RULES_VERSION}\n"))?;
    block_on(async {
        let store = app::open_store(config).await?;
        let mut start = first;
        while start <= last {
            let done =
                reclassify::day(&store, &enricher, (&registry, config.terms()), start).await?;
            print(&line(start, &done))?;
            start = start.plus_ms(DAY_MS);
        }
        store.close().await;
        Ok(())
    })
}

fn midnight(day: &str) -> anyhow::Result<Millis> {
    Millis::parse(&format!("{day}T00:00:00Z"))
        .ok()
        .with_context(|| format!("{day:?} is not a day; write it like 2026-03-01"))
}

fn line(start: Millis, done: &ReclassifiedDay) -> String {
    let day = day(start);
    if done.is_gone {
        return format!("{day}  people's clicks are already deleted; unchanged\n");
    }
    let classes: Vec<String> = done
        .classes
        .iter()
        .map(|(class, more)| format!("{class} {more:+}"))
        .collect();
    let classes = if classes.is_empty() {
        "every class as before".to_owned()
    } else {
        classes.join(", ")
    };
    format!(
        "{day}  {} clicks, {} changed: {classes}\n",
        done.clicks, done.changed
    )
}
