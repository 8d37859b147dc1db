//! Examples of answers: taken from real ones, and compared with them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// What stands in place of secrets.
const SECRET: &str = "whsec_MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=";

/// What stands in place of tokens of keys.
const TOKEN: &str = "ll_0000000000000000000000000000000000000000000";

/// Most entries that an example shows of a list.
const SHOWN: usize = 2;

/// The first success of each operation, by operation and status.
#[derive(Default)]
pub(super) struct Examples(BTreeMap<String, BTreeMap<String, Value>>);

impl Examples {
    /// Takes an answer, unless there is one of this operation.
    pub(super) fn take(&mut self, operation: &Value, status: &str, answer: &Value) {
        let id = operation["operationId"].as_str().unwrap();
        // The description itself is example enough.
        if id == "read_openapi" || self.0.contains_key(id) {
            return;
        }
        let example = BTreeMap::from([(status.to_owned(), shortened(answer))]);
        self.0.insert(id.to_owned(), example);
    }

    /// Writes them where the description takes them from, for `make openapi`.
    pub(super) fn write(&self) {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/http/openapi/examples.json"
        );
        let text = serde_json::to_string_pretty(&self.0).unwrap();
        std::fs::write(path, text + "\n").unwrap();
    }

    /// What differs from the examples of the description.
    pub(super) fn differences(&self, operations: &[(String, String, Value)]) -> Vec<String> {
        let mut found = Vec::new();
        for (.., operation) in operations {
            let id = operation["operationId"].as_str().unwrap();
            let described: BTreeMap<&str, &Value> = operation["responses"]
                .as_object()
                .unwrap()
                .iter()
                .filter_map(|(status, response)| {
                    let mut kinds = response["content"].as_object()?.values();
                    let example = kinds.find_map(|content| content.get("example"))?;
                    status
                        .starts_with('2')
                        .then_some((status.as_str(), example))
                })
                .collect();
            for (status, real) in self.0.get(id).into_iter().flatten() {
                match described.get(status.as_str()) {
                    Some(example) if fields(example) == fields(real) => {}
                    Some(_) => found.push(format!("{id}: an answer has other fields")),
                    None => found.push(format!("{id} {status} has no example")),
                }
            }
        }
        found
    }
}

fn shortened(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().take(SHOWN).map(shortened).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| match (name.as_str(), value) {
                ("secret", Value::String(_)) => (name.clone(), json!(SECRET)),
                ("token", Value::String(_)) => (name.clone(), json!(TOKEN)),
                _ => (name.clone(), shortened(value)),
            })
            .collect(),
        other => other.clone(),
    }
}

/// The paths of all members, without the places of list entries.
fn fields(value: &Value) -> BTreeSet<String> {
    fn collect(path: &str, value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let path = format!("{path}.{name}");
                    collect(&path, value, found);
                    found.insert(path);
                }
            }
            Value::Array(items) => {
                for item in items {
                    collect(&format!("{path}[]"), item, found);
                }
            }
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    collect("", value, &mut found);
    found
}
