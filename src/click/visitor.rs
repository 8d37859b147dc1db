//! The pseudonym of a browser, in memory, in the log and in answers.
//!
//! # Invariants
//! A pseudonym cannot be traced back to a person.
//!
//! # Out of scope
//! How a pseudonym is derived (`visitor_key`).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Pseudonym of a browser: 64 random-looking bits, written as 16 hex digits. The last bit says
/// whether it lasts longer than one day.
///
/// Among ten million visitors, the chance that any two share one is about 5 in a million.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Visitor(pub u64);

impl Visitor {
    /// The pseudonym of a browser on one day, from 64 bits that change each day.
    pub fn of_day(bits: u64) -> Visitor {
        Visitor(bits & !1)
    }

    /// The pseudonym of a browser while it keeps its cookie.
    pub fn of_cookie(bits: u64) -> Visitor {
        Visitor(bits | 1)
    }

    /// Whether it may last longer than one day.
    pub fn is_lasting(self) -> bool {
        self.0 & 1 == 1
    }

    /// The first 16 hex digits of a text; `None` for anything else.
    pub fn from_hex(text: &str) -> Option<Visitor> {
        let digits = text.get(..16)?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_hex.then(|| u64::from_str_radix(digits, 16).ok().map(Visitor))?
    }
}

impl fmt::Display for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Visitor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.collect_str(self);
        }
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Visitor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return u64::deserialize(deserializer).map(Visitor);
        }
        let text = String::deserialize(deserializer)?;
        Visitor::from_hex(&text).ok_or_else(|| de::Error::custom("not 16 hex digits"))
    }
}
