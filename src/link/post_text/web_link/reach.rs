//! How far port, path and query of a link extend, as X and Mastodon see them.
//!
//! # Invariants
//! All results are lengths in bytes; 0 means that the part does not exist.

use super::host::is_accented;

/// Length of the port that begins here.
pub(super) fn port_length(text: &str) -> usize {
    let Some(digits) = text.strip_prefix(':') else {
        return 0;
    };
    let digits = digits.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 { 0 } else { digits + 1 }
}

/// Whether a path may contain the character; brackets are handled separately.
fn is_path_sign(c: char) -> bool {
    is_path_end(c)
        || matches!(
            c,
            '!' | '*'
                | '\''
                | ';'
                | ':'
                | ','
                | '.'
                | '$'
                | '%'
                | '['
                | ']'
                | '–'
                | '~'
                | '@'
                | '|'
                | '&'
        )
}

/// Whether a path may end with the character; brackets are handled separately.
fn is_path_end(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '+' | '-' | '=' | '_' | '#' | '/' | '\u{400}'..='\u{4ff}')
        || is_accented(c)
}

/// Length of the path that begins here. It extends to the last character that may end it.
pub(super) fn path_length(text: &str) -> usize {
    if !text.starts_with('/') {
        return 0;
    }
    let (mut at, mut end) = (1, 1);
    while let Some(c) = text[at..].chars().next() {
        if is_path_sign(c) {
            at += c.len_utf8();
            if is_path_end(c) {
                end = at;
            }
        } else if let Some(length) = brackets_length(&text[at..]) {
            at += length;
            end = at;
        } else {
            break;
        }
    }
    end
}

/// Length of the pair of round brackets that begins here. One more pair may be inside.
fn brackets_length(text: &str) -> Option<usize> {
    let signs = |from: usize| {
        let rest = &text[from..];
        from + rest.find(|c| !is_path_sign(c)).unwrap_or(rest.len())
    };
    let mut end = signs(text.starts_with('(').then_some(1)?);
    if text[end..].starts_with('(') {
        let inner = signs(end + 1);
        if inner == end + 1 || !text[inner..].starts_with(')') {
            return None;
        }
        end = signs(inner + 1);
    } else if end == 1 {
        return None;
    }
    text[end..].starts_with(')').then_some(end + 1)
}

/// Length of the query that begins here.
pub(super) fn query_length(text: &str) -> usize {
    let Some(query) = text.strip_prefix('?') else {
        return 0;
    };
    let may_end = |b: u8| b.is_ascii_alphanumeric() || b"-_&=#/".contains(&b);
    let signs = query
        .bytes()
        .take_while(|b| may_end(*b) || b"!?*'@():;+$%[].,~|".contains(b));
    let end = signs.zip(1..).filter(|(b, _)| may_end(*b)).last();
    end.map_or(0, |(_, at)| at + 1)
}
