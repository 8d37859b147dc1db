//! The sums of clicks for reports, at the granularity of the report.
//!
//! # Invariants
//! Their cost depends on the number of days, and hardly on the number of clicks.
//!
//! # Out of scope
//! The rows of a report.

mod builder;

use std::collections::BTreeSet;

use crate::campaign_report::granularity::Granularity;
use crate::clock::{DAY_MS, Millis};
use crate::drivers::sql::{Error, Tx, fetch, statements};
use crate::id::{CampaignId, ClickId, WorkspaceId};
use crate::store::report_cache::{CachedPeriod, ReportPart};
use builder::{ClickSumBuilder, SumRow};

pub use builder::ClickSums;

macro_rules! packed {
    ($of:literal) => {
        concat!(
            "SELECT d.placement_id, d.day, d.cells FROM click_day d JOIN placement p ON p.id = d.placement_id \
             WHERE ",
            $of,
            " AND d.day >= $2 AND d.day <= $3"
        )
    };
}

macro_rules! quarters {
    ($of:literal) => {
        concat!(
            "SELECT q.placement_id, q.quarter / 86400000 AS day, \
     CASE WHEN $4 THEN q.quarter ELSE 0 END AS quarter, \
     CASE WHEN $5 THEN q.network_seen ELSE '' END AS network_seen, \
     CASE WHEN $6 THEN q.country ELSE '' END AS country, \
     CASE WHEN $7 THEN q.device ELSE '' END AS device, q.class, \
     CAST(sum(q.clicks) AS BIGINT) AS clicks, CAST(sum(q.visitors) AS BIGINT) AS visitors, \
     CAST(sum(q.link_visitors) AS BIGINT) AS link_visitors \
     FROM click_quarter q JOIN placement p ON p.id = q.placement_id WHERE ",
            $of,
            " AND q.quarter >= $2 AND q.quarter < $3 \
     GROUP BY q.placement_id, q.quarter / 86400000, CASE WHEN $4 THEN q.quarter ELSE 0 END, \
     CASE WHEN $5 THEN q.network_seen ELSE '' END, CASE WHEN $6 THEN q.country ELSE '' END, \
     CASE WHEN $7 THEN q.device ELSE '' END, q.class"
        )
    };
}

statements! {
    sql PLACEMENTS = "SELECT id, link_id, coalesce(network, '') AS network FROM placement \
        WHERE campaign_id = $1";
    sql PLACEMENTS_OF_NONE = "SELECT id, link_id, coalesce(network, '') AS network FROM placement \
        WHERE workspace_id = $1 AND campaign_id IS NULL AND id > $2 ORDER BY id LIMIT $3";
    sql PACKED = packed!("p.campaign_id = $1");
    sql PACKED_OF_NONE = packed!("p.workspace_id = $1 AND p.campaign_id IS NULL");
    sql QUARTERS = quarters!("p.campaign_id = $1");
    sql QUARTERS_OF_NONE = quarters!("p.workspace_id = $1 AND p.campaign_id IS NULL");
    sql RAW = "SELECT c.placement_id, c.clicked_at / 86400000 AS day, \
        CASE WHEN $4 THEN c.clicked_at / 900000 * 900000 ELSE 0 END AS quarter, \
        CASE WHEN $5 THEN coalesce(c.network_seen, '') ELSE '' END AS network_seen, \
        CASE WHEN $6 THEN coalesce(l.country, '') ELSE '' END AS country, \
        CASE WHEN $7 THEN c.device ELSE '' END AS device, c.class, \
        CAST(count(*) AS BIGINT) AS clicks, \
        CAST(count(*) FILTER (WHERE c.is_first) AS BIGINT) AS visitors, \
        CAST(count(*) FILTER (WHERE c.is_first_of_link) AS BIGINT) AS link_visitors \
        FROM click c JOIN placement p ON p.id = c.placement_id LEFT JOIN place l ON l.id = c.place_id \
        WHERE p.campaign_id = $1 AND c.id >= $2 AND c.id < $3 \
        GROUP BY c.placement_id, c.clicked_at / 86400000, CASE WHEN $4 THEN c.clicked_at / 900000 * 900000 ELSE 0 END, \
        CASE WHEN $5 THEN coalesce(c.network_seen, '') ELSE '' END, \
        CASE WHEN $6 THEN coalesce(l.country, '') ELSE '' END, \
        CASE WHEN $7 THEN c.device ELSE '' END, c.class";
    sql FLOODS = "SELECT f.placement_id, f.quarter / 86400000 AS day, \
        CASE WHEN $4 THEN f.quarter ELSE 0 END AS quarter, CAST('' AS TEXT) AS network_seen, \
        CAST('' AS TEXT) AS country, CAST('' AS TEXT) AS device, CAST('flood' AS TEXT) AS class, \
        CAST(sum(f.clicks) AS BIGINT) AS clicks, CAST(0 AS BIGINT) AS visitors, \
        CAST(0 AS BIGINT) AS link_visitors \
        FROM click_flood f JOIN placement p ON p.id = f.placement_id \
        WHERE p.campaign_id = $1 AND f.quarter >= $2 AND f.quarter < $3 \
        GROUP BY f.placement_id, f.quarter / 86400000, CASE WHEN $4 THEN f.quarter ELSE 0 END";
}

/// Placements without a campaign that are read at once.
const PLACEMENTS_AT_ONCE: i64 = 20_000;

/// Whose clicks are summed.
#[derive(Clone, Copy, Debug)]
enum Owner<'a> {
    /// A campaign.
    Campaign(&'a str),
    /// A workspace's links without a campaign.
    NoneOf(&'a str),
}

impl<'a> Owner<'a> {
    fn id(self) -> &'a str {
        match self {
            Owner::Campaign(id) | Owner::NoneOf(id) => id,
        }
    }

    /// The statement for a campaign, or that for links without one.
    fn either(self, campaign: &'static str, none: &'static str) -> &'static str {
        match self {
            Owner::Campaign(_) => campaign,
            Owner::NoneOf(_) => none,
        }
    }
}

/// An empty builder with the campaign's placements.
async fn begin<'a>(
    tx: &mut Tx,
    campaign: &str,
    grain: &'a Granularity,
) -> Result<ClickSumBuilder<'a>, Error> {
    let mut gathered = ClickSumBuilder::new(grain);
    gathered.add_placements(fetch!(all(i64, String, String), tx, PLACEMENTS, campaign)?)?;
    Ok(gathered)
}

/// An empty builder with the workspace's placements without a campaign, of which there may be very
/// many.
async fn begin_of_none<'a>(
    tx: &mut Tx,
    workspace: &str,
    grain: &'a Granularity,
) -> Result<ClickSumBuilder<'a>, Error> {
    let mut gathered = ClickSumBuilder::new(grain);
    let mut after = i64::MIN;
    loop {
        let placements = fetch!(
            all(i64, String, String),
            tx,
            PLACEMENTS_OF_NONE,
            workspace,
            after,
            PLACEMENTS_AT_ONCE
        )?;
        let Some((last, ..)) = placements.last() else {
            return Ok(gathered);
        };
        after = *last;
        gathered.add_placements(placements)?;
        tokio::task::yield_now().await;
    }
}

/// Adds packed days; whole days use their totals if the granularity allows it.
async fn add_packed(
    gathered: &mut ClickSumBuilder<'_>,
    tx: &mut Tx,
    owner: Owner<'_>,
    (from, to): (Millis, Millis),
) -> Result<(), Error> {
    let (first, last) = (from.day(), to.plus_ms(-1).day());
    let (part, packed) = if gathered.grain().splits_clicks() {
        (ReportPart::Cells, (first, last))
    } else {
        // The period may include only some quarter-hours of the first and the last day.
        (
            ReportPart::Clicks,
            (from.plus_ms(DAY_MS - 1).day(), to.day() - 1),
        )
    };
    let mut left: BTreeSet<i64> = [first, last].into();
    left.retain(|day| *day < packed.0 || *day > packed.1);
    let mut reading = CachedPeriod::new(owner.id(), part, packed);
    loop {
        let days = reading.next(tx).await?;
        if days.is_empty() {
            break;
        }
        for (day, bytes) in days {
            // A long campaign takes a while, so other tasks of this thread get a turn.
            tokio::task::yield_now().await;
            match bytes {
                Some(bytes) if part == ReportPart::Cells => {
                    gathered.add_cells(day, &bytes, (from, to))?;
                }
                Some(bytes) => gathered.add_totals(day, &bytes)?,
                None => _ = left.insert(day),
            }
        }
    }
    let sql = owner.either(PACKED, PACKED_OF_NONE);
    // One row for each placement and day, so only one day is read at a time.
    for day in left {
        for (placement, day, bytes) in
            fetch!(all(i64, i64, Vec<u8>), tx, sql, owner.id(), day, day)?
        {
            gathered.add_day(placement, day, &bytes, (from, to))?;
        }
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Adds quarter-hours that are not packed yet.
async fn add_unpacked(
    gathered: &mut ClickSumBuilder<'_>,
    tx: &mut Tx,
    owner: Owner<'_>,
    (from, to): (Millis, Millis),
) -> Result<(), Error> {
    let (grain, sql) = (gathered.grain(), owner.either(QUARTERS, QUARTERS_OF_NONE));
    let rows = fetch!(
        all SumRow, tx, sql, owner.id(), from.0, to.0, !grain.times.is_empty(),
        grain.network_seen, grain.country, grain.device
    )?;
    for row in &rows {
        gathered.add_row(row);
    }
    Ok(())
}

/// The clicks of a campaign from `from` (inclusive) to `to` (exclusive), in whole quarter-hours.
///
/// # Errors
/// When the store does not answer.
pub async fn sums(
    tx: &mut Tx,
    campaign: CampaignId,
    from: Millis,
    to: Millis,
    grain: &Granularity,
) -> Result<ClickSums, Error> {
    let id = campaign.to_string();
    let owner = Owner::Campaign(&id);
    let mut gathered = begin(tx, &id, grain).await?;
    add_packed(&mut gathered, tx, owner, (from, to)).await?;
    add_unpacked(&mut gathered, tx, owner, (from, to)).await?;
    Ok(gathered.end())
}

/// The clicks of a workspace's links without a campaign.
///
/// # Errors
/// When the store does not answer.
pub async fn sums_of_none(
    tx: &mut Tx,
    workspace: WorkspaceId,
    (from, to): (Millis, Millis),
    grain: &Granularity,
) -> Result<ClickSums, Error> {
    let id = workspace.to_string();
    let owner = Owner::NoneOf(&id);
    let mut gathered = begin_of_none(tx, &id, grain).await?;
    if gathered.is_of_nothing() {
        return Ok(ClickSums::default());
    }
    add_packed(&mut gathered, tx, owner, (from, to)).await?;
    add_unpacked(&mut gathered, tx, owner, (from, to)).await?;
    Ok(gathered.end())
}

/// The same sums, counted from clicks and floods, to verify the roll-up.
///
/// # Errors
/// When the store does not answer.
pub async fn raw_sums(
    tx: &mut Tx,
    campaign: CampaignId,
    from: Millis,
    to: Millis,
    grain: &Granularity,
) -> Result<ClickSums, Error> {
    let id = campaign.to_string();
    let mut gathered = begin(tx, &id, grain).await?;
    let ids = [from, to].map(ClickId::least_text);
    let rows = fetch!(
        all SumRow, tx, RAW, &id, &ids[0], &ids[1], !grain.times.is_empty(),
        grain.network_seen, grain.country, grain.device
    )?;
    for row in &rows {
        gathered.add_row(row);
    }
    let tells_times = !grain.times.is_empty();
    let floods = fetch!(all SumRow, tx, FLOODS, &id, from.0, to.0, tells_times)?;
    for row in &floods {
        gathered.add_row(row);
    }
    Ok(gathered.end())
}
