//! The client's address from the header that trusted proxies write: `X-Forwarded-For` or
//! `Forwarded`.
//!
//! # Invariants
//! - Hops are trusted from the nearest outwards, up to the first that is not a trusted proxy.
//! - A hop that cannot be read ends the walk with an unknown address. Hops beyond it may be forged,
//!   and hops before it are proxies.
//!
//! # Out of scope
//! Whether the peer is trusted.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use actix_web::http::header::HeaderMap;
use serde::{Deserialize, Serialize};

/// The header in which proxies write the client's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The client of `peer`, a trusted proxy; the peer itself if it names no client.
pub(super) fn client(
    headers: &HeaderMap,
    header: ForwardedHeader,
    peer: IpAddr,
    is_trusted: impl Fn(&IpAddr) -> bool,
) -> Option<IpAddr> {
    let name = match header {
        ForwardedHeader::XForwardedFor => "x-forwarded-for",
        ForwardedHeader::Forwarded => "forwarded",
    };
    let values: Vec<_> = headers.get_all(name).collect();
    let mut client = peer;
    for value in values.into_iter().rev() {
        // Invalid UTF-8 makes only its own hop unreadable.
        let value = String::from_utf8_lossy(value.as_bytes());
        let mut hops = split(&value, ',')?;
        hops.retain(|hop| !hop.trim().is_empty());
        for hop in hops.into_iter().rev() {
            client = match header {
                ForwardedHeader::XForwardedFor => node(hop)?,
                ForwardedHeader::Forwarded => for_node(hop)?,
            };
            if !is_trusted(&client) {
                return Some(client);
            }
        }
    }
    Some(client)
}

/// The host that was requested from the nearest proxy, by `X-Forwarded-Host` or `Forwarded`,
/// whichever belongs to `header`. The caller checks whether the proxy is trusted.
pub(in crate::http) fn named_host(headers: &HeaderMap, header: ForwardedHeader) -> Option<&str> {
    let name = match header {
        ForwardedHeader::XForwardedFor => "x-forwarded-host",
        ForwardedHeader::Forwarded => "forwarded",
    };
    let nearest = headers.get_all(name).next_back()?.to_str().ok()?;
    let element = split(nearest, ',')?.pop()?;
    match header {
        ForwardedHeader::XForwardedFor => Some(element.trim()),
        ForwardedHeader::Forwarded => unquoted(pair(element, "host")?),
    }
}

/// The parts of a text between separators outside quotes; `None` if a quote does not end.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut from) = (Vec::new(), 0);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, sign) in text.char_indices() {
        match sign {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if sign == separator && !is_quoted => {
                parts.push(&text[from..at]);
                from = at + sign.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    (!is_quoted).then_some(parts)
}

/// The address in an element of `Forwarded`; `None` if it is missing, hidden or unreadable.
fn for_node(element: &str) -> Option<IpAddr> {
    node(pair(element, "for")?)
}

/// The value with that name in an element of `Forwarded`, including its quotes.
fn pair<'a>(element: &'a str, wanted: &str) -> Option<&'a str> {
    split(element, ';')?.into_iter().find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.trim().eq_ignore_ascii_case(wanted).then_some(value)
    })
}

/// The text inside quotes, if there are any; `None` if they do not end.
fn unquoted(text: &str) -> Option<&str> {
    let text = text.trim();
    match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').map(str::trim),
        None => Some(text),
    }
}

/// An address as proxies write it: bare, quoted, in brackets, with or without a port.
fn node(text: &str) -> Option<IpAddr> {
    let text = unquoted(text)?;
    let address: IpAddr = if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        if !(port.is_empty() || port.strip_prefix(':').is_some_and(is_port)) {
            return None;
        }
        address.parse::<Ipv6Addr>().ok()?.into()
    } else if let Ok(address) = text.parse() {
        address
    } else {
        let (address, port) = text.rsplit_once(':')?;
        let address = address.parse::<Ipv4Addr>().ok()?;
        is_port(port).then(|| address.into())?
    };
    Some(address.to_canonical())
}

/// A port, or the name that hides one (RFC 7239, section 6.3).
fn is_port(text: &str) -> bool {
    let is_number = !text.is_empty() && text.len() <= 5 && text.bytes().all(|b| b.is_ascii_digit());
    is_number || text.starts_with('_')
}
