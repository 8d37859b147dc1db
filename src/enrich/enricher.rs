//! The enricher: turns what the redirect saw of a click into its [`Enrichment`].
//!
//! # Invariants
//! Clicks are enriched in their order. Geo lookups are cached until a database changes.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use super::agent::AgentClassifier;
use super::coarse;
use super::error::Error;
use super::geo::GeoLookup;
use super::network_seen::{NetworkMatch, NetworkMatcher};
use super::recent_requests::{RecentRequests, Requester};
use super::verdict::{self, ClickTraits, ClickVerdict, PackedTraits};
use crate::click::{
    ClickClass, Enrichment, GeoLocation, NetworkEvidence, Orphan, RawClick, RequestContext,
    RequestKind, SeenNetwork,
};
use crate::network::NetworkRegistry;

/// Version of the rules. It is stored with every decision; increase it when a rule or its data
/// changes.
pub const RULES_VERSION: u32 = 4;

/// Most networks with a cached location.
const MAX_KNOWN_LOCATIONS: usize = 50_000;

/// What an [`Enricher`] is built from.
#[derive(Clone, Debug)]
pub struct EnrichmentRules {
    registry: Arc<NetworkRegistry>,
    geo: Arc<GeoLookup>,
    is_coarse: bool,
}

impl EnrichmentRules {
    /// The registry's networks, the embedded lists of robots and families, and the geo databases.
    pub fn new(registry: Arc<NetworkRegistry>, geo: Arc<GeoLookup>) -> EnrichmentRules {
        EnrichmentRules {
            registry,
            geo,
            is_coarse: false,
        }
    }

    /// The same, but each click keeps only what reports need.
    #[must_use]
    pub fn coarse(self) -> EnrichmentRules {
        EnrichmentRules {
            is_coarse: true,
            ..self
        }
    }

    /// Builds the enricher, which takes about ten milliseconds.
    ///
    /// # Errors
    /// When one of the lists cannot be used, which never happens in a released program.
    pub fn enricher(&self) -> Result<Enricher, Error> {
        Ok(Enricher {
            agents: AgentClassifier::new(&self.registry)?,
            networks: NetworkMatcher::new(&self.registry),
            geo: self.geo.clone(),
            known_locations: HashMap::new(),
            geo_version: 0,
            recent_requests: RecentRequests::default(),
            is_coarse: self.is_coarse,
        })
    }
}

/// Enriches clicks, in their order.
pub struct Enricher {
    agents: AgentClassifier,
    networks: NetworkMatcher,
    geo: Arc<GeoLookup>,
    /// Locations of networks that were looked up since the databases changed last.
    known_locations: HashMap<IpAddr, Arc<GeoLocation>>,
    geo_version: u64,
    recent_requests: RecentRequests,
    is_coarse: bool,
}

/// What clicks and requests for unknown links have in common.
struct EnrichmentInput<'a> {
    user_agent: Option<&'a str>,
    referrer: Option<&'a str>,
    context: &'a RequestContext,
    link_age_ms: Option<i64>,
    recent_links: u32,
}

impl Enricher {
    /// Enriches a click, and then removes from it what must not be stored.
    pub fn enrich(&mut self, click: &mut RawClick) -> Enrichment {
        let enrichment = self.enrichment_of(click);
        click.context.client_subnet = None;
        if self.is_coarse {
            coarse::coarsen(click, enrichment)
        } else {
            enrichment
        }
    }

    /// The enrichment of a click. It does not change the click.
    pub fn enrichment_of(&mut self, click: &RawClick) -> Enrichment {
        // Only GET requests open links: a browser that prefetches does so for a whole page.
        let opens_link = click.context.request == RequestKind::Get;
        let requester = Requester::of(click).filter(|_| opens_link);
        let recent_links = requester.map_or(1, |requester| {
            let requests = &mut self.recent_requests;
            requests.count(click.clicked_at, requester, click.link_id)
        });
        self.enrich_input(&EnrichmentInput {
            user_agent: click.user_agent.as_deref(),
            referrer: click.referrer.as_deref(),
            context: &click.context,
            link_age_ms: Some(click.clicked_at.0 - click.link_id.time().0),
            recent_links,
        })
    }

    /// The enrichment of a request for a slug that no link has.
    pub fn enrich_orphan(&mut self, orphan: &Orphan) -> Enrichment {
        self.enrich_input(&EnrichmentInput {
            user_agent: orphan.user_agent.as_deref(),
            referrer: orphan.referrer.as_deref(),
            context: &orphan.context,
            link_age_ms: None,
            recent_links: 1,
        })
    }

    fn enrich_input(&mut self, input: &EnrichmentInput<'_>) -> Enrichment {
        let agent = self.agents.look_up(input.user_agent.unwrap_or_default());
        let context = input.context;
        let location = context.client_subnet.and_then(|net| self.location(net));
        let traits = ClickTraits {
            request: context.request,
            self_traffic: context.self_traffic,
            agent: &agent,
            referrer: input.referrer,
            has_accept_language: context.has_accept_language,
            link_age_ms: input.link_age_ms,
            hosting: location.as_ref().and_then(|location| location.hosting),
            recent_links: input.recent_links,
        };
        let param = context.network_param.as_deref();
        let seen = self.networks.find(param, agent.network(), input.referrer);
        let ClickVerdict { class, rule } = verdict::classify(&traits);
        Enrichment {
            class,
            rule,
            rules: RULES_VERSION,
            traits: PackedTraits::of(&traits).repaired(context.repair).0,
            seen_on: seen.map(SeenNetwork::from),
            place: location,
            families: agent.families.clone(),
        }
    }

    /// The enrichment of an old click by the current rules, without its location. `before` is its
    /// previous enrichment.
    pub fn reclassify(
        &self,
        user_agent: Option<&str>,
        referrer: Option<&str>,
        link_age_ms: i64,
        before: &Enrichment,
    ) -> Enrichment {
        let packed = PackedTraits(before.traits);
        if packed.is_coarse() {
            return before.clone();
        }
        let agent = self.agents.look_up(user_agent.unwrap_or_default());
        let traits = packed.unpack(&agent, referrer, Some(link_age_ms));
        let ClickVerdict { class, rule } = verdict::classify(&traits);
        let is_converted = before.rule.starts_with(verdict::CONVERTED);
        let converted = is_converted.then(|| verdict::converted(class, &rule));
        let (class, rule) = match converted.flatten() {
            Some(rule) => (ClickClass::Human, rule.into()),
            None => (class, rule),
        };
        // The short link's query parameter is not stored, so its finding stays.
        let by_param = before
            .seen_on
            .clone()
            .filter(|seen| seen.by == NetworkEvidence::Parameter);
        let seen = || self.networks.find(None, agent.network(), referrer);
        Enrichment {
            class,
            rule,
            rules: RULES_VERSION,
            traits: before.traits,
            seen_on: by_param.or_else(|| seen().map(SeenNetwork::from)),
            place: None,
            families: agent.families.clone(),
        }
    }

    /// The location of a network; `None` when no database knows it.
    fn location(&mut self, network: IpAddr) -> Option<Arc<GeoLocation>> {
        let version = self.geo.version();
        if self.geo_version != version || self.known_locations.len() > MAX_KNOWN_LOCATIONS {
            self.known_locations.clear();
            self.geo_version = version;
        }
        let geo = &self.geo;
        let known = self.known_locations.entry(network);
        let location = known.or_insert_with(|| Arc::new(geo.look_up(network)));
        (**location != GeoLocation::default()).then(|| location.clone())
    }
}

impl From<NetworkMatch<'_>> for SeenNetwork {
    fn from(found: NetworkMatch<'_>) -> SeenNetwork {
        SeenNetwork {
            network: found.network.to_owned(),
            by: found.by,
        }
    }
}

impl fmt::Debug for Enricher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enricher").finish_non_exhaustive()
    }
}
