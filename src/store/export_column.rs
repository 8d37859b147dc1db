//! Names of columns that a workspace mapped by hand, by the kind of file and its network.
//!
//! # Invariants
//! A column has one name in the files of a network. What was said of all its files in a language
//! stands beside them, under names with a blank: `dates en`, `decimal any`.

use crate::drivers::sql::{Error, Tx, execute, fetch, statements};
use crate::id::WorkspaceId;

statements! {
    sql OF = "SELECT column_name, header FROM export_column \
        WHERE workspace_id = $1 AND kind = $2 AND network = $3 ORDER BY column_name";
    sql PUT = "INSERT INTO export_column (workspace_id, kind, network, column_name, header) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (workspace_id, kind, network, column_name) \
        DO UPDATE SET header = excluded.header";
    sql REMOVE = "DELETE FROM export_column \
        WHERE workspace_id = $1 AND kind = $2 AND network = $3 AND column_name = $4";
}

/// The columns of a network's files with their names.
///
/// # Errors
/// When the store does not answer.
pub async fn of(
    tx: &mut Tx,
    workspace: WorkspaceId,
    kind: &str,
    network: &str,
) -> Result<Vec<(String, String)>, Error> {
    let workspace = workspace.to_string();
    Ok(fetch!(
        all(String, String),
        tx,
        OF,
        workspace,
        kind,
        network
    )?)
}

/// Sets the name of a column; an empty one deletes it.
///
/// # Errors
/// When the store does not answer.
pub async fn set(
    tx: &mut Tx,
    workspace: WorkspaceId,
    (kind, network): (&str, &str),
    (column, header): (&str, &str),
) -> Result<(), Error> {
    let workspace = workspace.to_string();
    if header.is_empty() {
        execute!(tx, REMOVE, workspace, kind, network, column)?;
    } else {
        execute!(tx, PUT, workspace, kind, network, column, header)?;
    }
    Ok(())
}
