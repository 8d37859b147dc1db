//! The context of operations.

use std::sync::Arc;

use arc_swap::Guard;
use tokio::sync::watch;

use crate::attribution::AttributionSettings;
use crate::clock::Clock;
use crate::event_log::EventLog;
use crate::link::domain::table::DomainTable;
use crate::link_resolver::LinkResolver;
use crate::metric::Metrics;
use crate::network::NetworkRegistry;
use crate::operations::report::journey_shares::JourneyShares;
use crate::sources::Sources;
use crate::store::Store;
use crate::vault::Vault;
use crate::worker::erasure::Eraser;

/// The parts that operations share. One process has one context.
#[derive(Debug)]
pub struct Context {
    /// The store.
    pub store: Store,
    /// The event log. Each serving thread appends through its own recorder.
    pub log: EventLog,
    /// Links by domain and slug, with the table of domains.
    pub resolver: LinkResolver,
    /// The sources of webhooks.
    pub sources: Sources,
    /// The networks.
    pub registry: Arc<NetworkRegistry>,
    /// The vault for secrets.
    pub vault: Arc<Vault>,
    /// The time.
    pub clock: Clock,
    /// The metrics.
    pub metrics: Metrics,
    /// Changes each time the worker has committed entries.
    pub progress: watch::Receiver<u64>,
    /// Cached credits of data-driven models.
    pub shares: JourneyShares,
    /// The settings for credits: windows and half-life.
    pub terms: AttributionSettings,
    /// The address before slugs on the default domain, without a final slash. The API is also below
    /// it.
    pub public_url: String,
}

impl Context {
    /// The current domains of this service.
    pub fn domains(&self) -> Guard<Arc<DomainTable>> {
        self.resolver.domains().table()
    }

    /// Whether short links use https.
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https:")
    }

    /// The path before the default domain's slugs and its API; usually empty.
    pub fn public_path(&self) -> &str {
        let url = self.public_url.split_once("://");
        let host = url.map_or("", |(_, rest)| rest);
        host.find('/').map_or("", |at| &host[at..])
    }

    /// Everything that an erasure needs.
    pub fn eraser(&self) -> Eraser<'_> {
        Eraser {
            store: &self.store,
            vault: &self.vault,
            registry: &self.registry,
            terms: self.terms,
        }
    }
}
