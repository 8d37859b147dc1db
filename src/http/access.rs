//! The access table: who may call which operation. It is checked before anything else of a request.
//!
//! # Invariants
//! - The key and its scope come first. 401 and 403 are answered before the query, the path's ids
//!   and the body are read.
//! - A route without an entry here answers 404 or 405, so a forgotten check never opens an
//!   operation.
//!
//! # Out of scope
//! What an actor may see of a workspace: each operation limits that to [`Actor::workspace`].
//!
//! [`Actor::workspace`]: crate::operations::actor::Actor::workspace

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, web};

use crate::http::error::Problem;
use crate::http::extract::actor::authenticate;
use crate::http::state::State;
use crate::store::key::Scope;

/// The permission that an operation requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing, or the handler first checks its own proof, such as a signature.
    Open,
    /// A key with this scope.
    Key(Scope),
}

const OPEN: Access = Access::Open;
const READ: Access = Access::Key(Scope::Read);
const WRITE: Access = Access::Key(Scope::Write);
const CONVERT: Access = Access::Key(Scope::Convert);
const ADMIN: Access = Access::Key(Scope::Admin);

/// Every operation of the API: method, path below `/api/v1`, and the required permission. Webhooks
/// are first, because most requests are webhooks.
const OPERATIONS: &[(&str, &str, Access)] = &[
    ("POST", "/webhooks/{source_id}", OPEN),
    ("POST", "/webhooks/{source_id}/v1/{call:.+}", OPEN),
    ("GET", "/postback/{source_id}/{key}", OPEN),
    ("POST", "/postback/{source_id}/{key}", OPEN),
    // Counts the address before it reads the key.
    ("POST", "/leads", OPEN),
    ("OPTIONS", "/leads", OPEN),
    ("GET", "/openapi.json", OPEN),
    ("POST", "/conversions", CONVERT),
    ("GET", "/conversions", READ),
    ("GET", "/conversions/{id}", READ),
    ("GET", "/campaigns", READ),
    ("POST", "/campaigns", WRITE),
    ("GET", "/campaigns/{id}", READ),
    ("PATCH", "/campaigns/{id}", WRITE),
    ("DELETE", "/campaigns/{id}", WRITE),
    ("POST", "/campaigns/{id}/links", WRITE),
    ("GET", "/campaigns/{id}/report", READ),
    ("GET", "/campaigns/{id}/expected", READ),
    ("GET", "/campaigns/{id}/next", READ),
    ("GET", "/report", READ),
    ("GET", "/links", READ),
    ("POST", "/links", WRITE),
    ("GET", "/links/{id}", READ),
    ("PATCH", "/links/{id}", WRITE),
    ("DELETE", "/links/{id}", WRITE),
    ("GET", "/posts", READ),
    ("GET", "/posts/{id}", READ),
    ("PATCH", "/posts/{id}", WRITE),
    ("GET", "/networks", READ),
    ("GET", "/sources", READ),
    ("POST", "/sources", ADMIN),
    ("GET", "/sources/{id}", READ),
    ("PATCH", "/sources/{id}", ADMIN),
    ("DELETE", "/sources/{id}", ADMIN),
    ("POST", "/sources/{id}/test", ADMIN),
    ("GET", "/inbox", READ),
    ("POST", "/inbox/replay", ADMIN),
    ("POST", "/inbox/{id}/replay", ADMIN),
    ("GET", "/inbox/{id}/request", ADMIN),
    ("GET", "/promo-codes", READ),
    ("POST", "/promo-codes", WRITE),
    ("GET", "/promo-codes/{code}", READ),
    ("PATCH", "/promo-codes/{code}", WRITE),
    ("DELETE", "/promo-codes/{code}", WRITE),
    ("GET", "/costs", READ),
    ("POST", "/costs", WRITE),
    ("GET", "/costs/{id}", READ),
    ("PATCH", "/costs/{id}", WRITE),
    ("DELETE", "/costs/{id}", WRITE),
    ("GET", "/engagement", READ),
    ("POST", "/engagement", WRITE),
    ("GET", "/engagement/{id}", READ),
    ("DELETE", "/engagement/{id}", WRITE),
    ("GET", "/customers", READ),
    ("GET", "/customers/lifetime", READ),
    ("GET", "/customers/{id}", READ),
    ("GET", "/clicks", READ),
    ("GET", "/clicks/{id}", READ),
    ("GET", "/self", WRITE),
    ("GET", "/orphans", READ),
    ("DELETE", "/people", ADMIN),
    ("GET", "/rates", READ),
    ("POST", "/rates", ADMIN),
    ("GET", "/keys", ADMIN),
    ("POST", "/keys", ADMIN),
    ("GET", "/keys/{id}", ADMIN),
    ("PATCH", "/keys/{id}", ADMIN),
    ("DELETE", "/keys/{id}", ADMIN),
    ("GET", "/domains", READ),
    ("POST", "/domains", ADMIN),
    ("DELETE", "/domains/{id}", ADMIN),
    ("GET", "/workspace", READ),
    ("PATCH", "/workspace", ADMIN),
];

/// The required permission; `None` if no operation has that method and path pattern.
pub fn needed(method: &str, pattern: &str) -> Option<Access> {
    let path = pattern.strip_prefix("/api/v1")?;
    let mut operations = OPERATIONS.iter();
    let found = operations.find(|(known, at, _)| *known == method && *at == path)?;
    Some(found.2)
}

/// The methods of a path pattern, in the form of an `Allow` header; `None` if no operation has that
/// path.
fn allowed(pattern: &str) -> Option<String> {
    let path = pattern.strip_prefix("/api/v1")?;
    let of_path = OPERATIONS.iter().filter(|(_, at, _)| *at == path);
    let methods: Vec<&str> = of_path.map(|(method, ..)| *method).collect();
    (!methods.is_empty()).then(|| methods.join(", "))
}

/// Admits a request and stores its actor for the handler, or returns the reason for refusal.
async fn admit(state: &State, request: &ServiceRequest) -> Result<(), Problem> {
    let whole = request.match_pattern().ok_or(Problem::RouteNotFound)?;
    // If links have a path before them, the API also answers below it.
    let below = whole.strip_prefix(state.context.public_path());
    let pattern = below.unwrap_or(&whole);
    match needed(request.method().as_str(), pattern) {
        Some(Access::Open) => {}
        Some(Access::Key(scope)) => {
            let actor = authenticate(state, request.request()).await?;
            actor.require(scope)?;
            request.extensions_mut().insert(actor);
        }
        None => {
            return Err(match allowed(pattern) {
                Some(allowed) => Problem::MethodNotAllowed(allowed),
                None => Problem::RouteNotFound,
            });
        }
    }
    // No name contains a zero byte, and PostgreSQL refuses it in a text.
    if request.path().contains("%00") {
        return Err(Problem::RouteNotFound);
    }
    Ok(())
}

/// Checks the key before the request continues, and passes its actor to the handler.
pub(super) async fn check(
    state: web::Data<State>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    match admit(&state, &request).await {
        Ok(()) => next
            .call(request)
            .await
            .map(ServiceResponse::map_into_left_body),
        // Not returned as an error, because an error would skip what every answer gets at the end.
        Err(problem) => Ok(request.error_response(problem).map_into_right_body()),
    }
}
