//! Workspaces: the owners of campaigns, links, sources and keys.

use super::text_column::{read_id, read_json, write_json};
use crate::clock::Millis;
use crate::drivers::sql::{Error, Tx, execute, find, statements};
use crate::id::WorkspaceId;
use crate::link::handed_on::HandedOn;
use crate::link::utm::UtmConvention;
use crate::money::Currency;

/// A workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Display name.
    pub name: String,
    /// The convention for its UTM values.
    pub convention: UtmConvention,
    /// Which query parameters of a click its new links pass on.
    pub handed_on: HandedOn,
    /// Currency of new campaigns without their own.
    pub currency: Option<Currency>,
    /// IANA time zone of new campaigns without their own.
    pub time_zone: Option<String>,
    /// When it was created.
    pub created_at: Millis,
}

impl Workspace {
    /// A workspace with default settings.
    pub fn new(id: WorkspaceId, name: &str, created_at: Millis) -> Workspace {
        Workspace {
            id,
            name: name.to_owned(),
            convention: UtmConvention::default(),
            handed_on: HandedOn::AdNetworks,
            currency: None,
            time_zone: None,
            created_at,
        }
    }
}

#[derive(sqlx_macros::FromRow)]
struct WorkspaceRow {
    id: String,
    name: String,
    convention: String,
    handed_on: Option<String>,
    currency: Option<String>,
    time_zone: Option<String>,
    created_at: i64,
}

impl TryFrom<WorkspaceRow> for Workspace {
    type Error = Error;

    fn try_from(row: WorkspaceRow) -> Result<Self, Error> {
        let currency = row.currency.map(|code| {
            code.parse().map_err(|_| Error::Corrupt {
                what: "currency",
                value: code,
            })
        });
        Ok(Workspace {
            id: read_id(&row.id)?,
            name: row.name,
            convention: read_json("convention", &row.convention)?,
            handed_on: HandedOn::from_stored(row.handed_on.as_deref()),
            currency: currency.transpose()?,
            time_zone: row.time_zone,
            created_at: Millis(row.created_at),
        })
    }
}

/// Selects whole rows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, convention, handed_on, currency, time_zone, created_at \
            FROM workspace ",
            $rest
        )
    };
}

statements! {
    sql INSERT = "INSERT INTO workspace (id, name, convention, handed_on, currency, time_zone, \
        created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    sql BY_ID = select!("WHERE id = $1");
    sql FIRST = select!("ORDER BY id LIMIT 1");
    sql UPDATE = "UPDATE workspace SET name = $2, convention = $3, handed_on = $4, currency = $5, \
        time_zone = $6 WHERE id = $1";
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
        workspace.handed_on.stored(),
        workspace.currency.map(Currency::code),
        workspace.time_zone.as_deref(),
        workspace.created_at.0,
    )?;
    Ok(())
}

/// The workspace with that id.
///
/// # Errors
/// When the store does not answer.
pub async fn by_id(tx: &mut Tx, id: WorkspaceId) -> Result<Option<Workspace>, Error> {
    find!(WorkspaceRow, tx, BY_ID, id.to_string())
}

/// The oldest workspace; `None` in a new store.
///
/// # Errors
/// When the store does not answer.
pub async fn first(tx: &mut Tx) -> Result<Option<Workspace>, Error> {
    find!(WorkspaceRow, tx, FIRST)
}

/// Writes back the fields of a workspace that can change.
///
/// # Errors
/// When the store does not answer.
pub async fn update(tx: &mut Tx, workspace: &Workspace) -> Result<(), Error> {
    let convention = write_json("convention", &workspace.convention)?;
    execute!(
        tx,
        UPDATE,
        workspace.id.to_string(),
        &workspace.name,
        &convention,
        workspace.handed_on.stored(),
        workspace.currency.map(Currency::code),
        workspace.time_zone.as_deref(),
    )?;
    Ok(())
}

/// Locks this workspace until the transaction ends. Callers that read and then write use it.
///
/// # Errors
/// When the store does not answer.
pub async fn lock(tx: &mut Tx, id: WorkspaceId) -> Result<(), Error> {
    execute!(tx, LOCK, id.to_string())?;
    Ok(())
}
