//! A key that is to be stored, with its token.
//!
//! # Invariants
//! The store gets only the hash of the token.

use secrecy::{ExposeSecret, SecretString};

use crate::clock::Millis;
use crate::id::{KeyId, WorkspaceId};
use crate::store::key::{ApiKey, Scope};
use crate::store::{self, Tx};
use crate::vault;

/// A key to store. A retry stores the same key.
#[derive(Debug)]
pub(super) struct KeyDraft {
    id: KeyId,
    name: String,
    scopes: Vec<Scope>,
    pub(super) token: SecretString,
    pub(super) hash: String,
    pub(super) created_at: Millis,
}

impl KeyDraft {
    /// A key with a new token. If the key may only report leads, the token shows that the key may
    /// be public.
    pub(super) fn new(name: &str, scopes: Vec<Scope>, now: Millis) -> KeyDraft {
        let token = if scopes == [Scope::Lead] {
            vault::new_publishable_token()
        } else {
            vault::new_token()
        };
        KeyDraft {
            id: KeyId::new(now),
            name: name.to_owned(),
            scopes,
            hash: vault::token_hash(token.expose_secret()),
            token,
            created_at: now,
        }
    }

    /// Stores the key in the caller's transaction.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(super) async fn insert(
        &self,
        tx: &mut Tx,
        workspace_id: WorkspaceId,
    ) -> Result<ApiKey, store::Error> {
        let key = ApiKey {
            id: self.id,
            workspace_id,
            name: self.name.clone(),
            scopes: self.scopes.clone(),
            created_at: self.created_at,
            revoked_at: None,
            last_used_day: None,
        };
        store::key::insert(tx, &key, &self.hash).await?;
        Ok(key)
    }
}
