//! Writes the entries of a batch within one transaction.
//!
//! # Invariants
//! - Clicks are written first, all together, so that conversions find them. Conversions and
//!   deliveries follow in their order. Floods and orphans come last. Any other order would end in
//!   the same rows, only later.
//! - Entries of erased people are written without the person.

use std::collections::HashMap;

use super::batch::EnrichedEntry;
use super::batch_metrics::{BatchMetrics, EntryOutcome, OutcomeCounts};
use super::context::IngestContext;
use super::conversions;
use super::delivery;
use super::time_budget::TimeBudget;
use super::tombstones::{ErasureLookup, Tombstones};
use crate::attribution::AttributionSettings;
use crate::click::{EnrichedClick, Enrichment, RawClick};
use crate::clock::Millis;
use crate::id::WorkspaceId;
use crate::network::NetworkRegistry;
use crate::store::click_event::writer::{ClickInsertion, ClickWriter};
use crate::store::{Error, Tx, conversion, orphan, promo_code};

/// Conversions that are joined again between two checks of the time budget.
const REJOINED: i64 = 20;

/// The progress of joining again the conversions that used a promo code, if a transaction ended in
/// between. It is only in memory: without it, the work begins again and ends in the same rows.
#[derive(Clone, Debug)]
pub(super) struct RejoinCursor {
    workspace: WorkspaceId,
    code: String,
    /// The id of the last conversion.
    after: String,
}

/// What a transaction has written.
pub(super) struct WrittenBatch {
    /// How many entries had which outcome.
    pub(super) outcomes: OutcomeCounts,
    /// The other counts.
    pub(super) metrics: BatchMetrics,
    /// The number of entries, from the first one.
    pub(super) count: usize,
}

/// Writes the first of `entries` at `now`, until the budget is used up. Returns how many. All
/// clicks, floods and orphans are written, even those after the first entry that was not reached: a
/// repeat changes nothing.
pub(super) async fn apply(
    tx: &mut Tx,
    writer: &mut ClickWriter,
    (registry, terms): (&NetworkRegistry, AttributionSettings),
    tombstones: &mut Tombstones,
    entries: &[&EnrichedEntry],
    (now, budget): (Millis, TimeBudget),
    rejoining: &mut Option<RejoinCursor>,
) -> Result<WrittenBatch, Error> {
    let (mut outcomes, metrics) = (OutcomeCounts::default(), BatchMetrics::default());
    let vault = tombstones.vault();
    let erasures = tombstones.lookup(tx).await?;
    let mut context = IngestContext {
        registry,
        terms,
        vault: &vault,
        erasures,
        metrics: &metrics,
    };
    let (mut clicks, mut orphans, mut others) = (Vec::new(), Vec::new(), Vec::new());
    let mut floods = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        match entry {
            EnrichedEntry::Click(hit, finding) => clicks.push((hit, finding)),
            EnrichedEntry::Flood(flood) => floods.push(flood),
            EnrichedEntry::Orphan(orphan, finding) => {
                orphans.push(orphan::EnrichedOrphan { orphan, finding });
            }
            other => others.push((at, other)),
        }
    }
    apply_clicks(tx, writer, context, clicks, &mut outcomes).await?;
    // The caller acknowledges a prefix, so the count ends before the first entry that was not
    // written.
    let mut count = entries.len();
    let mut others = others.into_iter().peekable();
    while let Some((at, entry)) = others.next() {
        if let EnrichedEntry::PromoCode(workspace, code) = entry
            && !rejoin(tx, context, (*workspace, code), budget, rejoining).await?
        {
            count = at;
            break;
        }
        let outcome = apply_other(tx, &mut context, entry, now).await?;
        outcomes.add(outcome, 1);
        if let Some((next, _)) = others.peek().filter(|_| budget.is_over()) {
            count = *next;
            break;
        }
    }
    if !floods.is_empty() {
        let added = writer.add_floods(tx, &floods, now).await?;
        outcomes.add(EntryOutcome::Flood, added);
    }
    if !orphans.is_empty() {
        let new = orphan::add(tx, &orphans, now).await?;
        outcomes.add(EntryOutcome::Orphan, new);
        outcomes.add(EntryOutcome::Repeat, orphans.len() as u64 - new);
    }
    Ok(WrittenBatch {
        outcomes,
        metrics,
        count,
    })
}

/// Writes clicks, and joins the conversions that were waiting for them.
async fn apply_clicks(
    tx: &mut Tx,
    writer: &mut ClickWriter,
    context: IngestContext<'_>,
    clicks: Vec<(&RawClick, &Enrichment)>,
    outcomes: &mut OutcomeCounts,
) -> Result<(), Error> {
    if clicks.is_empty() {
        return Ok(());
    }
    let erased = match context.erasures {
        Some(erasures) => erasures.clicks(tx, &clicks).await?,
        None => HashMap::new(),
    };
    let rest = clicks.into_iter().enumerate();
    let sightings: Vec<_> = rest
        .map(|(at, click)| {
            let (hit, finding) = erased
                .get(&at)
                .map_or(click, |(hit, finding)| (hit, finding));
            EnrichedClick { hit, finding }
        })
        .collect();
    let mut new = Vec::new();
    for (sighting, insertion) in sightings
        .iter()
        .zip(writer.insert_all(tx, &sightings).await?)
    {
        match insertion {
            ClickInsertion::Repeat => outcomes.add(EntryOutcome::Repeat, 1),
            ClickInsertion::New { .. } => {
                context.metrics.click(sighting.finding.class);
                new.push(sighting.hit.id);
            }
        }
    }
    outcomes.add(EntryOutcome::Click, new.len() as u64);
    let waiting = conversion::related::claimed_by(tx, &new).await?;
    context.joiner(tx).run(waiting).await
}

/// Writes an entry that is not a click, flood or orphan.
async fn apply_other(
    tx: &mut Tx,
    context: &mut IngestContext<'_>,
    entry: &EnrichedEntry,
    now: Millis,
) -> Result<EntryOutcome, Error> {
    match entry {
        EnrichedEntry::Click(..) | EnrichedEntry::Flood(..) | EnrichedEntry::Orphan(..) => {
            Ok(EntryOutcome::Repeat)
        }
        EnrichedEntry::Conversion(report) => {
            let applied = conversions::apply(tx, *context, report).await?;
            Ok(if applied.is_new {
                EntryOutcome::Conversion
            } else {
                EntryOutcome::Repeat
            })
        }
        EnrichedEntry::Delivery(parsed) => {
            let outcome = delivery::apply::apply(tx, *context, parsed, now).await?;
            // The entry may have requested an erasure.
            let erasures = ErasureLookup::find(tx, context.vault).await?;
            context.erasures = context.erasures.or(erasures);
            Ok(outcome)
        }
        // The conversions that used it were already joined again.
        EnrichedEntry::PromoCode(..) => Ok(EntryOutcome::PromoCode),
    }
}

/// Joins again the conversions that used a promo code, some at a time. Returns whether all are
/// joined before the budget is used up.
async fn rejoin(
    tx: &mut Tx,
    context: IngestContext<'_>,
    (workspace, code): (WorkspaceId, &str),
    budget: TimeBudget,
    rejoining: &mut Option<RejoinCursor>,
) -> Result<bool, Error> {
    let cursor = rejoining
        .take()
        .filter(|cursor| (cursor.workspace, cursor.code.as_str()) == (workspace, code));
    let mut after = cursor.map_or_else(String::new, |cursor| cursor.after);
    loop {
        let users = promo_code::users(tx, workspace, code, &after, REJOINED).await?;
        let Some((_, last)) = users.last() else {
            return Ok(true);
        };
        after = last.to_string();
        context.joiner(tx).run(users).await?;
        if budget.is_over() {
            let code = code.to_owned();
            *rejoining = Some(RejoinCursor {
                workspace,
                code,
                after,
            });
            return Ok(false);
        }
    }
}

#[cfg(test)]
mod tests;
