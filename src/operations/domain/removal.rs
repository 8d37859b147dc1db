//! Removes a domain that nothing needs.
//!
//! # Invariants
//! A domain stays for ever once it has links, or once links were moved from it or to it.

use crate::link::domain::Domain;
use crate::link::domain::table::ConfiguredDomains;
use crate::operations::error::Error;
use crate::store::{Tx, domain};

/// Removes a domain in the caller's transaction.
///
/// # Errors
/// [`Error::DomainManaged`] when the configuration names it, [`Error::DomainInUse`], or a store
/// that does not answer.
pub(super) async fn remove_in(
    tx: &mut Tx,
    configured: &ConfiguredDomains,
    domain: &Domain,
) -> Result<(), Error> {
    let host = &domain.address.host;
    if configured.names(host) {
        let remedy = "the configuration names it; take it out of `server.domains` or change \
                      `server.public_url` first";
        return Err(Error::DomainManaged(host.clone(), remedy));
    }
    // The creation of a link takes the same lock, so it happens before or after this removal.
    domain::lock(tx, host).await?;
    if domain::count_links(tx, host).await? > 0 || domain::has_moves(tx, host).await? {
        return Err(Error::DomainInUse(host.clone()));
    }
    Ok(domain::delete(tx, host).await?)
}
