//! Ids and JSON in text columns.
//!
//! # Invariants
//! A text that does not hold what this program writes is [`Error::Corrupt`], never a default.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::drivers::sql::Error;
use crate::id::{Id, IdKind};

pub(super) fn read_id<K: IdKind>(text: &str) -> Result<Id<K>, Error> {
    text.parse().map_err(|_| Error::Corrupt {
        what: "id",
        value: text.to_owned(),
    })
}

pub(super) fn read_id_option<K: IdKind>(text: Option<&str>) -> Result<Option<Id<K>>, Error> {
    text.map(read_id).transpose()
}

pub(super) fn read_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| Error::Corrupt {
        what,
        value: text.to_owned(),
    })
}

pub(super) fn write_json<T: Serialize>(what: &'static str, value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Corrupt {
        what,
        value: error.to_string(),
    })
}
