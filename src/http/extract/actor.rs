//! The actor of a request: the key in `Authorization: Bearer ll_…` and its scopes.
//!
//! # Invariants
//! - A handler that takes an [`Actor`] is reached only with a valid key whose scope
//!   [`access`](crate::http::access) has checked. All its work is limited to [`Actor::workspace`].
//! - Each request looks its key up, so a revoked key stops working immediately.
//! - Tokens are compared by their SHA-256, so a comparison does not leak a token.
//! - An address that guesses tokens is stopped before the store is read.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use crate::http::error::Problem;
use crate::http::extract::client;
use crate::http::state::State;
use crate::operations::actor::{Actor, ActorKey};
use crate::operations::error::Error;
use crate::store::key;
use crate::vault;

/// Longest accepted token, in bytes.
const MAX_TOKEN: usize = 128;

/// Checks the key of a request. Reads only its headers.
///
/// # Errors
/// When it does not have a valid key, or sends too many requests with it.
pub(in crate::http) async fn authenticate(
    state: &State,
    request: &HttpRequest,
) -> Result<Actor, Problem> {
    let hash = bearer(request).map(vault::token_hash);
    let hash = hash.ok_or(Problem::KeyMissing)?;
    let settings = &state.settings;
    let (trusted, header) = (&settings.trusted_proxies, settings.forwarded_header);
    let address = client::address(request, trusted, header);
    if !state.limits.allows_key(&hash, address) {
        return Err(Problem::RateLimited);
    }
    let mut tx = state.context.store.read().await?;
    let key = key::by_hash(&mut tx, &hash)
        .await?
        .ok_or(Problem::KeyUnknown)?;
    if key.revoked_at.is_some() {
        return Err(Error::KeyRevoked.into());
    }
    state.limits.know_key(&hash);
    if !state.limits.allows_api(key.id) {
        return Err(Problem::RateLimited);
    }
    state.key_uses.note(&key, state.context.clock.now());
    let scopes = key.scopes;
    let key_of_actor = ActorKey {
        id: key.id,
        name: key.name,
    };
    Ok(Actor::with_key(key.workspace_id, key_of_actor, scopes))
}

/// The actor that [`crate::http::access`] has admitted.
impl FromRequest for Actor {
    type Error = Problem;
    type Future = Ready<Result<Actor, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let actor = request.extensions().get::<Actor>().cloned();
        ready(actor.ok_or(Problem::KeyMissing))
    }
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= MAX_TOKEN)
        .then_some(token)
}
