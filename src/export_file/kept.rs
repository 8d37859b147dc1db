//! What earlier requests said of a network's files, for those whose cells say nothing of it.
//!
//! # Invariants
//! The decimal mark and the order of days are kept for files in the language that they were said
//! for: a network writes another one in another language.

use std::collections::BTreeMap;

use crate::clock::day::Order;
use crate::money::written::DecimalMark;

/// What is kept beside names of columns: words of requests by what they say and its language.
#[derive(Clone, Debug, Default)]
pub struct KeptMarks(BTreeMap<String, String>);

impl KeptMarks {
    /// Takes what is kept of marks out of what is kept; the rest are names of columns.
    pub fn take_from(kept: &mut BTreeMap<String, String>) -> KeptMarks {
        let is_mark = |name: &String| name.starts_with("dates ") || name.starts_with("decimal ");
        let (marks, names) = std::mem::take(kept)
            .into_iter()
            .partition(|(name, _)| is_mark(name));
        *kept = names;
        KeptMarks(marks)
    }

    /// Under which names marks are kept; columns have no blank in theirs.
    pub fn entries(
        language: Option<&str>,
        dates: Option<Order>,
        decimal: Option<DecimalMark>,
    ) -> Vec<(String, &'static str)> {
        let dates = dates.map(|order| match order {
            Order::Mdy => "mdy",
            Order::Dmy => "dmy",
        });
        let decimal = decimal.map(|mark| match mark {
            DecimalMark::Point => "point",
            DecimalMark::Comma => "comma",
        });
        let said = [("dates", dates), ("decimal", decimal)].into_iter();
        let said = said.filter_map(|(what, said)| Some((name(what, language), said?)));
        said.collect()
    }

    /// The order of days in files in that language.
    pub(super) fn dates(&self, language: Option<&str>) -> Option<Order> {
        match self.0.get(&name("dates", language))?.as_str() {
            "mdy" => Some(Order::Mdy),
            "dmy" => Some(Order::Dmy),
            _ => None,
        }
    }

    /// Their decimal mark.
    pub(super) fn decimal(&self, language: Option<&str>) -> Option<DecimalMark> {
        match self.0.get(&name("decimal", language))?.as_str() {
            "point" => Some(DecimalMark::Point),
            "comma" => Some(DecimalMark::Comma),
            _ => None,
        }
    }
}

fn name(what: &str, language: Option<&str>) -> String {
    format!("{what} {}", language.unwrap_or("any"))
}
