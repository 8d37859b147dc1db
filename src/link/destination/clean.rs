//! What people paste along with a URL: quotes or brackets around it, invisible signs of messengers,
//! and the `&amp;` of a page's source.
//!
//! # Invariants
//! What may be meant stays, such as the joiners of Persian and Indian scripts within a word.

use std::borrow::Cow;
use std::fmt;

/// What was odd about a destination that somebody pasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasteDefect {
    /// Quotes or brackets around it.
    Wrapped,
    /// Signs that nobody sees, such as U+200B.
    Invisible,
    /// `&amp;` where `&` was meant: the URL was copied out of a page's source.
    Entity,
    /// Nothing: it has a percent-encoded sign that nobody sees, which may be meant.
    Encoded,
}

impl fmt::Display for PasteDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PasteDefect::Wrapped => "the URL stood in quotes or brackets; they were taken off",
            PasteDefect::Invisible => {
                "the URL held signs that nobody sees, such as U+200B; they were taken out"
            }
            PasteDefect::Entity => {
                "the URL held `&amp;`, as in a page's source; each was read as `&`. Check that it \
                 opens what you mean"
            }
            PasteDefect::Encoded => {
                "the URL holds a sign that nobody sees, written as %E2%80%8B or the like, and keeps \
                 it. Check that it opens what you mean"
            }
        })
    }
}

/// A destination without what people paste along with it, and what was odd about it.
pub fn clean(text: &str) -> (Cow<'_, str>, Vec<PasteDefect>) {
    let text = text.trim();
    let mut cleaned = Vec::new();
    let mut clean = Cow::Borrowed(text);
    if text.contains(is_invisible) || text.starts_with(JOINERS) || text.ends_with(JOINERS) {
        let plain = text.trim_matches(JOINERS).replace(is_invisible, "");
        clean = Cow::Owned(plain.trim().to_owned());
        cleaned.push(PasteDefect::Invisible);
    }
    if let Some(inner) = unwrapped(&clean) {
        clean = Cow::Owned(inner.to_owned());
        cleaned.push(PasteDefect::Wrapped);
    }
    let mut plain = clean.clone();
    while let Some(entity) = ENTITIES.into_iter().find(|it| plain.contains(it)) {
        plain = Cow::Owned(plain.replace(entity, "&"));
    }
    if plain != clean {
        clean = plain;
        cleaned.push(PasteDefect::Entity);
    }
    let upper = clean.to_ascii_uppercase();
    if ENCODED.into_iter().any(|it| upper.contains(it)) {
        cleaned.push(PasteDefect::Encoded);
    }
    (clean, cleaned)
}

/// How a page's source writes `&`.
const ENTITIES: [&str; 4] = ["&amp;", "&#38;", "&#038;", "&#x26;"];

/// U+00AD, U+200B, U+200E, U+200F, U+2060 and U+FEFF, percent-encoded.
const ENCODED: [&str; 6] = [
    "%C2%AD",
    "%E2%80%8B",
    "%E2%80%8E",
    "%E2%80%8F",
    "%E2%81%A0",
    "%EF%BB%BF",
];

/// What stands around a URL in texts: opening marks, and the closing mark of each.
const AROUND: [(char, char); 11] = [
    ('"', '"'),
    ('\'', '\''),
    ('`', '`'),
    ('<', '>'),
    ('(', ')'),
    ('[', ']'),
    ('“', '”'),
    ('„', '“'),
    ('«', '»'),
    ('「', '」'),
    ('（', '）'),
];

/// The URL within quotes or brackets.
fn unwrapped(text: &str) -> Option<&str> {
    AROUND.into_iter().find_map(|(open, close)| {
        let inner = text.strip_prefix(open)?.strip_suffix(close)?;
        Some(inner.trim())
    })
}

/// Part of words in some scripts; at the ends of a URL they are left over from a text.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Signs that stand in no word of a URL.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pasted_along_is_taken_out_and_told() {
        let both = [PasteDefect::Invisible, PasteDefect::Entity];
        for (text, expected, cleaned) in [
            (
                " https://a.example/b?c=1&d=2 ",
                "https://a.example/b?c=1&d=2",
                &both[..0],
            ),
            (
                "https://a.example/b\u{200b}",
                "https://a.example/b",
                &both[..1],
            ),
            (
                "\u{feff}https://a.exa\u{ad}mple/",
                "https://a.example/",
                &both[..1],
            ),
            (
                "https://a.example/می\u{200c}خواهم",
                "https://a.example/می\u{200c}خواهم",
                &both[..0],
            ),
            (
                "https://a.example/\u{200d}",
                "https://a.example/",
                &both[..1],
            ),
            (
                "https://a.example/?c=1&amp;d=2",
                "https://a.example/?c=1&d=2",
                &both[1..],
            ),
            (
                "\u{2060}https://a.example/?c&amp;d",
                "https://a.example/?c&d",
                &both[..],
            ),
        ] {
            let (clean, found) = clean(text);
            assert_eq!(
                (clean.as_ref(), &found[..]),
                (expected, cleaned),
                "{text:?}"
            );
        }
    }

    #[test]
    fn quotes_entities_and_encoded_signs_are_told() {
        let plain = "https://a.example/b";
        for (text, expected, cleaned) in [
            ("“https://a.example/b”", plain, &[PasteDefect::Wrapped][..]),
            ("<https://a.example/b>", plain, &[PasteDefect::Wrapped]),
            ("„https://a.example/b“", plain, &[PasteDefect::Wrapped]),
            ("(https://a.example/b)?", "(https://a.example/b)?", &[]),
            (
                "https://a.example/?c=1&#38;d=2&#x26;e&amp;amp;f",
                "https://a.example/?c=1&d=2&e&f",
                &[PasteDefect::Entity],
            ),
            (
                "https://a.example/b%e2%80%8b",
                "https://a.example/b%e2%80%8b",
                &[PasteDefect::Encoded],
            ),
        ] {
            let (clean, found) = clean(text);
            assert_eq!((clean.as_ref(), &found[..]), (expected, cleaned), "{text}");
        }
    }
}
