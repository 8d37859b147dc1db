//! What people paste along with a URL: invisible signs of messengers, and the `&amp;` of a page's
//! source.
//!
//! Holds: what may be meant stays, such as the joiners of Persian and Indian scripts within a word.

use std::borrow::Cow;
use std::fmt;

/// What was taken off a destination before it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleaned {
    /// Signs that nobody sees, such as U+200B.
    Invisible,
    /// `&amp;` where `&` was meant: the URL was copied out of a page's source.
    Entity,
}

impl fmt::Display for Cleaned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Cleaned::Invisible => {
                "the URL held signs that nobody sees, such as U+200B; they were taken out"
            }
            Cleaned::Entity => {
                "the URL held `&amp;`, as in a page's source; each was read as `&`. Check that it \
                 opens what you mean"
            }
        })
    }
}

/// A destination without what people paste along with it, and what that was.
pub fn clean(text: &str) -> (Cow<'_, str>, Vec<Cleaned>) {
    let text = text.trim();
    let mut cleaned = Vec::new();
    let mut clean = Cow::Borrowed(text);
    if text.contains(is_invisible) || text.starts_with(JOINERS) || text.ends_with(JOINERS) {
        let plain = text.trim_matches(JOINERS).replace(is_invisible, "");
        clean = Cow::Owned(plain.trim().to_owned());
        cleaned.push(Cleaned::Invisible);
    }
    if clean.contains("&amp;") {
        clean = Cow::Owned(clean.replace("&amp;", "&"));
        cleaned.push(Cleaned::Entity);
    }
    (clean, cleaned)
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
        let both = [Cleaned::Invisible, Cleaned::Entity];
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
}
