//! An answer of the API, which is read as a type or printed as JSON.
//!
//! # Invariants
//! A field that is missing or has another form is an error, never a default. JSON is printed
//! unchanged, including fields that this program does not know.

use anyhow::{Context, anyhow};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// An answer that is one object.
#[derive(Debug)]
pub(in crate::cli) struct Answer(Value);

impl Answer {
    pub(super) fn new(body: Value) -> Answer {
        Answer(body)
    }

    /// The answer as a type.
    ///
    /// # Errors
    /// If the answer has another form.
    pub(in crate::cli) fn read<T: DeserializeOwned>(&self) -> anyhow::Result<T> {
        read(&self.0)
    }

    /// The answer as JSON.
    pub(in crate::cli) fn json(&self) -> String {
        format!("{:#}\n", self.0)
    }

    /// The JSON value, to print it together with others.
    pub(in crate::cli) fn into_value(self) -> Value {
        self.0
    }
}

/// The rows of a list.
#[derive(Debug, Default)]
pub(in crate::cli) struct Rows(Vec<Value>);

impl Rows {
    /// Appends the rows that a page has in `field`. Returns the cursor of the next page.
    pub(in crate::cli) fn take_page(
        &mut self,
        page: Answer,
        field: &str,
    ) -> anyhow::Result<Option<String>> {
        let Value::Object(mut page) = page.0 else {
            return Err(anyhow!(OTHER_FORM));
        };
        let Some(Value::Array(rows)) = page.remove(field) else {
            return Err(anyhow!("it has no `{field}`").context(OTHER_FORM));
        };
        self.0.extend(rows);
        let next = page.remove("next_cursor").unwrap_or_default();
        serde_json::from_value(next).context(OTHER_FORM)
    }

    /// Each row as a type.
    ///
    /// # Errors
    /// If a row has another form.
    pub(in crate::cli) fn read<T: DeserializeOwned>(&self) -> anyhow::Result<Vec<T>> {
        self.0.iter().map(read).collect()
    }

    /// The rows as JSON.
    pub(in crate::cli) fn json(self) -> String {
        format!("{:#}\n", Value::Array(self.0))
    }
}

const OTHER_FORM: &str = "the server's answer has a form that this program does not know; use the program in the server's \
     version";

fn read<T: DeserializeOwned>(value: &Value) -> anyhow::Result<T> {
    serde_path_to_error::deserialize(value).context(OTHER_FORM)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Named {
        name: String,
    }

    #[test]
    fn a_missing_field_is_an_error_that_names_it() {
        let known: Named = Answer(json!({"name": "a", "new": 1})).read().unwrap();
        assert_eq!(known.name, "a");
        let error = Answer(json!({"title": "a"})).read::<Named>().unwrap_err();
        assert!(format!("{error:#}").contains("name"), "{error:#}");
    }

    #[test]
    fn pages_are_appended_until_one_is_the_last() {
        let mut rows = Rows::default();
        let page = Answer(json!({"links": [{"name": "a"}], "next_cursor": "c"}));
        assert_eq!(rows.take_page(page, "links").unwrap().as_deref(), Some("c"));
        let page = Answer(json!({"links": [{"name": "b"}], "next_cursor": null}));
        assert_eq!(rows.take_page(page, "links").unwrap(), None);
        assert_eq!(rows.read::<Named>().unwrap()[1].name, "b");
        assert!(rows.take_page(Answer(json!({})), "links").is_err());
    }
}
