//! How many different people clicked in a period, for a campaign and for each of its networks.
//!
//! # Invariants
//! - A period consists of whole quarter-hours.
//! - Pseudonyms of one day are summed over days. That is exact, because they never return.
//! - Persistent pseudonyms of many entries are sampled (module `sampling`).
//! - Whole days come from [`cache`].

pub mod cache;
pub(super) mod sampling;

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashSet, HashSetExt};

use cache::{DayVisitors, PackedVisitors};
use sampling::{Sampling, bound};

use super::visitors_seen::{FIRST_PACKED, push_hex, quarter_of_day, unpacked, upper_half, write};
use crate::campaign_report::People;
use crate::clock::{DAY_MS, Millis};
use crate::drivers::sql::{Error, Tx, execute, fetch, statements, value, values};
use crate::id::CampaignId;
use crate::store::page::DROPPED_AT_ONCE;
use crate::store::report_cache::{self, CachedPeriod, ReportPart};

/// Placements that are packed at once. The caller repeats it while its turn lasts.
const AT_ONCE: i64 = 50;

/// Visitors in a packed row.
const PACKED: usize = 4096;

statements! {
    sql ROWS = "SELECT s.day, coalesce(p.network, '') AS network, s.visitors, s.quarters \
        FROM visitor_seen s JOIN placement p ON p.id = s.placement_id \
        WHERE p.campaign_id = $1 AND s.day >= $2 AND s.day <= $3 AND s.chunk >= $4 AND s.chunk < $5";
    sql UNPACKED = "SELECT DISTINCT placement_id FROM visitor_seen \
        WHERE day = $1 AND chunk < 4294967296 ORDER BY placement_id LIMIT $2";
    sql OF_DAY = "SELECT visitors, quarters FROM visitor_seen WHERE placement_id = $1 AND day = $2";
    sql CLEAR = "DELETE FROM visitor_seen WHERE placement_id = $1 AND day = $2";
    sql OLDEST_UNPACKED = "SELECT min(day) FROM visitor_seen WHERE chunk < 4294967296";
    sql FORGET = "DELETE FROM visitor_seen WHERE (placement_id, day, chunk) IN \
        (SELECT placement_id, day, chunk FROM visitor_seen WHERE day + 0 < $1 LIMIT $2)";
}

/// A period, in the form in which sets are read.
struct Span {
    days: [i64; 2],
    /// First quarter-hour of the first day, and last quarter-hour of the last day.
    quarters: [u8; 2],
}

impl Span {
    fn new(from: Millis, to: Millis) -> Span {
        let last = to.plus_ms(-1);
        Span {
            days: [from, last].map(|at| at.0.div_euclid(DAY_MS)),
            quarters: [quarter_of_day(from), quarter_of_day(last)],
        }
    }

    fn holds(&self, day: i64, quarter: u8) -> bool {
        (day > self.days[0] || quarter >= self.quarters[0])
            && (day < self.days[1] || quarter <= self.quarters[1])
    }
}

/// Visitors of a network.
#[derive(Debug, Default)]
struct NetworkVisitors {
    /// Visitors with pseudonyms of one day.
    daily: i64,
    /// Number of entries with persistent pseudonyms, whether sampled or not.
    size: i64,
    /// The persistent pseudonyms; some occur more than once.
    persistent: Vec<u64>,
}

/// Visitors of a period.
#[derive(Debug, Default)]
struct Crowds {
    by_network: BTreeMap<String, NetworkVisitors>,
    /// Visitors with pseudonyms of one day, on any network.
    daily: i64,
}

impl Crowds {
    fn add(&mut self, network: &str, daily: i64, size: i64, persistent: impl Iterator<Item = u64>) {
        let visitors = match self.by_network.get_mut(network) {
            Some(visitors) => visitors,
            None => self.by_network.entry(network.to_owned()).or_default(),
        };
        visitors.daily += daily;
        visitors.size += size;
        visitors.persistent.extend(persistent);
    }

    fn add_packed(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let day = PackedVisitors::read(bytes)?;
        self.daily += day.daily;
        for (network, daily, size, persistent) in day.networks {
            self.add(network, daily, size, cache::pseudonyms(persistent));
        }
        Ok(())
    }

    fn add_visitors(&mut self, visitors: DayVisitors) {
        self.daily += visitors.daily;
        for of in visitors.networks {
            let size = i64::try_from(of.persistent.len()).unwrap_or(i64::MAX);
            self.add(&of.network, of.daily, size, of.persistent.into_iter());
        }
    }
}

/// Pseudonyms by day and network.
type Seen = BTreeMap<i64, BTreeMap<String, Vec<u64>>>;

/// Adds the visitors of the period from rows with these numbers on these days.
async fn see(
    tx: &mut Tx,
    seen: &mut Seen,
    campaign: &str,
    span: &Span,
    (first, last): (i64, i64),
    (chunk, end): (i64, i64),
) -> Result<(), Error> {
    type VisitorChunkRow = (i64, String, Vec<u8>, Vec<u8>);
    for (day, network, visitors, quarters) in
        fetch!(all VisitorChunkRow, tx, ROWS, campaign, first, last, chunk, end)?
    {
        let visitors = unpacked(&visitors, &quarters);
        let visitors = visitors.filter(|(_, quarter)| span.holds(day, *quarter));
        let known = seen.entry(day).or_default().entry(network).or_default();
        known.extend(visitors.map(|(visitor, _)| visitor.0));
    }
    Ok(())
}

/// The visitors of a period, by network.
async fn crowds(
    tx: &mut Tx,
    campaign: &str,
    (from, to): (Millis, Millis),
) -> Result<Crowds, Error> {
    let mut crowds = Crowds::default();
    let whole = (from.plus_ms(DAY_MS - 1).day(), to.day() - 1);
    let span = Span::new(from, to);
    let [first, last] = span.days;
    let mut seen = Seen::new();
    let not_packed = (i64::MIN, FIRST_PACKED);
    see(tx, &mut seen, campaign, &span, (first, last), not_packed).await?;
    // The period may cut the first and the last day, and a day may be only partly packed.
    let mut left: BTreeSet<i64> = [first, last].into();
    left.retain(|day| *day < whole.0 || *day > whole.1);
    left.extend(seen.keys());
    let mut reading = CachedPeriod::new(campaign, ReportPart::People, whole);
    loop {
        let days = reading.next(tx).await?;
        if days.is_empty() {
            break;
        }
        for (day, bytes) in days {
            match bytes {
                Some(bytes) if !left.contains(&day) => crowds.add_packed(&bytes)?,
                _ => _ = left.insert(day),
            }
        }
    }
    for days in report_cache::ranges(left) {
        let packed = (FIRST_PACKED, i64::MAX);
        see(tx, &mut seen, campaign, &span, days, packed).await?;
    }
    let told_apart_from = cache::told_apart_from(tx).await?;
    for (day, seen) in seen {
        crowds.add_visitors(DayVisitors::new(seen, day >= told_apart_from));
    }
    Ok(crowds)
}

/// The people of a campaign from `from` (inclusive) to `to` (exclusive), in whole quarter-hours.
///
/// # Errors
/// When the store does not answer.
pub async fn people(
    tx: &mut Tx,
    campaign: CampaignId,
    from: Millis,
    to: Millis,
) -> Result<People, Error> {
    let Crowds {
        by_network: crowds,
        daily,
    } = crowds(tx, &campaign.to_string(), (from, to)).await?;
    let sampling = Sampling::of(crowds.values().map(|visitors| visitors.size));
    let own = |visitors: &NetworkVisitors| sampling.halvings(visitors.size);
    // The part below the smallest bound is a sample of every network alike.
    let widest = crowds.values().map(own).max().unwrap_or_default();
    let (mut by_network, mut all) = (BTreeMap::new(), HashSet::new());
    let mut different = HashSet::new();
    for (network, visitors) in crowds {
        let own = own(&visitors);
        let below = |halvings| move |visitor: &u64| upper_half(*visitor) < bound(halvings);
        different.clear();
        different.extend(visitors.persistent.into_iter().filter(below(own)));
        all.extend(different.iter().copied().filter(below(widest)));
        by_network.insert(network, visitors.daily + counted(different.len(), own));
    }
    Ok(People {
        all: daily + counted(all.len(), widest),
        by_network,
        is_exact: widest == 0,
    })
}

fn counted(found: usize, halvings: u32) -> i64 {
    i64::try_from(found).unwrap_or(i64::MAX) << halvings
}

/// Packs part of the oldest unpacked day before `before`. Returns whether there was one. The caller
/// holds [`Store::ingest`](crate::store::Store::ingest).
///
/// # Errors
/// When the store does not answer.
pub async fn pack_next(tx: &mut Tx, before: Millis) -> Result<bool, Error> {
    let oldest = value!(Option<i64>, tx, OLDEST_UNPACKED)?;
    let Some(day) = oldest.flatten() else {
        return Ok(false);
    };
    if day >= before.day() {
        return Ok(false);
    }
    let placements = values!(i64, tx, UNPACKED, day, AT_ONCE)?;
    for placement in placements {
        let rows = fetch!(all(Vec<u8>, Vec<u8>), tx, OF_DAY, placement, day)?;
        let mut entries: Vec<_> = rows
            .iter()
            .flat_map(|(visitors, quarters)| unpacked(visitors, quarters))
            .collect();
        entries.sort_unstable();
        entries.dedup();
        execute!(tx, CLEAR, placement, day)?;
        let packed = (FIRST_PACKED..).zip(entries.chunks(PACKED));
        let packed = packed.map(|(chunk, entries)| {
            let (mut visitors, mut quarters) = (String::new(), String::new());
            for (visitor, quarter) in entries {
                push_hex(&mut visitors, visitor.0, 16);
                push_hex(&mut quarters, (*quarter).into(), 2);
            }
            let least = entries
                .first()
                .map_or(0, |(visitor, _)| upper_half(visitor.0));
            (placement, day, chunk, least, visitors, quarters)
        });
        write(tx, packed.collect()).await?;
    }
    Ok(true)
}

/// Deletes some visitors of days before `before`; 0 when none is left.
///
/// # Errors
/// When the store does not answer.
pub async fn delete_before(tx: &mut Tx, before: Millis) -> Result<u64, Error> {
    report_cache::delete_days(tx, ReportPart::People, (i64::MIN, before.day() - 1)).await?;
    Ok(execute!(tx, FORGET, before.day(), DROPPED_AT_ONCE)?)
}
