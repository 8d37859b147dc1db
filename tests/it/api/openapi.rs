//! The API's description: well formed, complete, and equal to the real answers.

mod answers;
mod contract;
mod examples;
mod limits;
mod schemas;
mod structure;

use std::collections::BTreeSet;

use serde_json::Value;

pub(crate) use schemas::Schemas;

/// The description as a client reads it.
pub(crate) fn description() -> Value {
    serde_json::to_value(leadline::http::openapi::document()).unwrap()
}

/// Every operation: method in upper case, path, and what is said of it.
pub(crate) fn operations(description: &Value) -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            found.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    assert!(found.len() > 50, "{} operations", found.len());
    found
}

/// Every `$ref` below a value.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get("$ref") {
                found.insert(target.clone());
            }
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}
