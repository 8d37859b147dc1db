//! Links: create, list, read, update, archive.
//!
//! # Invariants
//! After a commit, the link cache is updated, so that the next click sees the change.

pub mod body;
pub mod create;
pub mod name;
mod update;

use crate::link::Link;
use crate::operations::actor::Actor;
use crate::operations::campaign::name::find_named;
use crate::operations::context::Context;
use crate::operations::error::{Error, Noun};
use crate::operations::page::{cut, page};
use crate::operations::repeat::{self, Created, RepeatKey};
use crate::operations::workspace::read_handed_on;
use crate::store::link::LinkFilter;
use crate::store::{self, Tx};
use body::{LinkChange, LinkPage, LinkQuery, LinkView, NewLink};
use create::{LinkDraft, create_in};
use name::find;

/// Creates a link.
///
/// # Errors
/// A field that breaks a rule, a slug that another link has, or an archived campaign.
pub async fn create(
    context: &Context,
    actor: &Actor,
    repeat: Option<&RepeatKey>,
    new: NewLink,
) -> Result<Created<LinkView>, Error> {
    let effect = async |tx: &mut Tx| {
        let campaign = match &new.campaign_id {
            Some(campaign) => Some(campaign.find_open(tx, actor.workspace).await?),
            None => None,
        };
        let network = new.network.as_ref();
        let network = network
            .map(|name| context.registry.find(name))
            .transpose()?;
        let handed_on = new.handed_on.clone();
        let draft = LinkDraft {
            url: &new.url,
            domain: new.domain.as_deref(),
            slug: new.slug.as_deref(),
            campaign: campaign.as_ref(),
            post: None,
            network,
            intent: new.intent,
            utm: &new.utm,
            utm_conflict: new.utm_conflict,
            click_id: new.click_id,
            click_id_param: new.click_id_param.as_deref(),
            at: context.clock.now(),
            handed_on: handed_on
                .map(|names| read_handed_on(Some(names)))
                .transpose()?,
        };
        let created = create_in(tx, context, actor, &draft).await?;
        Ok(LinkView::created(context, created))
    };
    let created = repeat::create(context, actor, repeat, effect).await?;
    if let Created::New(link, _) = &created {
        announce(context, std::slice::from_ref(link)).await;
    }
    Ok(created)
}

/// Adds new links to the link cache.
pub(in crate::operations) async fn announce(context: &Context, links: &[LinkView]) {
    let keys = links
        .iter()
        .map(|link| (link.domain.as_str(), link.slug.as_str()));
    context.resolver.made(keys).await;
}

/// A page of the workspace's links.
///
/// # Errors
/// A limit, cursor, network or campaign that is not valid, or a store that does not answer.
pub async fn list(context: &Context, actor: &Actor, query: LinkQuery) -> Result<LinkPage, Error> {
    let page = page(query.limit, query.cursor.as_deref(), "lnk")?;
    let network = match &query.network {
        Some(name) => Some(context.registry.find(name)?.name.clone()),
        None => None,
    };
    let mut tx = context.store.read().await?;
    let campaign = find_named(&mut tx, actor.workspace, query.campaign_id.as_ref()).await?;
    let filter = LinkFilter {
        campaign_id: campaign.map(|campaign| campaign.id),
        network,
        q: query.q,
        archived: query.archived,
    };
    let mut rows = store::link::list(&mut tx, actor.workspace, &filter, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.id.to_string());
    let view = |link| LinkView::new(context, link);
    let links = rows.into_iter().map(view).collect();
    Ok(LinkPage { links, next_cursor })
}

/// Finds a link for a change, and locks it so that other writers wait.
async fn find_to_change(
    tx: &mut Tx,
    context: &Context,
    actor: &Actor,
    name: &str,
) -> Result<Link, Error> {
    let link = find(tx, context, actor, name).await?;
    store::link::lock(tx, link.id).await?;
    let locked = store::link::by_id(tx, actor.workspace, link.id).await?;
    Noun::Link.found(locked)
}

/// One link, by its id, slug or short URL.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Ambiguous`], or a store that does not answer.
pub async fn read(context: &Context, actor: &Actor, name: &str) -> Result<LinkView, Error> {
    let mut tx = context.store.read().await?;
    let link = find(&mut tx, context, actor, name).await?;
    Ok(LinkView::new(context, link))
}

/// Changes a link. Earlier clicks keep the old values.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Ambiguous`], or a field that breaks a rule.
pub async fn update(
    context: &Context,
    actor: &Actor,
    name: &str,
    change: LinkChange,
) -> Result<LinkView, Error> {
    let mut tx = context.store.write().await?;
    let link = find_to_change(&mut tx, context, actor, name).await?;
    let updated = update::apply(&mut tx, context, actor, link, change).await?;
    store::link::update(&mut tx, &updated.link).await?;
    tx.commit().await?;
    let changed = std::slice::from_ref(&updated.link);
    context.resolver.changed(changed).await;
    Ok(LinkView::created(context, updated))
}

/// Archives a link: it answers 410 from now on; its clicks and conversions stay.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Ambiguous`], or a store that does not answer.
pub async fn archive(context: &Context, actor: &Actor, name: &str) -> Result<LinkView, Error> {
    let now = context.clock.now();
    let mut tx = context.store.write().await?;
    let mut link = find_to_change(&mut tx, context, actor, name).await?;
    link.archived_at = link.archived_at.or(Some(now));
    link.touch(now);
    store::link::update(&mut tx, &link).await?;
    tx.commit().await?;
    context.resolver.changed(std::slice::from_ref(&link)).await;
    Ok(LinkView::new(context, link))
}
