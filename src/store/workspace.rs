//! Workspaces: the owners of campaigns, links, sources and keys.

use super::{Error, Tx, read_id, read_json, write_json};
use crate::clock::Millis;
use crate::drivers::sql::{execute, find, statements};
use crate::id::WorkspaceId;
use crate::link::handed_on::HandedOn;
use crate::link::utm::UtmConvention;

/// A workspace.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Shown name.
    pub name: String,
    /// What its UTM values must look like.
    pub convention: UtmConvention,
    /// What its new links hand on of a click's query.
    pub handed_on: HandedOn,
    /// When it was created.
    pub created_at: Millis,
}

#[derive(sqlx_macros::FromRow)]
struct WorkspaceRow {
    id: String,
    name: String,
    convention: String,
    handed_on: Option<String>,
    created_at: i64,
}

impl TryFrom<WorkspaceRow> for Workspace {
    type Error = Error;

    fn try_from(row: WorkspaceRow) -> Result<Self, Error> {
        Ok(Workspace {
            id: read_id(&row.id)?,
            name: row.name,
            convention: read_json("convention", &row.convention)?,
            handed_on: HandedOn::from_stored(row.handed_on.as_deref()),
            created_at: Millis(row.created_at),
        })
    }
}

/// Selects whole rows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, convention, handed_on, created_at FROM workspace ",
            $rest
        )
    };
}

statements! {
    sql INSERT = "INSERT INTO workspace (id, name, convention, created_at, handed_on) VALUES ($1, \
        $2, $3, $4, $5)";
    sql BY_ID = select!("WHERE id = $1");
    sql FIRST = select!("ORDER BY id LIMIT 1");
    sql SET_CONVENTION = "UPDATE workspace SET convention = $2 WHERE id = $1";
    sql SET_HANDED_ON = "UPDATE workspace SET handed_on = $2 WHERE id = $1";
    sql LOCK = "UPDATE workspace SET name = name WHERE id = $1";
}

/// Adds a workspace.
///
/// # Errors
/// When the store does not answer.
pub async fn insert(tx: &mut Tx, workspace: &Workspace) -> Result<(), Error> {
    let convention = write_json("convention", &workspace.convention)?;
    execute!(
        tx,
        INSERT,
        workspace.id.to_string(),
        &workspace.name,
        &convention,
        workspace.created_at.0,
        workspace.handed_on.stored()
    )?;
    Ok(())
}

/// The workspace of that id.
///
/// # Errors
/// When the store does not answer.
pub async fn by_id(tx: &mut Tx, id: WorkspaceId) -> Result<Option<Workspace>, Error> {
    find!(WorkspaceRow, tx, BY_ID, id.to_string())
}

/// The oldest workspace; `None` on a new store.
///
/// # Errors
/// When the store does not answer.
pub async fn first(tx: &mut Tx) -> Result<Option<Workspace>, Error> {
    find!(WorkspaceRow, tx, FIRST)
}

/// Replaces the UTM convention.
///
/// # Errors
/// When the store does not answer.
pub async fn set_convention(
    tx: &mut Tx,
    id: WorkspaceId,
    convention: &UtmConvention,
) -> Result<(), Error> {
    let convention = write_json("convention", convention)?;
    execute!(tx, SET_CONVENTION, id.to_string(), &convention)?;
    Ok(())
}

/// Replaces what new links hand on.
///
/// # Errors
/// When the store does not answer.
pub async fn set_handed_on(
    tx: &mut Tx,
    id: WorkspaceId,
    handed_on: &HandedOn,
) -> Result<(), Error> {
    execute!(tx, SET_HANDED_ON, id.to_string(), handed_on.stored())?;
    Ok(())
}

/// Locks this workspace until the transaction ends, for imports that read and then write many rows.
///
/// # Errors
/// When the store does not answer.
pub async fn lock(tx: &mut Tx, id: WorkspaceId) -> Result<(), Error> {
    execute!(tx, LOCK, id.to_string())?;
    Ok(())
}
