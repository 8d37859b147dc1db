//! What is left to do of people under way to be erased: which orders, conversions and clicks.
//!
//! # Invariants
//! A row stands from the transaction that writes the tombstones to the one that takes the person
//! out of what the row names. So whoever finds rows can finish what another began.
//!
//! # Out of scope
//! Who is a person, and what is left of what they did.

use super::text_column::read_id;
use crate::drivers::sql::{Bulk, Error, Tx, bulk, bulk_sql, execute, fetch, statements, value};
use crate::id::{OrderId, WorkspaceId};

statements! {
    bulk ADD = bulk_sql!(
        "INSERT INTO erasing " values(workspace_id TEXT, step BIGINT, subject TEXT)
        " ON CONFLICT (workspace_id, step, subject) DO NOTHING"
    );
    // SQLite has no USING, and PostgreSQL plans a join better than a list of rows.
    bulk REMOVE = Bulk {
        postgres: "DELETE FROM erasing e USING UNNEST($1::TEXT[], $2::BIGINT[], $3::TEXT[]) \
            AS a (workspace_id, step, subject) \
            WHERE e.workspace_id = a.workspace_id AND e.step = a.step AND e.subject = a.subject",
        sqlite: "DELETE FROM erasing WHERE (workspace_id, step, subject) IN \
            (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each($1))",
    };
    sql ANY = "SELECT step FROM erasing LIMIT 1";
    sql NEXT = "SELECT workspace_id, step, subject FROM erasing \
        ORDER BY workspace_id, step, subject LIMIT $1";
    sql MOVE_ORDER = "INSERT INTO erasing (workspace_id, step, subject) \
        SELECT workspace_id, step, $2 FROM erasing WHERE workspace_id = $3 AND step = 1 AND subject = $1 \
        ON CONFLICT (workspace_id, step, subject) DO NOTHING";
}

/// What a row names, in the order in which they are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasureStep {
    /// An order, with its lines in the ledger.
    Order = 1,
    /// A conversion.
    Conversion = 2,
    /// A click: no conversion of the person names it by then.
    Click = 3,
}

/// Some of what is left, all of one workspace and of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasurePortion {
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// What the subjects are.
    pub step: ErasureStep,
    /// Their ids.
    pub subjects: Vec<String>,
}

/// Notes what is to be erased.
///
/// # Errors
/// When the store does not answer.
pub async fn add(tx: &mut Tx, portion: &ErasurePortion) -> Result<(), Error> {
    run(tx, ADD, portion).await
}

/// Takes off what is erased.
///
/// # Errors
/// When the store does not answer.
pub async fn remove(tx: &mut Tx, portion: &ErasurePortion) -> Result<(), Error> {
    run(tx, REMOVE, portion).await
}

async fn run(tx: &mut Tx, bulk: Bulk, portion: &ErasurePortion) -> Result<(), Error> {
    bulk!(
        execute,
        tx,
        bulk,
        portion.subjects,
        [
            |_: &String| portion.workspace_id.to_string(),
            |_: &String| portion.step as i64,
            String::clone,
        ]
    )?;
    Ok(())
}

/// Whether anything is left.
///
/// # Errors
/// When the store does not answer.
pub async fn is_any(tx: &mut Tx) -> Result<bool, Error> {
    Ok(value!(i64, tx, ANY)?.is_some())
}

/// At most `most` of what is to be done next; `None` when nothing is left.
///
/// # Errors
/// When the store does not answer.
pub async fn next(tx: &mut Tx, most: i64) -> Result<Option<ErasurePortion>, Error> {
    let rows = fetch!(all(String, i64, String), tx, NEXT, most)?;
    let Some((workspace, step, _)) = rows.first().cloned() else {
        return Ok(None);
    };
    let alike = |row: &(String, i64, String)| row.0 == workspace && row.1 == step;
    Ok(Some(ErasurePortion {
        workspace_id: read_id(&workspace)?,
        step: match step {
            1 => ErasureStep::Order,
            2 => ErasureStep::Conversion,
            3 => ErasureStep::Click,
            other => {
                return Err(Error::Corrupt {
                    what: "step",
                    value: other.to_string(),
                });
            }
        },
        subjects: rows
            .into_iter()
            .take_while(alike)
            .map(|row| row.2)
            .collect(),
    }))
}

/// What is left of an order is left of the one that it turned out to be.
///
/// # Errors
/// When the store does not answer.
pub async fn move_order(
    tx: &mut Tx,
    workspace: WorkspaceId,
    from: OrderId,
    into: OrderId,
) -> Result<(), Error> {
    let (from, into) = (from.to_string(), into.to_string());
    execute!(tx, MOVE_ORDER, from, into, workspace.to_string())?;
    Ok(())
}
