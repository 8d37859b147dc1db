//! Repair of slugs that people and apps changed when they shared a link.
//!
//! Such a slug may stand in brackets, have punctuation or invisible characters around it, run into
//! the next text, or be percent-encoded once or twice. An app may also have added a path or a
//! query.
//!
//! # Invariants
//! Repair removes only what a slug cannot contain, so one link is never reached by the name of
//! another one. A final `+`, and everything after a `~`, are reserved for later use and are not
//! removed.
//!
//! # Out of scope
//! Typos, which lead to other links (`link::typo`).

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use super::{LONGEST, is_allowed};

/// Most bytes of a path that repair looks at.
const MOST: usize = 1024;

/// How often a path may be percent-encoded.
const MOST_ENCODED: usize = 3;

/// What repair removed from a slug.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SlugRepair {
    /// Percent-encoding of letters, digits, `-` or `_`.
    Encoding,
    /// Invisible characters, such as U+200B.
    Invisible,
    /// A character before it, or one after it, such as a full stop, and all that follows.
    Sign,
    /// Text after it, in letters that a slug cannot have.
    Text,
    /// A path after it.
    Path,
    /// A query in the path, such as `&fbclid=1`.
    Query,
}

impl SlugRepair {
    /// Every kind of repair, in the order of its stored number, which begins with 1.
    pub const ALL: [SlugRepair; 6] = [
        SlugRepair::Encoding,
        SlugRepair::Invisible,
        SlugRepair::Sign,
        SlugRepair::Text,
        SlugRepair::Path,
        SlugRepair::Query,
    ];

    /// The word outside.
    pub fn as_str(self) -> &'static str {
        match self {
            SlugRepair::Encoding => "encoding",
            SlugRepair::Invisible => "invisible",
            SlugRepair::Sign => "sign",
            SlugRepair::Text => "text",
            SlugRepair::Path => "path",
            SlugRepair::Query => "query",
        }
    }

    fn of(sign: char) -> SlugRepair {
        match sign {
            '/' => SlugRepair::Path,
            '?' | '&' | ';' | '=' => SlugRepair::Query,
            c if c.is_alphanumeric() => SlugRepair::Text,
            _ => SlugRepair::Sign,
        }
    }
}

/// A slug that may be intended, and what was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepairedSlug {
    /// The slug. A link could have it.
    pub slug: String,
    /// What was removed first.
    pub by: SlugRepair,
}

/// The slugs that a path may mean, likeliest first. `path` is the path after the domain, as it was
/// sent. The list is empty if nothing can be removed.
pub fn candidates(path: &str) -> Vec<RepairedSlug> {
    let text = readable(path);
    let mut slug = String::new();
    let mut by = (text != path).then_some(SlugRepair::Encoding);
    let bare = text.trim_start_matches(stands_before);
    if bare.len() < text.len() {
        by = Some(SlugRepair::Sign);
    }
    for (at, c) in bare.char_indices() {
        if is_invisible(c) {
            by = Some(SlugRepair::Invisible);
        } else if is_allowed(c) && slug.len() < LONGEST {
            slug.push(c);
        } else if is_reserved(&bare[at..]) {
            return Vec::new();
        } else {
            by = Some(SlugRepair::of(c));
            break;
        }
    }
    if super::is_reserved(&slug) {
        return Vec::new();
    }
    let mut found = Vec::new();
    // A slug may contain the marks of italic text: `_https://go.example/lamp_`.
    let plain = slug.trim_end_matches(['_', '-']).to_owned();
    let is_marked = plain.len() < slug.len();
    if let (Some(by), false) = (by, slug.is_empty()) {
        found.push(RepairedSlug { slug, by });
    }
    if is_marked && !plain.is_empty() {
        let by = by.unwrap_or(SlugRepair::Sign);
        found.push(RepairedSlug { slug: plain, by });
    }
    found
}

/// Whether a character precedes a slug by mistake: a second slash, a space, a quote or a bracket. A
/// full stop does not count: programs that look for hidden files ask for `/.env`.
fn stands_before(c: char) -> bool {
    c.is_whitespace() || matches!(c, '/' | '<' | '>' | '"' | '\'' | '`' | '*' | '|') || is_quote(c)
}

/// Brackets and quotes of every script.
fn is_quote(c: char) -> bool {
    matches!(c,
        '(' | '[' | '{' | '«' | '»' | '\u{2018}'..='\u{201f}' | '‹' | '›' | '\u{3008}'..='\u{3011}'
        | '\u{3014}'..='\u{301f}' | '（' | '［' | '｛' | '｢' | '＂' | '＇')
}

/// The name of an orphan if its path does not contain a possible slug: the decoded path, cut at the
/// length of a slug. `None` if the path does not even begin like a slug.
pub fn orphan_name(path: &str) -> Option<String> {
    let text = readable(path);
    let seen = text
        .chars()
        .filter(|c| !is_invisible(*c) && !c.is_control());
    let name: String = seen.take(LONGEST).collect();
    let begins = name.split(|c| !is_allowed(c)).next().unwrap_or_default();
    (!begins.is_empty() && !super::is_reserved(begins) && !name.contains('/')).then_some(name)
}

/// The percent-decoded path. Bytes that are not UTF-8 become U+FFFD.
fn readable(path: &str) -> String {
    let mut text = path[..path.floor_char_boundary(MOST)].to_owned();
    for _ in 0..MOST_ENCODED {
        let plain = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if plain == text {
            break;
        }
        text = plain;
    }
    text
}

/// Whether the text after a slug has a meaning of its own, or is reserved for one.
fn is_reserved(behind: &str) -> bool {
    behind.contains('~') || behind.trim_end_matches(is_invisible) == "+"
}

/// Invisible characters that messengers and text editors insert.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_slug_has_is_taken_off() {
        for (path, slug, by) in [
            ("lamp.", "lamp", SlugRepair::Sign),
            ("lamp)", "lamp", SlugRepair::Sign),
            ("lamp%29,%20next", "lamp", SlugRepair::Sign),
            ("lamp!", "lamp", SlugRepair::Sign),
            ("lamp%E2%80%A6", "lamp", SlugRepair::Sign),
            ("lamp%E3%80%82", "lamp", SlugRepair::Sign),
            ("lamp%FF", "lamp", SlugRepair::Sign),
            ("lamp+more", "lamp", SlugRepair::Sign),
            ("lamp%E2%80%8B", "lamp", SlugRepair::Invisible),
            ("%EF%BB%BFla%C2%ADmp", "lamp", SlugRepair::Invisible),
            ("lamp%E3%81%A7%E3%81%99", "lamp", SlugRepair::Text),
            ("lamp&fbclid=1", "lamp", SlugRepair::Query),
            ("lamp%3Ffbclid=1", "lamp", SlugRepair::Query),
            ("lamp/amp", "lamp", SlugRepair::Path),
            ("lamp%2F", "lamp", SlugRepair::Path),
            ("spring%2Dlam%70", "spring-lamp", SlugRepair::Encoding),
            ("%256Camp%252E", "lamp", SlugRepair::Sign),
            ("spring%252Dlamp", "spring-lamp", SlugRepair::Encoding),
            ("/lamp", "lamp", SlugRepair::Sign),
            ("%20lamp", "lamp", SlugRepair::Sign),
            ("%E2%80%9Clamp%E2%80%9D", "lamp", SlugRepair::Sign),
            ("%E3%80%8Clamp%E3%80%8D", "lamp", SlugRepair::Sign),
            ("(lamp)", "lamp", SlugRepair::Sign),
            ("%3Clamp%3E", "lamp", SlugRepair::Sign),
            ("**lamp**", "lamp", SlugRepair::Sign),
            ("lamp_", "lamp", SlugRepair::Sign),
            ("lamp_.", "lamp_", SlugRepair::Sign),
        ] {
            let first = candidates(path).into_iter().next();
            let slug = slug.to_owned();
            assert_eq!(first, Some(RepairedSlug { slug, by }), "{path}");
        }
        assert_eq!(candidates("lamp_.")[1].slug, "lamp");
    }

    #[test]
    fn what_is_reserved_or_nothing_is_left_alone() {
        for path in [
            "lamp",
            "lamp+",
            "lamp%2B",
            "lamp~",
            "lamp~stats",
            "lamp.~x",
            "lamp/~x",
            "lamp%20~",
            "lamp,%20only%20~50",
            "lamp&fbclid=a~b",
            "/lamp+",
            ".env",
            ".git/config",
            "..%2Fetc",
        ] {
            assert_eq!(candidates(path), [], "{path}");
        }
        for path in ["", ".", "favicon.ico", "%E2%80%8B", "%", "~lamp", "---"] {
            assert_eq!(candidates(path), [], "{path}");
        }
        let long = "a".repeat(5000);
        assert!(
            candidates(&long)
                .iter()
                .all(|slug| slug.slug.len() == LONGEST)
        );
    }

    #[test]
    fn an_orphan_is_called_as_it_was_asked_for() {
        let name = |path: &str| orphan_name(path);
        assert_eq!(name("lam.").as_deref(), Some("lam."));
        assert_eq!(name("lam%E2%80%8B%0A~x").as_deref(), Some("lam~x"));
        assert_eq!(
            name("a".repeat(90).as_str()).map(|name| name.len()),
            Some(64)
        );
        for path in [".env", "favicon.ico", "wp/login.php", ""] {
            assert_eq!(name(path), None, "{path}");
        }
    }
}
