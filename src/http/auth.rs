//! Who asks: the key behind `Authorization: Bearer ll_…` and what it may do.
//!
//! Holds: a handler that takes a [`Caller`] is reached with a valid key only, whose scope
//! [`super::access`] has asked for; everything it does is narrowed to [`Caller::workspace`]. A key
//! is looked up for each request, so that revoking it works at once. Tokens are compared by their
//! SHA-256, so no comparison leaks a token. Whoever makes tokens up is stopped by address before
//! the store is asked.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::error::Problem;
use super::{State, client};
use crate::id::{KeyId, WorkspaceId};
use crate::store::key::{self, Scope};
use crate::vault;

/// Longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 128;

/// The key of a request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The workspace it opens.
    pub workspace: WorkspaceId,
    /// The key's id.
    pub key_id: KeyId,
    /// What the key is called.
    pub key_name: String,
    scopes: Vec<Scope>,
}

impl Caller {
    /// Passes when the key may do this.
    ///
    /// # Errors
    /// [`Problem::ScopeMissing`] when it may not.
    pub fn needs(&self, scope: Scope) -> Result<(), Problem> {
        if self.scopes.contains(&scope) {
            Ok(())
        } else {
            Err(Problem::ScopeMissing(scope))
        }
    }

    /// Whether the key may stand in a page, where everybody can read it: it reports leads from
    /// there and no other conversion.
    pub fn has_public_key(&self) -> bool {
        !self.scopes.contains(&Scope::Convert)
    }
}

impl Caller {
    /// The key of a request. Nothing but its headers is read.
    ///
    /// # Errors
    /// When it has no valid key, or asks too much with it.
    pub(super) async fn of(state: &State, request: &HttpRequest) -> Result<Caller, Problem> {
        let hash = bearer(request).map(vault::token_hash);
        let hash = hash.ok_or(Problem::KeyMissing)?;
        let settings = &state.settings;
        let (trusted, header) = (&settings.trusted_proxies, settings.forwarded_header);
        let address = client::address(request, trusted, header);
        if !state.limits.allows_key(&hash, address) {
            return Err(Problem::RateLimited);
        }
        let mut tx = state.store.read().await?;
        let key = key::by_hash(&mut tx, &hash)
            .await?
            .ok_or(Problem::KeyUnknown)?;
        if key.revoked_at.is_some() {
            return Err(Problem::KeyRevoked);
        }
        state.limits.know_key(&hash);
        if !state.limits.allows_api(key.id) {
            return Err(Problem::RateLimited);
        }
        state.key_uses.note(&key, state.clock.now());
        Ok(Caller {
            workspace: key.workspace_id,
            key_id: key.id,
            key_name: key.name,
            scopes: key.scopes,
        })
    }
}

/// The caller that [`super::access`] has let in.
impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Caller, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Caller>().cloned();
        ready(caller.ok_or(Problem::KeyMissing))
    }
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= MAX_TOKEN)
        .then_some(token)
}
