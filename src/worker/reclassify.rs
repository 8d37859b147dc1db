//! Reclassifies the clicks of past days by the current rules. It corrects classes, networks, first
//! visits, roll-ups and credits.
//!
//! # Invariants
//! - A day takes many short transactions, so that others can write in between. The first step
//!   finds each click's class. The second step finds the first visits, campaign by campaign.
//! - A repetition completes an interrupted day. It changes nothing in a complete day.
//!
//! # Out of scope
//! The choice of days; HTTP.

use std::collections::{BTreeMap, HashSet};

use super::join::Joiner;
use super::time_budget::TimeBudget;
use crate::attribution::AttributionSettings;
use crate::click::{ClickClass, Enrichment};
use crate::clock::Millis;
use crate::enrich::Enricher;
use crate::id::ClickId;
use crate::network::NetworkRegistry;
use crate::store::click_event::reclassify::firsts::FirstVisitPlan;
use crate::store::click_event::reclassify::{self, ReclassifyCursor, StoredClick};
use crate::store::click_event::retention;
use crate::store::{Error, Store, Tx, conversion};

/// The result for a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReclassifiedDay {
    /// Clicks of the day.
    pub clicks: u64,
    /// Clicks that had older rules, or whose class, network or first visit changed.
    pub changed: u64,
    /// How many clicks each class gained or lost.
    pub classes: BTreeMap<ClickClass, i64>,
    /// Whether people's clicks of that day are already deleted. Then nothing was changed.
    pub is_gone: bool,
}

/// Reclassifies the clicks of the UTC day that begins at `start`.
///
/// # Errors
/// When the store does not answer. Then the day may be incomplete; call this again.
pub async fn day(
    store: &Store,
    enricher: &Enricher,
    (registry, terms): (&NetworkRegistry, AttributionSettings),
    start: Millis,
) -> Result<ReclassifiedDay, Error> {
    let mut done = ReclassifiedDay::default();
    let mut changed = HashSet::new();
    let mut day = ReclassifyCursor::new(start);
    let mut is_judged = false;
    while !is_judged {
        let mut tx = store.ingest().await?;
        let budget = TimeBudget::begin();
        if !retention::is_whole(&mut tx, start).await? {
            done.is_gone = true;
            return Ok(done);
        }
        while !is_judged && !budget.is_over() {
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

/// Reclassifies the next clicks. Returns those that changed, or `None` at the end of the day.
async fn judge_some(
    tx: &mut Tx,
    enricher: &Enricher,
    day: &mut ReclassifyCursor,
    done: &mut ReclassifiedDay,
) -> Result<Option<Vec<ClickId>>, Error> {
    let clicks = day.next(tx).await?;
    if clicks.is_empty() {
        return Ok(None);
    }
    let again = |click: &StoredClick| {
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

/// Recounts the visitors of the day and their first clicks. Returns whether all scopes are written.
/// A scope that had new visitors meanwhile is not written.
async fn find_firsts(
    store: &Store,
    start: Millis,
    changed: &mut HashSet<ClickId>,
) -> Result<bool, Error> {
    let mut read = store.read().await?;
    let mut plan = FirstVisitPlan::read(&mut read, start).await?;
    drop(read);
    let mut is_whole = true;
    while !plan.is_done() {
        let mut tx = store.ingest().await?;
        let budget = TimeBudget::begin();
        while !plan.is_done() && !budget.is_over() {
            match plan.write_next(&mut tx).await? {
                Some(written) => changed.extend(written),
                None => is_whole = false,
            }
        }
        tx.commit().await?;
    }
    Ok(is_whole)
}
