//! The rules by which each conversion was credited, and which conversions must be re-credited.
//!
//! # Invariants
//! Every conversion has one row, from the transaction that first credits it.
//!
//! # Out of scope
//! The rules.

use crate::clock::Millis;
use crate::conversion::NewConversion;
use crate::drivers::sql::{Error, Tx, execute, fetch, statements};
use crate::id::{CampaignId, ConversionId, WorkspaceId};
use crate::store::conversion::related::DatedConversion;
use crate::store::text_column::read_id;

statements! {
    sql SET = "INSERT INTO credited (conversion_id, workspace_id, occurred_at, model_version, left_out) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (conversion_id) DO UPDATE SET \
        occurred_at = excluded.occurred_at, model_version = excluded.model_version, \
        left_out = excluded.left_out WHERE credited.occurred_at <> excluded.occurred_at \
        OR credited.model_version <> excluded.model_version OR credited.left_out <> excluded.left_out";
    sql OLDER = "SELECT occurred_at, conversion_id FROM credited WHERE model_version < $1 \
        ORDER BY model_version, occurred_at, conversion_id LIMIT $2";
    sql NEWER = "SELECT occurred_at, conversion_id FROM credited WHERE model_version > $1 \
        ORDER BY model_version, occurred_at, conversion_id LIMIT $2";
    sql FORGET = "DELETE FROM credited WHERE conversion_id = $1";
    sql QUEUE = "UPDATE credited SET model_version = 0 WHERE conversion_id IN \
        (SELECT conversion_id FROM credit WHERE coalesce(campaign_id, workspace_id) = $1) \
        OR (workspace_id = $2 AND left_out > 0)";
}

/// Stores the rules by which a conversion was credited, and how many touches were outside their
/// windows.
///
/// # Errors
/// When the store does not answer.
pub async fn set(
    tx: &mut Tx,
    report: &NewConversion,
    version: i64,
    left_out: usize,
) -> Result<(), Error> {
    execute!(
        tx,
        SET,
        report.id.to_string(),
        report.workspace_id.to_string(),
        report.occurred_at.0,
        version,
        i64::try_from(left_out).unwrap_or(i64::MAX),
    )?;
    Ok(())
}

/// Deletes the row of a conversion that was deleted.
///
/// # Errors
/// When the store does not answer.
pub async fn delete(tx: &mut Tx, id: ConversionId) -> Result<(), Error> {
    execute!(tx, FORGET, id.to_string())?;
    Ok(())
}

/// At most `limit` conversions that were credited by other rules. Among those of the same rules,
/// the earliest is first.
///
/// # Errors
/// When the store does not answer.
pub async fn stale(tx: &mut Tx, version: i64, limit: i64) -> Result<Vec<DatedConversion>, Error> {
    let mut rows = fetch!(all(i64, String), tx, OLDER, version, limit)?;
    if rows.is_empty() {
        rows = fetch!(all(i64, String), tx, NEWER, version, limit)?;
    }
    let rows = rows.into_iter();
    rows.map(|(at, id)| Ok((Millis(at), read_id(&id)?)))
        .collect()
}

/// Queues conversions for re-crediting that the campaign's windows may have decided: those with its
/// credit, and those with a touch left out. Returns how many there are.
///
/// # Errors
/// When the store does not answer.
pub async fn queue_recrediting(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
) -> Result<u64, Error> {
    Ok(execute!(
        tx,
        QUEUE,
        campaign.to_string(),
        workspace.to_string()
    )?)
}
