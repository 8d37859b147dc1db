//! Domains of short links: how their addresses are written, compared and displayed.
//!
//! # Invariants
//! A host has one normal form: ASCII (IDN and emoji as `xn--`), lower case, without a final dot,
//! and with a port only if it is neither 80 nor 443. Links and the store use this form. Normalizing
//! the `Host` header of a request does not allocate memory.
//!
//! # Out of scope
//! Storage and HTTP. [`table`] lists the domains that exist.

pub mod reach;
pub mod table;

use std::fmt;
use std::str::FromStr;

use url::Url;

use super::slug;
use crate::clock::Millis;
use crate::id::{DomainId, WorkspaceId};

/// Longest host in normal form, in bytes: a name of 253, a colon and a port.
pub const MAX_HOST: usize = 259;

/// Longest address that can name a domain, in bytes.
const MAX_URL: usize = 2048;

/// Longest path before the slug, in bytes.
const MAX_PATH: usize = 100;

/// Why a text is not an address of short links.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It has no valid host.
    #[error("{0:?} is not a host name; write it like go.example.com")]
    Host(String),
    /// The scheme is neither http nor https.
    #[error("an address of short links must begin with http:// or https://, not with {0:?}")]
    Scheme(String),
    /// It has a user, a query or a fragment.
    #[error(
        "an address of short links has a host and, if wanted, a path, like https://www.shop.example/go"
    )]
    Parts,
    /// The path cannot precede a slug.
    #[error(
        "{0:?} cannot stand before a slug; use parts of A-Z a-z 0-9 - _, at most {MAX_PATH} bytes, and \
         begin with none of the service's own paths"
    )]
    Path(String),
}

/// The scheme of a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// http: without TLS.
    Http,
    /// https: with TLS.
    Https,
}

impl Scheme {
    /// The word in the store and in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }
}

impl FromStr for Scheme {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "http" => Ok(Scheme::Http),
            "https" => Ok(Scheme::Https),
            other => Err(Error::Scheme(other.to_owned())),
        }
    }
}

/// The part of a short link before the slug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainAddress {
    /// Its scheme.
    pub scheme: Scheme,
    /// The host in normal form.
    pub host: String,
    /// The path, such as `/go`; most addresses have an empty one.
    pub path: String,
}

impl DomainAddress {
    /// Reads `https://www.shop.example/go`, or a bare host, which then gets `scheme`.
    ///
    /// # Errors
    /// The first rule that the text breaks.
    pub fn parse(text: &str, scheme: Scheme) -> Result<DomainAddress, Error> {
        let text = text.trim();
        let whole = if text.contains("://") {
            text.to_owned()
        } else {
            format!("{}://{text}", scheme.as_str())
        };
        let url = Url::parse(&whole).map_err(|_| Error::Host(text.to_owned()))?;
        let scheme = url.scheme().parse()?;
        let is_plain = url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !is_plain {
            return Err(Error::Parts);
        }
        let name = url.host_str().unwrap_or_default().trim_end_matches('.');
        if name.is_empty() || name.len() > 253 {
            return Err(Error::Host(text.to_owned()));
        }
        let host = match url.port() {
            None | Some(80 | 443) => name.to_owned(),
            Some(port) => format!("{name}:{port}"),
        };
        Ok(DomainAddress {
            scheme,
            host,
            path: path(url.path())?,
        })
    }

    /// The address up to the slug, without the slash before the slug.
    pub fn base(&self) -> String {
        format!("{}://{}{}", self.scheme.as_str(), self.host, self.path)
    }
}

fn path(text: &str) -> Result<String, Error> {
    let path = text.trim_end_matches('/');
    let Some(inner) = path.strip_prefix('/') else {
        return Ok(String::new());
    };
    let first = inner.split('/').next().unwrap_or_default();
    let is_path = path.len() <= MAX_PATH
        && inner.split('/').all(slug::is_possible)
        && !slug::is_reserved(first)
        && first != "js";
    if is_path {
        Ok(path.to_owned())
    } else {
        Err(Error::Path(path.to_owned()))
    }
}

/// Converts a host to its normal form.
///
/// # Errors
/// [`Error::Host`] when the text is not a host, or more than a host.
pub fn parse_host(text: &str) -> Result<String, Error> {
    let text = text.trim();
    let is_bare = !text.is_empty() && !text.contains(['/', '@', '?', '#', '\\']);
    // A number may have any count of zeros before it, and would still be an address.
    if !is_bare || text.chars().count() > MAX_HOST {
        return Err(Error::Host(text.to_owned()));
    }
    Ok(DomainAddress::parse(text, Scheme::Http)?.host)
}

/// The host that a person means who writes a host, or an address of short links such as
/// `https://go.example.com/s`.
///
/// # Errors
/// [`Error`] when the text is neither.
pub fn named_host(text: &str) -> Result<String, Error> {
    let text = text.trim();
    if text.contains('/') && text.len() <= MAX_URL {
        return Ok(DomainAddress::parse(text, Scheme::Http)?.host);
    }
    parse_host(text)
}

/// The host in Unicode, if that differs from its ASCII form.
pub fn unicode(host: &str) -> Option<String> {
    if !host.contains("xn--") {
        return None;
    }
    let (name, port) = split_port(host.as_bytes());
    let (text, read) = idna::domain_to_unicode(str::from_utf8(name).ok()?);
    read.ok()?;
    let text = match port {
        Some(port) => format!("{text}:{}", str::from_utf8(port).ok()?),
        None => text,
    };
    (text != host).then_some(text)
}

/// A buffer for the host of a request.
pub type HostBuffer = [u8; MAX_HOST + 8];

/// The `Host` of a request in normal form, if it is ASCII. `buffer` stores it.
pub fn fold<'b>(host: &[u8], buffer: &'b mut HostBuffer) -> Option<&'b [u8]> {
    let (name, port) = split_port(host);
    let name = name.strip_suffix(b".").unwrap_or(name);
    let port = port.filter(|port| !matches!(*port, b"" | b"80" | b"443"));
    let end = name.len() + port.map_or(0, |port| port.len() + 1);
    if end > buffer.len() || name.is_empty() || !name.is_ascii() {
        return None;
    }
    buffer[..name.len()].copy_from_slice(name);
    if let Some(port) = port {
        buffer[name.len()] = b':';
        buffer[name.len() + 1..end].copy_from_slice(port);
    }
    let folded = &mut buffer[..end];
    folded.make_ascii_lowercase();
    Some(folded)
}

/// Name and port of a host. The colons of an IPv6 address belong to its name.
pub fn split_port(host: &[u8]) -> (&[u8], Option<&[u8]>) {
    let colon = host.iter().rposition(|byte| *byte == b':');
    match colon {
        Some(at) if !host[at..].contains(&b']') => (&host[..at], Some(&host[at + 1..])),
        _ => (host, None),
    }
}

/// Where a domain was first named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainOrigin {
    /// `server.public_url` or `server.domains`.
    Configuration,
    /// The command `leadline domain`.
    Command,
    /// Links that an earlier version created on it.
    Links,
}

impl DomainOrigin {
    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            DomainOrigin::Configuration => "configuration",
            DomainOrigin::Command => "command",
            DomainOrigin::Links => "links",
        }
    }
}

impl fmt::Display for DomainOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A domain on which links exist or existed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Its id.
    pub id: DomainId,
    /// The only workspace that may create links on it; `None`: every workspace.
    pub workspace_id: Option<WorkspaceId>,
    /// The address at which its short links begin.
    pub address: DomainAddress,
    /// Where it was first named.
    pub origin: DomainOrigin,
    /// Domains to which its links moved, oldest move first.
    pub moved_to: Vec<String>,
    /// When it was first seen.
    pub created_at: Millis,
}

#[cfg(test)]
mod tests;
