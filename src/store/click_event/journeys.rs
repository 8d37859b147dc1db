//! Which networks of a campaign each visitor visited, in order: the journeys that data-driven
//! models compare with those that converted.
//!
//! # Invariants
//! - Order is known by quarter-hour, and within one by the names of networks.
//! - Beyond `MOST` entries a sample stands for all: the pseudonyms below a bound, as in
//!   [`people`](super::people).
//!
//! # Out of scope
//! Who converted.

use super::people::sampling::{bound, halvings};
use super::visitors_seen::{unpacked, upper_half};
use crate::clock::{DAY_MS, Millis, QUARTER_HOUR_MS};
use crate::drivers::sql::{Error, Tx, fetch, statements, value};
use crate::id::CampaignId;

/// Entries that are read at most, some 30 bytes each.
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
    /// Which network: its place in [`NetworkVisits::networks`].
    pub network: usize,
}

/// Visits of a campaign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkVisits {
    /// Names of the networks, in their order.
    pub networks: Vec<String>,
    /// By visitor, and of each in the order of time.
    pub seen: Vec<NetworkVisit>,
    /// How many visitors each stands for.
    pub each: u64,
}

/// How many entries there are on the days of the period: what changes when somebody new visits.
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

/// The visits of a campaign, `from` inclusive to `to` exclusive, whole quarter-hours.
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
