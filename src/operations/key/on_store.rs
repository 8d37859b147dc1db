//! Keys for whoever can open the store: the first key of a new store, and keys of any workspace.
//!
//! # Invariants
//! A key is stored once, even if the database does not confirm its commit.
//!
//! # Out of scope
//! What a key of a workspace may do to others: [`super`] has that.

use std::time::Duration;

use secrecy::SecretString;

use super::draft::KeyDraft;
use crate::clock::Millis;
use crate::id::{KeyId, WorkspaceId};
use crate::operations::actor::Actor;
use crate::store::key::{ApiKey, Scope};
use crate::store::workspace::Workspace;
use crate::store::{self, Store, Tx};

/// The first key.
#[derive(Debug)]
pub struct FirstKey {
    /// The token, which is never shown again.
    pub token: SecretString,
}

/// Attempts to store a key whose commit was not confirmed.
const TRIES: u32 = 25;

/// How long an attempt waits for a database that has just failed.
const PAUSE: Duration = Duration::from_millis(200);

/// Creates the first key, and the workspace if there is none; `None` if a key was ever created.
///
/// # Errors
/// When the store does not answer. After [`store::Error::Unconfirmed`] there may be a key whose
/// token nobody knows.
pub async fn first_key(store: &Store, now: Millis) -> Result<Option<FirstKey>, store::Error> {
    let new = KeyDraft::new("first key", Scope::ALL.to_vec(), now);
    let kept = keep(&new, store, true).await?;
    Ok(kept.map(|_| FirstKey { token: new.token }))
}

/// Whether a key was ever created. Creates the workspace if there is none.
///
/// # Errors
/// When the store does not answer.
pub async fn has_key(store: &Store, now: Millis) -> Result<bool, store::Error> {
    let mut tx = store.write().await?;
    workspace(&mut tx, now).await?;
    let has_key = !store::key::list(&mut tx).await?.is_empty();
    tx.commit().await?;
    Ok(has_key)
}

/// Creates a key for the workspace, and the workspace if there is none.
///
/// # Errors
/// The errors of [`first_key`].
pub async fn create(
    store: &Store,
    name: &str,
    scopes: Vec<Scope>,
    now: Millis,
) -> Result<(ApiKey, SecretString), store::Error> {
    let new = KeyDraft::new(name, scopes, now);
    let kept = keep(&new, store, false).await?;
    // Only an earlier key can prevent the first one, and that does not apply here.
    let key = kept.ok_or(store::Error::Duplicate)?;
    Ok((key, new.token))
}

/// Every key of the store, without tokens.
///
/// # Errors
/// When the store does not answer.
pub async fn list(store: &Store) -> Result<Vec<ApiKey>, store::Error> {
    let mut tx = store.read().await?;
    store::key::list(&mut tx).await
}

/// The program itself, in the workspace of a key; `None` when no key has this id.
///
/// # Errors
/// When the store does not answer.
pub async fn actor_beside(store: &Store, id: KeyId) -> Result<Option<Actor>, store::Error> {
    let keys = list(store).await?;
    let found = keys.iter().find(|key| key.id == id);
    Ok(found.map(|key| Actor::program(key.workspace_id)))
}

/// Stores the key, even if the answer to a commit is lost: the next attempt looks for it, and
/// stores it if it is missing. If a commit is still open, that attempt waits and then finds the
/// key. `None` if it must be the first key but is not.
async fn keep(
    new: &KeyDraft,
    store: &Store,
    is_first: bool,
) -> Result<Option<ApiKey>, store::Error> {
    let mut lost = None;
    for _ in 0..TRIES {
        match try_to_keep(new, store, is_first).await {
            Err(error @ store::Error::Unconfirmed(_)) => lost = Some(error),
            Err(error) if lost.is_some() && error.is_transient() => {}
            Err(store::Error::Duplicate) if lost.is_some() => {}
            result => return result,
        }
        tokio::time::sleep(PAUSE).await;
    }
    // Only an unconfirmed commit is tried again.
    Err(lost.unwrap_or(store::Error::Duplicate))
}

async fn try_to_keep(
    new: &KeyDraft,
    store: &Store,
    is_first: bool,
) -> Result<Option<ApiKey>, store::Error> {
    let mut tx = store.write().await?;
    if let Some(kept) = store::key::by_hash(&mut tx, &new.hash).await? {
        return Ok(Some(kept));
    }
    let workspace_id = workspace(&mut tx, new.created_at).await?;
    if is_first && !store::key::list(&mut tx).await?.is_empty() {
        return Ok(None);
    }
    let key = new.insert(&mut tx, workspace_id).await?;
    tx.commit().await?;
    Ok(Some(key))
}

async fn workspace(tx: &mut Tx, now: Millis) -> Result<WorkspaceId, store::Error> {
    if let Some(workspace) = store::workspace::first(tx).await? {
        return Ok(workspace.id);
    }
    let workspace = Workspace::new(WorkspaceId::new(now), "Default", now);
    store::workspace::insert(tx, &workspace).await?;
    Ok(workspace.id)
}
