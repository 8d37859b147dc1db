//! The first start: a workspace and its first key; and every further key.
//!
//! Holds: a token is given out once, here; the store has only its hash.

use secrecy::{ExposeSecret, SecretString};

use crate::clock::Millis;
use crate::id::{KeyId, WorkspaceId};
use crate::link::utm::UtmConvention;
use crate::store::key::{Key, Scope};
use crate::store::workspace::Workspace;
use crate::store::{self, Store, Tx};
use crate::vault;

/// What a first start made.
#[derive(Debug)]
pub struct FirstKey {
    /// The token; nobody will see it again.
    pub token: SecretString,
}

/// Makes the first key, and the workspace where there is none; `None` where a key was ever made.
///
/// # Errors
/// When the store does not answer.
pub async fn first_key(store: &Store, now: Millis) -> Result<Option<FirstKey>, store::Error> {
    let mut tx = store.write().await?;
    let workspace_id = workspace(&mut tx, now).await?;
    if !store::key::list(&mut tx).await?.is_empty() {
        return Ok(None);
    }
    let (_, token) = insert(&mut tx, workspace_id, "first key", Scope::ALL.to_vec(), now).await?;
    tx.commit().await?;
    Ok(Some(FirstKey { token }))
}

/// Whether a key was ever made. Makes the workspace where there is none.
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

/// Makes a key for the workspace, which is made as well where there is none.
///
/// # Errors
/// When the store does not answer.
pub async fn make_key(
    store: &Store,
    name: &str,
    scopes: Vec<Scope>,
    now: Millis,
) -> Result<(Key, SecretString), store::Error> {
    let mut tx = store.write().await?;
    let workspace_id = workspace(&mut tx, now).await?;
    let made = insert(&mut tx, workspace_id, name, scopes, now).await?;
    tx.commit().await?;
    Ok(made)
}

async fn workspace(tx: &mut Tx, now: Millis) -> Result<WorkspaceId, store::Error> {
    if let Some(workspace) = store::workspace::first(tx).await? {
        return Ok(workspace.id);
    }
    let workspace = Workspace {
        id: WorkspaceId::new(now),
        name: "Default".to_owned(),
        convention: UtmConvention::default(),
        created_at: now,
    };
    store::workspace::insert(tx, &workspace).await?;
    Ok(workspace.id)
}

async fn insert(
    tx: &mut Tx,
    workspace_id: WorkspaceId,
    name: &str,
    scopes: Vec<Scope>,
    now: Millis,
) -> Result<(Key, SecretString), store::Error> {
    let token = if scopes == [Scope::Lead] {
        vault::new_publishable_token()
    } else {
        vault::new_token()
    };
    let key = Key {
        id: KeyId::new(now),
        workspace_id,
        name: name.to_owned(),
        scopes,
        created_at: now,
        revoked_at: None,
        last_used_day: None,
    };
    store::key::insert(tx, &key, &vault::token_hash(token.expose_secret())).await?;
    Ok((key, token))
}
