//! The roll-up: sums of clicks by placement, quarter-hour, network seen, country, device and class.
//!
//! # Invariants
//! - It grows by exactly the new clicks, in the transaction that writes them. So it always equals
//!   the clicks counted one by one, and outlives them.
//! - Past days are also packed ([`super::packed_days`]); [`mod@super::sums`] reads both.

use foldhash::HashMap;

use super::bulk_insert::ClickRow;
use crate::click::{ClickClass, Enrichment, FirstVisit};
use crate::clock::Millis;
use crate::drivers::sql::{Error, Tx, bulk, bulk_sql, statements};

statements! {
    bulk ADD = bulk_sql!(
        "INSERT INTO click_quarter " values(
            placement_id BIGINT, quarter BIGINT, network_seen TEXT, country TEXT, device TEXT,
            class TEXT, clicks BIGINT, visitors BIGINT, link_visitors BIGINT
        )
        " ON CONFLICT (placement_id, quarter, network_seen, country, device, class) \
        DO UPDATE SET clicks = click_quarter.clicks + excluded.clicks, \
        visitors = click_quarter.visitors + excluded.visitors, \
        link_visitors = click_quarter.link_visitors + excluded.link_visitors"
    );
}

/// The key of a click in the roll-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RollUpKey<'a> {
    pub(super) placement: i64,
    /// Start of the quarter-hour.
    pub(super) quarter: i64,
    /// Empty if it is not known; this also holds for the next two.
    pub(super) network_seen: &'a str,
    pub(super) country: &'a str,
    pub(super) device: &'a str,
    pub(super) class: ClickClass,
}

impl<'a> RollUpKey<'a> {
    /// The key of a click with this enrichment.
    pub(super) fn of(
        placement: i64,
        at: Millis,
        finding: &'a Enrichment,
        country: Option<&'a str>,
        device: &'a str,
    ) -> RollUpKey<'a> {
        let seen = finding.seen_on.as_ref();
        RollUpKey {
            placement,
            quarter: at.quarter_hour().0,
            network_seen: seen.map_or("", |seen| seen.network.as_str()),
            country: country.unwrap_or_default(),
            device,
            class: finding.class,
        }
    }
}

/// A stored click in the form in which it is counted.
#[derive(sqlx_macros::FromRow)]
pub(super) struct CountedClick {
    pub(super) id: String,
    placement_id: i64,
    clicked_at: i64,
    network_seen: Option<String>,
    country: Option<String>,
    device: String,
    class: String,
    is_first: bool,
    is_first_of_link: bool,
}

impl CountedClick {
    /// Its key in the roll-up.
    pub(super) fn key(&self) -> RollUpKey<'_> {
        RollUpKey {
            placement: self.placement_id,
            quarter: Millis(self.clicked_at).quarter_hour().0,
            network_seen: self.network_seen.as_deref().unwrap_or_default(),
            country: self.country.as_deref().unwrap_or_default(),
            device: &self.device,
            class: ClickClass::from_stored(&self.class),
        }
    }

    /// Which first visit it is.
    pub(super) fn first(&self) -> FirstVisit {
        FirstVisit {
            of_link: self.is_first_of_link,
            of_network: self.is_first,
        }
    }
}

/// Changes by key: clicks, visitors of the network, visitors of the link. They may be negative.
pub(super) type RollUpSums<'a> = HashMap<RollUpKey<'a>, [i64; 3]>;

type Sum<'a> = (RollUpKey<'a>, [i64; 3]);

/// Adds `by` for one click; -1 removes it.
pub(super) fn count<'a>(sums: &mut RollUpSums<'a>, key: RollUpKey<'a>, first: FirstVisit, by: i64) {
    let sum = sums.entry(key).or_default();
    sum[0] += by;
    sum[1] += by * i64::from(first.of_network);
    sum[2] += by * i64::from(first.of_link);
}

/// Adds the clicks of these rows.
pub(super) async fn add(tx: &mut Tx, rows: &[ClickRow<'_>]) -> Result<(), Error> {
    let mut sums = RollUpSums::default();
    for row in rows {
        let finding = row.sighting.finding;
        let place = finding.place.as_ref();
        let country = place.and_then(|place| place.country.as_deref());
        let at = row.sighting.hit.clicked_at;
        let key = RollUpKey::of(
            row.placement_id,
            at,
            finding,
            country,
            &finding.families.device,
        );
        count(&mut sums, key, row.first, 1);
    }
    write(tx, sums).await
}

/// Changes the sums.
pub(super) async fn write(tx: &mut Tx, sums: RollUpSums<'_>) -> Result<(), Error> {
    if sums.is_empty() {
        return Ok(());
    }
    let mut sums: Vec<Sum<'_>> = sums.into_iter().collect();
    // Sorted by the key of the table, so that all writers lock rows in the same order.
    sums.sort_unstable_by_key(|(key, _)| *key);
    bulk!(
        execute,
        tx,
        ADD,
        sums,
        [
            |sum: &Sum<'_>| sum.0.placement,
            |sum: &Sum<'_>| sum.0.quarter,
            |sum: &Sum<'_>| sum.0.network_seen.to_owned(),
            |sum: &Sum<'_>| sum.0.country.to_owned(),
            |sum: &Sum<'_>| sum.0.device.to_owned(),
            |sum: &Sum<'_>| sum.0.class.as_str(),
            |sum: &Sum<'_>| sum.1[0],
            |sum: &Sum<'_>| sum.1[1],
            |sum: &Sum<'_>| sum.1[2],
        ]
    )?;
    Ok(())
}
