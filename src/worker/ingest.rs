//! Writes one log entry: the click with its roll-up, or the conversion with its joins.

use super::join::Joins;
use crate::click::Hit;
use crate::conversion::NewConversion;
use crate::enrich;
use crate::event_log::entry::Entry;
use crate::network::Registry;
use crate::store::{Error, Tx, click, conversion};

/// Writes `entry`; gives what it was, for the metrics. An entry that was written before changes
/// nothing and is a `repeat`.
pub(super) async fn apply(
    tx: &mut Tx,
    registry: &Registry,
    entry: &Entry,
) -> Result<&'static str, Error> {
    match entry {
        Entry::Click(hit) => apply_click(tx, registry, hit).await,
        Entry::Conversion(report) => apply_conversion(tx, registry, report).await,
    }
}

async fn apply_click(tx: &mut Tx, registry: &Registry, hit: &Hit) -> Result<&'static str, Error> {
    let (class, rule) = enrich::classify(hit.user_agent.as_deref());
    if click::insert(tx, hit, class, &rule).await?.is_none() {
        return Ok("repeat");
    }
    let waiting = conversion::related::claimed_by(tx, hit.id).await?;
    Joins::new(tx, registry).run(waiting).await?;
    Ok("click")
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
