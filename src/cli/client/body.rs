//! The body of a request.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// A JSON object of the given fields. For each other field, the API keeps the value or uses a
/// default.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(in crate::cli) struct Body(Map<String, Value>);

impl Body {
    /// Adds a field.
    pub(in crate::cli) fn with(mut self, field: &str, value: impl Serialize) -> Body {
        self.0.insert(field.to_owned(), json!(value));
        self
    }

    /// Adds a field if it has a value.
    pub(in crate::cli) fn with_given(self, field: &str, value: Option<impl Serialize>) -> Body {
        match value {
            Some(value) => self.with(field, value),
            None => self,
        }
    }
}
