//! How many different links a requester recently asked for. People open one or two; programs that
//! guess slugs open many.
//!
//! # Invariants
//! - Time comes from the clicks, so the same clicks give the same counts.
//! - Anything older than two spans is dropped, so memory is bounded.
//! - The count is approximate on purpose. Two spans cover five to ten seconds, and each of several
//!   workers counts only the entries that it reads.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use crate::click::RawClick;
use crate::clock::Millis;
use crate::id::LinkId;

/// Length of a span.
const SPAN_MS: i64 = 5_000;

/// Most links remembered per requester and span.
const MAX_LINKS: usize = 32;

/// Most requesters remembered per span.
const MAX_REQUESTERS: usize = 200_000;

/// A requester: client network and user agent, hashed with a key that lives as long as the process.
///
/// This is not the visitor. If visitor cookies are on, a browser that rejects cookies is a new
/// visitor at each click.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Requester(u64);

impl Requester {
    /// The requester of a click; `None` for a person who declines tracking.
    pub fn of(click: &RawClick) -> Option<Requester> {
        static KEY: std::sync::LazyLock<RandomState> = std::sync::LazyLock::new(RandomState::new);
        let network = click.context.client_subnet?;
        Some(Requester(KEY.hash_one((network, &click.user_agent))))
    }
}

type Span = HashMap<Requester, Vec<LinkId>>;

/// Which links each requester asked for in the current span and the one before.
#[derive(Debug, Default)]
pub struct RecentRequests {
    begun: i64,
    now: Span,
    before: Span,
}

impl RecentRequests {
    /// Adds a request. Returns how many different links its requester asked for in the last five to
    /// ten seconds, including this one. A late request counts in its own span while that span is
    /// kept.
    pub fn count(&mut self, at: Millis, requester: Requester, link: LinkId) -> u32 {
        let number = at.0.div_euclid(SPAN_MS);
        self.advance(number);
        let own = match self.begun - number {
            0 => &mut self.now,
            1 => &mut self.before,
            _ => return 1,
        };
        if own.len() >= MAX_REQUESTERS && !own.contains_key(&requester) {
            return 1;
        }
        let links = own.entry(requester).or_default();
        if links.len() < MAX_LINKS && !links.contains(&link) {
            links.push(link);
        }
        let [now, before] = [&self.now, &self.before].map(|span| span.get(&requester));
        let [now, before] = [now, before].map(|links| links.map_or(&[][..], Vec::as_slice));
        let older = before.iter().filter(|link| !now.contains(link)).count();
        u32::try_from(now.len() + older).unwrap_or(u32::MAX)
    }

    /// Moves forward to a span, never back.
    fn advance(&mut self, number: i64) {
        if number <= self.begun {
            return;
        }
        self.before = if number == self.begun + 1 {
            std::mem::take(&mut self.now)
        } else {
            Span::default()
        };
        self.now.clear();
        self.begun = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(n: u8) -> LinkId {
        LinkId::from_parts(Millis(1), [n; 10])
    }

    #[test]
    fn different_links_count_and_time_forgets() {
        let mut lately = RecentRequests::default();
        let ask =
            |lately: &mut RecentRequests, ms, n| lately.count(Millis(ms), Requester(1), link(n));
        assert_eq!(ask(&mut lately, 0, 1), 1);
        assert_eq!(ask(&mut lately, 10, 1), 1);
        assert_eq!(ask(&mut lately, 20, 2), 2);
        assert_eq!(lately.count(Millis(30), Requester(2), link(3)), 1);
        assert_eq!(ask(&mut lately, SPAN_MS, 3), 3);
        // A slightly late click of another thread does not remove anything.
        assert_eq!(ask(&mut lately, SPAN_MS - 1, 4), 4);
        assert_eq!(ask(&mut lately, SPAN_MS, 5), 5);
        assert_eq!(ask(&mut lately, 2 * SPAN_MS, 3), 2);
        assert_eq!(ask(&mut lately, 3 * SPAN_MS, 3), 1);
        assert_eq!(ask(&mut lately, 0, 9), 1, "too old to be kept");
        assert_eq!(ask(&mut lately, 9 * SPAN_MS, 4), 1);
    }
}
