//! `Idempotency-Key`: a repeated create gets the first answer and has no second effect.
//!
//! Holds: the answer is kept in the transaction of its effect, sealed, because it may hold a
//! secret that is shown once. Without the header a create simply runs.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use secrecy::ExposeSecret;
use serde::Serialize;

use super::State;
use super::auth::Caller;
use super::error::Problem;
use crate::store::{Tx, idempotency};
use crate::vault;

/// Set on an answer that was given before.
pub const REPLAYED: &str = "Idempotent-Replayed";

/// A create and its answer.
#[derive(Debug)]
pub struct Created<T> {
    /// What was made; `None` when the answer is one given before.
    pub value: Option<T>,
    /// The answer.
    pub response: HttpResponse,
}

/// Runs `effect` in a writing transaction and answers 201 with what it gives, or answers what
/// the request with the same key got before.
///
/// # Errors
/// Those of `effect`, which then leaves nothing behind; a key that is malformed or came with
/// another request.
pub async fn create<T: Serialize>(
    state: &State,
    caller: &Caller,
    request: &HttpRequest,
    raw: &[u8],
    effect: impl AsyncFnOnce(&mut Tx) -> Result<T, Problem>,
) -> Result<Created<T>, Problem> {
    let key = key_of(request)?;
    let mut tx = state.store.write().await?;
    if let Some(key) = key {
        let print = fingerprint(request, raw);
        let now = state.clock.now();
        let before = idempotency::claim(&mut tx, caller.workspace, key, &print, now).await?;
        if let Some(answer) = before {
            if answer.fingerprint != print {
                return Err(Problem::IdempotencyKeyReused);
            }
            let body = state.vault.unseal(&answer.body)?;
            let response = HttpResponse::build(StatusCode::CREATED)
                .insert_header((REPLAYED, "true"))
                .content_type("application/json")
                .body(body.expose_secret().to_owned());
            return Ok(Created {
                value: None,
                response,
            });
        }
    }
    let value = effect(&mut tx).await?;
    let body = serde_json::to_string(&value)?;
    if let Some(key) = key {
        let sealed = state.vault.seal(&body.clone().into())?;
        idempotency::save(&mut tx, caller.workspace, key, 201, &sealed).await?;
    }
    tx.commit().await?;
    let response = HttpResponse::build(StatusCode::CREATED)
        .content_type("application/json")
        .body(body);
    Ok(Created {
        value: Some(value),
        response,
    })
}

fn key_of(request: &HttpRequest) -> Result<Option<&str>, Problem> {
    let Some(header) = request.headers().get("Idempotency-Key") else {
        return Ok(None);
    };
    let key = header.to_str().map_err(|_| Problem::IdempotencyKey)?;
    if (1..=128).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(Some(key))
    } else {
        Err(Problem::IdempotencyKey)
    }
}

fn fingerprint(request: &HttpRequest, raw: &[u8]) -> String {
    let body = vault::token_hash(&String::from_utf8_lossy(raw));
    let target = request.uri().path_and_query();
    let target = target.map_or(request.path(), |target| target.as_str());
    vault::token_hash(&format!("{} {target} {body}", request.method()))
}
