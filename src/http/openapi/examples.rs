//! An example of each operation's answer, taken from a real one.
//!
//! # Invariants
//! Nothing in `examples.json` is written by hand: `make openapi` takes it from the answers that a
//! test gets, with long lists cut. The same test fails when an answer has other fields.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::Operation;

/// By operation and status.
type Examples = BTreeMap<String, BTreeMap<String, Value>>;

static EXAMPLES: LazyLock<Examples> =
    LazyLock::new(|| serde_json::from_str(include_str!("examples.json")).unwrap_or_default());

/// Adds the example to the answers of the operation.
pub(super) fn describe(operation: &mut Operation) {
    let id = operation.operation_id.as_deref().unwrap_or_default();
    for (status, example) in EXAMPLES.get(id).into_iter().flatten() {
        let Some(RefOr::T(response)) = operation.responses.responses.get_mut(status) else {
            continue;
        };
        for kind in ["application/json", "text/plain"] {
            if let Some(RefOr::T(content)) = response.content.get_mut(kind) {
                content.example = Some(example.clone());
            }
        }
    }
}
