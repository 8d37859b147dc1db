//! The roll-up of clicks by placement, quarter-hour, network seen and class.
//!
//! Holds: it grows in the transaction that writes the clicks, by exactly these; so it always equals the
//! clicks counted one by one, and outlives them.

use std::collections::BTreeMap;

use super::bulk::{Bulk, bulk};
use super::rows::Row;
use crate::campaign_report::ClickSum;
use crate::click::Class;
use crate::clock::Millis;
use crate::id::{CampaignId, ClickId};
use crate::store::db::fetch;
use crate::store::{Error, Tx};

const ADD: Bulk = Bulk {
    postgres: "INSERT INTO click_quarter \
         (placement_id, quarter, network_seen, class, clicks, visitors, link_visitors) \
         SELECT * FROM UNNEST($1::BIGINT[], $2::BIGINT[], $3::TEXT[], $4::TEXT[], $5::BIGINT[], \
         $6::BIGINT[], $7::BIGINT[]) \
         ON CONFLICT (placement_id, quarter, network_seen, class) DO UPDATE SET \
         clicks = click_quarter.clicks + excluded.clicks, \
         visitors = click_quarter.visitors + excluded.visitors, \
         link_visitors = click_quarter.link_visitors + excluded.link_visitors",
    sqlite: "INSERT INTO click_quarter \
         (placement_id, quarter, network_seen, class, clicks, visitors, link_visitors) \
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, \
         value ->> 6 \
         FROM json_each($1) WHERE TRUE \
         ON CONFLICT (placement_id, quarter, network_seen, class) DO UPDATE SET \
         clicks = click_quarter.clicks + excluded.clicks, \
         visitors = click_quarter.visitors + excluded.visitors, \
         link_visitors = click_quarter.link_visitors + excluded.link_visitors",
};
const SUMS: &str = "SELECT coalesce(p.network, '') AS network, q.network_seen, q.class, \
     CAST(sum(q.clicks) AS BIGINT) AS clicks, CAST(sum(q.visitors) AS BIGINT) AS visitors \
     FROM click_quarter q JOIN placement p ON p.id = q.placement_id \
     WHERE p.campaign_id = $1 AND q.quarter >= $2 AND q.quarter < $3 \
     GROUP BY coalesce(p.network, ''), q.network_seen, q.class ORDER BY 1, 2, 3";
const RAW_SUMS: &str = "SELECT coalesce(p.network, '') AS network, \
     coalesce(c.network_seen, '') AS network_seen, c.class, \
     CAST(count(*) AS BIGINT) AS clicks, \
     CAST(count(*) FILTER (WHERE c.is_first) AS BIGINT) AS visitors \
     FROM click c JOIN placement p ON p.id = c.placement_id \
     WHERE p.campaign_id = $1 AND c.id >= $2 AND c.id < $3 \
     GROUP BY coalesce(p.network, ''), coalesce(c.network_seen, ''), c.class ORDER BY 1, 2, 3";

/// Statements of this file that are the same on both databases.
pub(super) const STATEMENTS: &[&str] = &[SUMS, RAW_SUMS];

/// Statements of this file that are not.
pub(super) const BULK: &[Bulk] = &[ADD];

/// Placement, quarter-hour, network seen and class.
pub(super) type Key<'a> = (i64, i64, &'a str, &'static str);

/// What is added to or, where negative, taken from each.
pub(super) type Sums<'a> = BTreeMap<Key<'a>, [i64; 3]>;

/// What it is of; how many clicks, visitors of the network and of the link.
type Sum<'a> = (Key<'a>, [i64; 3]);

/// Adds the rows.
pub(super) async fn add(tx: &mut Tx, rows: &[Row<'_>]) -> Result<(), Error> {
    let mut sums = Sums::new();
    for row in rows {
        let finding = row.sighting.finding;
        let quarter = row.sighting.hit.clicked_at.quarter_hour().0;
        let seen = finding.seen_on.as_ref();
        let network = seen.map_or("", |seen| seen.network.as_str());
        let key = (row.placement_id, quarter, network, finding.class.as_str());
        let sum = sums.entry(key).or_default();
        sum[0] += 1;
        sum[1] += i64::from(row.first.of_network);
        sum[2] += i64::from(row.first.of_link);
    }
    write(tx, sums).await
}

/// Changes the sums.
pub(super) async fn write(tx: &mut Tx, sums: Sums<'_>) -> Result<(), Error> {
    if sums.is_empty() {
        return Ok(());
    }
    let sums: Vec<Sum<'_>> = sums.into_iter().collect();
    bulk!(
        execute,
        tx,
        ADD,
        sums,
        [
            |sum: &Sum<'_>| sum.0.0,
            |sum: &Sum<'_>| sum.0.1,
            |sum: &Sum<'_>| sum.0.2.to_owned(),
            |sum: &Sum<'_>| sum.0.3,
            |sum: &Sum<'_>| sum.1[0],
            |sum: &Sum<'_>| sum.1[1],
            |sum: &Sum<'_>| sum.1[2],
        ]
    )?;
    Ok(())
}

/// The clicks of a campaign, `from` inclusive to `to` exclusive, whole quarter-hours.
///
/// # Errors
/// When the store does not answer.
pub async fn sums(
    tx: &mut Tx,
    campaign: CampaignId,
    from: Millis,
    to: Millis,
) -> Result<Vec<ClickSum>, Error> {
    Ok(read(
        fetch!(all SumRow, tx, SUMS, campaign.to_string(), from.0, to.0)?,
    ))
}

/// The same sums counted from the clicks themselves, to hold the roll-up against.
///
/// # Errors
/// When the store does not answer.
pub async fn raw_sums(
    tx: &mut Tx,
    campaign: CampaignId,
    from: Millis,
    to: Millis,
) -> Result<Vec<ClickSum>, Error> {
    Ok(read(fetch!(all SumRow, tx, RAW_SUMS, campaign.to_string(),
            ClickId::least_text(from), ClickId::least_text(to))?))
}

type SumRow = (String, String, String, i64, i64);

fn read(rows: Vec<SumRow>) -> Vec<ClickSum> {
    let known = |name: String| (!name.is_empty()).then_some(name);
    rows.into_iter()
        .map(
            |(network, network_seen, class, clicks, visitors)| ClickSum {
                network: known(network),
                network_seen: known(network_seen),
                class: Class::from_stored(&class),
                clicks,
                visitors,
            },
        )
        .collect()
}
