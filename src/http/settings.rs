//! Settings of the HTTP surfaces.
//!
//! # Out of scope
//! The source of the values: `config` reads the configuration.

use std::time::Duration;

use ipnet::IpNet;

use crate::http::extract::client;

/// Settings of the HTTP surfaces.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Proxies whose forwarding headers are trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// The header that those proxies write.
    pub forwarded_header: client::ForwardedHeader,
    /// The owner's own networks, whose clicks are marked as such.
    pub own_networks: Vec<IpNet>,
    /// Whether visitors get a cookie, which recognises them for longer than a day.
    pub visitor_cookie: bool,
    /// Largest body, in bytes.
    pub body_limit_bytes: usize,
    /// Whether a prefetch is answered with the redirect.
    pub answer_prefetch: bool,
    /// How long a reported conversion waits to be joined.
    pub answer_deadline: Duration,
    /// Most links that are preloaded at the start.
    pub preload_links: usize,
}

impl Settings {
    /// Defaults of which a test changes those that it is about.
    #[cfg(test)]
    pub(in crate::http) fn for_tests() -> Settings {
        Settings {
            trusted_proxies: Vec::new(),
            forwarded_header: client::ForwardedHeader::XForwardedFor,
            own_networks: Vec::new(),
            visitor_cookie: false,
            body_limit_bytes: 1 << 20,
            answer_prefetch: false,
            answer_deadline: Duration::ZERO,
            preload_links: 0,
        }
    }
}
