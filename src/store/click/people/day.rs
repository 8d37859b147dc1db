//! The visitors of a campaign's day by network, packed for its reports.
//!
//! Holds: they are those of packed rows. Of a day with very many only those are kept whose pseudonyms lie
//! below the bound that the day would be sampled by alone: over a longer period none is wider.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{FIRST_PACKED, Sampling, bound};
use crate::store::click::seen::{unpacked, upper_half};
use crate::store::db::fetch;
use crate::store::report_day::{self, OwnDay, Part};
use crate::store::{Error, Tx};

const ROWS: &str = "SELECT coalesce(p.network, '') AS network, s.visitors, s.quarters FROM visitor_seen s \
     JOIN placement p ON p.id = s.placement_id \
     WHERE p.campaign_id = $1 AND s.day = $2 AND s.chunk >= $3 ORDER BY coalesce(p.network, '')";

/// Statements of this file.
pub(in crate::store::click) const STATEMENTS: &[&str] = &[ROWS];

/// What is packed of a day.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Day<'a> {
    /// By network (an empty name for links without one): how many there are, and pseudonyms of eight bytes
    /// each, big endian, in their order.
    #[serde(borrow)]
    pub(super) networks: Vec<(&'a str, i64, &'a [u8])>,
}

impl Day<'_> {
    /// Reads what [`pack`] wrote.
    pub(super) fn read(bytes: &[u8]) -> Result<Day<'_>, Error> {
        report_day::unpack(Part::People, bytes)
    }
}

/// Pseudonyms as they are packed, in their order.
pub(super) fn pseudonyms(bytes: &[u8]) -> impl Iterator<Item = u64> {
    let (visitors, _) = bytes.as_chunks::<8>();
    visitors.iter().map(|it| u64::from_be_bytes(*it))
}

/// Packs the visitors of an open day.
///
/// # Errors
/// When the store does not answer.
pub async fn pack(tx: &mut Tx, of: &OwnDay) -> Result<(), Error> {
    type Row = (String, Vec<u8>, Vec<u8>);
    let rows = fetch!(all Row, tx, ROWS, &of.owner, of.day, FIRST_PACKED)?;
    let mut by_network: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (network, visitors, quarters) in &rows {
        let visitors = unpacked(visitors, quarters).map(|(visitor, _)| visitor.0);
        by_network.entry(network).or_default().extend(visitors);
    }
    let mut sizes = BTreeMap::new();
    for (network, visitors) in &mut by_network {
        visitors.sort();
        visitors.dedup();
        sizes.insert(*network, i64::try_from(visitors.len()).unwrap_or(i64::MAX));
    }
    let sampling = Sampling::of(sizes.values().copied());
    let kept = by_network.iter().map(|(network, visitors)| {
        let size = sizes.get(network).copied().unwrap_or_default();
        let bound = bound(sampling.halvings(size));
        let kept = visitors.iter().filter(|it| upper_half(**it) < bound);
        (
            *network,
            size,
            kept.flat_map(|it| it.to_be_bytes()).collect(),
        )
    });
    let kept: Vec<(&str, i64, Vec<u8>)> = kept.collect();
    let networks = kept
        .iter()
        .map(|(network, size, kept)| (*network, *size, kept.as_slice()));
    let day = (!kept.is_empty()).then(|| Day {
        networks: networks.collect(),
    });
    report_day::close(tx, Part::People, of, day.as_ref()).await
}
