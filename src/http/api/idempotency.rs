//! `Idempotency-Key`: recognises a repeated create, and answers creates.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use crate::http::error::Problem;
use crate::operations::repeat::{Created, RepeatKey};
use crate::vault;

/// A header on an answer that was given before.
pub const REPLAYED: &str = "Idempotent-Replayed";

/// The key of a request, with a hash of the whole request; `None` without the header.
///
/// # Errors
/// [`Problem::IdempotencyKey`] for a malformed one.
pub fn repeat_key(request: &HttpRequest, raw: &[u8]) -> Result<Option<RepeatKey>, Problem> {
    let Some(header) = request.headers().get("Idempotency-Key") else {
        return Ok(None);
    };
    let key = header.to_str().map_err(|_| Problem::IdempotencyKey)?;
    if !(1..=128).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Problem::IdempotencyKey);
    }
    Ok(Some(RepeatKey {
        key: key.to_owned(),
        fingerprint: fingerprint(request, raw),
    }))
}

/// Answers 201 with the created object, or with the answer to the first request with the same key.
pub fn created<T>(created: Created<T>) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::CREATED);
    response.content_type("application/json");
    match created {
        Created::New(_, body) => response.body(body),
        Created::Repeated(body) => response.insert_header((REPLAYED, "true")).body(body),
    }
}

fn fingerprint(request: &HttpRequest, raw: &[u8]) -> String {
    let body = vault::token_hash(&String::from_utf8_lossy(raw));
    let target = request.uri().path_and_query();
    let target = target.map_or(request.path(), |target| target.as_str());
    vault::token_hash(&format!("{} {target} {body}", request.method()))
}
