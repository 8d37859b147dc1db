//! The inbox: requests of providers as they arrived, and the result of each.
//!
//! # Invariants
//! - Requests are sealed. Their content is never read here, and reasons do not name a person.
//! - A source keeps only a few of the latest requests without proof of their sender.
//!
//! # Out of scope
//! The key that seals them.

use super::page::{DROPPED_AT_ONCE, Page};
use super::text_column::read_id;
use crate::clock::Millis;
use crate::drivers::sql::{Error, Tx, bulk, bulk_sql, execute, find, list, statements, value};
use crate::id::{DeliveryId, SourceId, WorkspaceId};

/// Most stored requests of one source that do not prove their sender.
pub const MOST_REFUSED: i64 = 20;

/// The result of a request.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// It was read, and its conversions are in the ledger.
    Read,
    /// It was read, and nothing in it counts.
    Nothing,
    /// It could not be read.
    Failed,
    /// It does not prove its sender, or does not belong to this protocol.
    Refused,
}

impl DeliveryStatus {
    /// Every status.
    pub const ALL: [DeliveryStatus; 4] = [
        DeliveryStatus::Read,
        DeliveryStatus::Nothing,
        DeliveryStatus::Failed,
        DeliveryStatus::Refused,
    ];

    /// The word outside and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            DeliveryStatus::Read => "read",
            DeliveryStatus::Nothing => "nothing",
            DeliveryStatus::Failed => "failed",
            DeliveryStatus::Refused => "refused",
        }
    }
}

/// A request in the inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxItem {
    /// Its id.
    pub id: DeliveryId,
    /// Owner.
    pub workspace_id: WorkspaceId,
    /// The source that it was sent to.
    pub source_id: SourceId,
    /// When it arrived.
    pub received_at: Millis,
    /// The result.
    pub status: DeliveryStatus,
    /// Code of the reason, if it failed or was refused.
    pub code: Option<String>,
    /// What to fix, or why nothing counted.
    pub detail: Option<String>,
    /// Number of conversions and orders that it reported.
    pub told: i64,
    /// How often it was read.
    pub tries: i64,
    /// When it was last read.
    pub handled_at: Millis,
    /// The sealed request; `None` after its person was erased, and in lists.
    pub sealed: Option<Vec<u8>>,
}

#[derive(sqlx_macros::FromRow)]
struct InboxRow {
    id: String,
    workspace_id: String,
    source_id: String,
    received_at: i64,
    status: String,
    code: Option<String>,
    detail: Option<String>,
    told: i64,
    tries: i64,
    handled_at: i64,
    sealed: Option<Vec<u8>>,
}

impl TryFrom<InboxRow> for InboxItem {
    type Error = Error;

    fn try_from(row: InboxRow) -> Result<InboxItem, Error> {
        let status = DeliveryStatus::ALL
            .into_iter()
            .find(|status| status.as_str() == row.status);
        Ok(InboxItem {
            id: read_id(&row.id)?,
            workspace_id: read_id(&row.workspace_id)?,
            source_id: read_id(&row.source_id)?,
            received_at: Millis(row.received_at),
            status: status.ok_or(Error::Corrupt {
                what: "status",
                value: row.status,
            })?,
            code: row.code,
            detail: row.detail,
            told: row.told,
            tries: row.tries,
            handled_at: Millis(row.handled_at),
            sealed: row.sealed,
        })
    }
}

statements! {
    sql PUT = "INSERT INTO inbox (id, workspace_id, source_id, received_at, status, code, detail, told, \
        tries, handled_at, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10) \
        ON CONFLICT (id) DO UPDATE SET status = excluded.status, code = excluded.code, \
        detail = excluded.detail, told = excluded.told, tries = inbox.tries + 1, \
        handled_at = excluded.handled_at, \
        sealed = CASE WHEN excluded.sealed IS NULL THEN NULL ELSE inbox.sealed END";
    sql BY_ID = "SELECT id, workspace_id, source_id, received_at, status, code, detail, told, tries, \
        handled_at, sealed FROM inbox WHERE id = $1";
    sql LIST = "SELECT id, workspace_id, source_id, received_at, status, code, detail, told, tries, \
        handled_at, NULL AS sealed FROM inbox WHERE workspace_id = $1 AND id > $2 \
        AND ($3 = '' OR source_id = $3) AND ($4 = '' OR status = $4) ORDER BY id LIMIT $5";
    sql SUBJECT = "INSERT INTO inbox_subject (subject, delivery_id) VALUES ($1, $2) \
        ON CONFLICT (subject, delivery_id) DO NOTHING";
    sql MOVE_SUBJECT = "INSERT INTO inbox_subject (subject, delivery_id) \
        SELECT $2, delivery_id FROM inbox_subject WHERE subject = $1 \
        ON CONFLICT (subject, delivery_id) DO NOTHING";
    sql TRIM_REFUSED = "DELETE FROM inbox WHERE source_id = $1 AND status = 'refused' AND id NOT IN \
        (SELECT id FROM inbox WHERE source_id = $1 AND status = 'refused' ORDER BY id DESC LIMIT $2)";
    sql FORGET_SUBJECTS = "DELETE FROM inbox_subject WHERE (subject, delivery_id) IN \
        (SELECT subject, delivery_id FROM inbox_subject WHERE delivery_id < $1 LIMIT $2)";
    sql BACKLOG = "SELECT CAST(COALESCE(SUM(per.waiting), 0) AS BIGINT) FROM \
        (SELECT (SELECT COUNT(*) FROM inbox WHERE inbox.workspace_id = workspace.id AND inbox.status = 'failed') \
        AS waiting FROM workspace) AS per";
    sql FORGET = "DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE id < $1 \
        ORDER BY id LIMIT $2)";
    bulk EMPTY = bulk_sql!(
        "UPDATE inbox SET sealed = NULL WHERE id IN (SELECT delivery_id \
        FROM inbox_subject WHERE subject " in_list ")"
    );
}

/// How many unreadable requests wait, over all workspaces.
///
/// # Errors
/// When the store does not answer.
pub async fn backlog(tx: &mut Tx) -> Result<i64, Error> {
    let waiting = value!(i64, tx, BACKLOG)?;
    Ok(waiting.unwrap_or(0))
}

/// Narrows a list of requests.
#[derive(Clone, Debug, Default)]
pub struct InboxFilter {
    /// Only requests to this source.
    pub source_id: Option<SourceId>,
    /// Only requests with this result.
    pub status: Option<DeliveryStatus>,
}

/// Writes the result of a request, the first one or a later one.
///
/// # Errors
/// When the store does not answer.
pub async fn upsert(tx: &mut Tx, item: &InboxItem) -> Result<(), Error> {
    execute!(
        tx,
        PUT,
        item.id.to_string(),
        item.workspace_id.to_string(),
        item.source_id.to_string(),
        item.received_at.0,
        item.status.as_str(),
        item.code.as_deref(),
        item.detail.as_deref(),
        item.told,
        item.handled_at.0,
        item.sealed.as_deref(),
    )?;
    if item.status == DeliveryStatus::Refused {
        execute!(tx, TRIM_REFUSED, item.source_id.to_string(), MOST_REFUSED)?;
    }
    Ok(())
}

/// The request with that id.
///
/// # Errors
/// When the store does not answer.
pub async fn by_id(tx: &mut Tx, id: DeliveryId) -> Result<Option<InboxItem>, Error> {
    find!(InboxRow, tx, BY_ID, id.to_string())
}

/// A page of a workspace's requests, without their content.
///
/// # Errors
/// When the store does not answer.
pub async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    filter: &InboxFilter,
    page: &Page,
) -> Result<Vec<InboxItem>, Error> {
    let source = filter
        .source_id
        .map(|id| id.to_string())
        .unwrap_or_default();
    let status = filter.status.map_or("", DeliveryStatus::as_str);
    list!(
        InboxRow,
        tx,
        LIST,
        workspace.to_string(),
        page.after(),
        &source,
        status,
        page.limit
    )
}

/// Stores that the request reported this order or conversion.
///
/// # Errors
/// When the store does not answer.
pub async fn record_subject(tx: &mut Tx, id: DeliveryId, subject: &str) -> Result<(), Error> {
    execute!(tx, SUBJECT, subject, id.to_string())?;
    Ok(())
}

/// Replaces a subject by another in the notes of requests.
///
/// # Errors
/// When the store does not answer.
pub async fn move_subject(tx: &mut Tx, from: &str, into: &str) -> Result<(), Error> {
    execute!(tx, MOVE_SUBJECT, from, into)?;
    Ok(())
}

/// Deletes the content of requests that reported these orders and conversions.
///
/// # Errors
/// When the store does not answer.
pub async fn empty(tx: &mut Tx, subjects: &[String]) -> Result<(), Error> {
    bulk!(execute, tx, EMPTY, subjects, [String::clone])?;
    Ok(())
}

/// Deletes some notes about requests from before that time; 0 when none is left. Notes are deleted
/// before their requests.
///
/// # Errors
/// When the store does not answer.
pub async fn delete_subjects_before(tx: &mut Tx, before: Millis) -> Result<u64, Error> {
    let before = DeliveryId::least_text(before);
    Ok(execute!(tx, FORGET_SUBJECTS, &before, DROPPED_AT_ONCE)?)
}

/// Deletes some requests from before that time. Returns how many; 0 when none is left.
///
/// # Errors
/// When the store does not answer.
pub async fn delete_before(tx: &mut Tx, before: Millis) -> Result<u64, Error> {
    let before = DeliveryId::least_text(before);
    Ok(execute!(tx, FORGET, &before, DROPPED_AT_ONCE)?)
}
