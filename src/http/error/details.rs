//! The body of an answer that says what is wrong (RFC 9457).

use serde::Serialize;

use crate::operations::import::bad_row::BadRow;

/// An error answer (RFC 9457).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemDetails {
    /// URI of the kind of problem.
    #[schema(example = "urn:leadline:problem:slug_taken")]
    pub(super) r#type: String,
    /// The status in words.
    #[schema(example = "Conflict")]
    pub(super) title: &'static str,
    /// HTTP status.
    #[schema(example = 409)]
    pub(super) status: u16,
    /// Stable code, for programs.
    #[schema(example = "slug_taken")]
    pub(super) code: &'static str,
    /// What is wrong and how to fix it.
    pub(super) detail: String,
    /// For imports, the rows that are wrong, at most 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rows: Option<Vec<BadRow>>,
}
