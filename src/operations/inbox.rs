//! The inbox: requests of providers, the status of each, and replays.
//!
//! # Invariants
//! A replay goes through the log like a new request. A request without proof is verified first,
//! with the current secrets and the original time.
//!
//! # Out of scope
//! Permission to read a request: it contains personal data, so a surface requires the scope
//! `admin`.

pub mod body;

use secrecy::{ExposeSecret, SecretString};

use crate::event_log::entry::{Entry, SealedDelivery};
use crate::id::DeliveryId;
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::delivery;
use crate::operations::error::{Error, Noun};
use crate::operations::page::{cut, page};
use crate::provider;
use crate::recorder::Recorder;
use crate::store::inbox::{self, DeliveryStatus, InboxFilter, InboxItem};
use crate::store::{Page, Tx};
use body::{DeliveryRequest, InboxPage, InboxQuery, ReplayQuery, ReplayResult};

/// Most requests that one call replays.
const MOST_REPLAYED: i64 = 500;

fn filter(source: Option<&str>, status: Option<DeliveryStatus>) -> Result<InboxFilter, Error> {
    let source_id = match source {
        Some(id) => Some(Noun::Source.parse_id(id)?),
        None => None,
    };
    Ok(InboxFilter { source_id, status })
}

/// A page of the workspace's deliveries.
///
/// # Errors
/// A limit, cursor or source that is not valid, or a store that does not answer.
pub async fn list(context: &Context, actor: &Actor, query: InboxQuery) -> Result<InboxPage, Error> {
    let page = page(query.limit, query.cursor.as_deref(), "dlv")?;
    let filter = filter(query.source_id.as_deref(), query.status)?;
    let mut tx = context.store.read().await?;
    let mut rows = inbox::list(&mut tx, actor.workspace, &filter, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.id.to_string());
    Ok(InboxPage {
        deliveries: rows.into_iter().map(Into::into).collect(),
        next_cursor,
    })
}

async fn find(tx: &mut Tx, actor: &Actor, id: &str) -> Result<InboxItem, Error> {
    let id: DeliveryId = Noun::Delivery.parse_id(id)?;
    let found = inbox::by_id(tx, id).await?;
    Noun::Delivery.found(found.filter(|item| item.workspace_id == actor.workspace))
}

fn sealed(item: &InboxItem) -> Result<SealedDelivery, Error> {
    let sealed = item.sealed.clone().ok_or(Error::DeliveryEmptied)?;
    Ok(SealedDelivery {
        id: item.id,
        workspace_id: item.workspace_id,
        source_id: item.source_id,
        received_at: item.received_at,
        sealed,
    })
}

fn open(context: &Context, sealed: &SealedDelivery) -> Result<provider::Delivery, Error> {
    let opened = context.vault.open_delivery(sealed.id, &sealed.sealed);
    let (head, body): (provider::Delivery, _) = opened.ok_or(Error::DeliveryEmptied)?;
    Ok(provider::Delivery { body, ..head })
}

/// The request of a delivery, without signatures, keys and the source's secrets.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::DeliveryEmptied`] when its content is no longer stored.
pub async fn request(context: &Context, actor: &Actor, id: &str) -> Result<DeliveryRequest, Error> {
    let mut tx = context.store.read().await?;
    let item = find(&mut tx, actor, id).await?;
    let delivery = open(context, &sealed(&item)?)?;
    let secrets = match context.sources.find(item.source_id).await? {
        Some(source) => source.secrets(context.clock.now()),
        None => Vec::new(),
    };
    let words = ["signature", "hmac", "key", "authorization"];
    let is_secret = |name: &str| words.iter().any(|word| name.contains(word));
    let headers = delivery.headers.into_iter();
    let body = provider::readable_body(&delivery.body);
    Ok(DeliveryRequest {
        method: delivery.method,
        url: without_key(&delivery.url),
        headers: headers.filter(|(name, _)| !is_secret(name)).collect(),
        body: without_secrets(body, &secrets),
    })
}

/// Removes secrets from a body. Segment's libraries also put their write key there.
fn without_secrets(body: String, secrets: &[SecretString]) -> String {
    let texts = secrets.iter().map(ExposeSecret::expose_secret);
    texts.fold(body, |body, secret| {
        let escaped = secret.replace('/', "\\/");
        body.replace(secret, "…").replace(&escaped, "…")
    })
}

/// Removes the key of a postback from its path.
fn without_key(url: &str) -> String {
    let Some((before, rest)) = url.split_once("/postback/") else {
        return url.to_owned();
    };
    let source = rest.split(['/', '?']).next().unwrap_or_default();
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    format!("{before}/postback/{source}?{query}")
}

/// Replays one delivery. What it reported before is not counted twice.
///
/// # Errors
/// [`Error::NotFound`], [`Error::DeliveryEmptied`], or a log that does not accept it.
pub async fn replay(
    context: &Context,
    recorder: &Recorder,
    actor: &Actor,
    id: &str,
) -> Result<ReplayResult, Error> {
    let mut tx = context.store.read().await?;
    let item = find(&mut tx, actor, id).await?;
    drop(tx);
    let is_recorded = record_again(context, recorder, &item).await?;
    Ok(ReplayResult {
        replayed: usize::from(is_recorded),
        refused: usize::from(!is_recorded),
        next_cursor: None,
    })
}

/// Replays up to 500 deliveries, oldest first.
///
/// # Errors
/// A source or cursor that is not valid, or a log that does not accept entries.
pub async fn replay_all(
    context: &Context,
    recorder: &Recorder,
    actor: &Actor,
    query: ReplayQuery,
) -> Result<ReplayResult, Error> {
    let status = query.status.unwrap_or(DeliveryStatus::Failed);
    let filter = filter(query.source_id.as_deref(), Some(status))?;
    let page = Page {
        after: page(None, query.cursor.as_deref(), "dlv")?.after,
        limit: MOST_REPLAYED,
    };
    let mut tx = context.store.read().await?;
    let rows = inbox::list(&mut tx, actor.workspace, &filter, &page).await?;
    let is_full = i64::try_from(rows.len()).unwrap_or(i64::MAX) == MOST_REPLAYED;
    let last = rows.last().map(|row| row.id.to_string());
    let mut counts = ReplayResult {
        replayed: 0,
        refused: 0,
        next_cursor: last.filter(|_| is_full),
    };
    for row in rows {
        let Some(item) = inbox::by_id(&mut tx, row.id).await? else {
            continue;
        };
        if item.sealed.is_none() {
            continue;
        }
        if record_again(context, recorder, &item).await? {
            counts.replayed += 1;
        } else {
            counts.refused += 1;
        }
    }
    Ok(counts)
}

/// Appends a request to the log again. Returns `false` if it does not prove its sender.
async fn record_again(
    context: &Context,
    recorder: &Recorder,
    item: &InboxItem,
) -> Result<bool, Error> {
    let sealed = sealed(item)?;
    if item.status == DeliveryStatus::Refused {
        let source = context.sources.find(item.source_id).await?;
        let source = source.ok_or(Error::NotFound(Noun::Source))?;
        let delivery = open(context, &sealed)?;
        let now = context.clock.now();
        if delivery::check(&source, &delivery, now, sealed.received_at).is_err() {
            return Ok(false);
        }
    }
    recorder.record(&Entry::Delivery(sealed)).await?;
    Ok(true)
}
