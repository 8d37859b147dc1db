//! Keys: create, list, revoke; and the first key of a new store.
//!
//! # Invariants
//! A token is given out once, here. The store has only its hash.
//!
//! # Out of scope
//! Who may do this: whoever can open the store. So these operations take the store alone.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::clock::Millis;
use crate::id::{KeyId, WorkspaceId};
use crate::store::key::{ApiKey, Scope};
use crate::store::workspace::Workspace;
use crate::store::{self, Store, Tx};
use crate::vault;

/// The first key.
#[derive(Debug)]
pub struct FirstKey {
    /// The token, which is never shown again.
    pub token: SecretString,
}

/// Attempts to store a key whose commit was not confirmed.
const TRIES: u32 = 25;

/// How long an attempt waits for a database that has just gone away.
const PAUSE: Duration = Duration::from_millis(200);

/// Creates the first key, and the workspace if there is none; `None` if a key was ever created.
///
/// # Errors
/// When the store does not answer. After [`store::Error::Unconfirmed`] there may be a key whose
/// token nobody knows.
pub async fn first_key(store: &Store, now: Millis) -> Result<Option<FirstKey>, store::Error> {
    let new = NewKey::new("first key", Scope::ALL.to_vec(), now);
    let kept = new.keep(store, true).await?;
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
/// As [`first_key`].
pub async fn create(
    store: &Store,
    name: &str,
    scopes: Vec<Scope>,
    now: Millis,
) -> Result<(ApiKey, SecretString), store::Error> {
    let new = NewKey::new(name, scopes, now);
    let kept = new.keep(store, false).await?;
    // Only an earlier key prevents the first one, and that does not apply here.
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

/// Revokes a key; `false` when no key has this id, or it is revoked already.
///
/// # Errors
/// When the store does not answer.
pub async fn revoke(store: &Store, id: KeyId, at: Millis) -> Result<bool, store::Error> {
    let mut tx = store.write().await?;
    let is_revoked = store::key::revoke(&mut tx, id, at).await?;
    tx.commit().await?;
    Ok(is_revoked)
}

/// A key to store: the same one in every attempt.
struct NewKey {
    id: KeyId,
    name: String,
    scopes: Vec<Scope>,
    token: SecretString,
    hash: String,
    now: Millis,
}

impl NewKey {
    fn new(name: &str, scopes: Vec<Scope>, now: Millis) -> NewKey {
        let token = if scopes == [Scope::Lead] {
            vault::new_publishable_token()
        } else {
            vault::new_token()
        };
        NewKey {
            id: KeyId::new(now),
            name: name.to_owned(),
            scopes,
            hash: vault::token_hash(token.expose_secret()),
            token,
            now,
        }
    }

    /// Stores the key, even if the answer to a commit is lost: the next attempt looks for it, and
    /// stores it if it is missing. A commit that is still open makes that attempt wait, and then
    /// find the key. `None` if it must be the first key and is not.
    async fn keep(&self, store: &Store, is_first: bool) -> Result<Option<ApiKey>, store::Error> {
        let mut lost = None;
        for _ in 0..TRIES {
            match self.try_to_keep(store, is_first).await {
                Err(error @ store::Error::Unconfirmed(_)) => lost = Some(error),
                Err(error) if lost.is_some() && error.is_transient() => {}
                Err(store::Error::Duplicate) if lost.is_some() => {}
                result => return result,
            }
            tokio::time::sleep(PAUSE).await;
        }
        // Only a doubtful commit is tried again.
        Err(lost.unwrap_or(store::Error::Duplicate))
    }

    async fn try_to_keep(
        &self,
        store: &Store,
        is_first: bool,
    ) -> Result<Option<ApiKey>, store::Error> {
        let mut tx = store.write().await?;
        if let Some(kept) = store::key::by_hash(&mut tx, &self.hash).await? {
            return Ok(Some(kept));
        }
        let workspace_id = workspace(&mut tx, self.now).await?;
        if is_first && !store::key::list(&mut tx).await?.is_empty() {
            return Ok(None);
        }
        let key = ApiKey {
            id: self.id,
            workspace_id,
            name: self.name.clone(),
            scopes: self.scopes.clone(),
            created_at: self.now,
            revoked_at: None,
            last_used_day: None,
        };
        store::key::insert(&mut tx, &key, &self.hash).await?;
        tx.commit().await?;
        Ok(Some(key))
    }
}

async fn workspace(tx: &mut Tx, now: Millis) -> Result<WorkspaceId, store::Error> {
    if let Some(workspace) = store::workspace::first(tx).await? {
        return Ok(workspace.id);
    }
    let workspace = Workspace::new(WorkspaceId::new(now), "Default", now);
    store::workspace::insert(tx, &workspace).await?;
    Ok(workspace.id)
}
