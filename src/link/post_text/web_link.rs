//! Where X and Mastodon see links in a text, by the rules of twitter-text 3.1.0.
//!
//! - A link begins after a character that may precede links. It has `http(s)://`; on X it may also
//!   omit it.
//! - The host is labels with a top-level domain. After the domain only letters of other scripts or
//!   punctuation may follow.
//! - Port, path and query extend as far as their own character sets.
//! - Without a scheme, only the ASCII and accented Latin part of the host is the link.
//!
//! Spans are in bytes, and the text is in NFC. `tests/oracles/posts` compares these rules with the
//! library.
//!
//! # Out of scope
//! Top-level domains newer than that version, even if X itself knows them.

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
    /// Always a link, even if its host is not on the public internet.
    known: Option<&'a str>,
    /// Whether links without `http(s)://` are also found.
    bare: bool,
}

/// The parts of a link, as end offsets in the text.
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

    /// Keeps the part of a match that is a link.
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
        for (nth, span) in ascii.into_iter().enumerate() {
            let (start, mut end) = (parts.host.start + span.start, parts.host.start + span.end);
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

    /// Length of the known link's host, if that link begins here.
    fn known_host(self, rest: &str, scheme: usize) -> Option<usize> {
        let known = self.known.filter(|known| rest.starts_with(known))?;
        let host = known.get(scheme..)?;
        host.find([':', '/', '?', '#']).or(Some(host.len()))
    }

    /// Port, path and query after a host.
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

/// Length of the scheme; 0 without one.
fn scheme_length(text: &str) -> usize {
    let begins = |scheme: &str| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    ["https://", "http://"]
        .into_iter()
        .find(|scheme| begins(scheme))
        .map_or(0, str::len)
}

/// Whether a link may follow this character.
fn may_precede(c: char) -> bool {
    !c.is_ascii_alphanumeric()
        && !matches!(
            c,
            '@' | '＠' | '$' | '#' | '＃' | '\u{fffe}' | '\u{feff}' | '\u{ffff}'
        )
}

/// For a link of X's own host: its length, or `None` if its name is too long. `Some(None)` for any
/// other link.
fn tco(link: &str) -> Option<Option<usize>> {
    let scheme = scheme_length(link);
    let host = link.get(scheme..scheme + 5);
    if !host.is_some_and(|host| host.eq_ignore_ascii_case("t.co/")) {
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
