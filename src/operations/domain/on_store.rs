//! Domains for whoever can open the store: those of all workspaces.
//!
//! # Out of scope
//! [`LinkResolver`] adds domains and moves links.

use super::body::DomainView;
use super::removal::remove_in;
use crate::clock::Millis;
use crate::link::domain::named_host;
use crate::link_resolver::LinkResolver;
use crate::operations::error::{Error, Noun};
use crate::store::{self, Store, domain};

/// Every domain. Domains of links are added to the table first.
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
    let configured = resolver.domains().configured();
    let mut views = Vec::new();
    for domain in domain::all(&mut tx).await? {
        let links = domain::count_links(&mut tx, &domain.address.host).await?;
        views.push(DomainView::new(domain, configured, links));
    }
    tx.commit().await?;
    Ok(views)
}

/// Removes a domain of any workspace. Returns its host.
///
/// # Errors
/// [`Error::NotFound`], [`Error::DomainInUse`], [`Error::DomainManaged`] when the configuration
/// names it, or a store that does not answer.
pub async fn remove(
    resolver: &LinkResolver,
    store: &Store,
    host: &str,
    now: Millis,
) -> Result<String, Error> {
    let host = named_host(host).map_err(|_| Error::NotFound(Noun::Domain))?;
    let mut tx = store.write().await?;
    resolver.domains().merge_links(&mut tx, now).await?;
    let mut all = domain::all(&mut tx).await?.into_iter();
    Noun::Domain.found(all.find(|domain| domain.address.host == host))?;
    remove_in(&mut tx, resolver.domains().configured(), &host).await?;
    tx.commit().await?;
    Ok(host)
}
