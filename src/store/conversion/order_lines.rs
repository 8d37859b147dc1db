//! The lines of orders in the ledger: read by order, rewritten, and deleted when the order's facts
//! no longer give them.

use super::claim;
use super::row::{Conversion, ConversionRow, select};
use crate::conversion::NewConversion;
use crate::drivers::sql::{Error, Tx, execute, list, statements};
use crate::id::OrderId;
use crate::store::text_column::write_json;
use crate::store::{credit, promo_code};

statements! {
    sql OF_ORDER = select!("WHERE order_id = $1 ORDER BY id");
    sql REWRITE = "UPDATE conversion SET event_id = $2, occurred_at = $3, amount = $4, currency = $5, \
        refund_of = $6, external_id = $7, email_hash = $8, evidence = $9, order_id = $10, \
        order_part = $11 WHERE id = $1";
    sql UNCLAIM = "DELETE FROM conversion_touch WHERE conversion_id = $1";
    sql UNCREDIT = "DELETE FROM credit WHERE conversion_id = $1";
    sql REMOVE = "DELETE FROM conversion WHERE id = $1";
}

/// The lines of an order in the ledger.
///
/// # Errors
/// When the store does not answer.
pub async fn of_order(tx: &mut Tx, order: OrderId) -> Result<Vec<Conversion>, Error> {
    list!(ConversionRow, tx, OF_ORDER, order.to_string())
}

/// Replaces the line of an order with the same id. It is not joined again.
///
/// # Errors
/// [`Error::Duplicate`] when another conversion has its event id; when the store does not answer.
pub async fn rewrite(tx: &mut Tx, report: &NewConversion) -> Result<(), Error> {
    let evidence = write_json("evidence", &report.evidence)?;
    let id = report.id.to_string();
    credit::cache::invalidate_from(tx, &id).await?;
    execute!(
        tx,
        REWRITE,
        &id,
        &report.event_id,
        report.occurred_at.0,
        report.value.map(|value| value.amount),
        report.value.map(|value| value.currency.code()),
        report.refund_of.as_deref(),
        report.evidence.external_id.as_deref(),
        report.evidence.email_hash.as_deref(),
        &evidence,
        report.order.as_ref().map(|order| order.id.to_string()),
        report.order.as_ref().map(|order| order.part.as_str()),
    )?;
    credit::cache::invalidate_from(tx, &id).await?;
    execute!(tx, UNCLAIM, &id)?;
    promo_code::delete_used(tx, &[report.id]).await?;
    claim(tx, report).await
}

/// Deletes a line of an order that its facts no longer give.
///
/// # Errors
/// When the store does not answer.
pub async fn delete(tx: &mut Tx, report: &NewConversion) -> Result<(), Error> {
    let id = report.id.to_string();
    promo_code::delete_used(tx, &[report.id]).await?;
    credit::cache::invalidate(tx, &[report.id]).await?;
    for statement in [UNCLAIM, UNCREDIT, REMOVE] {
        execute!(tx, statement, &id)?;
    }
    credit::version::delete(tx, report.id).await
}
