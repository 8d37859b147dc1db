//! What a request tells of its sender: address, wishes, and whether it only prefetches.
//!
//! Holds: the one forwarding header that the configured proxies write is believed, only from them,
//! and then from the nearest hop outwards, so nobody can claim an address for himself.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderValue};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// The header in which proxies note whom they answer for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The client's address; `None` where even the peer's is not known.
pub fn address(
    request: &HttpRequest,
    trusted: &[IpNet],
    header: ForwardedHeader,
) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    if !is_trusted(&peer) {
        return Some(peer);
    }
    let mut client = peer;
    for hop in hops(request.headers(), header).into_iter().rev() {
        // What stands behind an unreadable hop may be made up.
        let Some(hop) = hop else { break };
        client = hop;
        if !is_trusted(&client) {
            break;
        }
    }
    Some(client)
}

/// The addresses that proxies noted, farthest first; `None` for what is no address.
fn hops(headers: &HeaderMap, header: ForwardedHeader) -> Vec<Option<IpAddr>> {
    let name = match header {
        ForwardedHeader::XForwardedFor => "x-forwarded-for",
        ForwardedHeader::Forwarded => "forwarded",
    };
    let elements = headers
        .get_all(name)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    elements
        .map(|element| match header {
            ForwardedHeader::XForwardedFor => node(element),
            ForwardedHeader::Forwarded => element.split(';').find_map(|pair| {
                let (name, value) = pair.trim().split_once('=')?;
                name.eq_ignore_ascii_case("for").then(|| node(value))?
            }),
        })
        .collect()
}

/// An address as proxies write it: bare, quoted, in brackets, with or without a port.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let address = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?.parse().ok(),
        None => text
            .parse()
            .ok()
            .or_else(|| text.rsplit_once(':')?.0.parse().ok()),
    };
    address.map(|address: IpAddr| address.to_canonical())
}

/// What the headers of somebody who opens a link tell, read in one pass over them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told<'a> {
    /// Who is asked.
    pub host: Option<&'a HeaderValue>,
    /// What asks.
    pub user_agent: Option<&'a HeaderValue>,
    /// Where the link stood.
    pub referrer: Option<&'a HeaderValue>,
    /// Its first cookies.
    pub cookie: Option<&'a HeaderValue>,
    /// Whether languages are named that the reader understands.
    pub speaks: bool,
    /// Whether the person asks not to be tracked: Global Privacy Control, or Do Not Track.
    pub declines_tracking: bool,
    /// Whether the browser only fetches ahead, and nobody has clicked yet.
    pub is_prefetch: bool,
}

impl<'a> Told<'a> {
    /// Of several headers of one name the first counts.
    pub fn of(headers: &'a HeaderMap) -> Told<'a> {
        let mut told = Told::default();
        for (name, value) in headers {
            match name.as_str() {
                "host" => told.host = told.host.or(Some(value)),
                "user-agent" => told.user_agent = told.user_agent.or(Some(value)),
                "referer" => told.referrer = told.referrer.or(Some(value)),
                "cookie" => told.cookie = told.cookie.or(Some(value)),
                "accept-language" => told.speaks = true,
                "sec-gpc" | "dnt" => told.declines_tracking |= value == "1",
                "sec-purpose" | "purpose" | "x-purpose" | "x-moz" => {
                    told.is_prefetch |= fetches_ahead(value);
                }
                _ => {}
            }
        }
        told
    }
}

fn fetches_ahead(purpose: &HeaderValue) -> bool {
    purpose.to_str().is_ok_and(|purpose| {
        let purpose = purpose.trim_start().to_ascii_lowercase();
        purpose.starts_with("prefetch") || purpose.starts_with("preview")
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn seen(peer: &str, headers: &[(&'static str, &str)], trusted: &[&str]) -> String {
        let mut request = TestRequest::default().peer_addr(format!("{peer}:1").parse().unwrap());
        for header in headers {
            request = request.append_header(*header);
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        let header = match headers.first() {
            Some((name, _)) if *name == "forwarded" => ForwardedHeader::Forwarded,
            _ => ForwardedHeader::XForwardedFor,
        };
        address(&request.to_http_request(), &trusted, header)
            .unwrap()
            .to_string()
    }

    #[test]
    fn nobody_is_believed_unless_trusted() {
        let claim = [("x-forwarded-for", "203.0.113.9")];
        assert_eq!(seen("198.51.100.1", &claim, &[]), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &claim, &["10.0.0.0/8"]), "203.0.113.9");
        let passed_through = [
            ("x-forwarded-for", "203.0.113.9"),
            ("forwarded", "for=9.9.9.9"),
        ];
        assert_eq!(
            seen("10.0.0.1", &passed_through, &["10.0.0.0/8"]),
            "203.0.113.9"
        );
    }

    #[test]
    fn the_nearest_untrusted_hop_counts() {
        let claims = [("x-forwarded-for", "1.1.1.1, 203.0.113.9, 10.0.0.7")];
        assert_eq!(seen("10.0.0.1", &claims, &["10.0.0.0/8"]), "203.0.113.9");
        let hidden = [("forwarded", "for=1.1.1.1, for=_hidden, for=10.0.0.7")];
        assert_eq!(seen("10.0.0.1", &hidden, &["10.0.0.0/8"]), "10.0.0.7");
    }

    #[test]
    fn forwarded_is_read_in_all_its_forms() {
        for (value, address) in [
            ("for=192.0.2.43;proto=https", "192.0.2.43"),
            ("For=\"[2001:db8::17]:4711\"", "2001:db8::17"),
            ("for=\"192.0.2.43:47011\"", "192.0.2.43"),
            ("for=\"[::ffff:192.0.2.43]\"", "192.0.2.43"),
        ] {
            assert_eq!(
                seen("10.0.0.1", &[("forwarded", value)], &["10.0.0.0/8"]),
                address
            );
        }
    }

    #[test]
    fn prefetches_and_wishes_are_seen() {
        let told = |name: &'static str, value: &'static str| {
            let request = TestRequest::default().append_header((name, value));
            let request = request.to_http_request();
            let Told {
                is_prefetch,
                declines_tracking,
                ..
            } = Told::of(request.headers());
            (is_prefetch, declines_tracking)
        };
        for (name, value, expected) in [
            ("Sec-Purpose", "prefetch;prerender", (true, false)),
            ("X-Moz", "prefetch", (true, false)),
            ("Purpose", "navigate", (false, false)),
            ("Sec-GPC", "1", (false, true)),
            ("DNT", "1", (false, true)),
            ("DNT", "0", (false, false)),
        ] {
            assert_eq!(told(name, value), expected, "{name}: {value}");
        }
    }

    #[test]
    fn the_first_header_of_a_name_counts() {
        let request = TestRequest::default()
            .append_header(("User-Agent", "one"))
            .append_header(("User-Agent", "two"))
            .to_http_request();
        let told = Told::of(request.headers());
        assert_eq!(told.user_agent.unwrap(), "one");
        assert!(told.host.is_none() && told.cookie.is_none() && !told.speaks);
    }
}
