//! Hosts of links as X and Mastodon see them: valid characters of a label, and where a host ends.
//!
//! # Out of scope
//! Whether the host exists.

use std::ops::Range;

/// The longest label of a host in the DNS.
const LONGEST_LABEL: usize = 63;

/// Marks for the direction of a text.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2066}'..='\u{2069}')
}

fn is_space(c: char) -> bool {
    matches!(c,
        '\t'..='\r' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200a}'
        | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// Whether a label may contain the character; `-` and `_` may only stand inside one.
fn is_host_sign(c: char) -> bool {
    let is_mark = c.is_ascii_punctuation() && !matches!(c, '"' | '`');
    let is_invalid = matches!(c, '\u{fffe}' | '\u{feff}' | '\u{ffff}');
    !is_mark && !is_space(c) && !is_invalid && !is_direction(c)
}

/// Latin letters with accents, and combining accents.
pub(super) fn is_accented(c: char) -> bool {
    matches!(c,
        '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{24f}' | '\u{253}' | '\u{254}'
        | '\u{256}' | '\u{257}' | '\u{259}' | '\u{25b}' | '\u{263}' | '\u{268}' | '\u{26f}' | '\u{272}'
        | '\u{289}' | '\u{28b}' | '\u{2bb}' | '\u{300}'..='\u{36f}' | '\u{1e00}'..='\u{1eff}')
}

/// Length of the host that begins here: as many labels as a top-level domain follows.
pub(super) fn host_length(text: &str) -> Option<usize> {
    let mut longest = None;
    let (mut label, mut last) = (0, None);
    let mut has_underscore = false;
    for (at, c) in text.char_indices() {
        match c {
            '.' => {
                if at == label || last.is_some_and(|c| c == '-' || c == '_') {
                    break;
                }
                if !has_underscore && let Some(length) = top_level_length(&text[at + 1..]) {
                    longest = Some(at + 1 + length);
                }
                (label, has_underscore) = (at + 1, false);
            }
            '-' | '_' if at > label => has_underscore |= c == '_',
            c if is_host_sign(c) => {}
            _ => break,
        }
        last = Some(c);
    }
    longest
}

/// Length of the top-level domain that begins here. The next characters must not extend it.
fn top_level_length(text: &str) -> Option<usize> {
    let ascii = text
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(text.len());
    let goes_on = |end: usize| {
        let next = text[end..].chars().next();
        next.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '@' | '+' | '-'))
    };
    if ascii > 0 {
        if !goes_on(ascii) && tld::exist(&text[..ascii].to_ascii_lowercase()) {
            return Some(ascii);
        }
        let is_encoded = text
            .get(..4)
            .is_some_and(|prefix| prefix.eq_ignore_ascii_case("xn--"));
        let encoded = text
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .unwrap_or(text.len());
        return (is_encoded && encoded > 4).then_some(encoded);
    }
    let ends = text
        .char_indices()
        .map(|(at, c)| at + c.len_utf8())
        .take(12);
    ends.filter(|end| !goes_on(*end) && is_top_level(&text[..*end]))
        .last()
}

/// Whether a word of another script is a top-level domain.
fn is_top_level(word: &str) -> bool {
    let encoded = idna::punycode::encode_str(&word.to_lowercase());
    encoded.is_some_and(|label| tld::exist(&format!("xn--{label}")))
}

/// The ASCII or accented Latin parts of a host without a scheme, with their top-level domain.
pub(super) fn ascii_hosts(host: &str) -> Vec<Range<usize>> {
    let is_label = |c: char| c.is_ascii_alphanumeric() || c == '-' || is_accented(c);
    let mut found = Vec::new();
    let mut start = 0;
    while start < host.len() {
        let mut end = None;
        let mut label = start;
        for (at, c) in host[start..].char_indices().map(|(at, c)| (start + at, c)) {
            if c == '.' && at > label {
                if let Some(length) = top_level_length(&host[at + 1..]) {
                    end = Some(at + 1 + length);
                }
                label = at + 1;
            } else if c == '.' || !is_label(c) {
                break;
            }
        }
        if let Some(end) = end {
            found.push(start..end);
        }
        let next = host[start..].chars().next().map_or(1, char::len_utf8);
        start = end.unwrap_or(start + next);
    }
    found
}

/// Whether each label is valid in the DNS.
pub(super) fn is_host(host: &str) -> bool {
    let is_encoded = host.starts_with("xn--");
    if is_encoded && ascii_hosts(host).is_empty() {
        return false;
    }
    host.split('.').all(|label| {
        let length = if label.is_ascii() {
            label.len()
        } else {
            idna::punycode::encode_str(label).map_or(usize::MAX, |label| label.len() + 4)
        };
        (1..=LONGEST_LABEL).contains(&length)
    })
}
