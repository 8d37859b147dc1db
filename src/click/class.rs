//! The class of a click: a person, or one of several kinds of programs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who made a click, as far as can be known.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ClickClass {
    /// A person.
    Human,
    /// Most likely a person; one sign speaks against it.
    LikelyHuman,
    /// A program that fetched the link to show a preview of it.
    Preview,
    /// A browser that fetched the link before a person tapped it.
    Prefetch,
    /// A request for the headers only (HEAD).
    Head,
    /// A crawler, or any other program.
    Crawler,
    /// A program that checks links for danger.
    Scanner,
    /// The owner's own traffic.
    #[serde(rename = "self")]
    Own,
    /// Neither certainly a person nor certainly a program.
    Unknown,
    /// Beyond the bound of one address on one link: counted, but not classified.
    Flood,
}

impl ClickClass {
    /// All classes.
    pub const ALL: [ClickClass; 10] = [
        ClickClass::Human,
        ClickClass::LikelyHuman,
        ClickClass::Preview,
        ClickClass::Prefetch,
        ClickClass::Head,
        ClickClass::Crawler,
        ClickClass::Scanner,
        ClickClass::Own,
        ClickClass::Unknown,
        ClickClass::Flood,
    ];

    /// The word outside and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            ClickClass::Human => "human",
            ClickClass::LikelyHuman => "likely_human",
            ClickClass::Preview => "preview",
            ClickClass::Prefetch => "prefetch",
            ClickClass::Head => "head",
            ClickClass::Crawler => "crawler",
            ClickClass::Scanner => "scanner",
            ClickClass::Own => "self",
            ClickClass::Unknown => "unknown",
            ClickClass::Flood => "flood",
        }
    }

    /// The class of a stored word. `bot` was once the word for all programs. An unknown word
    /// becomes `Unknown`, which never counts as a person.
    pub fn from_stored(word: &str) -> ClickClass {
        let known = ClickClass::ALL
            .into_iter()
            .find(|class| class.as_str() == word);
        known.unwrap_or(if word == "bot" {
            ClickClass::Crawler
        } else {
            ClickClass::Unknown
        })
    }

    /// Whether it counts as a person in reports.
    pub fn is_person(self) -> bool {
        matches!(self, ClickClass::Human | ClickClass::LikelyHuman)
    }
}

impl fmt::Display for ClickClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_read_as_it_was_stored() {
        for class in ClickClass::ALL {
            assert_eq!(ClickClass::from_stored(class.as_str()), class);
            assert_eq!(
                serde_json::to_value(class).unwrap(),
                serde_json::Value::from(class.as_str())
            );
        }
        assert_eq!(ClickClass::from_stored("bot"), ClickClass::Crawler);
        assert_eq!(ClickClass::from_stored("martian"), ClickClass::Unknown);
    }

    #[test]
    fn only_people_are_people() {
        let people: Vec<_> = ClickClass::ALL
            .into_iter()
            .filter(|c| c.is_person())
            .collect();
        assert_eq!(people, [ClickClass::Human, ClickClass::LikelyHuman]);
    }
}
