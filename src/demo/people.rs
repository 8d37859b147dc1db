//! Who clicks in the demo: people and programs, their agents, and where they are.
//!
//! # Out of scope
//! Which links they click.

use std::net::{IpAddr, Ipv6Addr};

use rand::RngExt;
use rand::rngs::StdRng;

use crate::click::Visitor;

/// What people visit with.
const PEOPLE: [&str; 4] = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
];

/// What programs visit with.
const PROGRAMS: [&str; 4] = [
    "Twitterbot/1.0",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; +http://www.linkedin.com)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
];

/// Where people are: the number of their country's network in the database of places, and how many
/// of a hundred live there. `scripts/geo-fixture` says which countries these are.
const COUNTRIES: [(u16, u32); 12] = [
    (1, 34),
    (2, 14),
    (3, 11),
    (4, 8),
    (5, 7),
    (6, 6),
    (7, 5),
    (8, 4),
    (9, 4),
    (10, 3),
    (11, 2),
    (12, 2),
];

/// Who clicks.
#[derive(Clone, Copy)]
pub(super) struct Person {
    /// `None` for programs.
    pub(super) visitor: Option<Visitor>,
    pub(super) agent: &'static str,
    pub(super) nearby: IpAddr,
}

/// A person who clicks.
pub(super) fn person(rng: &mut StdRng) -> Person {
    let mut of_hundred = rng.random_range(0..100);
    let country = COUNTRIES.into_iter().find(|(_, share)| {
        let lives_there = of_hundred < *share;
        of_hundred = of_hundred.saturating_sub(*share);
        lives_there
    });
    Person {
        visitor: Some(Visitor::of_day(rng.random())),
        agent: PEOPLE[rng.random_range(0..PEOPLE.len())],
        nearby: nearby(country.map_or(1, |(country, _)| country)),
    }
}

/// A program that clicks.
pub(super) fn program(rng: &mut StdRng) -> Person {
    Person {
        visitor: None,
        agent: PROGRAMS[rng.random_range(0..PROGRAMS.len())],
        nearby: nearby(COUNTRIES[1].0),
    }
}

/// The network of a country, of those set aside for documentation.
fn nearby(country: u16) -> IpAddr {
    Ipv6Addr::new(0x2001, 0xdb8, country, 0, 0, 0, 0, 0).into()
}
