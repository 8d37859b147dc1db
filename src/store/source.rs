//! Sources: senders that report conversions by webhook, with their sealed secrets and counters.

use super::page::Page;
use super::text_column::read_id;
use crate::clock::Millis;
use crate::drivers::sql::{Error, Tx, execute, find, list, statements};
use crate::id::{SourceId, WorkspaceId};

/// A source.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its id, which is also the last part of its webhook URL.
    pub id: SourceId,
    /// Its owner.
    pub workspace_id: WorkspaceId,
    /// The protocol that it speaks.
    pub provider: String,
    /// Display name.
    pub name: String,
    /// Its secret, sealed by the vault.
    pub sealed_secret: String,
    /// The previous secret, which still works until its end.
    pub previous: Option<PreviousSecret>,
    /// Its settings, as JSON.
    pub settings: String,
    /// After how many hours without a request the owner should be notified.
    pub quiet_after_hours: Option<i64>,
    /// When it was created.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
    /// When it was archived, if it was.
    pub archived_at: Option<Millis>,
    /// Requests accepted.
    pub accepted: i64,
    /// When the last request was accepted.
    pub last_accepted_at: Option<Millis>,
    /// Requests of its sender that were refused.
    pub rejected: i64,
    /// When the last request was refused.
    pub last_rejected_at: Option<Millis>,
    /// Code of the reason of the last refusal.
    pub last_rejection: Option<String>,
    /// Requests that did not prove their sender: anybody may have sent them.
    pub unproven: i64,
    /// When the last of these arrived.
    pub last_unproven_at: Option<Millis>,
    /// Code of the reason why it was not proven.
    pub last_unproven: Option<String>,
}

/// A replaced secret that still works for some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviousSecret {
    /// Sealed by the vault.
    pub sealed_secret: String,
    /// When it stops working.
    pub until: Millis,
}

#[derive(sqlx_macros::FromRow)]
struct SourceRow {
    id: String,
    workspace_id: String,
    provider: String,
    name: String,
    sealed_secret: String,
    previous_secret: Option<String>,
    previous_until: Option<i64>,
    settings: String,
    quiet_after_hours: Option<i64>,
    created_at: i64,
    updated_at: i64,
    archived_at: Option<i64>,
    accepted: i64,
    last_accepted_at: Option<i64>,
    rejected: i64,
    last_rejected_at: Option<i64>,
    last_rejection: Option<String>,
    unproven: i64,
    last_unproven_at: Option<i64>,
    last_unproven: Option<String>,
}

impl TryFrom<SourceRow> for Source {
    type Error = Error;

    fn try_from(row: SourceRow) -> Result<Self, Error> {
        Ok(Source {
            id: read_id(&row.id)?,
            workspace_id: read_id(&row.workspace_id)?,
            provider: row.provider,
            name: row.name,
            sealed_secret: row.sealed_secret,
            previous: match (row.previous_secret, row.previous_until) {
                (Some(sealed_secret), Some(until)) => Some(PreviousSecret {
                    sealed_secret,
                    until: Millis(until),
                }),
                _ => None,
            },
            settings: row.settings,
            quiet_after_hours: row.quiet_after_hours,
            created_at: Millis(row.created_at),
            updated_at: Millis(row.updated_at),
            archived_at: row.archived_at.map(Millis),
            accepted: row.accepted,
            last_accepted_at: row.last_accepted_at.map(Millis),
            rejected: row.rejected,
            last_rejected_at: row.last_rejected_at.map(Millis),
            last_rejection: row.last_rejection,
            unproven: row.unproven,
            last_unproven_at: row.last_unproven_at.map(Millis),
            last_unproven: row.last_unproven,
        })
    }
}

/// Selects whole rows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, provider, name, sealed_secret, previous_secret, \
            previous_until, settings, quiet_after_hours, created_at, updated_at, archived_at, \
            accepted, last_accepted_at, rejected, last_rejected_at, last_rejection, unproven, \
            last_unproven_at, last_unproven FROM source ",
            $rest
        )
    };
}

statements! {
    sql INSERT = "INSERT INTO source (id, workspace_id, provider, name, sealed_secret, \
        created_at, updated_at, accepted, rejected, settings, quiet_after_hours) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $9)";
    sql UPDATE = "UPDATE source SET name = $3, sealed_secret = $4, updated_at = $5, \
        archived_at = $6, previous_secret = $7, previous_until = $8, settings = $9, \
        quiet_after_hours = $10 WHERE id = $1 AND workspace_id = $2";
    sql BY_ID = select!("WHERE id = $1");
    sql LIST = select!(
        "WHERE workspace_id = $1 AND id > $2 AND ($3 OR archived_at IS NULL) ORDER BY id LIMIT $4"
    );
    sql ACCEPTED = "UPDATE source SET accepted = accepted + 1, last_accepted_at = \
        CASE WHEN last_accepted_at > $2 THEN last_accepted_at ELSE $2 END WHERE id = $1";
    sql ALL = select!("WHERE archived_at IS NULL ORDER BY id DESC LIMIT $1");
    sql REJECTED = "UPDATE source SET rejected = rejected + 1, last_rejected_at = $2, \
        last_rejection = $3 WHERE id = $1";
    sql UNPROVEN = "UPDATE source SET unproven = unproven + 1, last_unproven_at = $2, \
        last_unproven = $3 WHERE id = $1";
    sql LOCK = "UPDATE source SET updated_at = updated_at WHERE id = $1";
}

/// Adds a source.
///
/// # Errors
/// When the store does not answer.
pub async fn insert(tx: &mut Tx, source: &Source) -> Result<(), Error> {
    execute!(
        tx,
        INSERT,
        source.id.to_string(),
        source.workspace_id.to_string(),
        &source.provider,
        &source.name,
        &source.sealed_secret,
        source.created_at.0,
        source.updated_at.0,
        &source.settings,
        source.quiet_after_hours,
    )?;
    Ok(())
}

/// Writes back a changed name, secret, setting or archival.
///
/// # Errors
/// When the store does not answer.
pub async fn update(tx: &mut Tx, source: &Source) -> Result<(), Error> {
    execute!(
        tx,
        UPDATE,
        source.id.to_string(),
        source.workspace_id.to_string(),
        &source.name,
        &source.sealed_secret,
        source.updated_at.0,
        source.archived_at.map(|at| at.0),
        source
            .previous
            .as_ref()
            .map(|previous| previous.sealed_secret.as_str()),
        source.previous.as_ref().map(|previous| previous.until.0),
        &source.settings,
        source.quiet_after_hours,
    )?;
    Ok(())
}

/// The source with that id, of any workspace, because a webhook has no API key.
///
/// # Errors
/// When the store does not answer.
pub async fn by_id(tx: &mut Tx, id: SourceId) -> Result<Option<Source>, Error> {
    find!(SourceRow, tx, BY_ID, id.to_string())
}

/// A page of the workspace's sources; of those in use, unless `archived` ones are wanted too.
///
/// # Errors
/// When the store does not answer.
pub async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    archived: bool,
    page: &Page,
) -> Result<Vec<Source>, Error> {
    list!(
        SourceRow,
        tx,
        LIST,
        workspace.to_string(),
        page.after(),
        archived,
        page.limit
    )
}

/// The newest `limit` sources of every workspace.
///
/// # Errors
/// When the store does not answer.
pub async fn newest(tx: &mut Tx, limit: i64) -> Result<Vec<Source>, Error> {
    list!(SourceRow, tx, ALL, limit)
}

/// Counts an accepted request.
///
/// # Errors
/// When the store does not answer.
pub async fn count_accepted(tx: &mut Tx, id: SourceId, now: Millis) -> Result<(), Error> {
    execute!(tx, ACCEPTED, id.to_string(), now.0)?;
    Ok(())
}

/// Counts a refused request of the sender, with the code of the reason.
///
/// # Errors
/// When the store does not answer.
pub async fn count_rejected(
    tx: &mut Tx,
    id: SourceId,
    now: Millis,
    reason: &str,
) -> Result<(), Error> {
    execute!(tx, REJECTED, id.to_string(), now.0, reason)?;
    Ok(())
}

/// Counts a request that did not prove its sender, with the code of the reason.
///
/// # Errors
/// When the store does not answer.
pub async fn count_unproven(
    tx: &mut Tx,
    id: SourceId,
    now: Millis,
    reason: &str,
) -> Result<(), Error> {
    execute!(tx, UNPROVEN, id.to_string(), now.0, reason)?;
    Ok(())
}

/// Locks this source until the transaction ends, so that a change based on what is read now does
/// not overwrite another writer's change.
///
/// # Errors
/// When the store does not answer.
pub async fn lock(tx: &mut Tx, id: SourceId) -> Result<(), Error> {
    execute!(tx, LOCK, id.to_string())?;
    Ok(())
}
