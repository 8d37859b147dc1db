//! Answers stored by the caller's `Idempotency-Key`, in the transaction of their effect.

use super::page::DROPPED_AT_ONCE;
use crate::clock::Millis;
use crate::drivers::sql::{Error, Tx, execute, fetch, statements};
use crate::id::WorkspaceId;

/// A stored answer.
#[derive(Clone, Debug, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct StoredAnswer {
    /// Hash of the answered request.
    pub fingerprint: String,
    /// HTTP status.
    pub status: i64,
    /// JSON body.
    pub body: String,
}

statements! {
    sql CLAIM = "INSERT INTO idempotency (workspace_id, key, fingerprint, status, body, \
        created_at) VALUES ($1, $2, $3, 0, '', $4) ON CONFLICT (workspace_id, key) DO NOTHING";
    sql READ = "SELECT fingerprint, status, body FROM idempotency WHERE workspace_id = $1 \
        AND key = $2";
    sql SAVE = "UPDATE idempotency SET status = $3, body = $4 WHERE workspace_id = $1 AND key = $2";
    sql FORGET = "DELETE FROM idempotency WHERE (workspace_id, key) IN \
        (SELECT workspace_id, key FROM idempotency WHERE created_at < $1 LIMIT $2)";
}

/// Claims the key for this request, or returns the answer of an earlier request with it.
///
/// Another running request with the same key holds the row until it commits, so this call waits for
/// it.
///
/// # Errors
/// When the store does not answer.
pub async fn claim(
    tx: &mut Tx,
    workspace: WorkspaceId,
    key: &str,
    fingerprint: &str,
    now: Millis,
) -> Result<Option<StoredAnswer>, Error> {
    let workspace = workspace.to_string();
    if execute!(tx, CLAIM, &workspace, key, fingerprint, now.0)? == 1 {
        return Ok(None);
    }
    Ok(fetch!(optional StoredAnswer, tx, READ, &workspace, key)?)
}

/// Stores the answer for a key that this transaction claimed.
///
/// # Errors
/// When the store does not answer.
pub async fn save(
    tx: &mut Tx,
    workspace: WorkspaceId,
    key: &str,
    status: u16,
    body: &str,
) -> Result<(), Error> {
    execute!(
        tx,
        SAVE,
        workspace.to_string(),
        key,
        i64::from(status),
        body
    )?;
    Ok(())
}

/// Deletes some answers older than `before`. Returns how many; 0 when none is left.
///
/// # Errors
/// When the store does not answer.
pub async fn delete_before(tx: &mut Tx, before: Millis) -> Result<u64, Error> {
    Ok(execute!(tx, FORGET, before.0, DROPPED_AT_ONCE)?)
}
