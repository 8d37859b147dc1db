//! A problem as it is answered (RFC 9457).

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::http::error::Problem;
use crate::operations::error::Error;
use crate::operations::import::bad_rows::BadRow;

/// A problem as it is answered (RFC 9457).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemDetails {
    /// URI that names the kind of problem.
    #[schema(example = "urn:leadline:problem:slug_taken")]
    r#type: String,
    /// The status in words.
    #[schema(example = "Conflict")]
    title: &'static str,
    /// HTTP status.
    #[schema(example = 409)]
    status: u16,
    /// Stable code; programs decide by it.
    #[schema(example = "slug_taken")]
    code: &'static str,
    /// What is wrong and how to mend it.
    detail: String,
    /// Of several rows those that are wrong, at most 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<BadRow>>,
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.facts().0
    }

    fn error_response(&self) -> HttpResponse {
        let (status, code) = self.facts();
        // What is not the actor's own mistake, operators hear of.
        if status.is_server_error() && !matches!(self, Problem::BodiesFull) {
            tracing::error!(code, error = ?self, "a request failed");
        }
        let mut response = HttpResponse::build(status);
        response.content_type("application/problem+json");
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        if let Problem::MethodNotAllowed(allowed) = self {
            response.insert_header((ALLOW, allowed.as_str()));
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            // A stream may end at any time; limits of requests are by the minute.
            let is_stream = matches!(self, Problem::TooManyStreams(_));
            response.insert_header((RETRY_AFTER, if is_stream { "10" } else { "60" }));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((RETRY_AFTER, "1"));
        }
        // serde_json's own writer instead of `.json()`, which would set another content type.
        let body = serde_json::to_string(&ProblemDetails {
            r#type: format!("urn:leadline:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: self.to_string(),
            rows: match self {
                Problem::Operation(Error::Rows { first, .. }) => Some(first.clone()),
                _ => None,
            },
        });
        response.body(body.unwrap_or_default())
    }
}
