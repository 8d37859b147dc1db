//! How a request names a link: by its id, its slug or its short URL.
//!
//! # Invariants
//! Every path, query, body and imported row that names a link is resolved here, so all of them take
//! the same. Ids go before slugs. A slug that the workspace has on several domains names none of
//! them.

use crate::id::{LinkId, WorkspaceId};
use crate::link::Link;
use crate::link::domain::table::DomainTable;
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::error::{Error, Noun};
use crate::store::{self, Tx};

/// Longer texts name no link.
pub const MAX_NAME: usize = 2048;

/// The link of this id, slug or short URL.
///
/// # Errors
/// [`Error::NotFound`] where the workspace has none of it, [`Error::Ambiguous`] where it has
/// several, or a store that does not answer.
pub(in crate::operations) async fn find(
    tx: &mut Tx,
    context: &Context,
    actor: &Actor,
    text: &str,
) -> Result<Link, Error> {
    let table = context.resolver.domains().snapshot();
    let mut found = links_called(tx, &table, actor.workspace, text).await?;
    if found.len() > 1 {
        return Err(Error::Ambiguous {
            noun: Noun::Link,
            name: text.to_owned(),
            choices: short_urls(&table, &found),
            more: false,
        });
    }
    Noun::Link.found(found.pop())
}

/// The links that a text may mean, which are several only where it is a slug of several domains.
///
/// # Errors
/// When the store does not answer.
pub(in crate::operations) async fn links_called(
    tx: &mut Tx,
    table: &DomainTable,
    workspace: WorkspaceId,
    text: &str,
) -> Result<Vec<Link>, store::Error> {
    if text.len() > MAX_NAME {
        return Ok(Vec::new());
    }
    if let Ok(id) = text.parse::<LinkId>()
        && let Some(found) = store::link::by_id(tx, workspace, id).await?
    {
        return Ok(vec![found]);
    }
    let is_of_workspace = |link: &Link| link.workspace_id == workspace;
    let bare = text
        .trim_start_matches("https://")
        .trim_start_matches("http://");
    let bare = bare.split(['?', '#']).next().unwrap_or_default();
    let Some((host, _)) = bare.split_once('/') else {
        let names: Vec<_> = table
            .iter()
            .map(|domain| (domain.address.host.as_str(), bare))
            .collect();
        let mut found = store::link::by_slugs(tx, &names).await?;
        found.retain(is_of_workspace);
        found.sort_by_key(|link| link.id);
        return Ok(found);
    };
    let domain = table.asked(host.as_bytes());
    let slug = domain.and_then(|domain| domain.slug(&bare[host.len()..]));
    let (Some(domain), Some(slug)) = (domain, slug) else {
        return Ok(Vec::new());
    };
    // As a visitor is led: the domain's own link goes before those of its fallbacks.
    for host in std::iter::once(&domain.address.host).chain(&domain.fallbacks) {
        if let Some(found) = store::link::by_slug(tx, host, slug).await? {
            return Ok(Some(found).into_iter().filter(is_of_workspace).collect());
        }
    }
    Ok(Vec::new())
}

/// The short URLs of links that a name may mean, for the message about it.
pub(in crate::operations) fn short_urls(table: &DomainTable, links: &[Link]) -> Vec<String> {
    let short_url = |link: &Link| table.short_url(&link.domain, &link.slug);
    links.iter().map(short_url).collect()
}
