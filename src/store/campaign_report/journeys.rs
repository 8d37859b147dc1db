//! The journeys of a campaign's visitors over its networks, with and without a conversion.
//! Data-driven models use them.
//!
//! # Invariants
//! - A converting journey consists of the credited touches of a lead or sale within their windows.
//!   Conversions with the same clicks are one journey.
//! - A journey without a conversion consists of the visits of a visitor without any click of a
//!   converting journey.
//! - Touches of links without a network belong to no journey.
//!
//! # Out of scope
//! The models.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::attribution::AttributionModel;
use crate::attribution::path::{Channel, JourneyPaths, PathOutcomes};
use crate::campaign_report::ReportAxis;
use crate::campaign_report::credits::{CampaignCredits, CreditedTouch};
use crate::clock::Millis;
use crate::conversion::ConversionKind;
use crate::drivers::sql::{Error, Tx};
use crate::id::{CampaignId, ClickId};
use crate::store::click_event::journeys::{self as visits, NetworkVisits};
use crate::store::touch;

/// Which journeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct JourneyQuery {
    /// The campaign.
    pub campaign: CampaignId,
    /// Which time must be in the period: that of the touch or that of the conversion.
    pub axis: ReportAxis,
    /// The period in whole quarter-hours; the end is exclusive.
    pub period: (Millis, Millis),
    /// The longest time from a click to its conversion, in milliseconds.
    pub window_ms: i64,
}

/// Journeys over a campaign's networks.
#[derive(Clone, Debug, Default)]
pub struct Journeys {
    /// Names of the networks, by channel.
    pub networks: Vec<String>,
    /// The journeys.
    pub paths: JourneyPaths,
}

/// A few numbers that differ whenever the journeys may differ.
pub type JourneyFingerprint = (BTreeMap<String, [i64; 3]>, i64);

/// The current fingerprint of the journeys; it is far cheaper to read than the journeys.
///
/// # Errors
/// When the store does not answer.
pub async fn fingerprint(
    tx: &mut Tx,
    credits: &CampaignCredits,
    wanted: &JourneyQuery,
) -> Result<JourneyFingerprint, Error> {
    let mut touched: BTreeMap<String, [i64; 3]> = BTreeMap::new();
    for touch in credits.touches() {
        if touch.share(AttributionModel::Linear).is_some() {
            let network = credits.names().text(touch.network).unwrap_or_default();
            let sums = match touched.get_mut(network) {
                Some(sums) => sums,
                None => touched.entry(network.to_owned()).or_default(),
            };
            let clicked = touch.clicked_at.map_or(0, |at| at.0);
            for (sum, part) in sums.iter_mut().zip([1, touch.occurred_at.0, clicked]) {
                *sum = sum.wrapping_add(part);
            }
        }
    }
    let entries = visits::entries(tx, wanted.campaign, wanted.period).await?;
    Ok((touched, entries))
}

/// The touches of leads and sales that have a network, sorted by conversion and then by time.
fn converting<'a>(credits: &'a CampaignCredits, wanted: &JourneyQuery) -> Vec<&'a CreditedTouch> {
    let (from, to) = wanted.period;
    let is_asked = |touch: &&CreditedTouch| {
        let moment = touch.timestamp(wanted.axis);
        // This model credits every touch of a path.
        touch.share(AttributionModel::Linear).is_some()
            && matches!(touch.kind, ConversionKind::Lead | ConversionKind::Sale)
            && touch.network != 0
            && moment >= from
            && moment < to
            && touch.is_within(wanted.window_ms)
    };
    let mut touches: Vec<&CreditedTouch> = credits.touches().iter().filter(is_asked).collect();
    touches.sort_unstable_by_key(|touch| {
        (touch.conversion, touch.clicked_at, touch.click, touch.link)
    });
    touches
}

/// Visitors with clicks in the period that leads or sales are credited to.
async fn converted(
    tx: &mut Tx,
    credits: &CampaignCredits,
    wanted: &JourneyQuery,
) -> Result<HashSet<u64>, Error> {
    let (from, to) = wanted.period;
    let is_asked = |touch: &&CreditedTouch| {
        touch.share(AttributionModel::Linear).is_some()
            && matches!(touch.kind, ConversionKind::Lead | ConversionKind::Sale)
            && touch.clicked_at.is_some_and(|at| at >= from && at < to)
    };
    let touches = credits.touches().iter().filter(is_asked);
    let clicks: BTreeSet<ClickId> = touches.filter_map(|touch| touch.click).collect();
    let clicks: Vec<ClickId> = clicks.into_iter().collect();
    touch::visitors(tx, &clicks).await
}

/// The journeys. `credits` are those of the campaign.
///
/// # Errors
/// When the store does not answer.
pub async fn read(
    tx: &mut Tx,
    credits: &CampaignCredits,
    wanted: &JourneyQuery,
) -> Result<Journeys, Error> {
    let touches = converting(credits, wanted);
    let converted = converted(tx, credits, wanted).await?;
    let visits = visits::visits(tx, wanted.campaign, wanted.period).await?;
    let name = |touch: &CreditedTouch| credits.names().text(touch.network).unwrap_or_default();
    let names = touches.iter().map(|touch| name(touch));
    let seen = visits.networks.iter().map(String::as_str);
    let names: BTreeSet<&str> = names.chain(seen).collect();
    let networks: Vec<&str> = names.into_iter().collect();
    let mut paths = JourneyPaths::default();
    let channel = |network: &str| {
        let place = networks.binary_search(&network).unwrap_or_default();
        Channel::try_from(place).unwrap_or(Channel::MAX)
    };
    let mut known = HashSet::new();
    for path in touches.chunk_by(|one, next| one.conversion == next.conversion) {
        let clicks: Vec<ClickId> = path.iter().filter_map(|touch| touch.click).collect();
        if clicks.len() < path.len() || known.insert(clicks) {
            let ends = PathOutcomes {
                converting: 1,
                others: 0,
            };
            paths.add(path.iter().map(|touch| channel(name(touch))), ends);
        }
    }
    let channels: Vec<Channel> = visits
        .networks
        .iter()
        .map(|network| channel(network))
        .collect();
    add_others(&mut paths, &visits, &channels, &converted);
    Ok(Journeys {
        networks: networks.into_iter().map(str::to_owned).collect(),
        paths,
    })
}

/// Adds the journeys of visitors without a conversion.
fn add_others(
    paths: &mut JourneyPaths,
    visits: &NetworkVisits,
    channels: &[Channel],
    converted: &HashSet<u64>,
) {
    let ends = PathOutcomes {
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
