//! The inbox over the API: providers' requests, what became of each, and reading one again.
//!
//! Holds: what a request says is shown to keys with the scope `admin` only, since people stand in
//! it. Reading again goes through the log like the first time; a request that proved no sender is
//! verified first, with the secrets of now and the time of then.

use actix_web::{HttpResponse, get, post, web};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::clock::Millis;
use crate::event_log::entry::{Entry, SealedDelivery};
use crate::http::State;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::Query;
use crate::id::{DeliveryId, SourceId};
use crate::operations::actor::Actor;
use crate::operations::error::{Error, Noun};
use crate::operations::page::{cut, page};
use crate::provider;
use crate::recorder::Recorder;
use crate::store::inbox::{self, DeliveryStatus, Filter, Item};
use crate::store::{Page, Tx};
use crate::worker::delivery::open;

/// Most requests that one call reads again.
const MOST_REPLAYED: i64 = 500;

/// A provider's request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryBody {
    #[schema(value_type = String, example = "dlv_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    id: DeliveryId,
    #[schema(value_type = String)]
    source_id: SourceId,
    #[schema(value_type = String, format = DateTime)]
    received_at: Millis,
    status: DeliveryStatus,
    /// Code of the reason, where it could not be read or was refused.
    code: Option<String>,
    /// What to mend, or why nothing came of it.
    detail: Option<String>,
    /// Conversions and orders that it told of.
    told: i64,
    /// How often it was read.
    tries: i64,
    #[schema(value_type = String, format = DateTime)]
    handled_at: Millis,
}

/// A page of the inbox.
#[derive(Debug, Serialize, ToSchema)]
pub struct InboxPage {
    /// Oldest first.
    deliveries: Vec<DeliveryBody>,
    /// `cursor` of the next page; `null` on the last one.
    next_cursor: Option<String>,
}

impl From<Item> for DeliveryBody {
    fn from(item: Item) -> DeliveryBody {
        DeliveryBody {
            id: item.id,
            source_id: item.source_id,
            received_at: item.received_at,
            status: item.status,
            code: item.code,
            detail: item.detail,
            told: item.told,
            tries: item.tries,
            handled_at: item.handled_at,
        }
    }
}

/// What a list is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Only requests to this source.
    source_id: Option<String>,
    /// Only those of which this became: `read`, `nothing`, `failed` or `refused`.
    status: Option<DeliveryStatus>,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

fn filter(source: Option<&str>, status: Option<DeliveryStatus>) -> Result<Filter, Error> {
    let source_id = match source {
        Some(id) => Some(id.parse().map_err(|_| Error::NotFound(Noun::Source))?),
        None => None,
    };
    Ok(Filter { source_id, status })
}

/// List webhook deliveries
#[utoipa::path(
    operation_id = "list_deliveries",
    tag = "sources",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of deliveries", body = InboxPage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/inbox")]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let page = page(query.limit, query.cursor.as_deref(), "dlv")?;
    let filter = filter(query.source_id.as_deref(), query.status)?;
    let mut tx = state.context.store.read().await?;
    let mut rows = inbox::list(&mut tx, actor.workspace, &filter, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.id.to_string());
    Ok(HttpResponse::Ok().json(InboxPage {
        deliveries: rows.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}

async fn find(tx: &mut Tx, actor: &Actor, id: &str) -> Result<Item, Error> {
    let id: DeliveryId = id.parse().map_err(|_| Error::NotFound(Noun::Delivery))?;
    inbox::by_id(tx, id)
        .await?
        .filter(|item| item.workspace_id == actor.workspace)
        .ok_or(Error::NotFound(Noun::Delivery))
}

fn sealed(item: &Item) -> Result<SealedDelivery, Error> {
    let sealed = item.sealed.clone().ok_or(Error::DeliveryEmptied)?;
    Ok(SealedDelivery {
        id: item.id,
        workspace_id: item.workspace_id,
        source_id: item.source_id,
        received_at: item.received_at,
        sealed,
    })
}

/// A request as it came in.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryRequest {
    method: String,
    url: String,
    /// Those headers that the provider's protocol reads; signatures and keys are left out.
    /// Each is a name and a value.
    #[schema(value_type = Vec<Vec<String>>)]
    headers: Vec<(String, String)>,
    /// As text, unpacked where it came packed; signs that are none are replaced, and so are the
    /// source's secrets.
    body: String,
}

/// Read the request of a delivery
///
/// For finding out why it could not be read. People stand in it, so the key needs the scope
/// `admin`.
#[utoipa::path(
    operation_id = "read_delivery_request",
    tag = "sources",
    params(("id" = String, Path, description = "Id of the request")),
    responses(
        (status = 200, description = "The request as it came in", body = DeliveryRequest),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/inbox/{id}/request")]
pub(in crate::http) async fn request(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.context.store.read().await?;
    let item = find(&mut tx, &actor, &id).await?;
    let delivery = open(&state.context.vault, &sealed(&item)?).ok_or(Error::DeliveryEmptied)?;
    let secrets = match state.context.sources.find(item.source_id).await? {
        Some(source) => source.secrets(state.context.clock.now()),
        None => Vec::new(),
    };
    let words = ["signature", "hmac", "key", "authorization"];
    let is_secret = |name: &str| words.iter().any(|word| name.contains(word));
    let headers = delivery.headers.into_iter();
    let body = provider::text(&delivery.body);
    Ok(HttpResponse::Ok().json(DeliveryRequest {
        method: delivery.method,
        url: without_key(&delivery.url),
        headers: headers.filter(|(name, _)| !is_secret(name)).collect(),
        body: without_secrets(body, &secrets),
    }))
}

/// Libraries of Segment write the write key into their bodies as well.
fn without_secrets(body: String, secrets: &[SecretString]) -> String {
    let texts = secrets.iter().map(ExposeSecret::expose_secret);
    texts.fold(body, |body, secret| {
        let escaped = secret.replace('/', "\\/");
        body.replace(secret, "…").replace(&escaped, "…")
    })
}

/// A postback's key stands in its path.
fn without_key(url: &str) -> String {
    let Some((before, rest)) = url.split_once("/postback/") else {
        return url.to_owned();
    };
    let source = rest.split(['/', '?']).next().unwrap_or_default();
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    format!("{before}/postback/{source}?{query}")
}

/// How many requests are read again.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplayResult {
    /// Requests that are in the log again.
    replayed: usize,
    /// Requests that still prove no sender.
    refused: usize,
    /// `cursor` of the next call; `null` when there are no more.
    next_cursor: Option<String>,
}

/// Replay a delivery
///
/// After its cause was mended. What it told before is not told twice.
#[utoipa::path(
    operation_id = "replay_delivery",
    tag = "sources",
    params(("id" = String, Path, description = "Id of the request")),
    responses(
        (status = 200, description = "How many requests are read again", body = ReplayResult),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/inbox/{id}/replay")]
pub(in crate::http) async fn replay(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    actor: Actor,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.context.store.read().await?;
    let item = find(&mut tx, &actor, &id).await?;
    drop(tx);
    let is_taken = again(&state, &recorder, &item).await?;
    Ok(HttpResponse::Ok().json(ReplayResult {
        replayed: usize::from(is_taken),
        refused: usize::from(!is_taken),
        next_cursor: None,
    }))
}

/// Which requests are read again.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReplayQuery {
    /// Only requests to this source.
    source_id: Option<String>,
    /// `failed` unless it says `refused`, `nothing` or `read`.
    status: Option<DeliveryStatus>,
    /// `next_cursor` of the call before.
    cursor: Option<String>,
}

/// Replay many deliveries
///
/// Up to 500 of those that could not be read, oldest first.
#[utoipa::path(
    operation_id = "replay_deliveries",
    tag = "sources",
    params(ReplayQuery),
    responses(
        (status = 200, description = "How many requests are read again", body = ReplayResult),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/inbox/replay")]
pub(in crate::http) async fn replay_all(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    actor: Actor,
    Query(query): Query<ReplayQuery>,
) -> Result<HttpResponse, Problem> {
    let status = query.status.unwrap_or(DeliveryStatus::Failed);
    let filter = filter(query.source_id.as_deref(), Some(status))?;
    let page = Page {
        after: page(None, query.cursor.as_deref(), "dlv")?.after,
        limit: MOST_REPLAYED,
    };
    let mut tx = state.context.store.read().await?;
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
        if again(&state, &recorder, &item).await? {
            counts.replayed += 1;
        } else {
            counts.refused += 1;
        }
    }
    Ok(HttpResponse::Ok().json(counts))
}

/// Puts a request into the log again; `false` when nothing proves who sent it.
async fn again(state: &State, recorder: &Recorder, item: &Item) -> Result<bool, Error> {
    let sealed = sealed(item)?;
    if item.status == DeliveryStatus::Refused {
        let source = state.context.sources.find(item.source_id).await?;
        let source = source.ok_or(Error::NotFound(Noun::Source))?;
        let delivery = open(&state.context.vault, &sealed).ok_or(Error::DeliveryEmptied)?;
        let secrets = source.secrets(state.context.clock.now());
        let verified =
            source
                .kind
                .verify(&delivery, &secrets, &source.settings, sealed.received_at);
        let is_proven = verified.is_ok_and(|it| source.kind.check_form(it).is_ok());
        if !is_proven {
            return Ok(false);
        }
    }
    recorder.record(&Entry::Delivery(sealed)).await?;
    Ok(true)
}
