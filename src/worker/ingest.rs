//! Writes log entries: clicks with their roll-up, conversions with their joins.
//!
//! Holds: entries take effect in their order. Clicks that stand together are written together; a
//! conversion behind them finds them.

use super::join::Joins;
use crate::click::Hit;
use crate::conversion::NewConversion;
use crate::enrich;
use crate::event_log::entry::Entry;
use crate::network::Registry;
use crate::store::click::bulk::{self, Insertion, Sighting};
use crate::store::{Error, Tx, conversion};

/// Writes `entries`; gives of each what it was, for the metrics. An entry that was written before
/// changes nothing and is a `repeat`.
pub(super) async fn apply(
    tx: &mut Tx,
    registry: &Registry,
    entries: &[&Entry],
) -> Result<Vec<&'static str>, Error> {
    let mut done = Vec::with_capacity(entries.len());
    let mut clicks = Vec::new();
    for entry in entries {
        match entry {
            Entry::Click(hit) => clicks.push(hit),
            Entry::Conversion(report) => {
                apply_clicks(tx, registry, &mut clicks, &mut done).await?;
                done.push(apply_conversion(tx, registry, report).await?);
            }
        }
    }
    apply_clicks(tx, registry, &mut clicks, &mut done).await?;
    Ok(done)
}

/// Writes the clicks that were gathered, and joins who has waited for them.
async fn apply_clicks(
    tx: &mut Tx,
    registry: &Registry,
    clicks: &mut Vec<&Hit>,
    done: &mut Vec<&'static str>,
) -> Result<(), Error> {
    if clicks.is_empty() {
        return Ok(());
    }
    let sightings: Vec<Sighting<'_>> = clicks.drain(..).map(look_at).collect();
    let mut new = Vec::new();
    for (sighting, insertion) in sightings
        .iter()
        .zip(bulk::insert_all(tx, &sightings).await?)
    {
        match insertion {
            Insertion::Repeat => done.push("repeat"),
            Insertion::New { .. } => {
                done.push("click");
                new.push(sighting.hit.id);
            }
        }
    }
    let waiting = conversion::related::claimed_by(tx, &new).await?;
    Joins::new(tx, registry).run(waiting).await
}

fn look_at(hit: &Hit) -> Sighting<'_> {
    let (class, class_rule) = enrich::classify(hit.user_agent.as_deref());
    Sighting {
        hit,
        class,
        class_rule,
    }
}

async fn apply_conversion(
    tx: &mut Tx,
    registry: &Registry,
    report: &NewConversion,
) -> Result<&'static str, Error> {
    if conversion::first_of(tx, report).await?.is_some() {
        return Ok("repeat");
    }
    if !conversion::insert(tx, report).await? {
        return Ok("repeat");
    }
    let added = vec![(report.occurred_at, report.id)];
    Joins::new(tx, registry).run(added).await?;
    Ok("conversion")
}
