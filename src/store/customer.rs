//! Customers, their identifiers and their touches, derived from the ledger.
//!
//! # Invariants
//! - The cost of one conversion grows with its own identifiers and touches, never with the number
//!   of the customer's conversions: indexes find the earliest and the latest.
//! - Only [`merge`] and [`dissolve`] write all rows of a customer.
//! - The caller holds [`Store::ingest`](super::Store::ingest) while it writes.
//! - [`query`] reads customers for the API.
//!
//! # Out of scope
//! When conversions belong to one customer.

pub mod query;

use super::conversion::related::Identifier;
use super::credit;
use super::text_column::{read_id, read_id_option};
use crate::clock::Millis;
use crate::customer::CustomerTouch;
use crate::drivers::sql::{
    Error, Only, Tx, bulk, bulk_sql, execute, fetch, list, statements, value, values,
};
use crate::id::{ConversionId, CustomerId, WorkspaceId};

#[derive(sqlx_macros::FromRow)]
struct TouchRow {
    touched_at: i64,
    clicked_at: Option<i64>,
    campaign_id: Option<String>,
    network: Option<String>,
    link_id: Option<String>,
}

impl TryFrom<TouchRow> for CustomerTouch {
    type Error = Error;

    fn try_from(row: TouchRow) -> Result<Self, Error> {
        Ok(CustomerTouch {
            campaign_id: read_id_option(row.campaign_id.as_deref())?,
            network: row.network,
            link_id: read_id_option(row.link_id.as_deref())?,
            touched_at: Millis(row.touched_at),
            clicked_at: row.clicked_at.map(Millis),
        })
    }
}

/// Selects whole rows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT touched_at, clicked_at, campaign_id, network, link_id \
            FROM customer_touch ",
            $rest
        )
    };
}

statements! {
    sql OF_CONVERSION = "SELECT customer_id FROM conversion WHERE id = $1 \
        AND customer_id IS NOT NULL";
    sql OF_MARK = "SELECT customer_id FROM customer_mark WHERE workspace_id = $1 AND kind = $2 \
        AND mark = $3";
    sql BEGIN = "INSERT INTO customer (id, workspace_id, begun_at, first_seen_at) \
        VALUES ($1, $2, $3, $3) ON CONFLICT (id) DO NOTHING";
    sql TIE = "INSERT INTO customer_mark (workspace_id, kind, mark, customer_id) \
        VALUES ($1, $2, $3, $4) \
        ON CONFLICT (workspace_id, kind, mark) DO UPDATE SET customer_id = excluded.customer_id";
    sql MOVE_CONVERSIONS = "UPDATE conversion SET customer_id = $2 WHERE customer_id = $1";
    sql MOVE_TOUCHES = "UPDATE customer_touch SET customer_id = $2 WHERE customer_id = $1";
    sql MOVE_MARKS = "UPDATE customer_mark SET customer_id = $2 WHERE customer_id = $1";
    sql REMOVE = "DELETE FROM customer WHERE id = $1";
    sql PUT = "UPDATE conversion SET customer_id = $2 WHERE id = $1";
    sql TOUCHES = select!("WHERE conversion_id = $1 ORDER BY ordinal");
    sql FORGET_TOUCHES = "DELETE FROM customer_touch WHERE conversion_id = $1";
    sql TOUCH = "INSERT INTO customer_touch (conversion_id, ordinal, customer_id, touched_at, \
        clicked_at, campaign_id, network, link_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    sql FIRST_TOUCH = select!(
        "WHERE customer_id = $1 ORDER BY touched_at, conversion_id, ordinal LIMIT 1"
    );
    sql LAST_TOUCH = select!(
        "WHERE customer_id = $1 ORDER BY touched_at DESC, conversion_id DESC, ordinal DESC LIMIT 1"
    );
    sql FIRST_SEEN = "SELECT occurred_at FROM conversion WHERE customer_id = $1 \
        ORDER BY occurred_at LIMIT 1";
    sql FIRST_SALE = "SELECT occurred_at FROM conversion WHERE customer_id = $1 \
        AND kind = 'sale' ORDER BY occurred_at LIMIT 1";
    sql SET = "UPDATE customer SET begun_at = $2, first_seen_at = $3, became_customer_at = $4, \
        first_campaign_id = $5, first_network = $6, first_link_id = $7, first_touched_at = $8, \
        first_clicked_at = $9, last_campaign_id = $10, last_network = $11, last_link_id = $12, \
        last_touched_at = $13, last_clicked_at = $14 WHERE id = $1";
    sql MEMBERS = "SELECT id FROM conversion WHERE customer_id = $1 LIMIT $2";
    sql FREE = "UPDATE conversion SET customer_id = NULL WHERE customer_id = $1";
    sql FORGET_MARKS = "DELETE FROM customer_mark WHERE customer_id = $1";
    sql RELEASE_EXTERNAL_ID = "DELETE FROM customer_mark WHERE workspace_id = $1 \
        AND kind = 'external_id' AND mark = $2 AND customer_id = $3 AND NOT EXISTS (SELECT 1 \
        FROM conversion WHERE workspace_id = $1 AND external_id = $2 AND customer_id = $3)";
    sql RELEASE_EMAIL = "DELETE FROM customer_mark WHERE workspace_id = $1 AND kind = 'email' \
        AND mark = $2 AND customer_id = $3 AND NOT EXISTS (SELECT 1 \
        FROM conversion WHERE workspace_id = $1 AND email_hash = $2 AND customer_id = $3)";
    sql UNTAKEN = "SELECT id FROM conversion WHERE customer_id IS NULL \
        AND (external_id IS NOT NULL OR email_hash IS NOT NULL) AND id > $1 ORDER BY id LIMIT $2";
    bulk OF_CONVERSIONS = bulk_sql!(
        "SELECT DISTINCT customer_id FROM conversion WHERE id " in_list
        " AND customer_id IS NOT NULL"
    );
    // The number of earlier sales is stored: otherwise a removal would turn a second sale into a
    // first one.
    bulk REMEMBER_EARLIER = bulk_sql!(
        "UPDATE conversion SET earlier_sales = (SELECT count(*) FROM conversion e \
        WHERE e.customer_id = conversion.customer_id AND e.kind = 'sale' \
        AND (e.occurred_at < conversion.occurred_at OR (e.occurred_at = conversion.occurred_at \
        AND e.id < conversion.id))) WHERE kind = 'sale' AND earlier_sales IS NULL \
        AND customer_id IN (SELECT c.customer_id FROM conversion c WHERE c.id " in_list ")"
    );
    bulk TAKE_OUT = bulk_sql!("UPDATE conversion SET customer_id = NULL WHERE id " in_list);
    bulk TAKE_TOUCHES_OUT = bulk_sql!("DELETE FROM customer_touch WHERE conversion_id " in_list);
}

/// Lookups that keep a customer's first and last values current; each is one step in an index.
pub const LOOKUPS: &[&str] = &[FIRST_TOUCH, LAST_TOUCH, FIRST_SEEN, FIRST_SALE];

/// The kind of an identifier, and its value.
fn columns(mark: &Identifier) -> (&'static str, &str) {
    match mark {
        Identifier::ExternalId(id) => ("external_id", id),
        Identifier::EmailHash(hash) => ("email", hash),
    }
}

/// The customer whose conversion it is.
///
/// # Errors
/// When the store does not answer.
pub async fn of_conversion(tx: &mut Tx, id: ConversionId) -> Result<Option<CustomerId>, Error> {
    let found = value!(String, tx, OF_CONVERSION, id.to_string())?;
    found.map(|id| read_id(&id)).transpose()
}

/// The customer with this identifier.
///
/// # Errors
/// When the store does not answer.
pub async fn of_mark(
    tx: &mut Tx,
    workspace: WorkspaceId,
    mark: &Identifier,
) -> Result<Option<CustomerId>, Error> {
    let (kind, mark) = columns(mark);
    let found = value!(String, tx, OF_MARK, workspace.to_string(), kind, mark)?;
    found.map(|id| read_id(&id)).transpose()
}

/// Creates the customer if needed; [`derive()`] computes the other columns.
///
/// # Errors
/// When the store does not answer.
pub async fn create(
    tx: &mut Tx,
    id: CustomerId,
    workspace: WorkspaceId,
    at: Millis,
) -> Result<(), Error> {
    execute!(tx, BEGIN, id.to_string(), workspace.to_string(), at.0)?;
    Ok(())
}

/// Assigns an identifier to a customer.
///
/// # Errors
/// When the store does not answer.
pub async fn assign_identifier(
    tx: &mut Tx,
    workspace: WorkspaceId,
    mark: &Identifier,
    id: CustomerId,
) -> Result<(), Error> {
    let (kind, mark) = columns(mark);
    execute!(tx, TIE, workspace.to_string(), kind, mark, id.to_string())?;
    Ok(())
}

/// Moves everything of `from` to `into`.
///
/// # Errors
/// When the store does not answer.
pub async fn merge(tx: &mut Tx, from: CustomerId, into: CustomerId) -> Result<(), Error> {
    let (from, into) = (from.to_string(), into.to_string());
    for customer in [&from, &into] {
        credit::cache::invalidate_first_sales(tx, customer).await?;
    }
    for statement in [MOVE_CONVERSIONS, MOVE_TOUCHES, MOVE_MARKS] {
        execute!(tx, statement, &from, &into)?;
    }
    execute!(tx, REMOVE, &from)?;
    Ok(())
}

/// Assigns a conversion, with its touches, to this customer or to none.
///
/// # Errors
/// When the store does not answer.
pub async fn assign(
    tx: &mut Tx,
    conversion: ConversionId,
    customer: Option<CustomerId>,
    touches: &[CustomerTouch],
) -> Result<(), Error> {
    let id = conversion.to_string();
    let customer = customer.map(|customer| customer.to_string());
    credit::cache::invalidate_from(tx, &id).await?;
    execute!(tx, PUT, &id, customer.as_deref())?;
    credit::cache::invalidate_from(tx, &id).await?;
    execute!(tx, FORGET_TOUCHES, &id)?;
    let Some(customer) = customer else {
        return Ok(());
    };
    for (ordinal, touch) in (0i64..).zip(touches) {
        execute!(
            tx,
            TOUCH,
            &id,
            ordinal,
            &customer,
            touch.touched_at.0,
            touch.clicked_at.map(|at| at.0),
            touch.campaign_id.map(|id| id.to_string()),
            touch.network.as_deref(),
            touch.link_id.map(|id| id.to_string()),
        )?;
    }
    Ok(())
}

/// The touches of a customer's conversion, earliest first.
///
/// # Errors
/// When the store does not answer.
pub async fn touches(tx: &mut Tx, conversion: ConversionId) -> Result<Vec<CustomerTouch>, Error> {
    list!(TouchRow, tx, TOUCHES, conversion.to_string())
}

/// Derives the customer's row from their conversions and touches.
///
/// # Errors
/// When the store does not answer.
pub async fn derive(tx: &mut Tx, id: CustomerId) -> Result<(), Error> {
    let id = id.to_string();
    let Some(seen) = value!(i64, tx, FIRST_SEEN, &id)? else {
        return Ok(());
    };
    let sale = value!(i64, tx, FIRST_SALE, &id)?;
    let first = fetch!(optional TouchRow, tx, FIRST_TOUCH, &id)?;
    let last = fetch!(optional TouchRow, tx, LAST_TOUCH, &id)?;
    let (first, last) = (first.as_ref(), last.as_ref());
    execute!(
        tx,
        SET,
        &id,
        first.map_or(seen, |touch| touch.touched_at),
        seen,
        sale,
        first.and_then(|touch| touch.campaign_id.as_deref()),
        first.and_then(|touch| touch.network.as_deref()),
        first.and_then(|touch| touch.link_id.as_deref()),
        first.map(|touch| touch.touched_at),
        first.and_then(|touch| touch.clicked_at),
        last.and_then(|touch| touch.campaign_id.as_deref()),
        last.and_then(|touch| touch.network.as_deref()),
        last.and_then(|touch| touch.link_id.as_deref()),
        last.map(|touch| touch.touched_at),
        last.and_then(|touch| touch.clicked_at),
    )?;
    Ok(())
}

/// Removes these conversions and their touches from their customers. Returns the customers.
///
/// # Errors
/// When the store does not answer.
pub async fn remove_conversions(
    tx: &mut Tx,
    ids: &[ConversionId],
) -> Result<Vec<CustomerId>, Error> {
    let id = |id: &ConversionId| id.to_string();
    let customers = bulk!(all Only<String>, tx, OF_CONVERSIONS, ids, [id])?;
    if !customers.is_empty() {
        bulk!(execute, tx, REMEMBER_EARLIER, ids, [id])?;
        bulk!(execute, tx, TAKE_OUT, ids, [id])?;
        bulk!(execute, tx, TAKE_TOUCHES_OUT, ids, [id])?;
    }
    customers.iter().map(|(id,)| read_id(id)).collect()
}

/// The customer's conversions, at most `most`, in any order.
///
/// # Errors
/// When the store does not answer.
pub async fn conversions(
    tx: &mut Tx,
    id: CustomerId,
    most: usize,
) -> Result<Vec<ConversionId>, Error> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let found = values!(String, tx, MEMBERS, id.to_string(), most)?;
    found.iter().map(|id| read_id(id)).collect()
}

/// Deletes the customer. Their conversions and identifiers then have no customer; touches stay with
/// their conversions until these are assigned again.
///
/// # Errors
/// When the store does not answer.
pub async fn dissolve(tx: &mut Tx, id: CustomerId) -> Result<(), Error> {
    for statement in [FREE, FORGET_MARKS, REMOVE] {
        execute!(tx, statement, id.to_string())?;
    }
    Ok(())
}

/// Deletes an identifier of the customer that none of their conversions has any more.
///
/// # Errors
/// When the store does not answer.
pub async fn release_identifier(
    tx: &mut Tx,
    workspace: WorkspaceId,
    mark: &Identifier,
    id: CustomerId,
) -> Result<(), Error> {
    let statement = match mark {
        Identifier::ExternalId(_) => RELEASE_EXTERNAL_ID,
        Identifier::EmailHash(_) => RELEASE_EMAIL,
    };
    let (_, mark) = columns(mark);
    execute!(tx, statement, workspace.to_string(), mark, id.to_string())?;
    Ok(())
}

/// Conversions after this one with an identifier but without a customer, in the order of ids.
///
/// # Errors
/// When the store does not answer.
pub async fn unassigned(
    tx: &mut Tx,
    after: Option<ConversionId>,
    most: i64,
) -> Result<Vec<ConversionId>, Error> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let found = values!(String, tx, UNTAKEN, after, most)?;
    found.iter().map(|id| read_id(id)).collect()
}
