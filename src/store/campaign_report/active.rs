//! Which campaigns of a workspace have data to report in a period.

use std::ops::RangeInclusive;

use crate::campaign::Campaign;
use crate::clock::Millis;
use crate::drivers::sql::{Error, Tx, statements, value, values};
use crate::id::WorkspaceId;
use crate::store::campaign;
use crate::store::text_column::read_id;

statements! {
    sql ACTIVE = "SELECT c.id FROM campaign c WHERE c.workspace_id = $1 AND (\
        EXISTS (SELECT 1 FROM report_day d WHERE d.owner = c.id AND d.part IN ('credits', 'clicks') \
            AND d.day >= $2 AND d.day <= $3) \
        OR EXISTS (SELECT 1 FROM placement p JOIN click_quarter q ON q.placement_id = p.id \
            WHERE p.campaign_id = c.id AND q.quarter >= $4 AND q.quarter < $5) \
        OR EXISTS (SELECT 1 FROM cost s WHERE s.campaign_id = c.id AND s.from_day <= $7 AND s.to_day >= $6)) \
        ORDER BY c.id";
    sql EARLIEST = "SELECT min(coalesce(starts_at, created_at)) FROM campaign \
        WHERE workspace_id = $1";
}

/// Campaigns with clicks or costs in the period, or with credits for clicks on those days (UTC), in
/// the order of their creation.
///
/// # Errors
/// When the store does not answer.
pub async fn campaigns(
    tx: &mut Tx,
    workspace: WorkspaceId,
    (from, to): (Millis, Millis),
    credit_days: (i64, i64),
    cost_days: &RangeInclusive<i64>,
) -> Result<Vec<Campaign>, Error> {
    let ids = values!(
        String,
        tx,
        ACTIVE,
        workspace.to_string(),
        credit_days.0,
        credit_days.1,
        from.0,
        to.0,
        *cost_days.start(),
        *cost_days.end()
    )?;
    let mut campaigns = Vec::new();
    for id in ids {
        campaigns.extend(campaign::by_id(tx, workspace, read_id(&id)?).await?);
    }
    Ok(campaigns)
}

/// When the workspace's first campaign started, if it has any.
///
/// # Errors
/// When the store does not answer.
pub async fn earliest_start(tx: &mut Tx, workspace: WorkspaceId) -> Result<Option<Millis>, Error> {
    let first = value!(Option<i64>, tx, EARLIEST, workspace.to_string())?;
    Ok(first.flatten().map(Millis))
}
