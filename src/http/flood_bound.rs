//! The bound on clicks of one address on one link in a minute.
//!
//! # Invariants
//! - It uses a fixed megabyte of memory, for any number of addresses and links, and no lock. A
//!   click costs a few atomic operations.
//! - An address on a link has one of two cells. If others use both, it takes over the cell with
//!   fewer clicks, so that an error allows clicks.
//! - Two addresses are counted together only if they share a cell and its tag: fewer than one in
//!   10,000 of 200,000 addresses in a minute.
//! - An address is stored for a minute, as a hash with a key of this process.
//! - Limits apply to each program separately.
//!
//! ```text
//! cell u64 = minute [12 bits]  tag of address and link [18]  user agents seen [16]  clicks [18]
//! ```

use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::quality::{FixedState, RandomState};

use crate::clock::Millis;
use crate::http::limit::network;
use crate::id::LinkId;
use crate::link::domain::reach::{Reachability, reach_of};

/// Cells of a row; a power of two.
const CELLS: usize = 1 << 16;

const CLICK_BITS: u32 = 18;
const AGENT_BITS: u32 = 16;
const TAG_BITS: u32 = 18;
const MINUTE_BITS: u32 = 12;

/// From this many user agent bits on, an address counts as shared: a household, an office, a mobile
/// network. Agents may share a bit by chance: five of sixteen bits are, on average, six agents.
const SHARED_BITS: u32 = 5;

/// The bound of a shared address, as a multiple of the normal one.
const SHARED_FACTOR: u64 = 20;

/// Counts clicks by address and link.
pub struct FloodBound {
    per_minute: u32,
    key: RandomState,
    rows: [Box<[AtomicU64]>; 2],
}

impl FloodBound {
    /// This many clicks in a minute; 0 means no bound.
    pub fn new(per_minute: u32) -> FloodBound {
        let cells = if per_minute == 0 { 0 } else { CELLS };
        let row = || (0..cells).map(|_| AtomicU64::new(0)).collect();
        FloodBound {
            per_minute,
            key: RandomState::default(),
            rows: [row(), row()],
        }
    }

    /// Counts a click. Returns whether it was within the bound.
    pub fn allows(&self, now: Millis, link: LinkId, address: IpAddr, user_agent: &str) -> bool {
        if self.per_minute == 0 {
            return true;
        }
        let address = network(address);
        let hash = self.key.hash_one((link, address));
        // Without the key of this process: chance must not decide how many agents make an address
        // shared.
        let agent = FixedState::default().hash_one(user_agent) % u64::from(AGENT_BITS);
        let minute = now.0.div_euclid(60_000).cast_unsigned() & mask(MINUTE_BITS);
        let owner = minute << TAG_BITS | hash >> (64 - TAG_BITS);
        let [first, second] = &self.rows;
        let (clicks, agents) = count([cell(first, hash), cell(second, hash >> 16)], owner, agent);
        let bound = u64::from(self.per_minute);
        clicks <= bound
            || (clicks <= bound * SHARED_FACTOR
                && (agents.count_ones() >= SHARED_BITS
                    || reach_of(address) != Reachability::Everybody))
    }
}

impl std::fmt::Debug for FloodBound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FloodBound")
            .field("per_minute", &self.per_minute)
            .finish_non_exhaustive()
    }
}

const fn mask(bits: u32) -> u64 {
    (1 << bits) - 1
}

fn cell(row: &[AtomicU64], hash: u64) -> &AtomicU64 {
    let at = usize::try_from(hash & mask(CELLS.trailing_zeros())).unwrap_or(0);
    &row[at]
}

/// Counts a click of the user agent with that number. Returns clicks and user agents of this
/// minute.
fn count(cells: [&AtomicU64; 2], owner: u64, agent: u64) -> (u64, u64) {
    const OWNER_AT: u32 = CLICK_BITS + AGENT_BITS;
    loop {
        let known = cells.map(|cell| cell.load(Ordering::Relaxed));
        let minute = owner >> TAG_BITS;
        // Its own cell; else an expired one; else the one with fewer clicks.
        let rank = |known: u64| match known >> OWNER_AT {
            of if of == owner => 0,
            of if of >> TAG_BITS != minute => 1,
            _ => 2 + (known & mask(CLICK_BITS)),
        };
        let at = usize::from(rank(known[1]) < rank(known[0]));
        let (clicks, agents) = if known[at] >> OWNER_AT == owner {
            (
                known[at] & mask(CLICK_BITS),
                known[at] >> CLICK_BITS & mask(AGENT_BITS),
            )
        } else {
            (0, 0)
        };
        let (clicks, agents) = ((clicks + 1).min(mask(CLICK_BITS)), agents | 1 << agent);
        let new = owner << OWNER_AT | agents << CLICK_BITS | clicks;
        let changed =
            cells[at].compare_exchange_weak(known[at], new, Ordering::Relaxed, Ordering::Relaxed);
        if changed.is_ok() {
            return (clicks, agents);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Millis = Millis(1_773_144_000_000);

    fn link(n: u8) -> LinkId {
        LinkId::from_parts(Millis(1), [n; 10])
    }

    /// How many of these clicks are within a bound of ten.
    fn allowed(bound: &FloodBound, clicks: u32, address: &str, agents: u32) -> u32 {
        let address = address.parse().unwrap();
        let within = |n: &u32| bound.allows(NOON, link(1), address, &(n % agents).to_string());
        u32::try_from((0..clicks).filter(within).count()).unwrap()
    }

    #[test]
    fn one_browser_is_bounded_on_each_link_in_each_minute() {
        let bound = FloodBound::new(10);
        assert_eq!(allowed(&bound, 50, "203.0.113.9", 2), 10);
        let address = "203.0.113.9".parse().unwrap();
        assert!(bound.allows(NOON, link(2), address, "0"), "another link");
        assert!(bound.allows(NOON, link(1), "203.0.113.8".parse().unwrap(), "0"));
        assert!(!bound.allows(NOON, link(1), address, "0"));
        assert!(bound.allows(NOON.plus_ms(60_000), link(1), address, "0"));
        assert_eq!(allowed(&FloodBound::new(0), 500, "203.0.113.9", 1), 500);
    }

    #[test]
    fn a_shared_address_has_more() {
        for (address, agents) in [("203.0.113.9", 100), ("10.0.0.1", 1), ("::1", 1)] {
            let bound = FloodBound::new(10);
            assert_eq!(allowed(&bound, 1000, address, agents), 200, "{address}");
        }
    }

    #[test]
    fn many_addresses_take_nothing_from_each_other() {
        let bound = FloodBound::new(10);
        let address = |n: u32| IpAddr::from(n.to_be_bytes());
        let mut refused = std::collections::HashSet::new();
        for _ in 0..10 {
            for n in 0..200_000 {
                if !bound.allows(NOON, link(1), address(0x0b00_0000 + n), "0") {
                    refused.insert(n);
                }
            }
        }
        assert!(refused.len() < 20, "{}", refused.len());
    }
}
