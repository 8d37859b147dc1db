//! Campaigns.
//!
//! # Invariants
//! An `utm_campaign` belongs to one campaign of a workspace. It never changes, and neither does the
//! currency, because clicks and money are counted by them.

use super::page::Page;
use super::text_column::read_id;
use crate::campaign::{Campaign, Goal, GoalOrWaiver};
use crate::clock::Millis;
use crate::drivers::sql::{Error, Tx, execute, fetch, find, list, statements, value};
use crate::id::{CampaignId, WorkspaceId};

#[derive(sqlx_macros::FromRow)]
struct CampaignRow {
    id: String,
    workspace_id: String,
    name: String,
    utm_campaign: String,
    goal_metric: Option<String>,
    goal_target: Option<i64>,
    goal_by: Option<i64>,
    goal_waiver: Option<String>,
    currency: String,
    time_zone: String,
    starts_at: Option<i64>,
    ends_at: Option<i64>,
    hourly_rate: Option<i64>,
    lead_window_days: Option<i64>,
    sale_window_days: Option<i64>,
    created_at: i64,
    updated_at: i64,
    archived_at: Option<i64>,
}

impl TryFrom<CampaignRow> for Campaign {
    type Error = Error;

    fn try_from(row: CampaignRow) -> Result<Self, Error> {
        let aim = read_aim(
            row.goal_metric.as_deref(),
            row.goal_target,
            row.goal_by,
            row.goal_waiver,
        )?;
        Ok(Campaign {
            id: read_id(&row.id)?,
            workspace_id: read_id(&row.workspace_id)?,
            name: row.name,
            utm_campaign: row.utm_campaign,
            aim,
            currency: row.currency.parse().map_err(|_| Error::Corrupt {
                what: "currency",
                value: row.currency.clone(),
            })?,
            time_zone: row.time_zone,
            starts_at: row.starts_at.map(Millis),
            ends_at: row.ends_at.map(Millis),
            hourly_rate: row.hourly_rate,
            lead_window_days: days(row.lead_window_days)?,
            sale_window_days: days(row.sale_window_days)?,
            created_at: Millis(row.created_at),
            updated_at: Millis(row.updated_at),
            archived_at: row.archived_at.map(Millis),
        })
    }
}

fn days(stored: Option<i64>) -> Result<Option<u32>, Error> {
    let read = |days: i64| {
        days.try_into().map_err(|_| Error::Corrupt {
            what: "window",
            value: days.to_string(),
        })
    };
    stored.map(read).transpose()
}

/// Narrows a list of campaigns.
#[derive(Clone, Debug, Default)]
pub struct CampaignFilter {
    /// Part of the name, compared in lower case.
    pub q: Option<String>,
    /// Whether archived ones are also listed.
    pub archived: bool,
}

/// Selects whole rows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, name, utm_campaign, goal_metric, goal_target, goal_by, \
            goal_waiver, currency, time_zone, starts_at, ends_at, hourly_rate, created_at, \
            updated_at, archived_at, lead_window_days, sale_window_days \
            FROM campaign ",
            $rest
        )
    };
}

statements! {
    sql INSERT = "INSERT INTO campaign (id, workspace_id, name, name_lower, utm_campaign, \
        goal_metric, goal_target, goal_by, goal_waiver, currency, time_zone, starts_at, ends_at, \
        hourly_rate, created_at, updated_at, lead_window_days, sale_window_days) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) \
        ON CONFLICT (workspace_id, utm_campaign) DO NOTHING";
    sql UPDATE = "UPDATE campaign SET name = $3, name_lower = $4, goal_metric = $5, \
        goal_target = $6, goal_by = $7, goal_waiver = $8, time_zone = $9, starts_at = $10, \
        ends_at = $11, hourly_rate = $12, updated_at = $13, archived_at = $14, \
        lead_window_days = $15, sale_window_days = $16 \
        WHERE id = $1 AND workspace_id = $2";
    sql BY_ID = select!("WHERE id = $1 AND workspace_id = $2");
    sql LIST = select!(
        "WHERE workspace_id = $1 AND id > $2 AND ($3 OR archived_at IS NULL) AND ($4 = '' \
        OR name_lower LIKE '%' || $4 || '%' ESCAPE '!') ORDER BY id LIMIT $5"
    );
    sql BY_TAG = select!("WHERE workspace_id = $1 AND utm_campaign = $2");
    sql BY_UTM = "SELECT id FROM campaign WHERE workspace_id = $1 AND utm_campaign = $2";
    sql OF_NAME = select!("WHERE workspace_id = $1 AND name = $2 ORDER BY id LIMIT 2");
    sql WINDOWS = "SELECT lead_window_days, sale_window_days FROM campaign WHERE id = $1";
    sql LOCK = "UPDATE campaign SET updated_at = updated_at WHERE id = $1";
}

/// `text` as the inner part of a `LIKE … ESCAPE '!'` pattern, in lower case.
pub(super) fn like(text: &str) -> String {
    text.to_lowercase()
        .replace('!', "!!")
        .replace('%', "!%")
        .replace('_', "!_")
}

/// The aim in the four columns that store it.
pub(super) fn read_aim(
    metric: Option<&str>,
    target: Option<i64>,
    by: Option<i64>,
    waiver: Option<String>,
) -> Result<GoalOrWaiver, Error> {
    let (Some(metric), Some(target)) = (metric, target) else {
        return Ok(GoalOrWaiver::Waived(waiver.unwrap_or_default()));
    };
    Ok(GoalOrWaiver::Goal(Goal {
        metric: metric.parse().map_err(|_| Error::Corrupt {
            what: "goal metric",
            value: metric.to_owned(),
        })?,
        target,
        by: by.map(Millis),
    }))
}

/// The four columns that store an aim: metric, target, deadline, waiver.
pub(super) fn aim_columns(
    aim: &GoalOrWaiver,
) -> (Option<String>, Option<i64>, Option<i64>, Option<&str>) {
    match aim {
        GoalOrWaiver::Goal(goal) => (
            Some(goal.metric.to_string()),
            Some(goal.target),
            goal.by.map(|by| by.0),
            None,
        ),
        GoalOrWaiver::Waived(reason) => (None, None, None, Some(reason)),
    }
}

/// Adds a campaign; `false` when another campaign of the workspace has its `utm_campaign`.
///
/// # Errors
/// When the store does not answer.
pub async fn insert(tx: &mut Tx, campaign: &Campaign) -> Result<bool, Error> {
    let (metric, target, by, waiver) = aim_columns(&campaign.aim);
    let added = execute!(
        tx,
        INSERT,
        campaign.id.to_string(),
        campaign.workspace_id.to_string(),
        &campaign.name,
        campaign.name.to_lowercase(),
        &campaign.utm_campaign,
        metric.as_deref(),
        target,
        by,
        waiver,
        campaign.currency.code(),
        &campaign.time_zone,
        campaign.starts_at.map(|at| at.0),
        campaign.ends_at.map(|at| at.0),
        campaign.hourly_rate,
        campaign.created_at.0,
        campaign.updated_at.0,
        campaign.lead_window_days.map(i64::from),
        campaign.sale_window_days.map(i64::from),
    )?;
    Ok(added == 1)
}

/// Writes back a changed campaign. Currency and `utm_campaign` stay, because published tags and
/// money are counted by them.
///
/// # Errors
/// When the store does not answer.
pub async fn update(tx: &mut Tx, campaign: &Campaign) -> Result<(), Error> {
    let (metric, target, by, waiver) = aim_columns(&campaign.aim);
    execute!(
        tx,
        UPDATE,
        campaign.id.to_string(),
        campaign.workspace_id.to_string(),
        &campaign.name,
        campaign.name.to_lowercase(),
        metric.as_deref(),
        target,
        by,
        waiver,
        &campaign.time_zone,
        campaign.starts_at.map(|at| at.0),
        campaign.ends_at.map(|at| at.0),
        campaign.hourly_rate,
        campaign.updated_at.0,
        campaign.archived_at.map(|at| at.0),
        campaign.lead_window_days.map(i64::from),
        campaign.sale_window_days.map(i64::from),
    )?;
    Ok(())
}

/// The workspace's campaign with that id.
///
/// # Errors
/// When the store does not answer.
pub async fn by_id(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: CampaignId,
) -> Result<Option<Campaign>, Error> {
    find!(
        CampaignRow,
        tx,
        BY_ID,
        id.to_string(),
        workspace.to_string()
    )
}

/// A page of the workspace's campaigns.
///
/// # Errors
/// When the store does not answer.
pub async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    filter: &CampaignFilter,
    page: &Page,
) -> Result<Vec<Campaign>, Error> {
    let q = filter.q.as_deref().map(like).unwrap_or_default();
    list!(
        CampaignRow,
        tx,
        LIST,
        workspace.to_string(),
        page.after(),
        filter.archived,
        &q,
        page.limit
    )
}

/// The campaign that owns this `utm_campaign`.
///
/// # Errors
/// When the store does not answer.
pub async fn by_utm(
    tx: &mut Tx,
    workspace: WorkspaceId,
    utm_campaign: &str,
) -> Result<Option<CampaignId>, Error> {
    value!(String, tx, BY_UTM, workspace.to_string(), utm_campaign)?
        .map(|id| read_id(&id))
        .transpose()
}

/// The workspace's campaign with that `utm_campaign`.
///
/// # Errors
/// When the store does not answer.
pub async fn by_tag(
    tx: &mut Tx,
    workspace: WorkspaceId,
    tag: &str,
) -> Result<Option<Campaign>, Error> {
    find!(CampaignRow, tx, BY_TAG, workspace.to_string(), tag)
}

/// At most two campaigns with exactly that name.
///
/// # Errors
/// When the store does not answer.
pub async fn of_name(
    tx: &mut Tx,
    workspace: WorkspaceId,
    text: &str,
) -> Result<Vec<Campaign>, Error> {
    list!(CampaignRow, tx, OF_NAME, workspace.to_string(), text)
}

/// The campaign's own windows in days: from click to lead, and from lead to sale.
///
/// # Errors
/// When the store does not answer.
pub async fn windows(tx: &mut Tx, id: CampaignId) -> Result<(Option<u32>, Option<u32>), Error> {
    let found = fetch!(
        optional(Option<i64>, Option<i64>),
        tx,
        WINDOWS,
        id.to_string()
    )?;
    let (lead, sale) = found.unwrap_or_default();
    Ok((days(lead)?, days(sale)?))
}

/// Locks this campaign until the transaction ends, so that a change based on what is read now does
/// not overwrite another writer's change.
///
/// # Errors
/// When the store does not answer.
pub async fn lock(tx: &mut Tx, id: CampaignId) -> Result<(), Error> {
    execute!(tx, LOCK, id.to_string())?;
    Ok(())
}
