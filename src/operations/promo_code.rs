//! Promo codes: create, list, read, update, delete.
//!
//! # Invariants
//! - A code belongs to a campaign, and to one of its networks or links if it was published on only
//!   one.
//! - A code that is created, changed or deleted is recorded in the event log. The worker then joins
//!   the conversions that used it again, in order.

pub mod body;

use crate::clock::Millis;
use crate::event_log::entry::Entry;
use crate::operations::actor::Actor;
use crate::operations::campaign::name::find_named;
use crate::operations::campaign_rows::CampaignRowsQuery;
use crate::operations::context::Context;
use crate::operations::error::{Error, Noun};
use crate::operations::link;
use crate::operations::page::{cut, page_after};
use crate::operations::repeat::{self, Created, RepeatKey};
use crate::provider::report::names_a_person;
use crate::recorder::Recorder;
use crate::store::promo_code::{MAX_CODE, PromoCode};
use crate::store::{self, Tx};
use body::{NewPromoCode, PromoCodeChange, PromoCodePage, PromoCodeView};

/// Creates a promo code.
///
/// # Errors
/// A field that breaks a rule, [`Error::PromoCodeTaken`], or a store or event log that does not
/// answer.
pub async fn create(
    context: &Context,
    recorder: &Recorder,
    actor: &Actor,
    repeat: Option<&RepeatKey>,
    new: NewPromoCode,
) -> Result<Created<PromoCodeView>, Error> {
    let text = checked(&new.code)?;
    let effect = async |tx: &mut Tx| {
        let code = create_in(tx, context, actor, &new, context.clock.now()).await?;
        Ok(PromoCodeView::from(code))
    };
    let created = repeat::create(context, actor, repeat, effect).await;
    // An earlier try may have stored the code without the log, so a repeated one mends that.
    if matches!(created, Ok(_) | Err(Error::PromoCodeTaken(_))) {
        rejoin(context, recorder, actor, &text).await?;
    }
    created
}

/// Creates a promo code in a transaction of the caller's. Conversions that used it before are not
/// joined again.
///
/// # Errors
/// As [`create`].
pub async fn create_in(
    tx: &mut Tx,
    context: &Context,
    actor: &Actor,
    new: &NewPromoCode,
    at: Millis,
) -> Result<PromoCode, Error> {
    let text = checked(&new.code)?;
    let mut code = resolve(tx, context, actor, new, &text).await?;
    code.created_at = at;
    match store::promo_code::insert(tx, &code).await {
        Ok(()) => Ok(code),
        Err(store::Error::Duplicate) => Err(Error::PromoCodeTaken(text)),
        Err(error) => Err(error.into()),
    }
}

/// The text of a code, if it can be one.
fn checked(code: &str) -> Result<String, Error> {
    let text = code.trim();
    if !(1..=MAX_CODE).contains(&text.chars().count()) || names_a_person(text) {
        let rule = "must have 1 to 100 characters, and must not be an e-mail address".to_owned();
        return Err(Error::Field("code", rule));
    }
    Ok(text.to_owned())
}

/// The code, completed from its link. Everything that it names is in the actor's workspace.
async fn resolve(
    tx: &mut Tx,
    context: &Context,
    actor: &Actor,
    new: &NewPromoCode,
    text: &str,
) -> Result<PromoCode, Error> {
    let link = match &new.link_id {
        Some(name) => Some(link::name::find(tx, context, actor, name).await?),
        None => None,
    };
    let network = match &new.network {
        Some(name) => Some(context.registry.find(name)?.name.clone()),
        None => link.as_ref().and_then(|link| link.network.clone()),
    };
    let link_campaign = link.as_ref().and_then(|link| link.campaign_id);
    let named = find_named(tx, actor.workspace, new.campaign_id.as_ref()).await?;
    let Some(campaign_id) = named.map(|campaign| campaign.id).or(link_campaign) else {
        let rule = "is needed, unless a link of a campaign is given".to_owned();
        return Err(Error::Field("campaign_id", rule));
    };
    if link_campaign.is_some_and(|id| id != campaign_id) {
        let rule = "differs from that of the link; give a link of this campaign, or none";
        return Err(Error::Field("campaign_id", rule.to_owned()));
    }
    Ok(PromoCode {
        workspace_id: actor.workspace,
        code: text.to_owned(),
        campaign_id,
        network,
        link_id: link.map(|link| link.id),
        created_at: context.clock.now(),
    })
}

/// Queues the conversions that used the code to be joined again.
async fn rejoin(
    context: &Context,
    recorder: &Recorder,
    actor: &Actor,
    code: &str,
) -> Result<(), Error> {
    let entry = Entry::PromoCode {
        workspace_id: actor.workspace,
        code: code.to_owned(),
        at: context.clock.now(),
    };
    Ok(recorder.record(&entry).await?)
}

/// A page of the workspace's promo codes.
///
/// # Errors
/// A limit or cursor that is not valid, an unknown campaign, or a store that does not answer.
pub async fn list(
    context: &Context,
    actor: &Actor,
    query: CampaignRowsQuery,
) -> Result<PromoCodePage, Error> {
    let is_code = |cursor: &str| cursor.chars().count() <= MAX_CODE;
    let page = page_after(query.limit, query.cursor.as_deref(), is_code)?;
    let mut tx = context.store.read().await?;
    let campaign = query.campaign(&mut tx, actor.workspace).await?;
    let after = page.after.as_deref().unwrap_or_default();
    let codes = store::promo_code::list(&mut tx, actor.workspace, after, campaign, page.limit);
    let mut rows = codes.await?;
    let next_cursor = cut(&mut rows, &page, |row| row.code.clone());
    Ok(PromoCodePage {
        promo_codes: rows.into_iter().map(PromoCodeView::from).collect(),
        next_cursor,
    })
}

async fn find(tx: &mut Tx, actor: &Actor, code: &str) -> Result<PromoCode, Error> {
    let found = store::promo_code::by_code(tx, actor.workspace, code).await?;
    Noun::PromoCode.found(found)
}

/// One promo code.
///
/// # Errors
/// [`Error::NotFound`], or a store that does not answer.
pub async fn read(context: &Context, actor: &Actor, code: &str) -> Result<PromoCodeView, Error> {
    let mut tx = context.store.read().await?;
    find(&mut tx, actor, code).await.map(PromoCodeView::from)
}

/// Changes what a promo code belongs to.
///
/// # Errors
/// [`Error::NotFound`], a field that breaks a rule, or a store or event log that does not answer.
pub async fn update(
    context: &Context,
    recorder: &Recorder,
    actor: &Actor,
    code: &str,
    change: PromoCodeChange,
) -> Result<PromoCodeView, Error> {
    let mut tx = context.store.write().await?;
    store::workspace::lock(&mut tx, actor.workspace).await?;
    let known = find(&mut tx, actor, code).await?;
    let keeps_network = change.network.is_none() && !matches!(change.link_id, Some(Some(_)));
    let is_network_removed = matches!(change.network, Some(None));
    let new = changed(&known, change);
    let mut code = resolve(&mut tx, context, actor, &new, &known.code).await?;
    code.created_at = known.created_at;
    if let (true, Some(own)) = (is_network_removed, &code.network) {
        let rule = format!("cannot be removed: the link has {own}; remove the link as well");
        return Err(Error::Field("network", rule));
    }
    if keeps_network {
        code.network = code.network.or(known.network);
    }
    store::promo_code::update(&mut tx, &code).await?;
    tx.commit().await?;
    rejoin(context, recorder, actor, &code.code).await?;
    Ok(PromoCodeView::from(code))
}

/// The request that would create the code as it is after the change.
fn changed(known: &PromoCode, change: PromoCodeChange) -> NewPromoCode {
    let network = match (change.network, &change.link_id) {
        (Some(network), _) => network,
        // A new link brings its network.
        (None, Some(Some(_))) => None,
        (None, _) => known.network.clone(),
    };
    let campaign = change.campaign_id;
    let link = change.link_id;
    NewPromoCode {
        code: known.code.clone(),
        campaign_id: Some(campaign.unwrap_or_else(|| known.campaign_id.into())),
        network,
        link_id: link.unwrap_or_else(|| known.link_id.map(|id| id.to_string())),
    }
}

/// Deletes a promo code. Returns it.
///
/// # Errors
/// [`Error::NotFound`], or a store or event log that does not answer.
pub async fn delete(
    context: &Context,
    recorder: &Recorder,
    actor: &Actor,
    code: &str,
) -> Result<PromoCodeView, Error> {
    let mut tx = context.store.write().await?;
    store::workspace::lock(&mut tx, actor.workspace).await?;
    let found = match find(&mut tx, actor, code).await {
        Ok(found) => Ok(found),
        Err(Error::NotFound(noun)) => Err(Error::NotFound(noun)),
        Err(error) => return Err(error),
    };
    if found.is_ok() {
        store::promo_code::delete(&mut tx, actor.workspace, code).await?;
    }
    tx.commit().await?;
    // Also where it is gone: an earlier try may have deleted it without the log.
    rejoin(context, recorder, actor, code).await?;
    found.map(PromoCodeView::from)
}
