//! Facts from a request for a short link: its sender, agent, referrer, and its kind.
//!
//! # Invariants
//! - Texts are borrowed from the request, so that a click copies none.
//! - If a proxy hides the sender, nothing is derived from the address.
//!
//! # Out of scope
//! The link, and the answer.

use std::borrow::Cow;
use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::Method;
use ipnet::IpNet;

use crate::click::{RequestContext, RequestKind, SelfTraffic};
use crate::clock::Millis;
use crate::enrich::referrer;
use crate::http::extract::client::{Origin, RequestHeaders, origin};
use crate::http::extract::cookie;
use crate::http::state::State;
use crate::visitor_key;

/// Names the network of a post, if one link is posted on several networks: `?ll_network=x`.
const NETWORK_PARAMETER: &str = "ll_network";

/// Marks a click as the owner's own: `?ll_self`.
const OWN_PARAMETER: &str = "ll_self";

/// Longest parameter value that is read, in bytes.
const MAX_PARAMETER: usize = 40;

/// Most bytes of a `User-Agent` that are stored.
const MAX_USER_AGENT: usize = 512;

/// Facts from a request, whether the link exists or not. Texts are borrowed from the request: they
/// are written to the log while it still exists.
pub(super) struct RequestFacts<'a> {
    pub(super) origin: Origin,
    /// Whether the person declines tracking.
    pub(super) anonymous: bool,
    pub(super) user_agent: Option<Cow<'a, str>>,
    pub(super) referrer: Option<Cow<'a, str>>,
    pub(super) context: RequestContext<Cow<'a, str>>,
}

impl<'a> RequestFacts<'a> {
    pub(super) fn of(
        state: &State,
        request: &'a HttpRequest,
        headers: &RequestHeaders<'a>,
        now: Millis,
    ) -> RequestFacts<'a> {
        let anonymous = headers.declines_tracking;
        let origin = sender(state, request, headers);
        // If a proxy hides the sender, the address is the proxy's, and nothing is derived from it.
        let address = origin.own_address();
        RequestFacts {
            origin,
            anonymous,
            user_agent: headers.user_agent.map(|value| {
                let kept = &value.as_bytes()[..value.len().min(MAX_USER_AGENT)];
                // Invalid UTF-8 is rare, and is searched byte by byte.
                std::str::from_utf8(kept)
                    .map_or_else(|_| String::from_utf8_lossy(kept), Cow::Borrowed)
            }),
            referrer: headers
                .referrer
                .and_then(|value| value.to_str().ok())
                .and_then(referrer::trim),
            context: RequestContext {
                request: if request.method() == Method::HEAD {
                    RequestKind::Head
                } else if headers.is_prefetch {
                    RequestKind::Prefetch
                } else {
                    RequestKind::Get
                },
                self_traffic: own(state, request, headers, address, now),
                has_accept_language: headers.speaks,
                // A person who declines tracking is only counted.
                client_subnet: address.filter(|_| !anonymous).map(visitor_key::truncate),
                network_param: parameter(request, NETWORK_PARAMETER).map(Cow::Borrowed),
                repair: None,
            },
        }
    }
}

/// Why a click is the owner's own.
fn own(
    state: &State,
    request: &HttpRequest,
    headers: &RequestHeaders<'_>,
    address: Option<IpAddr>,
    now: Millis,
) -> Option<SelfTraffic> {
    let listed = |net: &IpNet| address.is_some_and(|address| net.contains(&address));
    if state.settings.own_networks.iter().any(listed) {
        return Some(SelfTraffic::Address);
    }
    if headers.cookie.is_some() && cookie::is_own(&state.context.vault, request.headers(), now) {
        return Some(SelfTraffic::Cookie);
    }
    parameter(request, OWN_PARAMETER)?;
    Some(SelfTraffic::Parameter)
}

/// A parameter of the short link's own request, as it was written. These parameters never reach the
/// destination.
fn parameter<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let query = request.query_string();
    if query.is_empty() {
        return None;
    }
    let pairs = query.split('&');
    let mut values = pairs.filter_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then_some(value)
    });
    values.next().filter(|value| value.len() <= MAX_PARAMETER)
}

/// The origin of a request.
pub(super) fn sender(state: &State, request: &HttpRequest, headers: &RequestHeaders<'_>) -> Origin {
    let settings = &state.settings;
    origin(
        request,
        headers.forwards,
        &settings.trusted_proxies,
        settings.forwarded_header,
    )
}
