//! The journeys of a campaign's visitors over its networks, with and without a conversion: what data-driven
//! models are computed from.
//!
//! Holds: a converting journey is the touches within their windows of a lead or sale, as they are credited;
//! conversions of the same clicks are one. One that does not convert is what a visitor visited who made no
//! click of a converting one. Touches of links for no network stand in none. Must not know: models.

use std::collections::{BTreeSet, HashSet};

use crate::attribution::path::{Channel, Ends, Paths};
use crate::campaign_report::Axis;
use crate::clock::Millis;
use crate::id::CampaignId;
use crate::store::click::journeys::{self as visits, Visits};
use crate::store::db::{Only, fetch};
use crate::store::{Error, Tx};

// The model that credits every touch of a path, in the order of time.
const TOUCHES: &str = "SELECT conversion_id, click_id, network FROM credit \
     WHERE campaign_id = $1 AND model = 'linear' AND kind IN ('lead', 'sale') AND network IS NOT NULL \
     AND CASE WHEN $2 THEN coalesce(clicked_at, earned_at) ELSE occurred_at END >= $3 \
     AND CASE WHEN $2 THEN coalesce(clicked_at, earned_at) ELSE occurred_at END < $4 \
     AND (clicked_at IS NULL OR earned_at - clicked_at <= $5) ORDER BY conversion_id, ordinal";
const COUNT: &str = "SELECT coalesce(network, ''), count(*), \
     CAST(coalesce(sum(occurred_at % 1000000007), 0) AS BIGINT), \
     CAST(coalesce(sum(clicked_at % 1000000007), 0) AS BIGINT) FROM credit \
     WHERE campaign_id = $1 AND model = 'linear' GROUP BY coalesce(network, '') ORDER BY 1";
const CONVERTED: &str = "SELECT DISTINCT c.visitor FROM credit k JOIN click c ON c.id = k.click_id \
     WHERE k.campaign_id = $1 AND k.model = 'linear' AND k.kind IN ('lead', 'sale') \
     AND k.clicked_at >= $2 AND k.clicked_at < $3 AND c.visitor IS NOT NULL";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[TOUCHES, COUNT, CONVERTED];

/// Which journeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// The campaign.
    pub campaign: CampaignId,
    /// Which moment of a touch or conversion must lie in the period.
    pub axis: Axis,
    /// The period, whole quarter-hours, the end exclusive.
    pub period: (Millis, Millis),
    /// How far a click may lie before what it led to, in milliseconds.
    pub window_ms: i64,
}

/// Journeys over a campaign's networks.
#[derive(Clone, Debug, Default)]
pub struct Journeys {
    /// Names of the networks, by channel.
    pub networks: Vec<String>,
    /// The journeys.
    pub paths: Paths,
}

/// A few numbers that are others when the journeys may be.
pub type Fingerprint = (Vec<(String, i64, i64, i64)>, i64);

/// The fingerprint of the journeys as they are now; far cheaper than they are.
///
/// # Errors
/// When the store does not answer.
pub async fn fingerprint(tx: &mut Tx, wanted: &Wanted) -> Result<Fingerprint, Error> {
    let campaign = wanted.campaign.to_string();
    let touched = fetch!(all(String, i64, i64, i64), tx, COUNT, campaign)?;
    let entries = visits::entries(tx, wanted.campaign, wanted.period).await?;
    Ok((touched, entries))
}

/// The journeys.
///
/// # Errors
/// When the store does not answer.
pub async fn read(tx: &mut Tx, wanted: &Wanted) -> Result<Journeys, Error> {
    type Touch = (String, Option<String>, String);
    let (campaign, (from, to)) = (wanted.campaign.to_string(), wanted.period);
    let (by_click, window) = (wanted.axis == Axis::Click, wanted.window_ms);
    let touches = fetch!(all Touch, tx, TOUCHES, &campaign, by_click, from.0, to.0, window)?;
    let converted = fetch!(all Only<i64>, tx, CONVERTED, &campaign, from.0, to.0)?;
    let converted = converted
        .into_iter()
        .map(|(visitor,)| visitor.cast_unsigned());
    let visits = visits::visits(tx, wanted.campaign, wanted.period).await?;
    let names = touches.iter().map(|(_, _, network)| network);
    let names: BTreeSet<&String> = names.chain(&visits.networks).collect();
    let networks: Vec<String> = names.into_iter().cloned().collect();
    let mut paths = Paths::default();
    let channel = |network: &String| {
        let place = networks.binary_search(network).unwrap_or_default();
        Channel::try_from(place).unwrap_or(Channel::MAX)
    };
    let mut known = HashSet::new();
    for path in touches.chunk_by(|one, next| one.0 == next.0) {
        let clicks: Vec<&str> = path.iter().filter_map(|touch| touch.1.as_deref()).collect();
        if clicks.len() < path.len() || known.insert(clicks) {
            let ends = Ends {
                converting: 1,
                others: 0,
            };
            paths.add(path.iter().map(|(_, _, network)| channel(network)), ends);
        }
    }
    let channels: Vec<Channel> = visits.networks.iter().map(channel).collect();
    add_others(&mut paths, &visits, &channels, &converted.collect());
    Ok(Journeys { networks, paths })
}

/// Adds the journeys of who did not convert.
fn add_others(paths: &mut Paths, visits: &Visits, channels: &[Channel], converted: &HashSet<u64>) {
    let ends = Ends {
        converting: 0,
        others: visits.each,
    };
    for journey in visits
        .seen
        .chunk_by(|one, next| one.visitor == next.visitor)
    {
        if !converted.contains(&journey[0].visitor) {
            paths.add(journey.iter().map(|visit| channels[visit.network]), ends);
        }
    }
}
