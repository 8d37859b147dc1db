//! A refusal of the API, and its reason.
//!
//! # Invariants
//! The message names options of the command line, not fields of the API.

use serde::Deserialize;
use serde_json::Value;

use super::super::option_words;

/// A refusal of the API.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message())]
pub(in crate::cli) struct ApiError {
    status: u16,
    base: String,
    problem: Option<ProblemDetails>,
}

/// The problem details in an answer of the API.
#[derive(Debug, Deserialize)]
struct ProblemDetails {
    code: String,
    detail: String,
}

impl ApiError {
    pub(super) fn new(status: u16, problem: Value, base: &str) -> ApiError {
        ApiError {
            status,
            base: base.to_owned(),
            // A program other than Leadline may also answer with JSON.
            problem: serde_json::from_value(problem).ok(),
        }
    }

    /// Whether an error is a refusal with this code.
    pub(in crate::cli) fn has_code(error: &anyhow::Error, code: &str) -> bool {
        let problem = error
            .downcast_ref::<ApiError>()
            .and_then(|error| error.problem.as_ref());
        problem.is_some_and(|problem| problem.code == code)
    }

    fn message(&self) -> String {
        let Some(ProblemDetails { code, detail }) = &self.problem else {
            return format!("the server answered {}", self.status);
        };
        let detail = option_words::with_options(detail);
        if self.status == 401 {
            return format!("{detail} ({code}); the server asked is {}", self.base);
        }
        format!("{detail} ({code})")
    }
}
