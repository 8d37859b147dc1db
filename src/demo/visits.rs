//! Who visits the demo's links, and when.
//!
//! # Invariants
//! Nobody clicks on a link before it was posted.
//!
//! # Out of scope
//! What comes of a visit: `outcomes`. What no report counts as a visit: `oddities`.

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{Rng, RngExt};

use super::people::{self, Person};
use super::scene::Scene;
use super::season;
use super::story::WEEKEND;
use crate::click::{RawClick, RequestContext};
use crate::clock::{DAY_MS, Millis};
use crate::conversion::ConversionKind;
use crate::event_log::entry::Entry;
use crate::id::ClickId;
use crate::link::Link;
use crate::link::slug::repair::SlugRepair;

pub(super) const HOUR_MS: i64 = 60 * 60 * 1000;

/// Share of clicks that another one of the same person follows on the same day.
const AGAIN: f64 = 0.18;

/// Share of these that come by another network of the campaign.
const ELSEWHERE: f64 = 0.5;

/// Clicks of one person on one day at most.
const MOST_CLICKS: usize = 4;

/// Share of a season's visits by a link with something glued to it.
const GLUED: f64 = 0.03;

/// How much a story has of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoryTotals {
    /// Clicks, also those of programs.
    pub clicks: u64,
    /// Leads.
    pub leads: u64,
    /// Sales.
    pub sales: u64,
}

impl StoryTotals {
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

pub(super) type Timed = (Millis, Entry);

/// Makes visits, day by day.
#[derive(Debug)]
pub(super) struct Visits {
    pub(super) rng: StdRng,
    /// The scenes of each campaign.
    plays: Arc<Vec<Vec<Scene>>>,
    pub(super) customers: u32,
    /// Sales of seasons.
    pub(super) sales: u32,
    /// What happens on a later day than its click.
    later: Vec<Timed>,
    pub(super) made: StoryTotals,
}

impl Visits {
    pub(super) fn new(rng: StdRng, plays: Vec<Vec<Scene>>) -> Visits {
        Visits {
            rng,
            plays: Arc::new(plays),
            customers: 0,
            sales: 0,
            later: Vec::new(),
            made: StoryTotals::default(),
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
            for scene in scenes.iter().filter(|scene| scene.days.contains(&midnight)) {
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
                    let program = people::program(&mut self.rng);
                    let at = self.moment(midnight);
                    let link = self.link(scene, at);
                    entries.push((at, Entry::Click(self.hit(at, link, program))));
                }
                if scene.is_season {
                    self.oddities(midnight, mean, scene, &mut entries);
                }
            }
        }
        let (now, later) = entries.into_iter().partition(|it: &Timed| it.0 < end);
        self.later = later;
        now
    }

    /// A number near `mean`.
    pub(super) fn about(&mut self, mean: f64) -> u32 {
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
    pub(super) fn moment(&mut self, midnight: Millis) -> Millis {
        let first = if self.rng.random_bool(0.9) {
            6 * HOUR_MS
        } else {
            0
        };
        midnight.plus_ms(self.rng.random_range(first..DAY_MS))
    }

    /// One of the links of a scene; of a season a recent one, as a rule.
    pub(super) fn link<'a>(&mut self, scene: &'a Scene, at: Millis) -> &'a Link {
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
            season::persuasion(link)
        } else {
            1.0
        };
        self.rng
            .random_bool((scene.audience.lead * factor).min(1.0))
    }

    fn visit(&mut self, midnight: Millis, scenes: &[Scene], first: &Scene, into: &mut Vec<Timed>) {
        let person = people::person(&mut self.rng);
        let mut at = self.moment(midnight);
        let mut link = self.link(first, at);
        let mut path = Vec::new();
        loop {
            let mut hit = self.hit(at, link, person);
            if first.is_season {
                hit.referrer = season::referrer(link.network.as_deref(), &mut self.rng);
                hit.context.repair = self.rng.random_bool(GLUED).then(|| self.repair());
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
        if first.is_season {
            self.guide(at, first, &path, into);
        }
        if self.convinces(first, link) {
            self.lead(at, link, path, first, into);
        }
    }

    fn repair(&mut self) -> SlugRepair {
        SlugRepair::ALL[self.rng.random_range(0..SlugRepair::ALL.len())]
    }

    pub(super) fn hit(&mut self, at: Millis, link: &Link, of: Person) -> RawClick {
        RawClick {
            id: ClickId::from_parts(at, self.bits()),
            workspace_id: link.workspace_id,
            link_id: link.id,
            campaign_id: link.campaign_id,
            network: link.network.clone(),
            clicked_at: at,
            visitor: of.visitor,
            user_agent: Some(of.agent.to_owned()),
            referrer: None,
            context: RequestContext {
                client_subnet: Some(of.nearby),
                ..RequestContext::default()
            },
        }
    }

    pub(super) fn bits(&mut self) -> [u8; 10] {
        let mut bits = [0; 10];
        self.rng.fill_bytes(&mut bits);
        bits
    }
}
