//! Runs the rules of today over clicks of past days, and mends what rests on them: classes,
//! networks seen, who is first, roll-ups, credits.
//!
//! Holds: a day is one transaction, so it is judged by one set of rules or by the other; doing it
//! again changes nothing. Must not know: HTTP.

use std::collections::BTreeMap;

use super::join::Joins;
use crate::attribution::Terms;
use crate::click::{ClickClass, Finding};
use crate::clock::Millis;
use crate::enrich::Enricher;
use crate::id::ClickId;
use crate::network::Registry;
use crate::store::click::reclassify::{self, Day, Kept};
use crate::store::click::retention;
use crate::store::{Error, Store, conversion};

/// What became of a day's clicks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// How many there were.
    pub clicks: u64,
    /// How many were judged by an older set of rules or are another class, network or first now.
    pub changed: u64,
    /// How many more or fewer each class has.
    pub classes: BTreeMap<ClickClass, i64>,
    /// Whether people's clicks of that day are dropped already; then nothing was touched.
    pub is_gone: bool,
}

/// Judges the clicks of a UTC day, given by its first moment, again.
///
/// # Errors
/// When the store does not answer; the day is as it was then.
pub async fn day(
    store: &Store,
    enricher: &Enricher,
    (registry, terms): (&Registry, Terms),
    start: Millis,
) -> Result<Done, Error> {
    let mut tx = store.ingest().await?;
    let mut done = Done::default();
    if !retention::is_whole(&mut tx, start).await? {
        done.is_gone = true;
        return Ok(done);
    }
    let mut day = Day::begin(&mut tx, start).await?;
    let mut changed: Vec<ClickId> = Vec::new();
    loop {
        let clicks = day.next(&mut tx).await?;
        if clicks.is_empty() {
            break;
        }
        let again = |click: &Kept| {
            let age = click.clicked_at.0 - click.link_id.time().0;
            let (agent, referrer) = (click.user_agent.as_deref(), click.referrer.as_deref());
            enricher.judge_again(agent, referrer, age, &click.finding)
        };
        let judged: Vec<Finding> = clicks.iter().map(again).collect();
        reclassify::write_agents(&mut tx, &clicks, &judged).await?;
        for (click, judged) in clicks.iter().zip(&judged) {
            *done.classes.entry(click.finding.class).or_default() -= 1;
            *done.classes.entry(judged.class).or_default() += 1;
        }
        done.clicks += clicks.len() as u64;
        changed.extend(day.write(&mut tx, &clicks, &judged).await?);
    }
    day.end(&mut tx).await?;
    done.changed = changed.len() as u64;
    done.classes.retain(|_, more| *more != 0);
    let waiting = conversion::related::claimed_by(&mut tx, &changed).await?;
    Joins::new(&mut tx, registry, terms).run(waiting).await?;
    tx.commit().await?;
    Ok(done)
}
