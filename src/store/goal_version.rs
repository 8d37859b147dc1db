//! Earlier goals of campaigns whose goal changed after the campaign's start.
//!
//! # Invariants
//! A row is never changed or deleted.
//!
//! # Out of scope
//! When a goal may change.

use super::campaign::{aim_columns, read_aim};
use crate::campaign::goal::GoalVersion;
use crate::clock::Millis;
use crate::drivers::sql::{Error, Tx, execute, list, statements};
use crate::id::CampaignId;

#[derive(sqlx_macros::FromRow)]
struct GoalVersionRow {
    number: i64,
    goal_metric: Option<String>,
    goal_target: Option<i64>,
    goal_by: Option<i64>,
    goal_waiver: Option<String>,
    starts_at: Option<i64>,
    ends_at: Option<i64>,
    changed_at: i64,
    key_id: String,
    key_name: String,
    reason: String,
}

impl TryFrom<GoalVersionRow> for GoalVersion {
    type Error = Error;

    fn try_from(row: GoalVersionRow) -> Result<GoalVersion, Error> {
        Ok(GoalVersion {
            number: row.number,
            aim: read_aim(
                row.goal_metric.as_deref(),
                row.goal_target,
                row.goal_by,
                row.goal_waiver,
            )?,
            starts_at: row.starts_at.map(Millis),
            ends_at: row.ends_at.map(Millis),
            changed_at: Millis(row.changed_at),
            key_id: row.key_id,
            key_name: row.key_name,
            reason: row.reason,
        })
    }
}

statements! {
    sql INSERT = "INSERT INTO goal_version (campaign_id, number, goal_metric, goal_target, goal_by, \
        goal_waiver, starts_at, ends_at, changed_at, key_id, key_name, reason) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    sql LIST = "SELECT number, goal_metric, goal_target, goal_by, goal_waiver, starts_at, ends_at, \
        changed_at, key_id, key_name, reason FROM goal_version WHERE campaign_id = $1 ORDER BY number";
}

/// Stores the goal that was in force until now.
///
/// # Errors
/// [`Error::Duplicate`] when the number exists; when the store does not answer.
pub async fn insert(tx: &mut Tx, campaign: CampaignId, version: &GoalVersion) -> Result<(), Error> {
    let (metric, target, by, waiver) = aim_columns(&version.aim);
    execute!(
        tx,
        INSERT,
        campaign.to_string(),
        version.number,
        metric.as_deref(),
        target,
        by,
        waiver,
        version.starts_at.map(|at| at.0),
        version.ends_at.map(|at| at.0),
        version.changed_at.0,
        &version.key_id,
        &version.key_name,
        &version.reason,
    )?;
    Ok(())
}

/// The earlier goals of a campaign, oldest first; empty if the goal never changed after the start.
///
/// # Errors
/// When the store does not answer.
pub async fn list(tx: &mut Tx, campaign: CampaignId) -> Result<Vec<GoalVersion>, Error> {
    list!(GoalVersionRow, tx, LIST, campaign.to_string())
}
