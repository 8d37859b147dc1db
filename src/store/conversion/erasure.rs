//! Takes people out of the ledger.
//!
//! Holds: amounts, times, campaigns, networks and links stay, so sums stay. A conversion that is not
//! the person's own but names their click goes on with the id that stands in for the click.

use super::related::Mark;
use crate::conversion::NewConversion;
use crate::conversion::erasure::EMAIL_AS_ID;
use crate::id::{ClickId, ConversionId, WorkspaceId};
use crate::store::db::{Only, execute, fetch};
use crate::store::{Error, Tx, read_id, write_json};

const BY_EXTERNAL_ID: &str =
    "SELECT id FROM conversion WHERE workspace_id = $1 AND external_id = $2";
const BY_EMAIL: &str = "SELECT id FROM conversion WHERE workspace_id = $1 AND email_hash = $2 \
     UNION SELECT id FROM conversion WHERE workspace_id = $1 AND event_id = $3 \
     UNION SELECT id FROM conversion WHERE workspace_id = $1 AND refund_of = $3";
const NAMING: &str = "SELECT c.id FROM conversion_touch t \
     JOIN conversion c ON c.id = t.conversion_id WHERE t.click_id = $1 AND c.workspace_id = $2";
const REWRITE: &str = "UPDATE conversion SET external_id = $2, email_hash = $3, evidence = $4, \
     event_id = $5, refund_of = $6 WHERE id = $1";
const UNJOIN: &str = "UPDATE conversion SET click_id = NULL, joined_via = NULL WHERE id = $1";
const UNCREDIT: &str = "UPDATE credit SET click_id = NULL WHERE conversion_id = $1";
const FORGET_VIA: &str = "UPDATE conversion SET joined_via = NULL WHERE joined_via = $1";
const FORGET_TOUCH: &str =
    "DELETE FROM conversion_touch WHERE click_id = $1 AND conversion_id = $2";
const STAND_IN: &str =
    "UPDATE conversion SET click_id = $3 WHERE workspace_id = $1 AND click_id = $2";
const CREDIT_STAND_IN: &str =
    "UPDATE credit SET click_id = $3 WHERE workspace_id = $1 AND click_id = $2";
const RENAME_SALE: &str =
    "UPDATE conversion SET refund_of = $3 WHERE workspace_id = $1 AND refund_of = $2";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[
    BY_EXTERNAL_ID,
    BY_EMAIL,
    NAMING,
    REWRITE,
    UNJOIN,
    UNCREDIT,
    FORGET_VIA,
    FORGET_TOUCH,
    STAND_IN,
    CREDIT_STAND_IN,
    RENAME_SALE,
];

/// The conversions that carry this mark of a customer.
///
/// # Errors
/// When the store does not answer.
pub async fn carrying(
    tx: &mut Tx,
    workspace: WorkspaceId,
    mark: &Mark,
) -> Result<Vec<ConversionId>, Error> {
    let workspace = workspace.to_string();
    let rows = match mark {
        Mark::ExternalId(id) => fetch!(all Only<String>, tx, BY_EXTERNAL_ID, &workspace, id),
        Mark::EmailHash(hash) => {
            let as_id = format!("{EMAIL_AS_ID}{hash}");
            fetch!(all Only<String>, tx, BY_EMAIL, &workspace, hash, &as_id)
        }
    }?;
    rows.iter().map(|(id,)| read_id(id)).collect()
}

/// The conversions that name this click.
///
/// # Errors
/// When the store does not answer.
pub async fn naming(
    tx: &mut Tx,
    workspace: WorkspaceId,
    click: ClickId,
) -> Result<Vec<ConversionId>, Error> {
    fetch!(all Only<String>, tx, NAMING, click.to_string(), workspace.to_string())?
        .iter()
        .map(|(id,)| read_id(id))
        .collect()
}

/// Puts what is left of a report in its place, and forgets by which clicks it was joined.
///
/// # Errors
/// When the store does not answer.
pub async fn cut_loose(
    tx: &mut Tx,
    report: &NewConversion,
    left: &NewConversion,
) -> Result<(), Error> {
    rewrite(tx, report, left).await?;
    let id = report.id.to_string();
    execute!(tx, UNJOIN, &id)?;
    execute!(tx, UNCREDIT, &id)?;
    execute!(tx, FORGET_VIA, &id)?;
    Ok(())
}

/// Puts what is left of a report in its place; what it was joined to stays.
///
/// # Errors
/// When the store does not answer.
pub async fn rewrite(
    tx: &mut Tx,
    report: &NewConversion,
    left: &NewConversion,
) -> Result<(), Error> {
    let id = report.id.to_string();
    let evidence = write_json("evidence", &left.evidence)?;
    for click in &report.evidence.click_ids {
        execute!(tx, FORGET_TOUCH, click.to_string(), &id)?;
    }
    super::claim(tx, left).await?;
    execute!(
        tx,
        REWRITE,
        &id,
        left.evidence.external_id.as_deref(),
        left.evidence.email_hash.as_deref(),
        &evidence,
        &left.event_id,
        left.refund_of.as_deref(),
    )?;
    if left.event_id != report.event_id {
        rename_sale(tx, report.workspace_id, &report.event_id, &left.event_id).await?;
    }
    Ok(())
}

/// Puts the id that stands in for a click wherever the click is credited.
///
/// # Errors
/// When the store does not answer.
pub async fn stand_in(
    tx: &mut Tx,
    workspace: WorkspaceId,
    click: ClickId,
    stand_in: ClickId,
) -> Result<(), Error> {
    let workspace = workspace.to_string();
    let (click, stand_in) = (click.to_string(), stand_in.to_string());
    execute!(tx, STAND_IN, &workspace, &click, &stand_in)?;
    execute!(tx, CREDIT_STAND_IN, &workspace, &click, &stand_in)?;
    Ok(())
}

/// Refunds of a sale whose event got another id go on naming it.
///
/// # Errors
/// When the store does not answer.
pub async fn rename_sale(
    tx: &mut Tx,
    workspace: WorkspaceId,
    from: &str,
    to: &str,
) -> Result<(), Error> {
    execute!(tx, RENAME_SALE, workspace.to_string(), from, to)?;
    Ok(())
}
