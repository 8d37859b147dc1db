//! The words that a text must contain to match a regular expression.
//!
//! # Invariants
//! A text without one of these words does not match; a text with all of them may match. Words are
//! compared without regard to ASCII case. So the words can exclude a rule, but never confirm one.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Shortest useful word, in bytes: every user agent contains shorter ones.
const MIN_WORD: usize = 3;

/// Groups of words. A text that matches contains at least one word of each group.
pub(super) type WordGroups = Vec<Vec<String>>;

/// The groups of words that a regular expression requires; empty if it may match any text.
pub(super) fn required_words(regex: &Hir) -> WordGroups {
    match regex.kind() {
        HirKind::Capture(capture) => required_words(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required_words(&repetition.sub),
        HirKind::Literal(_) | HirKind::Concat(_) => of_sequence(regex),
        HirKind::Alternation(options) => of_alternatives(options).into_iter().collect(),
        HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) | HirKind::Repetition(_) => {
            Vec::new()
        }
    }
}

/// Each part of a sequence must match. Adjacent letters form one word.
fn of_sequence(regex: &Hir) -> WordGroups {
    let parts = match regex.kind() {
        HirKind::Concat(parts) => parts.as_slice(),
        _ => std::slice::from_ref(regex),
    };
    let mut groups = Vec::new();
    let mut word = String::new();
    for part in parts {
        if let Some(text) = exact_text(part) {
            word.push_str(&text);
            continue;
        }
        groups.extend(group_of(std::mem::take(&mut word)));
        groups.extend(required_words(part));
    }
    groups.extend(group_of(word));
    groups
}

fn group_of(word: String) -> Option<Vec<String>> {
    (word.len() >= MIN_WORD).then(|| vec![word])
}

/// One alternative must match. So the group has one word from the strictest group of each.
fn of_alternatives(options: &[Hir]) -> Option<Vec<String>> {
    let mut words = Vec::new();
    for option in options {
        let groups = required_words(option);
        let shortest = |group: &Vec<String>| group.iter().map(String::len).min();
        words.extend(groups.into_iter().max_by_key(shortest)?);
    }
    Some(words)
}

/// The only text that a part matches, except for ASCII case.
fn exact_text(part: &Hir) -> Option<String> {
    match part.kind() {
        HirKind::Literal(literal) => Some(std::str::from_utf8(&literal.0).ok()?.to_owned()),
        HirKind::Class(Class::Unicode(class)) => {
            let mut letters = class
                .ranges()
                .iter()
                .map(|range| (range.start(), range.end()));
            let (upper, lower) = (letters.next()?, letters.next()?);
            let is_letter = letters.next().is_none()
                && upper.0 == upper.1
                && lower == (upper.0.to_ascii_lowercase(), upper.0.to_ascii_lowercase());
            is_letter.then(|| lower.0.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_needs_one_word_of_each_group() {
        let groups = |regex: &str| {
            let groups = required_words(&regex_syntax::parse(regex).unwrap());
            let groups: Vec<String> = groups.iter().map(|words| words.join("|")).collect();
            groups.join(" ")
        };
        for (regex, expected) in [
            (r"(Firefox)/(\d+)", "Firefox"),
            (r"Mozilla.{1,200}(Chrome)/(\d+)", "Mozilla Chrome"),
            (r"(?:MSIE|Trident)/\d", "MSIE|Trident"),
            (r"(iPad|iPhone); (?:CPU|Mac)", "iPad|iPhone CPU|Mac"),
            // Optional parts are not required, nor is a word that one alternative does not need.
            (r"(?:Android)?/\d+", ""),
            (r"Opera|\d+", ""),
            (r"(?:Mobile)+", "Mobile"),
            // ASCII case does not matter; `s` also has a form outside ASCII.
            (r"(?i)opera mini", "opera mini"),
            (r"(?i)msie", ""),
            (r"ab", ""),
        ] {
            assert_eq!(groups(regex), expected, "{regex}");
        }
    }
}
