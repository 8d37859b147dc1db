//! How many different people clicked in a period, for a campaign and for each of its networks.
//!
//! Holds: any period of whole quarter-hours. Up to `MOST` entries are counted one by one, exactly.
//! Beyond it a sample decides: the pseudonyms below a bound, which halves until few enough are left.
//! Pseudonyms are keyed hashes, so each falls below it by chance, the same way in every row, and
//! sets of parts merge. Of a campaign at least 65 536 entries are read, of each large network at least
//! 32 768: the standard error is 0.4 and 0.6 % at most (source: Dasgupta, Lang, Rhodes, Thaler, "A Framework for Estimating Stream Expression
//! Cardinalities", 2016). Rows of past days are packed in the order of pseudonyms, so those above the
//! bound are not even read.

use std::collections::BTreeMap;

use super::seen::{push_hex, quarter_of_day, unpacked, upper_half, write};
use crate::campaign_report::People;
use crate::clock::{DAY_MS, Millis};
use crate::id::CampaignId;
use crate::store::db::{Only, execute, fetch};
use crate::store::{Error, Tx};

/// Entries of a campaign that are counted at most.
const MOST: i64 = 1 << 17;

/// Entries of one of its networks that are.
const MOST_OF_NETWORK: i64 = 1 << 16;

/// Visitors of a packed row.
const PACKED: usize = 4096;

/// Number of the first packed row, as the statements and an index have it; those that are added later come
/// behind it.
const FIRST_PACKED: i64 = 1 << 32;

const SIZES: &str = "SELECT coalesce(p.network, '') AS network, \
     CAST(sum(length(s.quarters)) AS BIGINT) AS entries FROM visitor_seen s \
     JOIN placement p ON p.id = s.placement_id \
     WHERE p.campaign_id = $1 AND s.day >= $2 AND s.day <= $3 \
     GROUP BY coalesce(p.network, '') ORDER BY 1";
const READ: &str = "SELECT s.day, s.visitors, s.quarters \
     FROM visitor_seen s JOIN placement p ON p.id = s.placement_id \
     WHERE p.campaign_id = $1 AND s.day >= $2 AND s.day <= $3 AND s.least < $4 \
     AND coalesce(p.network, '') = $5";
const UNPACKED: &str = "SELECT DISTINCT placement_id FROM visitor_seen \
     WHERE day = $1 AND chunk < 4294967296 ORDER BY placement_id LIMIT $2";
const OF_DAY: &str =
    "SELECT visitors, quarters FROM visitor_seen WHERE placement_id = $1 AND day = $2";
const CLEAR: &str = "DELETE FROM visitor_seen WHERE placement_id = $1 AND day = $2";
const OLDEST_UNPACKED: &str = "SELECT min(day) FROM visitor_seen WHERE chunk < 4294967296";
const FORGET: &str = "DELETE FROM visitor_seen WHERE day + 0 < $1";

/// Statements of this file.
pub(super) const STATEMENTS: &[&str] = &[
    SIZES,
    READ,
    UNPACKED,
    OF_DAY,
    CLEAR,
    OLDEST_UNPACKED,
    FORGET,
];

/// A period, as sets are read for it.
struct Span {
    days: [i64; 2],
    /// First quarter-hour of the first day, and last one of the last.
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

/// How often a bound must be halved until at most `most` of the entries lie below it.
pub(super) fn halvings(entries: i64, most: i64) -> u32 {
    (0..32)
        .find(|halvings| entries >> halvings <= most)
        .unwrap_or(32)
}

/// Pseudonyms whose upper half lies below it are in the sample.
pub(super) fn bound(halvings: u32) -> i64 {
    1 << (32 - halvings)
}

/// The people of a campaign, `from` inclusive to `to` exclusive, whole quarter-hours.
///
/// # Errors
/// When the store does not answer.
pub async fn people(
    tx: &mut Tx,
    campaign: CampaignId,
    from: Millis,
    to: Millis,
) -> Result<People, Error> {
    let (campaign, span) = (campaign.to_string(), Span::new(from, to));
    let [first, last] = span.days;
    let sizes = fetch!(all(String, i64), tx, SIZES, &campaign, first, last)?;
    let entries: i64 = sizes.iter().map(|(_, entries)| entries).sum();
    // All networks are sampled alike for the whole, and each for itself if it has more to tell.
    let whole = halvings(entries, MOST);
    let mut by_network = BTreeMap::new();
    let (mut all, mut widest) = (Vec::new(), 0);
    for (network, entries) in sizes {
        let mut own = halvings(entries, MOST_OF_NETWORK).min(whole);
        let mut found = sample(tx, &campaign, &network, &span, own).await?;
        // Of a part of a day much may be left out; then the sample can be larger.
        let few = i64::try_from(found.len()).unwrap_or(MOST).max(1);
        let more = halvings(MOST_OF_NETWORK, few).saturating_sub(1);
        if own > 0 && more > 0 {
            own = own.saturating_sub(more);
            found = sample(tx, &campaign, &network, &span, own).await?;
        }
        widest = own.max(widest);
        by_network.insert(network, counted(found.len(), own));
        all.extend(found);
    }
    // What lies below the least of the bounds is a sample of every network alike.
    let bound = bound(widest);
    all.retain(|visitor| upper_half(*visitor) < bound);
    all.sort_unstable();
    all.dedup();
    Ok(People {
        all: counted(all.len(), widest),
        by_network,
        is_exact: widest == 0,
    })
}

fn counted(found: usize, halvings: u32) -> i64 {
    i64::try_from(found).unwrap_or(i64::MAX) << halvings
}

/// Different visitors of a network below the bound, in their order.
async fn sample(
    tx: &mut Tx,
    campaign: &str,
    network: &str,
    span: &Span,
    halvings: u32,
) -> Result<Vec<u64>, Error> {
    let ([first, last], bound) = (span.days, bound(halvings));
    let rows = fetch!(
        all(i64, Vec<u8>, Vec<u8>),
        tx,
        READ,
        campaign,
        first,
        last,
        bound,
        network
    )?;
    let mut found = Vec::new();
    for (day, visitors, quarters) in rows {
        let kept = unpacked(&visitors, &quarters)
            .filter(|(visitor, quarter)| upper_half(visitor.0) < bound && span.holds(day, *quarter))
            .map(|(visitor, _)| visitor.0);
        found.extend(kept);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Packs some of the oldest day before `before` that is not packed yet; says whether there was one. The
/// caller holds [`Store::ingest`](crate::store::Store::ingest).
///
/// # Errors
/// When the store does not answer.
pub async fn pack_next(tx: &mut Tx, before: Millis) -> Result<bool, Error> {
    const AT_ONCE: i64 = 200;
    let oldest = fetch!(optional Only<Option<i64>>, tx, OLDEST_UNPACKED)?;
    let Some(day) = oldest.and_then(|(day,)| day) else {
        return Ok(false);
    };
    if day >= before.0.div_euclid(DAY_MS) {
        return Ok(false);
    }
    for (placement,) in fetch!(all Only<i64>, tx, UNPACKED, day, AT_ONCE)? {
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

/// Drops who clicked on days before `before`.
///
/// # Errors
/// When the store does not answer.
pub async fn forget(tx: &mut Tx, before: Millis) -> Result<u64, Error> {
    Ok(execute!(tx, FORGET, before.0.div_euclid(DAY_MS))?)
}
