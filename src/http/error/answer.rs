//! How a problem is answered: status, headers and body.

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};

use crate::http::error::Problem;
use crate::http::error::details::ProblemDetails;
use crate::operations::error::Error;

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.facts().0
    }

    fn error_response(&self) -> HttpResponse {
        let (status, code) = self.facts();
        // Errors that the client did not cause are logged for operators.
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
            // A stream may end at any time; limits of requests are per minute.
            let is_stream = matches!(self, Problem::TooManyStreams(_));
            response.insert_header((RETRY_AFTER, if is_stream { "10" } else { "60" }));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((RETRY_AFTER, "1"));
        }
        // serde_json's own writer, because `.json()` would set another content type.
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
