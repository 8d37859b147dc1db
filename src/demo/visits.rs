//! Who visits the demo's links, and what comes of it.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{Rng, RngExt};

use super::season;
use super::stage::Scene;
use super::story::{Audience, WEEKEND};
use crate::click::{Hit, Manner, Visitor};
use crate::clock::{DAY_MS, Millis};
use crate::conversion::{ConversionKind, Evidence, NewConversion};
use crate::event_log::entry::Entry;
use crate::id::{ClickId, ConversionId};
use crate::link::Link;
use crate::link::utm::UtmTags;
use crate::money::{Currency, Money};

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Share of clicks that another one of the same person follows on the same day.
const AGAIN: f64 = 0.18;

/// Share of these that come by another network of the campaign.
const ELSEWHERE: f64 = 0.5;

/// Clicks of one person on one day at most.
const MOST_CLICKS: usize = 4;

/// Share of leads that take their time.
const SLOW_LEADS: f64 = 0.15;

/// Share of leads that are known by their UTM tags only, because a browser cut the click id off.
const TAGS_ONLY: f64 = 0.06;

/// Share of leads that nothing is known of.
const UNKNOWN: f64 = 0.05;

/// Share of sales that are taken back.
const REFUND: f64 = 0.09;

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

/// How much was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Clicks, also those of programs.
    pub clicks: u64,
    /// Leads.
    pub leads: u64,
    /// Sales.
    pub sales: u64,
}

impl Made {
    pub(super) fn count(&mut self, entries: &[Timed]) {
        for (_, entry) in entries {
            match entry {
                Entry::Click(_) => self.clicks += 1,
                Entry::Conversion(report) if report.kind == ConversionKind::Lead => self.leads += 1,
                Entry::Conversion(report) if report.kind == ConversionKind::Sale => self.sales += 1,
                _ => {}
            }
        }
    }
}

/// Who clicks.
#[derive(Clone, Copy)]
struct Person {
    /// `None` for programs.
    visitor: Option<Visitor>,
    agent: &'static str,
    nearby: IpAddr,
}

pub(super) type Timed = (Millis, Entry);

/// Makes visits, day by day.
#[derive(Debug)]
pub(super) struct Visits {
    rng: StdRng,
    /// The scenes of each campaign.
    plays: Arc<Vec<Vec<Scene>>>,
    currency: Currency,
    customers: u32,
    /// What happens on a later day than its click.
    later: Vec<Timed>,
    pub(super) made: Made,
}

impl Visits {
    pub(super) fn new(rng: StdRng, plays: Vec<Vec<Scene>>, currency: Currency) -> Visits {
        Visits {
            rng,
            plays: Arc::new(plays),
            currency,
            customers: 0,
            later: Vec::new(),
            made: Made::default(),
        }
    }

    /// Everything that happens within the day that begins at `midnight`, in no order.
    pub(super) fn day(&mut self, midnight: Millis) -> Vec<Timed> {
        let end = midnight.plus_ms(DAY_MS);
        // 1970-01-01 was a Thursday.
        let weekend = matches!((midnight.day() + 4).rem_euclid(7), 0 | 6);
        let mut entries = std::mem::take(&mut self.later);
        let plays = Arc::clone(&self.plays);
        for scenes in plays.iter() {
            for scene in scenes {
                let daily = scene.audience.daily;
                let mean = if weekend { daily * WEEKEND } else { daily };
                let mean = if scene.is_season {
                    mean * season::busy(&scene.links, midnight)
                } else {
                    mean
                };
                for _ in 0..self.about(mean) {
                    self.visit(midnight, scenes, scene, &mut entries);
                }
                for _ in 0..self.about(mean * scene.audience.bots) {
                    let program = self.program();
                    let at = self.moment(midnight);
                    let link = self.link(scene, at);
                    entries.push((at, Entry::Click(self.hit(at, link, program))));
                }
            }
        }
        let (now, later) = entries.into_iter().partition(|it: &Timed| it.0 < end);
        self.later = later;
        now
    }

    /// A number near `mean`.
    fn about(&mut self, mean: f64) -> u32 {
        let scattered = mean * self.rng.random_range(0.65..1.35);
        let whole = scattered.floor();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "small and positive"
        )]
        let count = whole as u32;
        count + u32::from(self.rng.random_bool((scattered - whole).clamp(0.0, 1.0)))
    }

    /// A moment of the day; few are awake in its first hours.
    fn moment(&mut self, midnight: Millis) -> Millis {
        let first = if self.rng.random_bool(0.9) {
            6 * HOUR_MS
        } else {
            0
        };
        midnight.plus_ms(self.rng.random_range(first..DAY_MS))
    }

    fn person(&mut self) -> Person {
        let mut of_hundred = self.rng.random_range(0..100);
        let country = COUNTRIES.into_iter().find(|(_, share)| {
            let lives_there = of_hundred < *share;
            of_hundred = of_hundred.saturating_sub(*share);
            lives_there
        });
        Person {
            visitor: Some(Visitor::of_day(self.rng.random())),
            agent: PEOPLE[self.rng.random_range(0..PEOPLE.len())],
            nearby: nearby(country.map_or(1, |(country, _)| country)),
        }
    }

    fn program(&mut self) -> Person {
        Person {
            visitor: None,
            agent: PROGRAMS[self.rng.random_range(0..PROGRAMS.len())],
            nearby: nearby(COUNTRIES[1].0),
        }
    }

    /// One of the links of a scene; of a season a recent one, as a rule.
    fn link<'a>(&mut self, scene: &'a Scene, at: Millis) -> &'a Link {
        if !scene.is_season {
            return &scene.links[self.rng.random_range(0..scene.links.len())];
        }
        let posted = scene.links.iter().filter(|link| link.created_at <= at);
        let weights = posted.map(|link| (link, 0.02 + season::attention(link.created_at, at)));
        let whole: f64 = weights.clone().map(|(_, weight)| weight).sum();
        let mut left = self.rng.random::<f64>() * whole;
        let mut weights = weights;
        let chosen = weights.find(|(_, weight)| {
            left -= weight;
            left <= 0.0
        });
        chosen.map_or(&scene.links[0], |(link, _)| link)
    }

    /// Whether a visit of that link becomes a lead.
    fn convinces(&mut self, scene: &Scene, link: &Link) -> bool {
        let factor = if scene.is_season {
            season::persuasion(link.intent)
        } else {
            1.0
        };
        self.rng.random_bool(scene.audience.lead * factor)
    }

    fn visit(&mut self, midnight: Millis, scenes: &[Scene], first: &Scene, into: &mut Vec<Timed>) {
        let person = self.person();
        let mut at = self.moment(midnight);
        let mut link = self.link(first, at);
        let mut path = Vec::new();
        loop {
            let mut hit = self.hit(at, link, person);
            if first.is_season {
                hit.referrer = season::referrer(link.network.as_deref(), &mut self.rng);
            }
            path.push(hit.id);
            into.push((at, Entry::Click(hit)));
            let again = at.plus_ms(self.rng.random_range(60_000..4 * HOUR_MS));
            // A pseudonym ends with its day.
            let is_over = again >= midnight.plus_ms(DAY_MS);
            if path.len() == MOST_CLICKS || is_over || !self.rng.random_bool(AGAIN) {
                break;
            }
            at = again;
            if self.rng.random_bool(ELSEWHERE) {
                let other = self.rng.random_range(0..scenes.len());
                link = self.link(&scenes[other], at);
            }
        }
        if self.convinces(first, link) {
            self.lead(at, link, path, first.audience, into);
        }
    }

    fn lead(
        &mut self,
        at: Millis,
        link: &Link,
        path: Vec<ClickId>,
        of: Audience,
        into: &mut Vec<Timed>,
    ) {
        self.customers += 1;
        let customer = format!("cust-{}", self.customers);
        let most = if self.rng.random_bool(SLOW_LEADS) {
            5 * DAY_MS
        } else {
            3 * HOUR_MS
        };
        let at = at.plus_ms(self.rng.random_range(2 * 60_000..most));
        let mut evidence = Evidence {
            external_id: Some(customer.clone()),
            ..Evidence::default()
        };
        let luck: f64 = self.rng.random();
        if luck < TAGS_ONLY {
            evidence.utm = UtmTags {
                campaign: link.utm.campaign.clone(),
                source: link.utm.source.clone(),
                ..UtmTags::default()
            };
        } else if luck > UNKNOWN + TAGS_ONLY {
            evidence.click_ids = path;
        }
        into.push(self.conversion(
            at,
            link,
            ConversionKind::Lead,
            format!("lead-{customer}"),
            0,
            &evidence,
        ));
        if !self.rng.random_bool(of.sale) {
            return;
        }
        // The shop knows its customer; the click is long gone.
        evidence.click_ids.clear();
        let at = at.plus_ms(self.rng.random_range(HOUR_MS..6 * DAY_MS));
        let amount = [4900, 7900, 12900, 24900][self.rng.random_range(0..4)];
        let order = format!("order-{customer}");
        into.push(self.conversion(
            at,
            link,
            ConversionKind::Sale,
            order.clone(),
            amount,
            &evidence,
        ));
        if self.rng.random_bool(REFUND) {
            let at = at.plus_ms(self.rng.random_range(DAY_MS..5 * DAY_MS));
            let event = format!("refund-{customer}");
            let mut refund =
                self.conversion(at, link, ConversionKind::Refund, event, -amount, &evidence);
            if let Entry::Conversion(report) = &mut refund.1 {
                report.refund_of = Some(order);
            }
            into.push(refund);
        }
    }

    fn hit(&mut self, at: Millis, link: &Link, of: Person) -> Hit {
        Hit {
            id: ClickId::from_parts(at, self.bits()),
            workspace_id: link.workspace_id,
            link_id: link.id,
            campaign_id: link.campaign_id,
            network: link.network.clone(),
            clicked_at: at,
            visitor: of.visitor,
            user_agent: Some(of.agent.to_owned()),
            referrer: None,
            manner: Manner {
                nearby: Some(of.nearby),
                ..Manner::default()
            },
        }
    }

    fn conversion(
        &mut self,
        at: Millis,
        link: &Link,
        kind: ConversionKind,
        event_id: String,
        amount: i64,
        evidence: &Evidence,
    ) -> Timed {
        let value = (kind != ConversionKind::Lead).then_some(Money {
            amount,
            currency: self.currency,
        });
        let report = NewConversion {
            id: ConversionId::from_parts(at, self.bits()),
            workspace_id: link.workspace_id,
            source_id: None,
            event_id,
            kind,
            name: None,
            occurred_at: at,
            received_at: at,
            value,
            refund_of: None,
            evidence: evidence.clone(),
            order: None,
        };
        (at, Entry::Conversion(report))
    }

    fn bits(&mut self) -> [u8; 10] {
        let mut bits = [0; 10];
        self.rng.fill_bytes(&mut bits);
        bits
    }
}

/// The network of a country, of those set aside for documentation.
fn nearby(country: u16) -> IpAddr {
    Ipv6Addr::new(0x2001, 0xdb8, country, 0, 0, 0, 0, 0).into()
}
