//! The first start: a workspace and its first key; and every further key.
//!
//! Holds: a token is given out once, here; the store has only its hash.

use secrecy::{ExposeSecret, SecretString};

use crate::clock::Millis;
use crate::id::{KeyId, WorkspaceId};
use crate::link::utm::Convention;
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

/// Makes workspace and key on a new store; `None` where there is a workspace already.
///
/// # Errors
/// When the store does not answer.
pub async fn first_key(store: &Store, now: Millis) -> Result<Option<FirstKey>, store::Error> {
    let mut tx = store.write().await?;
    if store::workspace::first(&mut tx).await?.is_some() {
        return Ok(None);
    }
    let workspace = Workspace {
        id: WorkspaceId::new(now),
        name: "Default".to_owned(),
        convention: Convention::default(),
        created_at: now,
    };
    store::workspace::insert(&mut tx, &workspace).await?;
    let (_, token) = insert(&mut tx, workspace.id, "first key", Scope::ALL.to_vec(), now).await?;
    tx.commit().await?;
    Ok(Some(FirstKey { token }))
}

/// Makes a key for the workspace; `None` where no workspace is yet.
///
/// # Errors
/// When the store does not answer.
pub async fn make_key(
    store: &Store,
    name: &str,
    scopes: Vec<Scope>,
    now: Millis,
) -> Result<Option<(Key, SecretString)>, store::Error> {
    let mut tx = store.write().await?;
    let Some(workspace) = store::workspace::first(&mut tx).await? else {
        return Ok(None);
    };
    let made = insert(&mut tx, workspace.id, name, scopes, now).await?;
    tx.commit().await?;
    Ok(Some(made))
}

async fn insert(
    tx: &mut Tx,
    workspace_id: WorkspaceId,
    name: &str,
    scopes: Vec<Scope>,
    now: Millis,
) -> Result<(Key, SecretString), store::Error> {
    let token = vault::new_token();
    let key = Key {
        id: KeyId::new(now),
        workspace_id,
        name: name.to_owned(),
        scopes,
        created_at: now,
        revoked_at: None,
    };
    store::key::insert(tx, &key, &vault::token_hash(token.expose_secret())).await?;
    Ok((key, token))
}
