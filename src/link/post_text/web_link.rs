//! Where X and Mastodon see links in a text: the rules of twitter-text 3.1.0.
//!
//! A link begins behind a sign that no link may follow on, with `http(s)://` or, on X, without. Its
//! host is labels with a top-level domain that nothing but letters of other scripts and signs
//! follow; port, path and query go as far as signs of their own reach. Without a scheme only what
//! is ASCII or accented Latin in the host is the link. `tests/oracles/posts` holds the rules
//! against the library. Spans are bytes; the text is in NFC.
//!
//! # Out of scope
//! Top-level domains newer than that version, which X itself knows.

mod host;
mod reach;

use std::ops::Range;

use self::host::{ascii_hosts, host_length, is_host};
use self::reach::{path_length, port_length, query_length};

/// The longest link.
const LONGEST: usize = 4096;

/// The longest name behind `t.co/`.
const LONGEST_TCO: usize = 40;

/// A finder of links in one text.
#[derive(Clone, Copy, Debug)]
pub(super) struct WebLinkFinder<'a> {
    text: &'a str,
    /// A link for certain, even where its host is not one of the public internet.
    known: Option<&'a str>,
    /// Whether links without `http(s)://` are sought as well.
    bare: bool,
}

/// A link's parts, as ends in the text.
struct LinkParts {
    start: usize,
    host: Range<usize>,
    has_scheme: bool,
    has_path: bool,
    end: usize,
}

impl<'a> WebLinkFinder<'a> {
    pub(super) fn new(text: &'a str, known: Option<&'a str>, bare: bool) -> WebLinkFinder<'a> {
        WebLinkFinder { text, known, bare }
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
    fn keep(self, before: Option<char>, parts: &LinkParts, found: &mut Vec<Range<usize>>) {
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

    fn is_known(self, parts: &LinkParts) -> bool {
        self.known
            .is_some_and(|known| self.text[parts.start..].starts_with(known))
    }

    /// The match that begins here.
    fn link_at(self, start: usize) -> Option<LinkParts> {
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
    fn parts(self, start: usize, scheme: usize, host: Range<usize>) -> LinkParts {
        let mut end = host.end;
        end += port_length(&self.text[end..]);
        let path = path_length(&self.text[end..]);
        end += path;
        end += query_length(&self.text[end..]);
        LinkParts {
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
