//! Who visits the demo's links, and what comes of it.

use rand::rngs::StdRng;
use rand::{Rng, RngExt};

use crate::click::{Hit, Manner, Visitor};
use crate::clock::{DAY_MS, Millis};
use crate::conversion::{Evidence, Kind, NewConversion};
use crate::event_log::entry::Entry;
use crate::id::{ClickId, ConversionId};
use crate::link::Link;
use crate::link::utm::Utm;
use crate::money::{Currency, Money};

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Share of a visit's clicks that a second one follows.
const SECOND_CLICK: f64 = 0.18;

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

/// The people of one network.
#[derive(Clone, Copy, Debug)]
pub(super) struct Audience {
    /// Visitors on a weekday.
    pub(super) daily: f64,
    /// Programs for each visitor.
    pub(super) bots: f64,
    /// Share of visitors that become leads.
    pub(super) lead: f64,
    /// Share of leads that buy.
    pub(super) sale: f64,
}

pub(super) type Timed = (Millis, Entry);

/// Makes visits, day by day.
#[derive(Debug)]
pub(super) struct Visits {
    rng: StdRng,
    links: Vec<Link>,
    currency: Currency,
    customers: u32,
    /// What happens on a later day than its click.
    later: Vec<Timed>,
}

impl Visits {
    pub(super) fn new(rng: StdRng, links: Vec<Link>, currency: Currency) -> Visits {
        Visits {
            rng,
            links,
            currency,
            customers: 0,
            later: Vec::new(),
        }
    }

    /// Everything that happens within the day that begins at `midnight`, in no order.
    pub(super) fn day(&mut self, midnight: Millis, audiences: &[(&str, Audience)]) -> Vec<Timed> {
        let end = midnight.plus_ms(DAY_MS);
        let day = midnight.0.div_euclid(DAY_MS);
        // 1970-01-01 was a Thursday.
        let weekend = matches!((day + 4).rem_euclid(7), 0 | 6);
        let (due, later) = std::mem::take(&mut self.later)
            .into_iter()
            .partition(|it| it.0 < end);
        self.later = later;
        let mut entries: Vec<Timed> = due;
        for (network, audience) in audiences {
            let link = self
                .links
                .iter()
                .find(|link| link.network.as_deref() == Some(*network));
            let Some(link) = link.cloned() else { continue };
            let mean = if weekend {
                audience.daily * 0.6
            } else {
                audience.daily
            };
            for _ in 0..self.about(mean) {
                self.visit(midnight, &link, *audience, &mut entries);
            }
            for _ in 0..self.about(mean * audience.bots) {
                let agent = PROGRAMS[self.rng.random_range(0..PROGRAMS.len())];
                let at = self.moment(midnight);
                entries.push((at, Entry::Click(self.hit(at, &link, None, agent))));
            }
        }
        let (now, later) = entries.into_iter().partition(|it: &Timed| it.0 < end);
        self.later.extend::<Vec<Timed>>(later);
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

    fn visit(&mut self, midnight: Millis, link: &Link, of: Audience, into: &mut Vec<Timed>) {
        let at = self.moment(midnight);
        let visitor = Visitor(self.rng.random());
        let agent = PEOPLE[self.rng.random_range(0..PEOPLE.len())];
        let hit = self.hit(at, link, Some(visitor), agent);
        let click = hit.id;
        into.push((at, Entry::Click(hit)));
        if self.rng.random_bool(SECOND_CLICK) {
            let again = at.plus_ms(self.rng.random_range(60_000..HOUR_MS));
            // A pseudonym ends with its day.
            if again < midnight.plus_ms(DAY_MS) {
                let hit = self.hit(again, link, Some(visitor), agent);
                into.push((again, Entry::Click(hit)));
            }
        }
        if self.rng.random_bool(of.lead) {
            self.lead(at, link, click, of, into);
        }
    }

    fn lead(
        &mut self,
        at: Millis,
        link: &Link,
        click: ClickId,
        of: Audience,
        into: &mut Vec<Timed>,
    ) {
        self.customers += 1;
        let customer = format!("cust-{}", self.customers);
        let at = at.plus_ms(self.rng.random_range(2 * 60_000..3 * HOUR_MS));
        let mut evidence = Evidence {
            external_id: Some(customer.clone()),
            ..Evidence::default()
        };
        let luck: f64 = self.rng.random();
        if luck < TAGS_ONLY {
            evidence.utm = Utm {
                campaign: link.utm.campaign.clone(),
                source: link.utm.source.clone(),
                ..Utm::default()
            };
        } else if luck > UNKNOWN + TAGS_ONLY {
            evidence.click_ids = vec![click];
        }
        into.push(self.conversion(
            at,
            link,
            Kind::Lead,
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
        into.push(self.conversion(at, link, Kind::Sale, order.clone(), amount, &evidence));
        if self.rng.random_bool(REFUND) {
            let at = at.plus_ms(self.rng.random_range(DAY_MS..5 * DAY_MS));
            let event = format!("refund-{customer}");
            let mut refund = self.conversion(at, link, Kind::Refund, event, -amount, &evidence);
            if let Entry::Conversion(report) = &mut refund.1 {
                report.refund_of = Some(order);
            }
            into.push(refund);
        }
    }

    fn hit(&mut self, at: Millis, link: &Link, visitor: Option<Visitor>, agent: &str) -> Hit {
        Hit {
            id: ClickId::from_parts(at, self.bits()),
            workspace_id: link.workspace_id,
            link_id: link.id,
            campaign_id: link.campaign_id,
            network: link.network.clone(),
            clicked_at: at,
            visitor,
            user_agent: Some(agent.to_owned()),
            referrer: None,
            manner: Manner::default(),
        }
    }

    fn conversion(
        &mut self,
        at: Millis,
        link: &Link,
        kind: Kind,
        event_id: String,
        amount: i64,
        evidence: &Evidence,
    ) -> Timed {
        let value = (kind != Kind::Lead).then_some(Money {
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
