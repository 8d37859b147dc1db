//! Enrichment: what can be told of a click from what its browser said.
//!
//! Holds: nothing here drops a click; it only says what it is and by which rule, so that a better
//! rule can be run over old clicks. Nothing reads a clock, a file or the network: the same traits
//! give the same verdict. Must not know: storage, HTTP.

pub mod agent;
mod coarse;
pub mod in_app;
pub mod lately;
pub mod lists;
pub mod mail_gateway;
pub mod network_seen;
pub mod place;
pub mod referrer;
pub mod robot;
pub mod user_agent;
pub mod verdict;
pub mod visitor;

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use crate::click::{ClickClass, Finding, Hit, Manner, Orphan, Place, Request, SeenOn};
use crate::network::Registry;
use agent::Agents;
use lately::{Asker, Lately};
use network_seen::{Evidences, Seen};
use place::Places;
use verdict::{Packed, Traits, Verdict};

/// Version of the rules: raised with every change of a rule or its data, stored with what they
/// decide.
pub const RULES_VERSION: u32 = 4;

/// Why the embedded rules are refused; none in a released program, because tests read them.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A line of a list without a rule code.
    #[error("a list of robots has a line without a rule code: {0:?}")]
    Line(&'static str),
    /// Names that cannot be looked for.
    #[error("the names of robots and apps cannot be looked for: {0}")]
    Names(#[from] aho_corasick::BuildError),
    /// A form that is no regular expression.
    #[error("the forms of robots cannot be read: {0}")]
    Forms(#[from] regex::Error),
    /// Families that are not TOML of the expected form.
    #[error("the families of browsers cannot be read: {0}")]
    Families(#[from] toml::de::Error),
    /// A family whose regular expression cannot be used.
    #[error("the families of browsers cannot be used: {0}")]
    Family(String),
}

/// What an [`Enricher`] is made of.
#[derive(Clone, Debug)]
pub struct Rules {
    registry: Arc<Registry>,
    places: Arc<Places>,
    is_coarse: bool,
}

impl Rules {
    /// The registry's networks, the embedded robots and families, and the places that `places`
    /// tells.
    pub fn new(registry: Arc<Registry>, places: Arc<Places>) -> Rules {
        Rules {
            registry,
            places,
            is_coarse: false,
        }
    }

    /// The same, leaving of each click only what reports need.
    #[must_use]
    pub fn coarse(self) -> Rules {
        Rules {
            is_coarse: true,
            ..self
        }
    }

    /// Makes the rules ready; that takes some ten milliseconds.
    ///
    /// # Errors
    /// When one of the lists cannot be used; none in a released program.
    pub fn enricher(&self) -> Result<Enricher, Error> {
        Ok(Enricher {
            agents: Agents::new(&self.registry)?,
            evidences: Evidences::new(&self.registry),
            places: self.places.clone(),
            known_places: HashMap::new(),
            places_of: 0,
            lately: Lately::default(),
            is_coarse: self.is_coarse,
        })
    }
}

/// Finds out about clicks, in their order.
pub struct Enricher {
    agents: Agents,
    evidences: Evidences,
    places: Arc<Places>,
    /// Places of networks that were looked up since the databases last changed.
    known_places: HashMap<IpAddr, Arc<Place>>,
    places_of: u64,
    lately: Lately,
    is_coarse: bool,
}

/// What clicks, and requests for links that do not exist, have in common.
struct Asked<'a> {
    user_agent: Option<&'a str>,
    referrer: Option<&'a str>,
    manner: &'a Manner,
    link_age_ms: Option<i64>,
    slugs_lately: u32,
}

/// Networks whose place is remembered.
const KNOWN_PLACES: usize = 50_000;

impl Enricher {
    /// What can be told of a click, which then loses what is not to be kept.
    pub fn take_in(&mut self, hit: &mut Hit) -> Finding {
        let finding = self.look_at(hit);
        hit.manner.nearby = None;
        if self.is_coarse {
            coarse::keep_little(hit, finding)
        } else {
            finding
        }
    }

    /// What can be told of a click.
    pub fn look_at(&mut self, hit: &Hit) -> Finding {
        // Only who asks for pages opens links; a browser that fetches ahead does so for a whole
        // page.
        let opens = hit.manner.request == Request::Get;
        let asker = Asker::of(hit).filter(|_| opens);
        let asked = asker.map(|asker| self.lately.ask(hit.clicked_at, asker, hit.link_id));
        self.find_out(&Asked {
            user_agent: hit.user_agent.as_deref(),
            referrer: hit.referrer.as_deref(),
            manner: &hit.manner,
            link_age_ms: Some(hit.clicked_at.0 - hit.link_id.time().0),
            slugs_lately: asked.unwrap_or(1),
        })
    }

    /// What can be told of a request for a slug that no link has.
    pub fn look_at_orphan(&mut self, orphan: &Orphan) -> Finding {
        self.find_out(&Asked {
            user_agent: orphan.user_agent.as_deref(),
            referrer: orphan.referrer.as_deref(),
            manner: &orphan.manner,
            link_age_ms: None,
            slugs_lately: 1,
        })
    }

    fn find_out(&mut self, asked: &Asked<'_>) -> Finding {
        let agent = self.agents.look_up(asked.user_agent.unwrap_or_default());
        let manner = asked.manner;
        let place = manner.nearby.and_then(|network| self.place(network));
        let traits = Traits {
            request: manner.request,
            own: manner.own,
            agent: &agent,
            referrer: asked.referrer,
            speaks: manner.speaks,
            link_age_ms: asked.link_age_ms,
            hosting: place.as_ref().and_then(|place| place.hosting),
            slugs_lately: asked.slugs_lately,
        };
        let told = manner.told.as_deref();
        let seen = self.evidences.see(told, agent.network(), asked.referrer);
        let Verdict { class, rule } = verdict::classify(&traits);
        Finding {
            class,
            rule,
            rules: RULES_VERSION,
            traits: Packed::of(&traits).repaired(manner.repair).0,
            seen_on: seen.map(SeenOn::from),
            place,
            families: agent.families.clone(),
        }
    }

    /// What can be told, by the rules of today, of a click that was found to be `was`. Without the
    /// place.
    pub fn judge_again(
        &self,
        user_agent: Option<&str>,
        referrer: Option<&str>,
        link_age_ms: i64,
        was: &Finding,
    ) -> Finding {
        let packed = Packed(was.traits);
        if packed.is_coarse() {
            return was.clone();
        }
        let agent = self.agents.look_up(user_agent.unwrap_or_default());
        let traits = packed.unpack(&agent, referrer, Some(link_age_ms));
        let Verdict { class, rule } = verdict::classify(&traits);
        let is_converted = was.rule.starts_with(verdict::CONVERTED);
        let converted = is_converted.then(|| verdict::converted(class, &rule));
        let (class, rule) = match converted.flatten() {
            Some(rule) => (ClickClass::Human, rule.into()),
            None => (class, rule),
        };
        // The short link's own parameter is kept as what it said.
        let told = was.seen_on.clone().filter(|seen| seen.by == "parameter");
        let seen = || self.evidences.see(None, agent.network(), referrer);
        Finding {
            class,
            rule,
            rules: RULES_VERSION,
            traits: was.traits,
            seen_on: told.or_else(|| seen().map(SeenOn::from)),
            place: None,
            families: agent.families.clone(),
        }
    }

    /// `None` where nothing is known of it, or nobody can be asked.
    fn place(&mut self, network: IpAddr) -> Option<Arc<Place>> {
        let version = self.places.version();
        if self.places_of != version || self.known_places.len() > KNOWN_PLACES {
            self.known_places.clear();
            self.places_of = version;
        }
        let places = &self.places;
        let known = self.known_places.entry(network);
        let place = known.or_insert_with(|| Arc::new(places.look_up(network)));
        (**place != Place::default()).then(|| place.clone())
    }
}

impl From<Seen<'_>> for SeenOn {
    fn from(seen: Seen<'_>) -> SeenOn {
        SeenOn {
            network: seen.network.to_owned(),
            by: seen.by.as_str().into(),
        }
    }
}

impl fmt::Debug for Enricher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enricher").finish_non_exhaustive()
    }
}
