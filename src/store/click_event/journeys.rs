//! The networks of a campaign that each visitor visited, in order. Data-driven models compare them
//! with the journeys that converted.
//!
//! # Invariants
//! - The order is known by quarter-hour; within one it is the order of the networks' names.
//! - Above `MOST` entries, a sample represents all: the pseudonyms below a bound, as in
//!   [`people`](super::people).
//!
//! # Out of scope
//! Which visitors converted.

use super::people::sampling::{bound, halvings};
use super::visitors_seen::{unpacked, upper_half};
use crate::clock::{DAY_MS, Millis, QUARTER_HOUR_MS};
use crate::drivers::sql::{Error, Tx, fetch, statements, value};
use crate::id::CampaignId;

/// Most entries that are read, about 30 bytes each.
const MOST: i64 = 1 << 20;

statements! {
    sql ENTRIES = "SELECT CAST(coalesce(sum(length(s.quarters)), 0) AS BIGINT) FROM visitor_seen s \
        JOIN placement p ON p.id = s.placement_id \
        WHERE p.campaign_id = $1 AND s.day >= $2 AND s.day <= $3 AND p.network IS NOT NULL";
    sql READ = "SELECT s.day, p.network, s.visitors, s.quarters FROM visitor_seen s \
        JOIN placement p ON p.id = s.placement_id \
        WHERE p.campaign_id = $1 AND s.day >= $2 AND s.day <= $3 AND p.network IS NOT NULL AND s.least < $4 \
        ORDER BY p.network";
}

/// A visitor on a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NetworkVisit {
    /// Pseudonym.
    pub visitor: u64,
    /// Start of the quarter-hour.
    pub at: Millis,
    /// The network, as an index into [`NetworkVisits::networks`].
    pub network: usize,
}

/// Visits of a campaign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkVisits {
    /// Names of the networks, sorted.
    pub networks: Vec<String>,
    /// Sorted by visitor and then by time.
    pub seen: Vec<NetworkVisit>,
    /// How many visitors each of them represents.
    pub each: u64,
}

/// The number of entries on the days of the period, which changes when a new visitor arrives.
///
/// # Errors
/// When the store does not answer.
pub async fn entries(
    tx: &mut Tx,
    campaign: CampaignId,
    (from, to): (Millis, Millis),
) -> Result<i64, Error> {
    let (first, last) = (from.day(), to.plus_ms(-1).day());
    let campaign = campaign.to_string();
    let found = value!(i64, tx, ENTRIES, campaign, first, last)?;
    Ok(found.unwrap_or(0))
}

/// The visits of a campaign from `from` (inclusive) to `to` (exclusive), in whole quarter-hours.
///
/// # Errors
/// When the store does not answer.
pub async fn visits(
    tx: &mut Tx,
    campaign: CampaignId,
    (from, to): (Millis, Millis),
) -> Result<NetworkVisits, Error> {
    type VisitorChunkRow = (i64, String, Vec<u8>, Vec<u8>);
    let halved = halvings(entries(tx, campaign, (from, to)).await?, MOST);
    let below = bound(halved);
    let (first, last) = (from.day(), to.plus_ms(-1).day());
    let rows = fetch!(all VisitorChunkRow, tx, READ, campaign.to_string(), first, last, below)?;
    let mut visits = NetworkVisits {
        each: 1 << halved,
        ..NetworkVisits::default()
    };
    for (day, network, visitors, quarters) in rows {
        if visits.networks.last() != Some(&network) {
            visits.networks.push(network);
        }
        let network = visits.networks.len() - 1;
        for (visitor, quarter) in unpacked(&visitors, &quarters) {
            let at = Millis(day * DAY_MS + i64::from(quarter) * QUARTER_HOUR_MS);
            if upper_half(visitor.0) < below && from.quarter_hour() <= at && at < to {
                visits.seen.push(NetworkVisit {
                    visitor: visitor.0,
                    at,
                    network,
                });
            }
        }
    }
    visits.seen.sort_unstable();
    Ok(visits)
}
