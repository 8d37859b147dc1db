//! Where X and Mastodon see links in a text: the rules of twitter-text 3.1.0.
//!
//! A link begins behind a sign that no link may follow on, with `http(s)://` or, on X, without. Its
//! host is labels with a top-level domain that nothing but letters of other scripts and signs
//! follow; port, path and query go as far as signs of their own reach. Without a scheme only what is
//! ASCII or accented Latin in the host is the link. `tests/oracles/posts` holds the rules against
//! the library. Spans are bytes; the text is in NFC.
//!
//! Out of scope: top-level domains newer than that version, which X itself knows.

use std::ops::Range;

/// The longest link.
const LONGEST: usize = 4096;

/// The longest label of a host, as it stands in the DNS.
const LONGEST_LABEL: usize = 63;

/// The longest name behind `t.co/`.
const LONGEST_TCO: usize = 40;

/// A finder of links in one text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finder<'a> {
    text: &'a str,
    /// A link for certain, even where its host is not one of the public internet.
    known: Option<&'a str>,
    /// Whether links without `http(s)://` are sought as well.
    bare: bool,
}

/// A link's parts, as ends in the text.
struct Parts {
    start: usize,
    host: Range<usize>,
    has_scheme: bool,
    has_path: bool,
    end: usize,
}

impl<'a> Finder<'a> {
    pub(super) fn new(text: &'a str, known: Option<&'a str>, bare: bool) -> Finder<'a> {
        Finder { text, known, bare }
    }

    /// All links, in order, without overlaps.
    pub(super) fn links(self) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(c) = self.text[at..].chars().next() {
            let behind = at + c.len_utf8();
            let parts = may_precede(c)
                .then(|| self.link_at(behind))
                .flatten()
                .map(|parts| (Some(c), parts))
                .or_else(|| {
                    (at == 0)
                        .then(|| self.link_at(0))
                        .flatten()
                        .map(|parts| (None, parts))
                });
            at = match parts {
                Some((before, parts)) => {
                    self.keep(before, &parts, &mut found);
                    parts.end
                }
                None => behind,
            };
        }
        found
    }

    /// What of a match is a link.
    fn keep(self, before: Option<char>, parts: &Parts, found: &mut Vec<Range<usize>>) {
        let host = &self.text[parts.host.clone()];
        if self.is_known(parts) {
            found.push(parts.start..parts.end);
            return;
        }
        if !is_host(host) || parts.end - parts.start > LONGEST {
            return;
        }
        if parts.has_scheme {
            found.extend(tco(&self.text[parts.start..parts.end]).map(|length| {
                let length = length.unwrap_or(parts.end - parts.start);
                parts.start..parts.start + length
            }));
            return;
        }
        if !self.bare || before.is_some_and(|c| matches!(c, '-' | '_' | '.' | '/')) {
            return;
        }
        let ascii = ascii_hosts(host);
        let last = ascii.len();
        for (nth, it) in ascii.into_iter().enumerate() {
            let (start, mut end) = (parts.host.start + it.start, parts.host.start + it.end);
            if parts.has_path && nth + 1 == last {
                end += parts.end - parts.host.end;
            }
            found.push(start..end);
        }
    }

    fn is_known(self, parts: &Parts) -> bool {
        self.known
            .is_some_and(|known| self.text[parts.start..].starts_with(known))
    }

    /// The match that begins here.
    fn link_at(self, start: usize) -> Option<Parts> {
        let rest = &self.text[start..];
        let scheme = scheme_length(rest);
        if let Some(host) = self.known_host(rest, scheme) {
            return Some(self.parts(start, scheme, start + scheme..start + scheme + host));
        }
        let with_scheme = (scheme > 0)
            .then(|| host_length(&rest[scheme..]))
            .flatten()
            .map(|length| (scheme, length));
        let (scheme, length) = with_scheme.or_else(|| Some((0, host_length(rest)?)))?;
        Some(self.parts(start, scheme, start + scheme..start + scheme + length))
    }

    /// How long the host of the known link is, where that link begins here.
    fn known_host(self, rest: &str, scheme: usize) -> Option<usize> {
        let known = self.known.filter(|known| rest.starts_with(known))?;
        let host = known.get(scheme..)?;
        host.find([':', '/', '?', '#']).or(Some(host.len()))
    }

    /// Port, path and query behind a host.
    fn parts(self, start: usize, scheme: usize, host: Range<usize>) -> Parts {
        let mut end = host.end;
        end += port_length(&self.text[end..]);
        let path = path_length(&self.text[end..]);
        end += path;
        end += query_length(&self.text[end..]);
        Parts {
            start,
            host,
            has_scheme: scheme > 0,
            has_path: path > 0,
            end,
        }
    }
}

/// How long the scheme is; 0 without one.
fn scheme_length(text: &str) -> usize {
    let begins = |scheme: &str| {
        text.get(..scheme.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(scheme))
    };
    ["https://", "http://"]
        .into_iter()
        .find(|scheme| begins(scheme))
        .map_or(0, str::len)
}

/// Whether a link may begin behind this sign.
fn may_precede(c: char) -> bool {
    !c.is_ascii_alphanumeric()
        && !matches!(
            c,
            '@' | '＠' | '$' | '#' | '＃' | '\u{fffe}' | '\u{feff}' | '\u{ffff}'
        )
}

/// Marks that say in which direction a text runs.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2066}'..='\u{2069}')
}

fn is_space(c: char) -> bool {
    matches!(c,
        '\t'..='\r' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200a}'
        | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// Whether the sign may stand in a label of a host; `-` and `_` may stand inside one.
fn is_host_sign(c: char) -> bool {
    let is_mark = c.is_ascii_punctuation() && !matches!(c, '"' | '`');
    let is_invalid = matches!(c, '\u{fffe}' | '\u{feff}' | '\u{ffff}');
    !is_mark && !is_space(c) && !is_invalid && !is_direction(c)
}

/// Latin letters with accents, and marks that make them.
fn is_accented(c: char) -> bool {
    matches!(c,
        '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{24f}' | '\u{253}' | '\u{254}'
        | '\u{256}' | '\u{257}' | '\u{259}' | '\u{25b}' | '\u{263}' | '\u{268}' | '\u{26f}' | '\u{272}'
        | '\u{289}' | '\u{28b}' | '\u{2bb}' | '\u{300}'..='\u{36f}' | '\u{1e00}'..='\u{1eff}')
}

/// How long the host is that begins here: as many labels as a top-level domain follows on.
fn host_length(text: &str) -> Option<usize> {
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

/// How long the top-level domain is that begins here; what follows must not make it another word.
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
            .is_some_and(|it| it.eq_ignore_ascii_case("xn--"));
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
    encoded.is_some_and(|it| tld::exist(&format!("xn--{it}")))
}

/// What of a host without a scheme is ASCII or accented Latin, with its top-level domain.
fn ascii_hosts(host: &str) -> Vec<Range<usize>> {
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

/// Whether each label may stand in the DNS.
fn is_host(host: &str) -> bool {
    let is_encoded = host.starts_with("xn--");
    if is_encoded && ascii_hosts(host).is_empty() {
        return false;
    }
    host.split('.').all(|label| {
        let length = if label.is_ascii() {
            label.len()
        } else {
            idna::punycode::encode_str(label).map_or(usize::MAX, |it| it.len() + 4)
        };
        (1..=LONGEST_LABEL).contains(&length)
    })
}

/// Of a link of X's own: `Some(None)` for another link, its length, or none where its name is too
/// long.
fn tco(link: &str) -> Option<Option<usize>> {
    let scheme = scheme_length(link);
    let host = link.get(scheme..scheme + 5);
    if !host.is_some_and(|it| it.eq_ignore_ascii_case("t.co/")) {
        return Some(None);
    }
    let rest = &link[scheme + 5..];
    let name = rest
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(rest.len());
    if name == 0 {
        return Some(None);
    }
    let end = scheme + 5 + name;
    (name <= LONGEST_TCO).then(|| Some(end + query_length(&link[end..])))
}

fn port_length(text: &str) -> usize {
    let Some(digits) = text.strip_prefix(':') else {
        return 0;
    };
    let digits = digits.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 { 0 } else { digits + 1 }
}

/// Whether the sign may stand in a path, brackets aside.
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

/// Whether a path may end with the sign, brackets aside.
fn is_path_end(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '+' | '-' | '=' | '_' | '#' | '/' | '\u{400}'..='\u{4ff}')
        || is_accented(c)
}

/// How long the path is that begins here: as far as its signs go, back to the last that may end it.
fn path_length(text: &str) -> usize {
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

/// How long the pair of round brackets is that begins here; one more pair may stand inside.
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

/// How long the query is that begins here.
fn query_length(text: &str) -> usize {
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
