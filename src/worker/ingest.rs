//! Writes log entries: clicks with their roll-up, conversions with their joins, the sums of requests for
//! slugs that no link has.
//!
//! Holds: entries take effect in their order. Clicks that stand together are written together; a
//! conversion behind them finds them. Orphans touch neither and come last. What was erased is written
//! without its person.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::join::Joins;
use super::reading::Prepared;
use super::tombstones::Tombstones;
use crate::clock::Millis;
use crate::conversion::NewConversion;
use crate::network::Registry;
use crate::store::click::writer::{Insertion, Sighting, Writer};
use crate::store::{Error, Tx, conversion, orphan};

/// How many entries were what: `click`, `conversion`, `orphan`, or `repeat` for what was written before.
pub(super) type Done = BTreeMap<&'static str, u64>;

/// Writes `entries` at `now`. One that was written before changes nothing.
pub(super) async fn apply(
    tx: &mut Tx,
    writer: &mut Writer,
    registry: &Registry,
    tombstones: &mut Tombstones,
    entries: &[&Prepared],
    now: Millis,
) -> Result<Done, Error> {
    let mut done = Done::new();
    let gone = tombstones.look(tx).await?;
    let erased = match gone {
        Some(gone) => gone.clicks(tx, entries).await?,
        None => HashMap::new(),
    };
    let mut clicks = Vec::new();
    let mut orphans = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        match entry {
            Prepared::Click(hit, finding) => {
                let (hit, finding) = erased.get(&at).map_or((hit, finding), |(h, f)| (h, f));
                clicks.push(Sighting { hit, finding });
            }
            Prepared::Orphan(orphan, finding) => orphans.push(orphan::Sighting { orphan, finding }),
            Prepared::Conversion(report) => {
                apply_clicks(tx, writer, registry, &mut clicks, &mut done).await?;
                let report = match gone {
                    Some(gone) => gone.left_of(tx, report).await?,
                    None => Some(Cow::Borrowed(&**report)),
                };
                let what = match report {
                    Some(report) => apply_conversion(tx, registry, &report).await?,
                    None => "repeat",
                };
                *done.entry(what).or_default() += 1;
            }
        }
    }
    apply_clicks(tx, writer, registry, &mut clicks, &mut done).await?;
    if !orphans.is_empty() {
        let new = orphan::add(tx, &orphans, now).await?;
        *done.entry("orphan").or_default() += new;
        *done.entry("repeat").or_default() += orphans.len() as u64 - new;
    }
    Ok(done)
}

/// Writes the clicks that were gathered, and joins who has waited for them.
async fn apply_clicks(
    tx: &mut Tx,
    writer: &mut Writer,
    registry: &Registry,
    clicks: &mut Vec<Sighting<'_>>,
    done: &mut Done,
) -> Result<(), Error> {
    if clicks.is_empty() {
        return Ok(());
    }
    let sightings = std::mem::take(clicks);
    let mut new = Vec::new();
    for (sighting, insertion) in sightings
        .iter()
        .zip(writer.insert_all(tx, &sightings).await?)
    {
        match insertion {
            Insertion::Repeat => *done.entry("repeat").or_default() += 1,
            Insertion::New { .. } => new.push(sighting.hit.id),
        }
    }
    *done.entry("click").or_default() += new.len() as u64;
    let waiting = conversion::related::claimed_by(tx, &new).await?;
    Joins::new(tx, registry).run(waiting).await
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
