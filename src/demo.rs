//! The demo: a plausible story, played through the program's own log and worker.
//!
//! # Invariants
//! - The same seed at the same time gives the same story.
//! - The demo has a folder of its own. Only a folder that a demo created is ever emptied.
//! - Clicks and conversions pass the worker. All else is created by operations, except rates of
//!   exchange, the domain and one refused webhook. So reports are computed like any other.

mod backstage;
mod oddities;
mod outcomes;
mod people;
mod plan;
mod scene;
mod season;
mod shop;
mod stage;
mod story;
mod visits;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use rand::SeedableRng;
use rand::rngs::StdRng;
use secrecy::SecretString;

use crate::app::App;
use crate::clock::{DAY_MS, Millis};
use crate::event_log::entry::{Encode, Entry};
use crate::event_log::records::Records;
use crate::operations::key::on_store;
use crate::worker::{StepOutcome, report_cache, retention};
use backstage::Backstage;
pub use story::Story;
pub use visits::StoryTotals;
use visits::Visits;

/// Marks a folder as a demo's own.
const MARK: &str = ".leadline-demo";

/// The database of places in that folder.
const PLACES: &str = "places.mmdb";

/// Entries of one append to the log.
const APPENDED: usize = 4096;

/// What the demo created.
#[derive(Debug)]
pub struct DemoSummary {
    /// A key to read it with.
    pub token: SecretString,
    /// The `utm_campaign` of its first campaign.
    pub campaign: String,
    /// How much it has of each.
    pub made: StoryTotals,
}

/// Makes the demo's folder anew, with a database of places; tells where that is. It holds addresses
/// that are set aside for documentation.
///
/// # Errors
/// When the folder holds something that no demo has made; nothing is removed then.
pub fn make_folder(dir: &Path) -> anyhow::Result<PathBuf> {
    let filled = dir
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some());
    if filled && !dir.join(MARK).exists() {
        bail!(
            "{} is not a demo's folder; give another one with --dir",
            dir.display()
        );
    }
    let places = dir.join(PLACES);
    let remade = || {
        if filled {
            std::fs::remove_dir_all(dir)?;
        }
        std::fs::create_dir_all(dir)?;
        std::fs::write(&places, include_bytes!("../config/demo-places.mmdb"))?;
        std::fs::write(
            dir.join(MARK),
            "StoryTotals by `leadline demo`, which empties this folder.\n",
        )
    };
    remade().with_context(|| format!("cannot make {}", dir.display()))?;
    Ok(places)
}

/// Tells the story up to the clock's now; `progress` hears of each day.
///
/// # Errors
/// When log or store do not answer, or the store holds something already.
pub async fn tell(
    app: &mut App,
    story: &Story,
    seed: u64,
    progress: &mut dyn FnMut(i64, i64),
) -> anyhow::Result<DemoSummary> {
    let now = app.context.clock.now();
    let today = Millis::of_day(now.day());
    let start = today.plus_ms(-story.days_before() * DAY_MS);
    let first = on_store::first_key(&app.context.store, start).await?;
    let first = first.context(
        "the store has a workspace already; the demo needs an empty one, such as a new database",
    )?;
    let mut rng = StdRng::seed_from_u64(seed);
    let stage = stage::set_up(app, story, start, &mut rng).await?;
    let backstage = if story.is_whole {
        Some(Backstage::set_up(app, &stage, start).await?)
    } else {
        None
    };
    let mut visits = Visits::new(rng, stage.plays);
    for day in 0..story.days {
        let midnight = start.plus_ms(day * DAY_MS);
        let mut entries = visits.day(midnight);
        if let Some(backstage) = backstage {
            entries.extend(backstage.day(app, &mut visits, midnight)?);
        }
        entries.retain(|(at, _)| *at <= now);
        entries.sort_by_key(|(at, _)| *at);
        visits.made.count(&entries);
        ingest(app, entries.into_iter().map(|(_, entry)| entry)).await?;
        // Days that are over are packed, as they are while the program runs.
        retention::step(&app.context.store, &app.context.clock, &app.kept).await?;
        progress(day + 1, story.days);
    }
    while report_cache::step(&app.context.store).await? {}
    Ok(DemoSummary {
        token: first.token,
        campaign: story.first_campaign().to_owned(),
        made: visits.made,
    })
}

async fn ingest(app: &mut App, entries: impl Iterator<Item = Entry>) -> anyhow::Result<()> {
    let mut records = Records::default();
    for entry in entries {
        records.push_with(|out| entry.encode_into(out))?;
        if records.len() == APPENDED {
            app.context.log.append(&records).await?;
            records.clear();
        }
    }
    if !records.is_empty() {
        app.context.log.append(&records).await?;
    }
    while app.worker.step(Duration::ZERO).await? != StepOutcome::Idle {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_folder_is_emptied() {
        let dir = tempfile::tempdir().unwrap();
        let precious = dir.path().join("precious");
        std::fs::write(&precious, "data").unwrap();
        assert!(make_folder(dir.path()).is_err());
        assert!(precious.exists());
        let own = dir.path().join("demo");
        make_folder(&own).unwrap();
        std::fs::write(own.join("old"), "data").unwrap();
        let places = make_folder(&own).unwrap();
        assert!(!own.join("old").exists());
        assert!(places.exists());
    }
}
