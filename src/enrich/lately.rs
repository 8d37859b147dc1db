//! How many different links somebody asked for lately: people open one or two, machines that try
//! slugs open many.
//!
//! Holds: time is that of the clicks, so the same clicks give the same counts; what is older than
//! two spans is forgotten, and memory is bounded. An approximation on purpose: a span may begin
//! anywhere within the one before, and of several workers each knows what it has read itself.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use crate::click::Hit;
use crate::clock::Millis;
use crate::id::LinkId;

/// One span.
const SPAN_MS: i64 = 5_000;

/// Links remembered of one asker in a span.
const MOST_LINKS: usize = 32;

/// Askers remembered in a span.
const MOST_ASKERS: usize = 200_000;

/// Who asks: the network of an address and a user agent, hashed under a key of this program's run.
/// Not the visitor, who is new at each click where cookies count and none is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Asker(u64);

impl Asker {
    /// Whoever made the click; `None` for who declines tracking.
    pub fn of(hit: &Hit) -> Option<Asker> {
        static KEY: std::sync::LazyLock<RandomState> = std::sync::LazyLock::new(RandomState::new);
        let network = hit.manner.nearby?;
        Some(Asker(KEY.hash_one((network, &hit.user_agent))))
    }
}

type Span = HashMap<Asker, Vec<LinkId>>;

/// Who asked for what in this span and the one before.
#[derive(Debug, Default)]
pub struct Lately {
    begun: i64,
    now: Span,
    before: Span,
}

impl Lately {
    /// Notes a request; gives how many different links its asker has asked for in the last five to
    /// ten seconds, this one included. What comes out of order counts to its own span, while that
    /// is known.
    pub fn ask(&mut self, at: Millis, asker: Asker, link: LinkId) -> u32 {
        let number = at.0.div_euclid(SPAN_MS);
        self.turn(number);
        let own = match self.begun - number {
            0 => &mut self.now,
            1 => &mut self.before,
            _ => return 1,
        };
        if own.len() >= MOST_ASKERS && !own.contains_key(&asker) {
            return 1;
        }
        let links = own.entry(asker).or_default();
        if links.len() < MOST_LINKS && !links.contains(&link) {
            links.push(link);
        }
        let [now, before] = [&self.now, &self.before].map(|span| span.get(&asker));
        let [now, before] = [now, before].map(|links| links.map_or(&[][..], Vec::as_slice));
        let older = before.iter().filter(|link| !now.contains(link)).count();
        u32::try_from(now.len() + older).unwrap_or(u32::MAX)
    }

    /// Goes on to a span; never back.
    fn turn(&mut self, number: i64) {
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
        let mut lately = Lately::default();
        let ask = |lately: &mut Lately, ms, n| lately.ask(Millis(ms), Asker(1), link(n));
        assert_eq!(ask(&mut lately, 0, 1), 1);
        assert_eq!(ask(&mut lately, 10, 1), 1);
        assert_eq!(ask(&mut lately, 20, 2), 2);
        assert_eq!(lately.ask(Millis(30), Asker(2), link(3)), 1);
        assert_eq!(ask(&mut lately, SPAN_MS, 3), 3);
        // A click of another thread that is a little late takes nothing away.
        assert_eq!(ask(&mut lately, SPAN_MS - 1, 4), 4);
        assert_eq!(ask(&mut lately, SPAN_MS, 5), 5);
        assert_eq!(ask(&mut lately, 2 * SPAN_MS, 3), 2);
        assert_eq!(ask(&mut lately, 3 * SPAN_MS, 3), 1);
        assert_eq!(ask(&mut lately, 0, 9), 1, "too old to be known");
        assert_eq!(ask(&mut lately, 9 * SPAN_MS, 4), 1);
    }
}
