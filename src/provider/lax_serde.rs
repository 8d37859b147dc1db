//! Fields that shops write in different ways: ids as numbers or texts, lists as null or as objects.
//!
//! # Invariants
//! These functions are for `deserialize_with` next to a default. Never read money with [`fitting`]
//! or [`list`]: both drop what they do not understand.
//!
//! # Out of scope
//! The fields of a provider.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A text or a number, as trimmed text; `None` for anything else, and for an empty text.
pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// The default instead of null.
pub(super) fn or_default<'de, T, D>(from: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// The value, if it has the form of a `T`.
pub(super) fn fitting<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
where
    T: DeserializeOwned,
    D: Deserializer<'de>,
{
    Ok(serde_json::from_value(Value::deserialize(from)?).ok())
}

/// The items of a list that have the form of a `T`. PHP writes a list with a gap as an object.
pub(super) fn list<'de, T, D>(from: D) -> Result<Vec<T>, D::Error>
where
    T: DeserializeOwned,
    D: Deserializer<'de>,
{
    let parts: Vec<Value> = match Value::deserialize(from)? {
        Value::Array(parts) => parts,
        Value::Object(parts) => parts.into_iter().map(|(_, part)| part).collect(),
        _ => Vec::new(),
    };
    let parts = parts.into_iter().map(serde_json::from_value);
    Ok(parts.filter_map(Result::ok).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Odd {
        #[serde(deserialize_with = "text")]
        id: Option<String>,
        #[serde(deserialize_with = "or_default")]
        test: bool,
        #[serde(deserialize_with = "fitting")]
        place: Option<u8>,
        #[serde(deserialize_with = "list")]
        codes: Vec<String>,
    }

    #[test]
    fn what_shops_differ_in_reads_the_same() {
        let read = |json: &str| serde_json::from_str::<Odd>(json).unwrap();
        assert_eq!(read("{}"), Odd::default());
        let nulls = r#"{"id":null,"test":null,"place":null,"codes":null}"#;
        assert_eq!(read(nulls), Odd::default());
        assert_eq!(
            read(r#"{"id":" ","place":"x","codes":"A"}"#),
            Odd::default()
        );
        for id in ["820982911946154508", "\" 820982911946154508 \""] {
            let whole =
                format!(r#"{{"id":{id},"test":true,"place":7,"codes":{{"0":"A","2":7,"3":"B"}}}}"#);
            let odd = read(&whole);
            assert_eq!(odd.id.as_deref(), Some("820982911946154508"));
            assert_eq!((odd.test, odd.place), (true, Some(7)));
            assert_eq!(odd.codes, ["A", "B"]);
        }
        let money: Odd = read(r#"{"id":409.94}"#);
        assert_eq!(money.id.as_deref(), Some("409.94"));
    }
}
