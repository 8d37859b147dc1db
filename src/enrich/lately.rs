//! How many different links a visitor asked for lately: people open one or two, machines that try
//! slugs open many.
//!
//! Holds: time is that of the clicks, so the same clicks give the same counts; what is older than two
//! spans is forgotten, and memory is bounded. An approximation on purpose: a span may begin anywhere
//! within the one before, and of several workers each knows what it has read itself.

use std::collections::HashMap;

use crate::click::Visitor;
use crate::clock::Millis;
use crate::id::LinkId;

/// One span.
const SPAN_MS: i64 = 5_000;

/// Links remembered of one visitor in a span.
const MOST_LINKS: usize = 32;

/// Visitors remembered in a span.
const MOST_VISITORS: usize = 200_000;

type Span = HashMap<Visitor, Vec<LinkId>>;

/// Who asked for what in this span and the one before.
#[derive(Debug, Default)]
pub struct Lately {
    begun: i64,
    now: Span,
    before: Span,
}

impl Lately {
    /// Notes a request; gives how many different links its visitor has asked for in the last five to
    /// ten seconds, this one included.
    pub fn ask(&mut self, at: Millis, visitor: Visitor, link: LinkId) -> u32 {
        self.turn(at);
        let before = self.before.get(&visitor).map_or(&[][..], Vec::as_slice);
        if self.now.len() >= MOST_VISITORS && !self.now.contains_key(&visitor) {
            return 1;
        }
        let now = self.now.entry(visitor).or_default();
        if now.len() < MOST_LINKS && !now.contains(&link) {
            now.push(link);
        }
        let older = before.iter().filter(|link| !now.contains(link)).count();
        u32::try_from(now.len() + older).unwrap_or(u32::MAX)
    }

    fn turn(&mut self, at: Millis) {
        let span = at.0.div_euclid(SPAN_MS);
        if span == self.begun {
            return;
        }
        self.before = if span == self.begun + 1 {
            std::mem::take(&mut self.now)
        } else {
            Span::default()
        };
        self.now.clear();
        self.begun = span;
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
        let ask = |lately: &mut Lately, ms, n| lately.ask(Millis(ms), Visitor(1), link(n));
        assert_eq!(ask(&mut lately, 0, 1), 1);
        assert_eq!(ask(&mut lately, 10, 1), 1);
        assert_eq!(ask(&mut lately, 20, 2), 2);
        assert_eq!(lately.ask(Millis(30), Visitor(2), link(3)), 1);
        assert_eq!(ask(&mut lately, SPAN_MS, 3), 3);
        assert_eq!(ask(&mut lately, 2 * SPAN_MS, 3), 1);
        assert_eq!(ask(&mut lately, 9 * SPAN_MS, 4), 1);
    }
}
