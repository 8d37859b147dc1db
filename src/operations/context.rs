//! What operations work with.

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
    /// Rows.
    pub store: Store,
    /// The event log. Each serving thread appends through a recorder of its own.
    pub log: EventLog,
    /// Links by domain and slug, with the table of domains.
    pub resolver: LinkResolver,
    /// Who may send webhooks.
    pub sources: Sources,
    /// The networks.
    pub registry: Arc<NetworkRegistry>,
    /// Secrets.
    pub vault: Arc<Vault>,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Metrics,
    /// Changes each time the worker has committed something.
    pub progress: watch::Receiver<u64>,
    /// Credits by data-driven models, computed before.
    pub shares: JourneyShares,
    /// The windows and half-life that credits are computed with.
    pub terms: AttributionSettings,
    /// What short links of the default domain begin with, without a slash at the end. The API is
    /// below it as well.
    pub public_url: String,
}

impl Context {
    /// The domains of this service, as they are now.
    pub fn domains(&self) -> Guard<Arc<DomainTable>> {
        self.resolver.domains().table()
    }

    /// Whether short links are asked for over TLS.
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https:")
    }

    /// The path before the default domain's slugs and its API; empty for most.
    pub fn public_path(&self) -> &str {
        let url = self.public_url.split_once("://");
        let host = url.map_or("", |(_, rest)| rest);
        host.find('/').map_or("", |at| &host[at..])
    }

    /// What people are erased with.
    pub fn eraser(&self) -> Eraser<'_> {
        Eraser {
            store: &self.store,
            vault: &self.vault,
            registry: &self.registry,
            terms: self.terms,
        }
    }
}
