//! Locks the keys that a change of keys depends on: the key that changes, and the actor's own.
//!
//! # Invariants
//! - Keys are locked in the order of their ids, so two changes do not wait for each other.
//! - Whoever lost `admin` since the request was admitted changes nothing. So two keys cannot take
//!   `admin` from each other at the same time.

use crate::id::KeyId;
use crate::operations::actor::Actor;
use crate::operations::error::Error;
use crate::store::Tx;
use crate::store::key::{self, Scope};

/// Locks until the transaction ends. Returns the actor with the scopes that its key has now.
///
/// # Errors
/// [`Error::KeyRevoked`], [`Error::ScopeMissing`], or a store that does not answer.
pub(super) async fn lock(
    tx: &mut Tx,
    actor: &Actor,
    changed: Option<KeyId>,
) -> Result<Actor, Error> {
    let own = actor.key.as_ref();
    let mut ids: Vec<KeyId> = own.map(|own| own.id).into_iter().chain(changed).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        key::lock(tx, actor.workspace, id).await?;
    }
    let Some(own) = own else {
        return Ok(actor.clone());
    };
    let key = key::by_id(tx, actor.workspace, own.id).await?;
    let key = key.filter(|key| key.revoked_at.is_none());
    let scopes = key.ok_or(Error::KeyRevoked)?.scopes;
    let actor = Actor::with_key(actor.workspace, own.clone(), scopes);
    actor.require(Scope::Admin)?;
    Ok(actor)
}
