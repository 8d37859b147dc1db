//! Removes what people paste along with a URL: quotes or brackets, invisible characters of
//! messengers, and the `&amp;` of a page's source.
//!
//! # Invariants
//! Characters that may be intended stay, such as the joiners of Persian and Indian scripts.

use std::borrow::Cow;
use std::fmt;

/// What was wrong with a pasted destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasteDefect {
    /// Quotes or brackets stood around it.
    Wrapped,
    /// It had invisible characters, such as U+200B.
    Invisible,
    /// It had `&amp;` instead of `&`: the URL was copied from a page's source.
    Entity,
    /// It has a percent-encoded invisible character. It stays, because it may be intended.
    Encoded,
}

impl fmt::Display for PasteDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PasteDefect::Wrapped => "the URL stood in quotes or brackets; they were removed",
            PasteDefect::Invisible => {
                "the URL had invisible characters, such as U+200B; they were removed"
            }
            PasteDefect::Entity => {
                "the URL had `&amp;`, as in a page's source; each was read as `&`. Check that it \
                 opens what you mean"
            }
            PasteDefect::Encoded => {
                "the URL has an invisible character, such as %E2%80%8B, and keeps \
                 it. Check that it opens what you mean"
            }
        })
    }
}

/// Removes what people paste along with a URL. Returns the URL and what was wrong with it.
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
    while let Some(entity) = ENTITIES.into_iter().find(|entity| plain.contains(entity)) {
        plain = Cow::Owned(plain.replace(entity, "&"));
    }
    if plain != clean {
        clean = plain;
        cleaned.push(PasteDefect::Entity);
    }
    let upper = clean.to_ascii_uppercase();
    if ENCODED.into_iter().any(|code| upper.contains(code)) {
        cleaned.push(PasteDefect::Encoded);
    }
    (clean, cleaned)
}

/// How a page's source may write `&`.
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

/// Characters that may surround a URL in a text: each opening mark with its closing mark.
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

/// The URL inside quotes or brackets.
fn unwrapped(text: &str) -> Option<&str> {
    AROUND.into_iter().find_map(|(open, close)| {
        let inner = text.strip_prefix(open)?.strip_suffix(close)?;
        Some(inner.trim())
    })
}

/// Characters inside words of some scripts. At the ends of a URL they are remains of a text.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Invisible characters that no part of a URL uses.
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
