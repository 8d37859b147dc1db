//! Facts about a request's sender: its address, its tracking preference, and whether it prefetches.
//!
//! # Invariants
//! - Only the forwarding header that the configured proxies write counts, and only in their
//!   requests. It is read from the nearest hop outwards, so nobody can claim another address.
//! - If a header cannot be read, the address is unknown. The proxy never counts as the client.
//! - A peer that forwards requests but is not a configured proxy hides its clients:
//!   [`Origin::is_hidden`].

mod forwarded;
mod hidden;

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderValue};
use ipnet::IpNet;

pub use forwarded::ForwardedHeader;
pub(in crate::http) use forwarded::named_host;
pub use hidden::HiddenOrigins;

/// The origin of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The client's address, or the peer's address if the peer hides its client. `None` if unknown.
    pub address: Option<IpAddr>,
    /// Whether the peer forwards requests but is not a configured proxy. Then the address is not
    /// the client's.
    pub is_hidden: bool,
}

impl Origin {
    /// The address, if it is the client's own.
    pub fn own_address(&self) -> Option<IpAddr> {
        self.address.filter(|_| !self.is_hidden)
    }
}

/// The origin of a request. `forwards` says whether the request has a header that proxies write.
pub fn origin(
    request: &HttpRequest,
    forwards: bool,
    trusted: &[IpNet],
    header: ForwardedHeader,
) -> Origin {
    let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let is_hidden = forwards && !peer.as_ref().is_some_and(is_trusted);
    let address = match peer {
        Some(peer) if is_trusted(&peer) => {
            forwarded::client(request.headers(), header, peer, is_trusted)
        }
        other => other,
    };
    Origin { address, is_hidden }
}

/// The client's address, as far as it is known.
pub fn address(
    request: &HttpRequest,
    trusted: &[IpNet],
    header: ForwardedHeader,
) -> Option<IpAddr> {
    origin(request, false, trusted, header).address
}

/// Facts from the headers of a request for a link, read in one pass.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a separate header")]
pub struct RequestHeaders<'a> {
    /// The requested host.
    pub host: Option<&'a HeaderValue>,
    /// The user agent.
    pub user_agent: Option<&'a HeaderValue>,
    /// The page that contains the link.
    pub referrer: Option<&'a HeaderValue>,
    /// The first `Cookie` header.
    pub cookie: Option<&'a HeaderValue>,
    /// Whether the request names the reader's languages.
    pub speaks: bool,
    /// Whether the person declines tracking: Global Privacy Control, or Do Not Track.
    pub declines_tracking: bool,
    /// Whether the browser only prefetches, and nobody has clicked yet.
    pub is_prefetch: bool,
    /// Whether there is a header that proxies write.
    pub forwards: bool,
}

impl<'a> RequestHeaders<'a> {
    /// Reads the headers. If a header whose value is kept occurs several times, the first counts.
    pub fn of(headers: &'a HeaderMap) -> RequestHeaders<'a> {
        let mut read = RequestHeaders::default();
        for (name, value) in headers {
            match name.as_str() {
                "host" => read.host = read.host.or(Some(value)),
                "user-agent" => read.user_agent = read.user_agent.or(Some(value)),
                "referer" => read.referrer = read.referrer.or(Some(value)),
                "cookie" => read.cookie = read.cookie.or(Some(value)),
                "accept-language" => read.speaks = true,
                "sec-gpc" | "dnt" => read.declines_tracking |= value == "1",
                "sec-purpose" | "purpose" | "x-purpose" | "x-moz" => {
                    read.is_prefetch |= fetches_ahead(value);
                }
                "x-forwarded-for"
                | "forwarded"
                | "x-real-ip"
                | "cf-connecting-ip"
                | "true-client-ip"
                | "x-client-ip"
                | "x-cluster-client-ip"
                | "fastly-client-ip"
                | "x-azure-clientip"
                | "x-original-forwarded-for" => read.forwards = true,
                _ => {}
            }
        }
        read
    }
}

fn fetches_ahead(purpose: &HeaderValue) -> bool {
    purpose.to_str().is_ok_and(|purpose| {
        let purpose = purpose.trim_start().to_ascii_lowercase();
        purpose.starts_with("prefetch") || purpose.starts_with("preview")
    })
}

#[cfg(test)]
mod tests;
