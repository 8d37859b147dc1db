//! Runs the rules of today over clicks of past days, and mends what rests on them: classes,
//! networks seen, who is first, roll-ups, credits.
//!
//! # Invariants
//! - A day is judged in many short transactions, so others write in between: first what each click
//!   is, then, campaign by campaign, who was seen and which click is the first.
//! - Doing it again changes nothing, and mends a day that broke off in between.
//!
//! # Out of scope
//! Which days; HTTP.

use std::collections::{BTreeMap, HashSet};

use super::join::Joiner;
use super::time_budget::TimeBudget;
use crate::attribution::AttributionSettings;
use crate::click::{ClickClass, Enrichment};
use crate::clock::Millis;
use crate::enrich::Enricher;
use crate::id::ClickId;
use crate::network::NetworkRegistry;
use crate::store::click::reclassify::firsts::Plan;
use crate::store::click::reclassify::{self, Day, Kept};
use crate::store::click::retention;
use crate::store::{Error, Store, Tx, conversion};

/// What became of a day's clicks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReclassifiedDay {
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
/// When the store does not answer. Then the day may be judged in part: do it again.
pub async fn day(
    store: &Store,
    enricher: &Enricher,
    (registry, terms): (&NetworkRegistry, AttributionSettings),
    start: Millis,
) -> Result<ReclassifiedDay, Error> {
    let mut done = ReclassifiedDay::default();
    let mut changed = HashSet::new();
    let mut day = Day::new(start);
    let mut is_judged = false;
    while !is_judged {
        let mut tx = store.ingest().await?;
        let turn = TimeBudget::begin();
        if !retention::is_whole(&mut tx, start).await? {
            done.is_gone = true;
            return Ok(done);
        }
        while !is_judged && !turn.is_over() {
            let some = judge_some(&mut tx, enricher, &mut day, &mut done).await?;
            let Some(some) = some else {
                is_judged = true;
                continue;
            };
            let waiting = conversion::related::claimed_by(&mut tx, &some).await?;
            Joiner::new(&mut tx, registry, terms).run(waiting).await?;
            changed.extend(some);
        }
        tx.commit().await?;
    }
    while !find_firsts(store, start, &mut changed).await? {}
    done.changed = changed.len() as u64;
    done.classes.retain(|_, more| *more != 0);
    Ok(done)
}

/// Judges the next clicks; gives those that are otherwise now, `None` at the end of the day.
async fn judge_some(
    tx: &mut Tx,
    enricher: &Enricher,
    day: &mut Day,
    done: &mut ReclassifiedDay,
) -> Result<Option<Vec<ClickId>>, Error> {
    let clicks = day.next(tx).await?;
    if clicks.is_empty() {
        return Ok(None);
    }
    let again = |click: &Kept| {
        let age = click.clicked_at.0 - click.link_id.time().0;
        let (agent, referrer) = (click.user_agent.as_deref(), click.referrer.as_deref());
        enricher.reclassify(agent, referrer, age, &click.finding)
    };
    let judged: Vec<Enrichment> = clicks.iter().map(again).collect();
    reclassify::write_agents(tx, &clicks, &judged).await?;
    for (click, judged) in clicks.iter().zip(&judged) {
        *done.classes.entry(click.finding.class).or_default() -= 1;
        *done.classes.entry(judged.class).or_default() += 1;
    }
    done.clicks += clicks.len() as u64;
    day.write(tx, &clicks, &judged).await.map(Some)
}

/// Finds out anew who was seen on the day and which clicks are the first; whether all circles are
/// written. Those in which somebody was seen meanwhile are not.
async fn find_firsts(
    store: &Store,
    start: Millis,
    changed: &mut HashSet<ClickId>,
) -> Result<bool, Error> {
    let mut read = store.read().await?;
    let mut plan = Plan::read(&mut read, start).await?;
    drop(read);
    let mut is_whole = true;
    while !plan.is_done() {
        let mut tx = store.ingest().await?;
        let turn = TimeBudget::begin();
        while !plan.is_done() && !turn.is_over() {
            match plan.write_next(&mut tx).await? {
                Some(written) => changed.extend(written),
                None => is_whole = false,
            }
        }
        tx.commit().await?;
    }
    Ok(is_whole)
}
