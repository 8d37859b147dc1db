//! Typos: the slugs that a person may have meant when a link has not been found.
//!
//! # Invariants
//! The case of letters never matters, because people type links in lower case. One more edit is
//! allowed: a missing, extra or wrong character, or two neighbours swapped.

use std::collections::BTreeSet;

/// Longest slug for which edits are tried: the length comes from the request, so it needs a bound.
const LONGEST: usize = 32;

/// The characters of a slug, in lower case.
const CHARACTERS: &str = "abcdefghijklmnopqrstuvwxyz0123456789-_";

/// Every slug within one edit of this one, including itself, in lower case.
pub fn candidates(slug: &str) -> BTreeSet<String> {
    let slug = slug.to_ascii_lowercase();
    let mut candidates = BTreeSet::new();
    if slug.len() <= LONGEST && slug.is_ascii() {
        for at in 0..=slug.len() {
            let (before, after) = slug.split_at(at);
            let mut rest = after.chars();
            let first = rest.next();
            for character in CHARACTERS.chars() {
                candidates.insert(format!("{before}{character}{after}"));
                if first.is_some() {
                    candidates.insert(format!("{before}{character}{}", rest.as_str()));
                }
            }
            if let Some(first) = first {
                candidates.insert(format!("{before}{}", rest.as_str()));
                if let Some(second) = rest.next() {
                    candidates.insert(format!("{before}{second}{first}{}", rest.as_str()));
                }
            }
        }
    }
    candidates.insert(slug);
    candidates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_edit_is_forgiven_and_no_more() {
        let candidates = candidates("Sumer-26");
        for near in [
            "sumer-26",
            "summer-26",
            "smer-26",
            "sumer_26",
            "sumer-62",
            "usmer-26",
            "sumer-263",
        ] {
            assert!(candidates.contains(near), "{near}");
        }
        for far in [
            "Sumer-26",
            "summer-27",
            "summmer-26",
            "mer-26",
            "26-sumer",
            "sumer/26",
        ] {
            assert!(!candidates.contains(far), "{far}");
        }
    }

    #[test]
    fn the_number_of_candidates_is_bounded() {
        let most = |length| candidates(&"x".repeat(length)).len();
        assert!(most(7) < 600, "{}", most(7));
        assert!(most(LONGEST) < 2_500, "{}", most(LONGEST));
        assert_eq!(most(LONGEST + 1), 1);
        assert_eq!(candidates("").len(), 39);
    }
}
