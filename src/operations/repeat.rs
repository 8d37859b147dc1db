//! Idempotent creates: a repeat with the same key gets the first answer and has no second effect.
//!
//! # Invariants
//! The answer is stored in the transaction of its effect. It is sealed, because it may contain a
//! secret that is shown once. Without a key, a create simply runs.

use secrecy::ExposeSecret;
use serde::Serialize;

use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::error::Error;
use crate::store::{Tx, idempotency};

/// The status of a create's answer.
const CREATED: u16 = 201;

/// How a repeat of a create is recognised.
#[derive(Clone, Debug)]
pub struct RepeatKey {
    /// The sender's name for the create; unique in the workspace.
    pub key: String,
    /// A hash of the whole request. The same key with another request is refused.
    pub fingerprint: String,
}

/// The result of a create.
#[derive(Debug)]
pub enum Created<T> {
    /// The new object, and its JSON.
    New(T, String),
    /// The JSON of the first create.
    Repeated(String),
}

/// Runs `effect` in a writing transaction, or returns the answer of the first request with this
/// key.
///
/// # Errors
/// The errors of `effect`, which then leaves nothing behind; a key of another request.
pub async fn create<T: Serialize>(
    context: &Context,
    actor: &Actor,
    repeat: Option<&RepeatKey>,
    effect: impl AsyncFnOnce(&mut Tx) -> Result<T, Error>,
) -> Result<Created<T>, Error> {
    let mut tx = context.store.write().await?;
    if let Some(RepeatKey { key, fingerprint }) = repeat {
        let now = context.clock.now();
        let first = idempotency::claim(&mut tx, actor.workspace, key, fingerprint, now).await?;
        if let Some(answer) = first {
            if answer.fingerprint != *fingerprint {
                return Err(Error::IdempotencyKeyReused);
            }
            let body = context.vault.unseal(&answer.body)?;
            return Ok(Created::Repeated(body.expose_secret().to_owned()));
        }
    }
    let value = effect(&mut tx).await?;
    let body = serde_json::to_string(&value)?;
    if let Some(RepeatKey { key, .. }) = repeat {
        let sealed = context.vault.seal(&body.clone().into())?;
        idempotency::save(&mut tx, actor.workspace, key, CREATED, &sealed).await?;
    }
    tx.commit().await?;
    Ok(Created::New(value, body))
}
