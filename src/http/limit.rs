//! Rate limits: for unknown slugs and leads of pages, by address; for the API, by key.
//!
//! # Invariants
//! - The answer to a refused request says that it is limited, and when to retry.
//! - A cached link is always answered, so that one sender never blocks another's click.
//! - Addresses are counted by network (/64 for IPv6). An address stays in memory for about a
//!   minute, and is not written anywhere.
//! - Limits apply to each program separately.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use quick_cache::sync::Cache;

use crate::id::{KeyId, SourceId};
use crate::metric;
use crate::metric::outcome::RequestLimit;

/// The limits of one program.
#[derive(Debug)]
pub struct Limits {
    unknown_slugs: Option<DefaultKeyedRateLimiter<IpAddr>>,
    /// Unknown keys, with the same limit as slugs, but counted separately, so that typos in links
    /// do not block keys.
    unknown_keys: Option<DefaultKeyedRateLimiter<IpAddr>>,
    api: Option<DefaultKeyedRateLimiter<KeyId>>,
    refused: DefaultKeyedRateLimiter<SourceId>,
    leads: Option<DefaultKeyedRateLimiter<IpAddr>>,
    /// Hashes of recently valid keys, so that guesses from an address do not block a valid key.
    known_keys: Cache<String, ()>,
}

/// Most valid keys that are remembered.
const KNOWN_KEYS: usize = 10_000;

/// Refused webhooks of one source that are stored per minute; further ones are only counted.
const REFUSED_PER_MINUTE: NonZeroU32 = NonZeroU32::new(20).unwrap();

impl Limits {
    /// Requests that are allowed in a minute, even all at once; 0 means no limit.
    pub fn new(
        unknown_slugs_per_minute: u32,
        api_per_minute: u32,
        leads_per_minute: u32,
    ) -> Limits {
        fn of<K: std::hash::Hash + Eq + Clone>(
            per_minute: u32,
        ) -> Option<DefaultKeyedRateLimiter<K>> {
            let quota = Quota::per_minute(NonZeroU32::new(per_minute)?);
            Some(RateLimiter::keyed(quota))
        }
        Limits {
            unknown_slugs: of(unknown_slugs_per_minute),
            unknown_keys: of(unknown_slugs_per_minute),
            api: of(api_per_minute),
            refused: RateLimiter::keyed(Quota::per_minute(REFUSED_PER_MINUTE)),
            leads: of(leads_per_minute),
            known_keys: Cache::new(KNOWN_KEYS),
        }
    }

    /// Counts a request for an unknown slug. Returns whether it was within the limit.
    pub fn allows_unknown_slug(&self, address: Option<IpAddr>) -> bool {
        counted(
            RequestLimit::UnknownSlugs,
            allows_address(self.unknown_slugs.as_ref(), address),
        )
    }

    /// Counts a request with a new key, by the key's hash. Returns whether the store may be asked
    /// for it.
    pub fn allows_key(&self, hash: &str, address: Option<IpAddr>) -> bool {
        self.known_keys.get(hash).is_some()
            || counted(
                RequestLimit::UnknownKeys,
                allows_address(self.unknown_keys.as_ref(), address),
            )
    }

    /// Remembers a key that is valid.
    pub fn know_key(&self, hash: &str) {
        if self.known_keys.get(hash).is_none() {
            self.known_keys.insert(hash.to_owned(), ());
        }
    }

    /// Counts a lead that a page reports. Returns whether it was within the limit.
    pub fn allows_lead(&self, address: Option<IpAddr>) -> bool {
        counted(
            RequestLimit::Leads,
            allows_address(self.leads.as_ref(), address),
        )
    }

    /// Counts a request with that key. Returns whether it was within the limit.
    pub fn allows_api(&self, key: KeyId) -> bool {
        let limit = self.api.as_ref();
        counted(
            RequestLimit::Api,
            limit.is_none_or(|limit| limit.check_key(&key).is_ok()),
        )
    }

    /// Counts a refused webhook. Returns whether to store it.
    pub fn allows_refused(&self, source: SourceId) -> bool {
        counted(
            RequestLimit::RefusedWebhooks,
            self.refused.check_key(&source).is_ok(),
        )
    }

    /// Drops addresses and keys that are idle for so long that they no longer count.
    pub fn drop_idle(&self) {
        for limit in [&self.unknown_slugs, &self.unknown_keys, &self.leads]
            .into_iter()
            .flatten()
        {
            limit.retain_recent();
        }
        if let Some(limit) = &self.api {
            limit.retain_recent();
        }
        self.refused.retain_recent();
    }
}

/// Counts refusals of a limit, for operators.
fn counted(limit: RequestLimit, is_allowed: bool) -> bool {
    if !is_allowed {
        metric::count_limited(limit);
    }
    is_allowed
}

fn allows_address(
    limit: Option<&DefaultKeyedRateLimiter<IpAddr>>,
    address: Option<IpAddr>,
) -> bool {
    match (limit, address) {
        (Some(limit), Some(address)) => limit.check_key(&network(address)).is_ok(),
        _ => true,
    }
}

/// The addresses of one household or machine: one IPv4 address, a /64 of IPv6.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_network_does_not_use_up_anothers_limit() {
        let limits = Limits::new(2, 0, 1);
        let allows = |address: &str| limits.allows_unknown_slug(Some(address.parse().unwrap()));
        assert!(allows("2001:db8::1") && allows("2001:db8::2"));
        assert!(!allows("2001:db8::3"));
        assert!(allows("2001:db8:0:1::1") && allows("203.0.113.9"));
        assert!(allows("203.0.113.9") && !allows("::ffff:203.0.113.9"));
        limits.drop_idle();
        assert!(!allows("203.0.113.9"), "it has just asked");
        assert!(
            limits.allows_api(KeyId::new(crate::clock::Millis(1))),
            "no limit"
        );
        let address = Some("203.0.113.9".parse().unwrap());
        assert!(
            limits.allows_lead(address),
            "what else it asked for counts elsewhere"
        );
        assert!(!limits.allows_lead(address) && limits.allows_lead(None));
    }
}
