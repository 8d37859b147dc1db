//! Removes a domain that nothing needs.
//!
//! # Invariants
//! A domain stays for ever once it has links, or once links were moved from it or to it.

use crate::link::domain::table::ConfiguredDomains;
use crate::operations::error::{Error, Noun};
use crate::store::{Tx, domain};

/// Removes a domain in the caller's transaction.
///
/// # Errors
/// [`Error::DomainManaged`] when the configuration names it, [`Error::NotFound`] when another
/// transaction has removed it, [`Error::DomainInUse`], or a store that does not answer.
pub(super) async fn remove_in(
    tx: &mut Tx,
    configured: &ConfiguredDomains,
    host: &str,
) -> Result<(), Error> {
    if configured.names(host) {
        let remedy = "the configuration names it; remove it from `server.domains` or change \
                      `server.public_url` first";
        return Err(Error::DomainManaged(host.to_owned(), remedy));
    }
    // The creation of a link takes the same lock, so it happens before or after this removal.
    let is_there = domain::lock(tx, host).await?;
    Noun::Domain.found(is_there.then_some(()))?;
    if domain::count_links(tx, host).await? > 0 || domain::has_moves(tx, host).await? {
        return Err(Error::DomainInUse(host.to_owned()));
    }
    Ok(domain::delete(tx, host).await?)
}
