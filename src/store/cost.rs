//! Costs of campaigns, as they were reported.
//!
//! # Invariants
//! A workspace has one cost for each event id; a later report of it replaces the earlier one.
//!
//! # Out of scope
//! How costs are allocated to the rows of a report.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use super::page::Page;
use super::text_column::{read_id, read_id_option};
use super::upsert_counts::UpsertCounts;
use crate::campaign::Campaign;
use crate::campaign_report::cost::{CostAmount, OutsideCosts, ValuedCost, share_of_days};
use crate::clock::Millis;
use crate::drivers::sql::{Error, Tx, bulk, bulk_sql, execute, fetch, find, list, statements};
use crate::id::{CampaignId, CostId, LinkId, WorkspaceId};

/// Rows of one statement.
const CHUNK: usize = 500;

/// A cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Its id.
    pub id: CostId,
    /// Owner.
    pub workspace_id: WorkspaceId,
    /// The campaign it belongs to.
    pub campaign_id: CampaignId,
    /// Canonical name of its network; `None` means the whole campaign.
    pub network: Option<String>,
    /// The link it was spent on.
    pub link_id: Option<LinkId>,
    /// Days of the campaign's time zone, since 1970-01-01.
    pub days: RangeInclusive<i64>,
    /// Money or work.
    pub spent: CostAmount,
    /// What it was for.
    pub note: Option<String>,
    /// The sender's own id.
    pub event_id: Option<String>,
    /// When it was first reported.
    pub created_at: Millis,
}

#[derive(sqlx_macros::FromRow)]
struct StoredCostRow {
    id: String,
    workspace_id: String,
    campaign_id: String,
    network: Option<String>,
    link_id: Option<String>,
    from_day: i64,
    to_day: i64,
    amount: Option<i64>,
    minutes: Option<i64>,
    note: Option<String>,
    event_id: Option<String>,
    created_at: i64,
}

impl TryFrom<StoredCostRow> for Cost {
    type Error = Error;

    fn try_from(row: StoredCostRow) -> Result<Cost, Error> {
        Ok(Cost {
            id: read_id(&row.id)?,
            workspace_id: read_id(&row.workspace_id)?,
            campaign_id: read_id(&row.campaign_id)?,
            network: row.network,
            link_id: read_id_option(row.link_id.as_deref())?,
            days: row.from_day..=row.to_day,
            spent: match (row.amount, row.minutes) {
                (None, Some(minutes)) => CostAmount::Minutes(minutes),
                (amount, _) => CostAmount::Money(amount.unwrap_or(0)),
            },
            note: row.note,
            event_id: row.event_id,
            created_at: Millis(row.created_at),
        })
    }
}

impl Cost {
    fn amount(&self) -> Option<i64> {
        match self.spent {
            CostAmount::Money(amount) => Some(amount),
            CostAmount::Minutes(_) => None,
        }
    }

    fn minutes(&self) -> Option<i64> {
        match self.spent {
            CostAmount::Money(_) => None,
            CostAmount::Minutes(minutes) => Some(minutes),
        }
    }
}

/// Selects whole rows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, campaign_id, network, link_id, from_day, to_day, amount, \
            minutes, note, event_id, created_at FROM cost ",
            $rest
        )
    };
}

statements! {
    sql BY_ID = select!("WHERE workspace_id = $1 AND id = $2");
    sql LIST = select!(
        "WHERE workspace_id = $1 AND id > $2 AND ($3 = '' OR campaign_id = $3) \
        ORDER BY id LIMIT $4"
    );
    sql OF_CAMPAIGN = select!(
        "WHERE campaign_id = $1 AND from_day <= $3 AND to_day >= $2 ORDER BY id"
    );
    sql OUTSIDE = "SELECT from_day, to_day, amount, minutes FROM cost \
        WHERE campaign_id = $1 AND (from_day < $2 OR to_day > $3)";
    sql UPDATE = "UPDATE cost SET network = $3, link_id = $4, from_day = $5, to_day = $6, \
        amount = $7, minutes = $8, note = $9 WHERE workspace_id = $1 AND id = $2";
    sql REMOVE = "DELETE FROM cost WHERE workspace_id = $1 AND id = $2";
    bulk KNOWN = bulk_sql!(
        "SELECT c.id, c.workspace_id, c.campaign_id, c.network, c.link_id, c.from_day, c.to_day, \
        c.amount, c.minutes, c.note, c.event_id, c.created_at FROM "
        rows(workspace_id TEXT, event_id TEXT)
        " JOIN cost c ON c.workspace_id = a.workspace_id AND c.event_id = a.event_id"
    );
    bulk PUT = bulk_sql!(
        "INSERT INTO cost " values(
            id TEXT, workspace_id TEXT, campaign_id TEXT, network TEXT, link_id TEXT,
            from_day BIGINT, to_day BIGINT, amount BIGINT, minutes BIGINT, note TEXT, event_id TEXT,
            created_at BIGINT
        )
        " ON CONFLICT (workspace_id, event_id) DO UPDATE SET campaign_id = excluded.campaign_id, \
        network = excluded.network, link_id = excluded.link_id, from_day = excluded.from_day, \
        to_day = excluded.to_day, amount = excluded.amount, minutes = excluded.minutes, \
        note = excluded.note"
    );
}

/// Writes costs of one workspace.
///
/// A cost with a known `event_id` replaces the earlier one, and gets its id and time. An `event_id`
/// must not occur twice. The caller holds the workspace's [`lock`](super::workspace::lock), so that
/// no other import writes the same cost meanwhile.
///
/// # Errors
/// When the store does not answer.
pub async fn upsert(tx: &mut Tx, costs: &mut [Cost]) -> Result<UpsertCounts, Error> {
    let mut put = UpsertCounts::default();
    for chunk in costs.chunks_mut(CHUNK) {
        let known = bulk!(
            all StoredCostRow, tx, KNOWN, chunk,
            [|cost: &Cost| cost.workspace_id.to_string(), |cost: &Cost| cost.event_id.clone()]
        )?;
        let mut known: HashMap<Option<String>, StoredCostRow> = known
            .into_iter()
            .map(|row| (row.event_id.clone(), row))
            .collect();
        let mut written = Vec::with_capacity(chunk.len());
        for cost in chunk {
            match known.remove(&cost.event_id) {
                None => put.new += 1,
                Some(row) => {
                    let before = Cost::try_from(row)?;
                    (cost.id, cost.created_at) = (before.id, before.created_at);
                    if before == *cost {
                        put.unchanged += 1;
                        continue;
                    }
                    put.changed += 1;
                }
            }
            written.push(&*cost);
        }
        write(tx, &written).await?;
    }
    Ok(put)
}

async fn write(tx: &mut Tx, costs: &[&Cost]) -> Result<(), Error> {
    if costs.is_empty() {
        return Ok(());
    }
    bulk!(
        execute,
        tx,
        PUT,
        costs,
        [
            |cost: &&Cost| cost.id.to_string(),
            |cost: &&Cost| cost.workspace_id.to_string(),
            |cost: &&Cost| cost.campaign_id.to_string(),
            |cost: &&Cost| cost.network.clone(),
            |cost: &&Cost| cost.link_id.map(|id| id.to_string()),
            |cost: &&Cost| *cost.days.start(),
            |cost: &&Cost| *cost.days.end(),
            |cost: &&Cost| cost.amount(),
            |cost: &&Cost| cost.minutes(),
            |cost: &&Cost| cost.note.clone(),
            |cost: &&Cost| cost.event_id.clone(),
            |cost: &&Cost| cost.created_at.0,
        ]
    )?;
    Ok(())
}

/// The workspace's cost with that id.
///
/// # Errors
/// When the store does not answer.
pub async fn by_id(tx: &mut Tx, workspace: WorkspaceId, id: CostId) -> Result<Option<Cost>, Error> {
    find!(
        StoredCostRow,
        tx,
        BY_ID,
        workspace.to_string(),
        id.to_string()
    )
}

/// A page of the workspace's costs, for one campaign or for all.
///
/// # Errors
/// When the store does not answer.
pub async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: Option<CampaignId>,
    page: &Page,
) -> Result<Vec<Cost>, Error> {
    let campaign = campaign.map(|id| id.to_string()).unwrap_or_default();
    list!(
        StoredCostRow,
        tx,
        LIST,
        workspace.to_string(),
        page.after(),
        &campaign,
        page.limit
    )
}

/// Writes a cost back. Its campaign, event id and time of creation stay.
///
/// # Errors
/// When the store does not answer.
pub async fn update(tx: &mut Tx, cost: &Cost) -> Result<(), Error> {
    execute!(
        tx,
        UPDATE,
        cost.workspace_id.to_string(),
        cost.id.to_string(),
        cost.network.as_deref(),
        cost.link_id.map(|id| id.to_string()),
        *cost.days.start(),
        *cost.days.end(),
        cost.amount(),
        cost.minutes(),
        cost.note.as_deref(),
    )?;
    Ok(())
}

/// Deletes a cost.
///
/// # Errors
/// When the store does not answer.
pub async fn delete(tx: &mut Tx, workspace: WorkspaceId, id: CostId) -> Result<(), Error> {
    execute!(tx, REMOVE, workspace.to_string(), id.to_string())?;
    Ok(())
}

/// What a campaign cost in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CampaignCosts {
    /// Costs that have a value, each cut to the period.
    pub rows: Vec<ValuedCost>,
    /// Minutes of work without a value, because the campaign has no hourly rate.
    pub unvalued_minutes: i64,
}

/// The costs of `campaign` on these days of its time zone. Work has the current hourly rate.
///
/// # Errors
/// When the store does not answer.
pub async fn of_campaign(
    tx: &mut Tx,
    campaign: &Campaign,
    days: &RangeInclusive<i64>,
) -> Result<CampaignCosts, Error> {
    let id = campaign.id.to_string();
    let rows = fetch!(all StoredCostRow, tx, OF_CAMPAIGN, &id, *days.start(), *days.end())?;
    let mut costs = CampaignCosts::default();
    for row in rows {
        let cost = Cost::try_from(row)?;
        let Some(amount) = cost.spent.value(campaign.hourly_rate) else {
            let from = *cost.days.start().max(days.start());
            let to = *cost.days.end().min(days.end());
            let minutes = cost.minutes().unwrap_or(0);
            costs.unvalued_minutes += share_of_days(minutes, &cost.days, &(from..=to));
            continue;
        };
        let row = ValuedCost {
            network: cost.network,
            link_id: cost.link_id,
            days: cost.days,
            amount,
        };
        costs.rows.extend(row.within(days));
    }
    Ok(costs)
}

/// The costs of `campaign` before and after these days.
///
/// # Errors
/// When the store does not answer.
pub async fn outside(
    tx: &mut Tx,
    campaign: &Campaign,
    days: &RangeInclusive<i64>,
) -> Result<[OutsideCosts; 2], Error> {
    let id = campaign.id.to_string();
    let rows = fetch!(
        all(i64, i64, Option<i64>, Option<i64>),
        tx,
        OUTSIDE,
        &id,
        *days.start(),
        *days.end()
    )?;
    let mut outside = [OutsideCosts::default(), OutsideCosts::default()];
    for (from, to, amount, minutes) in rows {
        let spent = match (amount, minutes) {
            (None, Some(minutes)) => CostAmount::Minutes(minutes),
            (amount, _) => CostAmount::Money(amount.unwrap_or(0)),
        };
        let value = spent.value(campaign.hourly_rate).unwrap_or(0);
        outside[0].add(value, from..=to, i64::MIN..=days.start() - 1);
        outside[1].add(value, from..=to, days.end() + 1..=i64::MAX);
    }
    Ok(outside)
}
