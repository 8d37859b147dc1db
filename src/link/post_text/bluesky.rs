//! What Bluesky's app counts: grapheme clusters, with each link as short as the app displays it.
//!
//! Sources: `@atproto/api` finds the links. The app displays host and path; of a path over 15
//! characters it displays the first 13 and "...". `tests/oracles/posts` compares both with the
//! library.
//!
//! # Out of scope
//! Mentions and tags, which count unchanged.

use std::ops::Range;

use url::Url;

/// The longest path that is displayed whole, and how much of a longer one is.
const PATH: usize = 15;
const PATH_SHOWN: usize = 13;

/// The text as the app displays it.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut end = 0;
    for link in links(text) {
        shown.push_str(&text[end..link.start]);
        shown.push_str(&shortened(&text[link.clone()]));
        end = link.end;
    }
    shown.push_str(&text[end..]);
    shown
}

/// Byte ranges of the links, in order.
pub(super) fn links(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut may_begin = true;
    while let Some(c) = text[at..].chars().next() {
        let word = &text[at..];
        let length = word.find(is_space).unwrap_or(word.len());
        if may_begin && let Some(begins) = kind(&word[..length]) {
            found.extend(begins.then(|| at..at + without_marks(&word[..length])));
            at += length;
            may_begin = false;
        } else {
            may_begin = is_space(c) || c == '(';
            at += c.len_utf8();
        }
    }
    found
}

/// Whether a word without spaces is a link; `None` if it does not look like one.
fn kind(word: &str) -> Option<bool> {
    let scheme = ["http://", "https://"].into_iter().find(|scheme| {
        let start = word.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme)) && word.len() > scheme.len()
    });
    if scheme.is_some() {
        return Some(word.starts_with("http"));
    }
    let host = host(word)?;
    let is_domain = host
        .rsplit_once('.')
        .is_some_and(|(_, top)| tld::exist(top));
    Some(word.starts_with("http") || is_domain)
}

/// The host at the start of a word: labels of letters and digits; the first one has a letter.
fn host(word: &str) -> Option<&str> {
    let label = |from: usize| {
        let rest = &word[from..];
        from + rest
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(rest.len())
    };
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        .then_some(())?;
    let first = label(0);
    let mut end = first;
    while word[end..].starts_with('.') {
        let next = label(end + 1);
        if next == end + 1 {
            break;
        }
        end = next;
    }
    (end > first).then(|| &word[..end])
}

/// Length of a link without a final punctuation mark or a closing bracket that the link did not
/// open.
fn without_marks(link: &str) -> usize {
    let link = link
        .strip_suffix(['.', ',', ';', ':', '!', '?'])
        .unwrap_or(link);
    match link.strip_suffix(')') {
        Some(rest) if !link.contains('(') => rest.len(),
        _ => link.len(),
    }
}

fn shortened(link: &str) -> String {
    let Ok(url) = Url::parse(link) else {
        return link.to_owned();
    };
    if !matches!(url.scheme(), "http" | "https") {
        return link.to_owned();
    }
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let path = &url[url::Position::BeforePath..];
    let path = if url.path() == "/" { &path[1..] } else { path };
    // The app does not display a lone `?` or `#`.
    let path = path.strip_suffix('#').unwrap_or(path);
    let path = path.strip_suffix('?').unwrap_or(path);
    if path.chars().count() > PATH {
        let cut: String = path.chars().take(PATH_SHOWN).collect();
        format!("{host}{cut}...")
    } else {
        format!("{host}{path}")
    }
}

/// What a regular expression of JavaScript treats as white space.
fn is_space(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}
