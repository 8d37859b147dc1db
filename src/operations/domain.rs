//! Domains of short links: list them with their links.
//!
//! # Out of scope
//! Who may do this: whoever can open the store. [`LinkResolver`] adds domains and moves links.

use serde::Serialize;

use crate::clock::Millis;
use crate::link::domain::{Domain, DomainOrigin, unicode};
use crate::link_resolver::LinkResolver;
use crate::store::{self, Store};

/// What a domain is to this configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DomainState {
    /// Links are made on it unless another one is asked for.
    Default,
    /// The configuration names it.
    Configured,
    /// A command added it.
    Added,
    /// Nothing names it any more; its links still answer.
    Former,
}

impl DomainState {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            DomainState::Default => "default",
            DomainState::Configured => "configured",
            DomainState::Added => "added",
            DomainState::Former => "former",
        }
    }
}

/// A domain with its links.
#[derive(Clone, Debug, Serialize)]
pub struct DomainView {
    /// Host, in ASCII, with its port.
    pub host: String,
    /// The host as people read it, if it is written in other letters than a-z.
    pub shown: Option<String>,
    /// Scheme, host and the path before slugs.
    pub address: String,
    /// What it is to this configuration.
    pub state: DomainState,
    /// How many links it has.
    pub links: i64,
    /// Domains that its links were moved to.
    pub moved_to: Vec<String>,
}

/// Every domain, after those of links were added to the table.
///
/// # Errors
/// When the store does not answer.
pub async fn list(
    resolver: &LinkResolver,
    store: &Store,
    now: Millis,
) -> Result<Vec<DomainView>, store::Error> {
    let mut tx = store.write().await?;
    resolver.domains().merge_links(&mut tx, now).await?;
    let mut views = Vec::new();
    for domain in store::domain::all(&mut tx).await? {
        let links = store::domain::count_links(&mut tx, &domain.address.host).await?;
        views.push(DomainView {
            shown: unicode(&domain.address.host),
            address: domain.address.base(),
            state: state(resolver, &domain),
            links,
            host: domain.address.host,
            moved_to: domain.moved_to,
        });
    }
    tx.commit().await?;
    Ok(views)
}

fn state(resolver: &LinkResolver, domain: &Domain) -> DomainState {
    let configured = resolver.domains().configured();
    let host = &domain.address.host;
    if *host == configured.default.host {
        DomainState::Default
    } else if configured.names(host) {
        DomainState::Configured
    } else if domain.origin == DomainOrigin::Command {
        DomainState::Added
    } else {
        DomainState::Former
    }
}
