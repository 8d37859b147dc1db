//! Meanings of columns that a workspace set by hand, by kind of file and network.
//!
//! # Invariants
//! A column has one meaning in all files of a network. Settings for all its files of one language
//! are also stored here, under names with a space: `dates en`, `decimal any`.

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

/// The columns of a network's files, with their meanings.
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

/// Sets the meaning of a column; an empty one deletes it.
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
