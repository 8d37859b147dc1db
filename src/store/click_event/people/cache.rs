//! The visitors of a campaign's day by network, for the report cache.
//!
//! # Invariants
//! - A cached day contains the visitors of packed rows.
//! - Pseudonyms of one day are only counted; persistent ones are stored, because only they return.
//! - If a day has very many pseudonyms, only those below its own bound are stored. A longer period
//!   never has a higher bound.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::sampling::{Sampling, bound};
use crate::click::Visitor;
use crate::drivers::sql::{Error, Tx, fetch, statements, value};
use crate::store::click_event::visitors_seen::{FIRST_PACKED, unpacked, upper_half};
use crate::store::report_cache::{self, ReportDay, ReportPart};

statements! {
    sql ROWS = "SELECT coalesce(p.network, '') AS network, s.visitors, s.quarters FROM visitor_seen s \
        JOIN placement p ON p.id = s.placement_id \
        WHERE p.campaign_id = $1 AND s.day = $2 AND s.chunk >= $3 ORDER BY coalesce(p.network, '')";
    sql TOLD_APART = "SELECT CAST(coalesce(max(day), 0) AS BIGINT) FROM visitor_kind";
}

/// The first day whose pseudonyms say whether they are persistent; on earlier days any may be.
///
/// # Errors
/// When the store does not answer.
pub(super) async fn told_apart_from(tx: &mut Tx) -> Result<i64, Error> {
    let day = value!(i64, tx, TOLD_APART)?;
    Ok(day.unwrap_or(0))
}

/// Visitors of a day.
#[derive(Debug, Default)]
pub(super) struct DayVisitors {
    /// Number of different pseudonyms of this day only, on any network.
    pub(super) daily: i64,
    pub(super) networks: Vec<DayNetworkVisitors>,
}

/// Visitors of a day on links of one network.
#[derive(Debug)]
pub(super) struct DayNetworkVisitors {
    /// Empty for links without a network.
    pub(super) network: String,
    /// Number of different pseudonyms of this day only.
    pub(super) daily: i64,
    /// The different persistent pseudonyms, sorted.
    pub(super) persistent: Vec<u64>,
}

impl DayVisitors {
    /// Counts these pseudonyms, which may be unsorted and repeated.
    pub(super) fn new(seen: BTreeMap<String, Vec<u64>>, is_told_apart: bool) -> DayVisitors {
        let mut visitors = DayVisitors::default();
        let mut all = Vec::new();
        for (network, mut seen) in seen {
            if !is_told_apart {
                // Marked as persistent, like pseudonyms from cookies on later days.
                for visitor in &mut seen {
                    *visitor = Visitor::of_cookie(*visitor).0;
                }
            }
            seen.sort_unstable();
            seen.dedup();
            let is_lasting = |visitor: &u64| Visitor(*visitor).is_lasting();
            let (persistent, daily): (Vec<u64>, Vec<u64>) = seen.into_iter().partition(is_lasting);
            visitors.networks.push(DayNetworkVisitors {
                network,
                daily: count(&daily),
                persistent,
            });
            all.extend(daily);
        }
        all.sort_unstable();
        all.dedup();
        visitors.daily = count(&all);
        visitors
    }
}

fn count(visitors: &[u64]) -> i64 {
    i64::try_from(visitors.len()).unwrap_or(i64::MAX)
}

/// The packed visitors of a day.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct PackedVisitors<'a> {
    /// As in [`DayVisitors`].
    pub(super) daily: i64,
    /// For each network: its name, the number of one-day pseudonyms, the number of persistent ones,
    /// and the persistent ones themselves, eight bytes each, big endian.
    #[serde(borrow)]
    pub(super) networks: Vec<(&'a str, i64, i64, &'a [u8])>,
}

impl PackedVisitors<'_> {
    /// Reads what [`rebuild`] wrote.
    pub(super) fn read(bytes: &[u8]) -> Result<PackedVisitors<'_>, Error> {
        report_cache::decode(ReportPart::People, bytes)
    }
}

/// Packed pseudonyms as numbers.
pub(super) fn pseudonyms(bytes: &[u8]) -> impl Iterator<Item = u64> {
    let (visitors, _) = bytes.as_chunks::<8>();
    visitors.iter().map(|bytes| u64::from_be_bytes(*bytes))
}

/// The visitors of a stale day, packed.
///
/// # Errors
/// When the store does not answer.
pub async fn rebuild(tx: &mut Tx, of: &ReportDay) -> Result<Option<Vec<u8>>, Error> {
    type CachedVisitorsRow = (String, Vec<u8>, Vec<u8>);
    let mut seen: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for (network, visitors, quarters) in
        fetch!(all CachedVisitorsRow, tx, ROWS, &of.owner, of.day, FIRST_PACKED)?
    {
        let visitors = unpacked(&visitors, &quarters).map(|(visitor, _)| visitor.0);
        seen.entry(network).or_default().extend(visitors);
    }
    let is_told_apart = of.day >= told_apart_from(tx).await?;
    let visitors = DayVisitors::new(seen, is_told_apart);
    let sampling = Sampling::of(
        visitors
            .networks
            .iter()
            .map(|network| count(&network.persistent)),
    );
    let kept = visitors.networks.iter().map(|network| {
        let bound = bound(sampling.halvings(count(&network.persistent)));
        let kept = network
            .persistent
            .iter()
            .filter(|visitor| upper_half(**visitor) < bound);
        kept.flat_map(|visitor| visitor.to_be_bytes()).collect()
    });
    let kept: Vec<Vec<u8>> = kept.collect();
    let networks = visitors.networks.iter().zip(&kept);
    let networks = networks.map(|(network, kept)| {
        let persistent = count(&network.persistent);
        (
            network.network.as_str(),
            network.daily,
            persistent,
            kept.as_slice(),
        )
    });
    let day = (!visitors.networks.is_empty()).then(|| PackedVisitors {
        daily: visitors.daily,
        networks: networks.collect(),
    });
    report_cache::encode(ReportPart::People, day.as_ref())
}
