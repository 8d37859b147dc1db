//! What earlier requests said of a network's files, for those whose cells say nothing of it.
//!
//! # Invariants
//! The decimal mark and the order of days are kept for files in the language that they were said
//! for: a network writes another one in another language.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clock::day::DateOrder;
use crate::money::number_text::DecimalMark;

/// What is kept beside names of columns: words of requests by what they say and its language.
#[derive(Clone, Debug, Default)]
pub struct RememberedMarks(BTreeMap<String, String>);

impl RememberedMarks {
    /// Takes what is kept of marks out of what is kept; the rest are names of columns.
    pub fn take_from(kept: &mut BTreeMap<String, String>) -> RememberedMarks {
        let is_mark = |name: &String| name.starts_with("dates ") || name.starts_with("decimal ");
        let (marks, names) = std::mem::take(kept)
            .into_iter()
            .partition(|(name, _)| is_mark(name));
        *kept = names;
        RememberedMarks(marks)
    }

    /// Under which names marks are kept; columns have no blank in theirs.
    pub fn entries(
        language: Option<&str>,
        dates: Option<DateOrder>,
        decimal: Option<DecimalMark>,
    ) -> Vec<(String, String)> {
        let dates = dates.and_then(|order| word(&order));
        let decimal = decimal.and_then(|mark| word(&mark));
        let said = [("dates", dates), ("decimal", decimal)].into_iter();
        let said = said.filter_map(|(what, said)| Some((name(what, language), said?)));
        said.collect()
    }

    /// The order of days in files in that language.
    pub(super) fn dates(&self, language: Option<&str>) -> Option<DateOrder> {
        value(self.0.get(&name("dates", language))?)
    }

    /// Their decimal mark.
    pub(super) fn decimal(&self, language: Option<&str>) -> Option<DecimalMark> {
        value(self.0.get(&name("decimal", language))?)
    }
}

/// The word that requests have for a value.
fn word(value: &impl Serialize) -> Option<String> {
    let word = serde_json::to_value(value).ok()?;
    word.as_str().map(str::to_owned)
}

/// The value of such a word; none of one of another version of the program.
fn value<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(word.into()).ok()
}

fn name(what: &str, language: Option<&str>) -> String {
    format!("{what} {}", language.unwrap_or("any"))
}
