//! The remaining work of erasures: which orders, conversions and clicks.
//!
//! # Invariants
//! A row exists from the transaction that writes the tombstones until the one that removes the
//! person from its subject. So any program can finish what another one began.
//!
//! # Out of scope
//! Which data belong to a person, and what remains of them.

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

/// The kind of a row's subject, in the order of processing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErasureStep {
    /// An order with its lines in the ledger.
    Order = 1,
    /// A conversion.
    Conversion = 2,
    /// A click, after no conversion of the person names it.
    Click = 3,
}

/// Part of the remaining work, all of one workspace and one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasurePortion {
    /// Its owner.
    pub workspace_id: WorkspaceId,
    /// The kind of the subjects.
    pub step: ErasureStep,
    /// The ids of the subjects.
    pub subjects: Vec<String>,
}

/// Adds work.
///
/// # Errors
/// When the store does not answer.
pub async fn add(tx: &mut Tx, portion: &ErasurePortion) -> Result<(), Error> {
    run(tx, ADD, portion).await
}

/// Removes finished work.
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

/// Whether any work is left.
///
/// # Errors
/// When the store does not answer.
pub async fn is_any(tx: &mut Tx) -> Result<bool, Error> {
    Ok(value!(i64, tx, ANY)?.is_some())
}

/// The next work, at most `most` subjects; `None` when none is left.
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

/// Moves the remaining work of an order to the order that it was merged into.
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
