//! Writes log entries: clicks with their roll-up, conversions with their joins, what providers'
//! requests tell, the sums of requests for slugs that no link has.
//!
//! Holds: clicks are written first, all together, so that conversions find them at once;
//! conversions and what providers tell follow in their order. Orphans touch neither and come last.
//! What was erased is written without its person. Every other order would end in the same rows,
//! only later.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::batch_metrics::BatchMetrics;
use super::batch_reader::EnrichedEntry;
use super::delivery;
use super::join::Joiner;
use super::time_budget::TimeBudget;
use super::tombstones::{ErasureLookup, LateReport, Tombstones};
use crate::attribution::AttributionSettings;
use crate::click::{Enrichment, RawClick};
use crate::clock::Millis;
use crate::conversion::erasure::ErasureScope;
use crate::conversion::{ConversionKind, NewConversion, repeat};
use crate::id::{ConversionId, WorkspaceId};
use crate::network::NetworkRegistry;
use crate::store::click::writer::{Insertion, Sighting, Writer};
use crate::store::conversion::Conversion;
use crate::store::{Error, Tx, conversion, orphan, promo_code};
use crate::vault::Vault;

/// Conversions that are joined anew before it is asked whether the turn is over.
const REJOINED: i64 = 20;

/// How far the conversions that used a promo code are joined anew, where a turn ended in between.
/// It is known in memory only: whoever has lost it begins again, and ends at the same.
#[derive(Clone, Debug)]
pub(super) struct RejoinCursor {
    workspace: WorkspaceId,
    code: String,
    /// The last conversion, by its id.
    after: String,
}

/// How many entries were what: `click`, `conversion`, `delivery`, `promo_code`, `orphan`, or
/// `repeat` for what was written before.
pub(super) type KindCounts = BTreeMap<&'static str, u64>;

/// What a transaction has written.
pub(super) struct WrittenBatch {
    /// How many entries were what.
    pub(super) kinds: KindCounts,
    /// What else is counted of them.
    pub(super) tally: BatchMetrics,
    /// How many entries, from the first on.
    pub(super) count: usize,
}

/// What everything is written with.
#[derive(Clone, Copy)]
pub(super) struct IngestContext<'a> {
    pub(super) registry: &'a NetworkRegistry,
    pub(super) terms: AttributionSettings,
    pub(super) vault: &'a Vault,
    /// Recognises the erased, where somebody was.
    pub(super) gone: Option<ErasureLookup<'a>>,
    /// Counts what is written.
    pub(super) tally: &'a BatchMetrics,
}

impl<'a> IngestContext<'a> {
    pub(super) fn joins(self, tx: &'a mut Tx) -> Joiner<'a> {
        Joiner::new(tx, self.registry, self.terms)
    }
}

/// Writes the first of `entries` at `now`, until the turn is over; gives how many. Clicks, floods
/// and orphans among them are all written, also those behind the first that the turn did not reach:
/// an entry that was written before changes nothing.
pub(super) async fn apply(
    tx: &mut Tx,
    writer: &mut Writer,
    (registry, terms): (&NetworkRegistry, AttributionSettings),
    tombstones: &mut Tombstones,
    entries: &[&EnrichedEntry],
    (now, turn): (Millis, TimeBudget),
    rejoining: &mut Option<RejoinCursor>,
) -> Result<WrittenBatch, Error> {
    let (mut done, tally) = (KindCounts::new(), BatchMetrics::default());
    let vault = tombstones.vault();
    let gone = tombstones.look(tx).await?;
    let mut site = IngestContext {
        registry,
        terms,
        vault: &vault,
        gone,
        tally: &tally,
    };
    let (mut clicks, mut orphans, mut others) = (Vec::new(), Vec::new(), Vec::new());
    let mut floods = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        match entry {
            EnrichedEntry::Click(hit, finding) => clicks.push((hit, finding)),
            EnrichedEntry::Flood(flood) => floods.push(flood),
            EnrichedEntry::Orphan(orphan, finding) => {
                orphans.push(orphan::Sighting { orphan, finding });
            }
            other => others.push((at, other)),
        }
    }
    apply_clicks(tx, writer, site, clicks, &mut done).await?;
    // The caller acknowledges a prefix, so it ends before the first entry that was not reached.
    let mut count = entries.len();
    let mut others = others.into_iter().peekable();
    while let Some((at, entry)) = others.next() {
        if let EnrichedEntry::PromoCode(workspace, code) = entry
            && !rejoin(tx, site, (*workspace, code), turn, rejoining).await?
        {
            count = at;
            break;
        }
        let what = apply_other(tx, &mut site, entry, now).await?;
        *done.entry(what).or_default() += 1;
        if let Some((next, _)) = others.peek().filter(|_| turn.is_over()) {
            count = *next;
            break;
        }
    }
    if !floods.is_empty() {
        *done.entry("flood").or_default() += writer.add_floods(tx, &floods, now).await?;
    }
    if !orphans.is_empty() {
        let new = orphan::add(tx, &orphans, now).await?;
        *done.entry("orphan").or_default() += new;
        *done.entry("repeat").or_default() += orphans.len() as u64 - new;
    }
    Ok(WrittenBatch {
        kinds: done,
        tally,
        count,
    })
}

/// Writes clicks, and joins who has waited for them.
async fn apply_clicks(
    tx: &mut Tx,
    writer: &mut Writer,
    site: IngestContext<'_>,
    clicks: Vec<(&RawClick, &Enrichment)>,
    done: &mut KindCounts,
) -> Result<(), Error> {
    if clicks.is_empty() {
        return Ok(());
    }
    let erased = match site.gone {
        Some(gone) => gone.clicks(tx, &clicks).await?,
        None => HashMap::new(),
    };
    let left = clicks.into_iter().enumerate();
    let left = left.map(|(at, click)| erased.get(&at).map_or(click, |(hit, it)| (hit, it)));
    let sightings: Vec<_> = left
        .map(|(hit, finding)| Sighting { hit, finding })
        .collect();
    let mut new = Vec::new();
    for (sighting, insertion) in sightings
        .iter()
        .zip(writer.insert_all(tx, &sightings).await?)
    {
        match insertion {
            Insertion::Repeat => *done.entry("repeat").or_default() += 1,
            Insertion::New { .. } => {
                site.tally.click(sighting.finding.class);
                new.push(sighting.hit.id);
            }
        }
    }
    *done.entry("click").or_default() += new.len() as u64;
    let waiting = conversion::related::claimed_by(tx, &new).await?;
    site.joins(tx).run(waiting).await
}

/// Writes what is neither click nor orphan; gives under what it counts.
async fn apply_other(
    tx: &mut Tx,
    site: &mut IngestContext<'_>,
    entry: &EnrichedEntry,
    now: Millis,
) -> Result<&'static str, Error> {
    match entry {
        EnrichedEntry::Click(..) | EnrichedEntry::Flood(..) | EnrichedEntry::Orphan(..) => {
            Ok("repeat")
        }
        EnrichedEntry::Conversion(report) => {
            let applied = apply_conversion(tx, *site, report).await?;
            Ok(if applied.is_new {
                "conversion"
            } else {
                "repeat"
            })
        }
        EnrichedEntry::Delivery(sealed) => {
            let what = delivery::apply(tx, *site, sealed, now).await?;
            // It may have asked for somebody to be erased.
            site.gone = site.gone.or(ErasureLookup::anybody(tx, site.vault).await?);
            Ok(what)
        }
        // Who used it is joined anew by now.
        EnrichedEntry::PromoCode(..) => Ok("promo_code"),
    }
}

/// What became of a report.
#[derive(Clone, Debug)]
pub(super) struct AppliedConversion {
    /// The conversion that it is.
    pub(super) id: ConversionId,
    /// Whether its event was not told of before.
    pub(super) is_new: bool,
    /// What a repeat says otherwise than the first report, which stands.
    pub(super) warning: Option<String>,
}

/// Adds a report to the ledger and joins it, unless its event was reported before.
pub(super) async fn apply_conversion(
    tx: &mut Tx,
    site: IngestContext<'_>,
    report: &NewConversion,
) -> Result<AppliedConversion, Error> {
    let applied = add_conversion(tx, site, report).await?;
    site.tally
        .conversion(report.source_id, report.kind, applied.is_new);
    Ok(applied)
}

async fn add_conversion(
    tx: &mut Tx,
    site: IngestContext<'_>,
    report: &NewConversion,
) -> Result<AppliedConversion, Error> {
    let before = |id| AppliedConversion {
        id,
        is_new: false,
        warning: None,
    };
    let report = match site.gone {
        Some(gone) => match gone.left_of(tx, report).await? {
            LateReport::New(report) => report,
            LateReport::Before(first) => {
                prove(tx, site, &first, report).await?;
                return Ok(before(first.report.id));
            }
        },
        None => Cow::Borrowed(report),
    };
    if let Some(first) = conversion::first_of(tx, &report).await? {
        let warning = repeat::warning(&first.report, &report);
        if warning.is_some() {
            tracing::warn!(conversion.id = %first.report.id,
                "an event was reported again with other content; the first report stands");
        }
        prove(tx, site, &first, &report).await?;
        return Ok(AppliedConversion {
            warning,
            ..before(first.report.id)
        });
    }
    if !conversion::insert(tx, &report).await? {
        return Ok(before(report.id));
    }
    let mut added = vec![(report.occurred_at, report.id)];
    if report.kind == ConversionKind::Lead {
        added.extend(conversion::related::sales_from(tx, &report).await?);
    }
    site.joins(tx).run(added).await?;
    Ok(AppliedConversion {
        id: report.id,
        is_new: true,
        warning: None,
    })
}

/// Takes what a repeat proves of a report that came with a key of a page.
async fn prove(
    tx: &mut Tx,
    site: IngestContext<'_>,
    first: &Conversion,
    again: &NewConversion,
) -> Result<(), Error> {
    let (id, at) = (first.report.id, first.report.occurred_at);
    let mut evidence = first.report.evidence.clone();
    if evidence.add_proof(&again.evidence) {
        if let Some(gone) = site.gone {
            let of = first.report.workspace_id;
            let erased = gone.of_evidence(tx, of, &first.report.evidence).await?;
            if erased == Some(ErasureScope::Person) {
                // It is about to name nobody.
                return Ok(());
            }
        }
        // Few repeats prove anything, and the others need no room for it.
        Box::pin(async {
            conversion::set_evidence(tx, id, &evidence).await?;
            site.joins(tx).run(vec![(at, id)]).await
        })
        .await?;
    }
    Ok(())
}

/// Joins anew who used a promo code, some at a time; whether all are before the turn is over.
async fn rejoin(
    tx: &mut Tx,
    site: IngestContext<'_>,
    (workspace, code): (WorkspaceId, &str),
    turn: TimeBudget,
    rejoining: &mut Option<RejoinCursor>,
) -> Result<bool, Error> {
    let begun = rejoining.take();
    let begun = begun.filter(|begun| (begun.workspace, begun.code.as_str()) == (workspace, code));
    let mut after = begun.map_or_else(String::new, |begun| begun.after);
    loop {
        let users = promo_code::users(tx, workspace, code, &after, REJOINED).await?;
        let Some((_, last)) = users.last() else {
            return Ok(true);
        };
        after = last.to_string();
        site.joins(tx).run(users).await?;
        if turn.is_over() {
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
