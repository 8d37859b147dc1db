//! API keys.
//!
//! # Invariants
//! A key is stored by the hash of its token; the token itself is never stored.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::page::Page;
use super::text_column::read_id;
use crate::clock::Millis;
use crate::drivers::sql::{Error, Tx, execute, find, list, statements};
use crate::id::{KeyId, WorkspaceId};

/// What a key may do.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read campaigns, links, clicks, conversions and reports.
    Read,
    /// Create and update campaigns and links.
    Write,
    /// Report conversions.
    Convert,
    /// Report leads from a page where everybody can read the key. It cannot read anything.
    Lead,
    /// Create and update sources, whose secrets authorise conversions, keys, domains and the
    /// workspace's settings; erase people; import exchange rates.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 5] = [
        Scope::Read,
        Scope::Write,
        Scope::Convert,
        Scope::Lead,
        Scope::Admin,
    ];

    /// The word outside and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Write => "write",
            Scope::Convert => "convert",
            Scope::Lead => "lead",
            Scope::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text does not name a scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a scope; use read, write, convert, lead or admin")]
pub struct UnknownScope(pub String);

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Scope::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| UnknownScope(text.chars().take(32).collect()))
    }
}

/// A key without its token.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// The workspace that it belongs to.
    pub workspace_id: WorkspaceId,
    /// Display name.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was created.
    pub created_at: Millis,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Millis>,
    /// The UTC day of its last use, since 1970-01-01; `None` if it was not used since days are
    /// recorded.
    pub last_used_day: Option<i64>,
}

#[derive(sqlx_macros::FromRow)]
struct KeyRow {
    id: String,
    workspace_id: String,
    name: String,
    scopes: String,
    created_at: i64,
    revoked_at: Option<i64>,
    last_used_day: Option<i64>,
}

impl TryFrom<KeyRow> for ApiKey {
    type Error = Error;

    fn try_from(row: KeyRow) -> Result<Self, Error> {
        let scopes: Result<Vec<Scope>, UnknownScope> = row
            .scopes
            .split(',')
            .filter(|word| !word.is_empty())
            .map(str::parse)
            .collect();
        Ok(ApiKey {
            id: read_id(&row.id)?,
            workspace_id: read_id(&row.workspace_id)?,
            name: row.name,
            scopes: scopes.map_err(|UnknownScope(value)| Error::Corrupt {
                what: "scope",
                value,
            })?,
            created_at: Millis(row.created_at),
            revoked_at: row.revoked_at.map(Millis),
            last_used_day: row.last_used_day,
        })
    }
}

/// Selects whole rows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, name, scopes, created_at, revoked_at, last_used_day \
            FROM api_key ",
            $rest
        )
    };
}

statements! {
    sql INSERT = "INSERT INTO api_key (id, workspace_id, name, token_hash, scopes, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    sql BY_HASH = select!("WHERE token_hash = $1");
    sql BY_ID = select!("WHERE id = $1 AND workspace_id = $2");
    sql LIST = select!("ORDER BY id");
    sql PAGE = select!(
        "WHERE workspace_id = $1 AND id > $2 AND ($3 OR revoked_at IS NULL) ORDER BY id LIMIT $4"
    );
    sql LOCK = "UPDATE api_key SET name = name WHERE id = $1 AND workspace_id = $2";
    sql UPDATE = "UPDATE api_key SET name = $2, scopes = $3 WHERE id = $1";
    sql NOTE_USE = "UPDATE api_key SET last_used_day = $2 \
        WHERE id = $1 AND (last_used_day IS NULL OR last_used_day < $2)";
    sql REVOKE = "UPDATE api_key SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
}

/// Adds a key under the hash of its token.
///
/// # Errors
/// [`Error::Duplicate`] when the hash exists; when the store does not answer.
pub async fn insert(tx: &mut Tx, key: &ApiKey, token_hash: &str) -> Result<(), Error> {
    execute!(
        tx,
        INSERT,
        key.id.to_string(),
        key.workspace_id.to_string(),
        &key.name,
        token_hash,
        scopes_text(&key.scopes),
        key.created_at.0,
    )?;
    Ok(())
}

fn scopes_text(scopes: &[Scope]) -> String {
    let words: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    words.join(",")
}

/// The key with this hash of its token, revoked or not.
///
/// # Errors
/// When the store does not answer.
pub async fn by_hash(tx: &mut Tx, token_hash: &str) -> Result<Option<ApiKey>, Error> {
    find!(KeyRow, tx, BY_HASH, token_hash)
}

/// The workspace's key with this id, revoked or not.
///
/// # Errors
/// When the store does not answer.
pub async fn by_id(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: KeyId,
) -> Result<Option<ApiKey>, Error> {
    find!(KeyRow, tx, BY_ID, id.to_string(), workspace.to_string())
}

/// A page of a workspace's keys, oldest first, with revoked ones if `revoked`.
///
/// # Errors
/// When the store does not answer.
pub async fn page(
    tx: &mut Tx,
    workspace: WorkspaceId,
    revoked: bool,
    page: &Page,
) -> Result<Vec<ApiKey>, Error> {
    list!(
        KeyRow,
        tx,
        PAGE,
        workspace.to_string(),
        page.after(),
        revoked,
        page.limit
    )
}

/// Locks a workspace's key until the transaction ends.
///
/// # Errors
/// When the store does not answer.
pub async fn lock(tx: &mut Tx, workspace: WorkspaceId, id: KeyId) -> Result<(), Error> {
    execute!(tx, LOCK, id.to_string(), workspace.to_string())?;
    Ok(())
}

/// Writes back a key's name and scopes.
///
/// # Errors
/// When the store does not answer.
pub async fn update(tx: &mut Tx, key: &ApiKey) -> Result<(), Error> {
    execute!(
        tx,
        UPDATE,
        key.id.to_string(),
        &key.name,
        scopes_text(&key.scopes)
    )?;
    Ok(())
}

/// Every key of every workspace, oldest first.
///
/// # Errors
/// When the store does not answer.
pub async fn list(tx: &mut Tx) -> Result<Vec<ApiKey>, Error> {
    list!(KeyRow, tx, LIST)
}

/// Stores the UTC day on which a key was used; a day before the stored one changes nothing.
///
/// # Errors
/// When the store does not answer.
pub async fn record_use(tx: &mut Tx, id: KeyId, day: i64) -> Result<(), Error> {
    execute!(tx, NOTE_USE, id.to_string(), day)?;
    Ok(())
}

/// Revokes a key. Returns whether it existed and was active.
///
/// # Errors
/// When the store does not answer.
pub async fn revoke(tx: &mut Tx, id: KeyId, at: Millis) -> Result<bool, Error> {
    Ok(execute!(tx, REVOKE, id.to_string(), at.0)? == 1)
}
