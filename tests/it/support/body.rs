//! Bodies of requests, and bodies with one field changed.

use serde_json::{Value, json};

/// What makes a campaign.
pub(crate) fn campaign_body() -> Value {
    json!({"name": "Spring", "goal": {"metric": "leads", "target": 10}, "currency": "EUR",
           "time_zone": "Europe/Berlin"})
}

/// `body` with another value in one field; null takes the field out.
pub(crate) fn with(mut body: Value, field: &str, value: Value) -> Value {
    let object = body.as_object_mut().unwrap();
    if value.is_null() {
        object.remove(field);
    } else {
        object.insert(field.to_owned(), value);
    }
    body
}
