//! Domains of short links: create, list, delete.
//!
//! # Invariants
//! - A domain belongs to one workspace, or to all. An actor sees its own domains and those of all.
//!   It deletes its own domains only.
//! - Owner and state of a domain are read under its lock before they decide.
//! - Every link continues to answer: a domain that has links cannot be deleted.
//!
//! # Out of scope
//! Commands that open the store and manage the domains of all workspaces: [`on_store`].

pub mod body;
pub mod on_store;
mod removal;

use crate::clock::Millis;
use crate::id::DomainId;
use crate::link::domain::table::scheme_of_links;
use crate::link::domain::{Domain, DomainAddress, DomainOrigin, parse_host};
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::error::{Error, Noun};
use crate::operations::page::{cut, page};
use crate::operations::repeat::{self, Created, RepeatKey};
use crate::store::{Tx, domain};
use body::{DomainPage, DomainQuery, DomainState, DomainView, NewDomain};
use removal::remove_in;

/// Adds a domain for links of the actor's workspace.
///
/// # Errors
/// An address that is not valid, [`Error::DomainTaken`], or a store that does not answer.
pub async fn create(
    context: &Context,
    actor: &Actor,
    repeat: Option<&RepeatKey>,
    new: NewDomain,
) -> Result<Created<DomainView>, Error> {
    let configured = context.resolver.domains().configured();
    let scheme = scheme_of_links(configured, &new.address);
    let address = DomainAddress::parse(&new.address, scheme)
        .map_err(|error| Error::Field("address", format!("is refused: {error}")))?;
    let now = context.clock.now();
    let effect = async |tx: &mut Tx| {
        let domain = add(tx, context, actor, address, now).await?;
        view(tx, context, actor, domain).await
    };
    let created = repeat::create(context, actor, repeat, effect).await?;
    refresh(context).await;
    Ok(created)
}

/// Adds a domain, or reuses a former one that has no links of other workspaces.
async fn add(
    tx: &mut Tx,
    context: &Context,
    actor: &Actor,
    address: DomainAddress,
    now: Millis,
) -> Result<Domain, Error> {
    let new = Domain {
        id: DomainId::new(now),
        workspace_id: Some(actor.workspace),
        address,
        origin: DomainOrigin::Command,
        moved_to: Vec::new(),
        created_at: now,
    };
    while !domain::insert(tx, &new).await? {
        // Its deletion may be committed between the two.
        if domain::lock(tx, &new.address.host).await? {
            return take_over(tx, context, actor, new).await;
        }
    }
    Ok(new)
}

/// Takes over a domain that the caller has locked.
async fn take_over(
    tx: &mut Tx,
    context: &Context,
    actor: &Actor,
    new: Domain,
) -> Result<Domain, Error> {
    let host = new.address.host.clone();
    let mut all = domain::all(tx).await?.into_iter();
    let known = all.find(|domain| domain.address.host == host);
    let known = known.filter(|known| {
        let is_free = known
            .workspace_id
            .is_none_or(|owner| owner == actor.workspace);
        is_free && state(context, known) == DomainState::Former
    });
    let Some(known) = known else {
        return Err(Error::DomainTaken(host));
    };
    let own = domain::count_links_of(tx, &host, actor.workspace).await?;
    if domain::count_links(tx, &host).await? > own {
        return Err(Error::DomainTaken(host));
    }
    let taken_over = Domain {
        id: known.id,
        moved_to: known.moved_to,
        created_at: known.created_at,
        ..new
    };
    domain::update(tx, &taken_over).await?;
    Ok(taken_over)
}

fn state(context: &Context, domain: &Domain) -> DomainState {
    DomainState::of(domain, context.resolver.domains().configured())
}

/// Applies a change of domains in this process immediately. Other processes notice it within
/// seconds.
async fn refresh(context: &Context) {
    if let Err(error) = context.resolver.refresh_domains().await {
        tracing::debug!(%error, "domains cannot be read again now");
    }
}

async fn view(
    tx: &mut Tx,
    context: &Context,
    actor: &Actor,
    domain: Domain,
) -> Result<DomainView, Error> {
    let links = domain::count_links_of(tx, &domain.address.host, actor.workspace).await?;
    let configured = context.resolver.domains().configured();
    Ok(DomainView::new(domain, configured, links))
}

/// The domains that the actor's workspace may see.
async fn visible(tx: &mut Tx, actor: &Actor) -> Result<Vec<Domain>, Error> {
    let mut domains = domain::all(tx).await?;
    let may_see = |domain: &Domain| {
        domain
            .workspace_id
            .is_none_or(|owner| owner == actor.workspace)
    };
    domains.retain(may_see);
    let hosts: Vec<String> = domains
        .iter()
        .map(|domain| domain.address.host.clone())
        .collect();
    for domain in &mut domains {
        domain.moved_to.retain(|host| hosts.contains(host));
    }
    Ok(domains)
}

/// A page of the domains that the workspace may see.
///
/// # Errors
/// A limit or cursor that is not valid, or a store that does not answer.
pub async fn list(
    context: &Context,
    actor: &Actor,
    query: DomainQuery,
) -> Result<DomainPage, Error> {
    let page = page(query.limit, query.cursor.as_deref(), "dom")?;
    let mut tx = context.store.read().await?;
    let mut rows = visible(&mut tx, actor).await?;
    rows.sort_unstable_by_key(|domain| domain.id);
    rows.retain(|domain| {
        let after = page.after.as_deref();
        after.is_none_or(|after| domain.id.to_string().as_str() > after)
    });
    let next_cursor = cut(&mut rows, &page, |domain| domain.id.to_string());
    let hosts: Vec<&str> = rows.iter().map(|row| row.address.host.as_str()).collect();
    let links = domain::count_links_by_host(&mut tx, actor.workspace, &hosts).await?;
    let configured = context.resolver.domains().configured();
    let domains = rows.into_iter().map(|domain| {
        let links = links.get(&domain.address.host).copied();
        DomainView::new(domain, configured, links.unwrap_or(0))
    });
    let domains = domains.collect();
    Ok(DomainPage {
        domains,
        next_cursor,
    })
}

/// A domain that the workspace may see, by id or host.
async fn find(tx: &mut Tx, actor: &Actor, name: &str) -> Result<Domain, Error> {
    let host = parse_host(name).unwrap_or_default();
    let mut all = visible(tx, actor).await?.into_iter();
    let found = all.find(|domain| domain.address.host == host || domain.id.to_string() == name);
    Noun::Domain.found(found)
}

/// Deletes a domain of the workspace, by id or host.
///
/// # Errors
/// [`Error::NotFound`], [`Error::DomainInUse`], [`Error::DomainManaged`], or a store that does not
/// answer.
pub async fn delete(context: &Context, actor: &Actor, name: &str) -> Result<DomainView, Error> {
    let mut tx = context.store.write().await?;
    let found = find(&mut tx, actor, name).await?;
    domain::lock(&mut tx, &found.address.host).await?;
    let found = find(&mut tx, actor, name).await?;
    let configured = context.resolver.domains().configured();
    if found.workspace_id.is_none() && !configured.names(&found.address.host) {
        let remedy = "no workspace owns it; `leadline domain remove` on the server removes it";
        return Err(Error::DomainManaged(found.address.host, remedy));
    }
    remove_in(&mut tx, configured, &found.address.host).await?;
    let deleted = view(&mut tx, context, actor, found).await?;
    tx.commit().await?;
    refresh(context).await;
    Ok(deleted)
}
