//! Requests that are no visit of a person: the owner's own, those of machines, floods, and slugs
//! that no link has.
//!
//! # Invariants
//! A link is mistyped in the same way each time, so that the requests add up.
//!
//! # Out of scope
//! Programs that show previews: they come with the visits.

use rand::RngExt;

use super::people;
use super::scene::Scene;
use super::season;
use super::visits::{Timed, Visits};
use crate::click::{
    Flood, FloodedLink, Orphan, RawClick, RequestContext, RequestKind, SelfTraffic,
};
use crate::clock::Millis;
use crate::event_log::entry::Entry;
use crate::id::ClickId;
use crate::link::Link;

/// Oddities of each kind, of a day's visits.
const OWN: f64 = 0.05;
const HEAD: f64 = 0.03;
const PREFETCH: f64 = 0.04;
const NAMELESS: f64 = 0.02;
const SCANNED: f64 = 0.2;
const MISTYPED: f64 = 0.05;

/// A post that was deleted long ago and is still passed on, in requests a day.
const GONE: (&str, f64) = ("summer-sale", 0.04);

/// One day of so many somebody holds a key down, or a script runs wild.
const FLOODED: i64 = 13;

impl Visits {
    /// What happens beside so many visits of a day.
    pub(super) fn oddities(
        &mut self,
        midnight: Millis,
        visits: f64,
        scene: &Scene,
        into: &mut Vec<Timed>,
    ) {
        type Change = fn(&mut RawClick);
        let mut changes: Vec<(f64, Change)> = vec![
            (OWN, |hit| {
                hit.context.self_traffic = Some(SelfTraffic::Cookie);
            }),
            (HEAD, |hit| hit.context.request = RequestKind::Head),
            (PREFETCH, |hit| hit.context.request = RequestKind::Prefetch),
            (NAMELESS, |hit| hit.user_agent = None),
        ];
        let network = scene.links.first().and_then(|link| link.network.as_deref());
        if network == Some("email") {
            changes.push((SCANNED, |hit| {
                hit.referrer = Some("https://eu.mimecastprotect.com/s/".to_owned());
            }));
        }
        for (share, change) in changes {
            for _ in 0..self.about(visits * share) {
                let person = people::person(&mut self.rng);
                let at = self.moment(midnight);
                let link = self.link(scene, at);
                let mut hit = self.hit(at, link, person);
                change(&mut hit);
                into.push((at, Entry::Click(hit)));
            }
        }
        self.mistyped(midnight, visits, scene, into);
        if network == Some("x") && midnight.day() % FLOODED == 0 {
            into.push(self.flood(midnight, scene));
        }
    }

    fn mistyped(&mut self, midnight: Millis, visits: f64, scene: &Scene, into: &mut Vec<Timed>) {
        let Some(link) = scene.links.first() else {
            return;
        };
        let typo = typo(&link.slug);
        for (slug, mean) in [(typo.as_str(), visits * MISTYPED), GONE] {
            for _ in 0..self.about(mean) {
                let at = self.moment(midnight);
                into.push(self.orphan(at, link, slug));
            }
        }
    }

    fn orphan(&mut self, at: Millis, near: &Link, slug: &str) -> Timed {
        let person = people::person(&mut self.rng);
        let orphan = Orphan {
            id: ClickId::from_parts(at, self.bits()),
            at,
            domain: near.domain.clone(),
            slug: slug.to_owned(),
            user_agent: Some(person.agent.to_owned()),
            referrer: season::referrer(near.network.as_deref(), &mut self.rng),
            context: RequestContext {
                client_subnet: Some(person.nearby),
                ..RequestContext::default()
            },
        };
        (at, Entry::Orphan(orphan))
    }

    fn flood(&mut self, midnight: Millis, scene: &Scene) -> Timed {
        let at = self.moment(midnight);
        let link = self.link(scene, at);
        let flood = Flood {
            id: ClickId::from_parts(at, self.bits()),
            at,
            clicks: self.rng.random_range(150..600),
            link: FloodedLink {
                workspace_id: link.workspace_id,
                link_id: link.id,
                campaign_id: link.campaign_id,
                network: link.network.clone(),
            },
        };
        (at, Entry::Flood(flood))
    }
}

/// The slug as somebody copies it by hand who misses its last character.
fn typo(slug: &str) -> String {
    slug.get(..slug.len().saturating_sub(1))
        .unwrap_or(slug)
        .to_ascii_lowercase()
}
