//! Links over the API: one by one, and the fan-out that makes one tagged link for each network
//! of a post.

mod body;
pub mod fan_out;
pub mod making;

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::State;
use super::auth::Caller;
use super::campaign::{CampaignName, find_named};
use super::error::{Problem, ProblemDetails};
use super::idempotency::create;
use super::json::{Json, Query, change, given};
use super::page::{cut, page};
use super::workspace::read_handed_on;
use crate::id::LinkId;
use crate::link::destination::UtmConflict;
use crate::link::tagging::ClickIdMode;
use crate::link::utm::UtmTags;
use crate::link::{Intent, Link};
use crate::store::link::Filter;
use crate::store::{self, Tx};
use body::{LinkBody, LinkPage};
use making::Order;

/// A new link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// Destination: http or https, at most 2048 bytes.
    #[schema(example = "https://shop.example/lamp?colour=red", max_length = 2048)]
    url: String,
    /// Domain of the short link, in ASCII or as people write it; the service's own when absent.
    domain: Option<String>,
    /// Path of the short link, 3 to 64 of A-Z a-z 0-9 _ -; made when absent.
    slug: Option<String>,
    /// The campaign it serves: its id or its tag (`utm_campaign`).
    #[schema(value_type = Option<String>, max_length = 128)]
    campaign_id: Option<CampaignName>,
    /// The network it is posted on: a name or an alias.
    network: Option<String>,
    /// Why it is posted.
    #[serde(default)]
    intent: Intent,
    /// UTM tags; those of network and campaign fill what is left out.
    #[serde(default)]
    utm: UtmTags,
    /// What becomes of UTM tags that the URL has already.
    #[serde(default)]
    utm_conflict: UtmConflict,
    /// Whether the redirect adds a click id.
    #[serde(default)]
    click_id: ClickIdMode,
    /// Query parameter of the click id; `ll_click` when absent.
    click_id_param: Option<String>,
    /// Query parameters of a click that go on to the destination, at most 40; the workspace's when
    /// absent. An empty list hands on none. The click ids of ad networks are not added to signed
    /// URLs.
    #[schema(max_items = 40, example = json!(["gclid", "fbclid"]))]
    handed_on: Option<Vec<String>>,
}

/// Changes of a link. Domain, slug, campaign and network stay: they are out there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkChange {
    /// A new destination.
    #[schema(value_type = String, required = false, max_length = 2048)]
    #[serde(default, deserialize_with = "given")]
    url: Option<String>,
    /// `false` takes it out of the archive, `true` puts it there.
    #[schema(value_type = bool, required = false)]
    #[serde(default, deserialize_with = "given")]
    archived: Option<bool>,
    /// New UTM tags.
    utm: Option<UtmTags>,
    /// What becomes of UTM tags that the URL has already.
    #[serde(default)]
    utm_conflict: UtmConflict,
    /// Why it is posted.
    intent: Option<Intent>,
    /// Whether the redirect adds a click id; as before when absent. A signed URL forgets a `never`.
    click_id: Option<ClickIdMode>,
    /// Query parameter of the click id.
    click_id_param: Option<String>,
    /// Query parameters of a click that go on to the destination, at most 40; `null` takes the
    /// click ids of ad networks.
    #[schema(value_type = Option<Vec<String>>, max_items = 40)]
    #[serde(default, deserialize_with = "change")]
    handed_on: Option<Option<Vec<String>>>,
}

/// Create a link
#[utoipa::path(
    operation_id = "create_link",
    tag = "links",
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description = "Makes a repeat answer the first result")),
    request_body = NewLink,
    responses(
        (status = 201, description = "The link", body = LinkBody),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/links")]
pub(super) async fn make(
    state: web::Data<State>,
    caller: Caller,
    request: HttpRequest,
    body: Json<NewLink>,
) -> Result<HttpResponse, Problem> {
    let new = body.value;
    let effect = async |tx: &mut Tx| {
        let campaign = match &new.campaign_id {
            Some(name) => Some(name.find_open(tx, caller.workspace).await?),
            None => None,
        };
        let network = match &new.network {
            Some(name) => Some(state.registry.find(name)?),
            None => None,
        };
        let order = Order {
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
            handed_on: new
                .handed_on
                .clone()
                .map(|it| read_handed_on(Some(it)))
                .transpose()?,
        };
        let made = making::make(tx, &state, &caller, &order).await?;
        Ok(LinkBody::made(&state, made))
    };
    let created = create(&state, &caller, &request, &body.raw, effect).await?;
    let keys = created
        .value
        .iter()
        .map(|link| (link.domain.as_str(), link.slug.as_str()));
    state.resolver.made(keys).await;
    Ok(created.response)
}

/// What a list of links is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Only this campaign's: its id or its tag (`utm_campaign`).
    #[param(value_type = Option<String>)]
    campaign_id: Option<CampaignName>,
    /// Only this network's: a name or an alias.
    network: Option<String>,
    /// Part of the slug or destination.
    q: Option<String>,
    /// Whether archived ones are listed as well.
    #[serde(default)]
    archived: bool,
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List links
#[utoipa::path(
    operation_id = "list_links",
    tag = "links",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of links", body = LinkPage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/links")]
pub(super) async fn list(
    state: web::Data<State>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let page = page(query.limit, query.cursor.as_deref(), "lnk")?;
    let network = match &query.network {
        Some(name) => Some(state.registry.find(name)?.name.clone()),
        None => None,
    };
    let mut tx = state.store.read().await?;
    let campaign = find_named(&mut tx, caller.workspace, query.campaign_id.as_ref()).await?;
    let filter = Filter {
        campaign_id: campaign.map(|campaign| campaign.id),
        network,
        q: query.q,
        archived: query.archived,
    };
    let mut rows = store::link::list(&mut tx, caller.workspace, &filter, &page).await?;
    let next_cursor = cut(&mut rows, &page, |row| row.id.to_string());
    let links = rows
        .into_iter()
        .map(|link| LinkBody::new(&state, link))
        .collect();
    Ok(HttpResponse::Ok().json(LinkPage { links, next_cursor }))
}

async fn find(tx: &mut Tx, caller: &Caller, id: &str) -> Result<Link, Problem> {
    let id: LinkId = id.parse().map_err(|_| Problem::NotFound("link"))?;
    store::link::by_id(tx, caller.workspace, id)
        .await?
        .ok_or(Problem::NotFound("link"))
}

/// The same, for who reads it to write it back.
async fn find_to_change(tx: &mut Tx, caller: &Caller, id: &str) -> Result<Link, Problem> {
    let link = find(tx, caller, id).await?;
    store::link::lock(tx, link.id).await?;
    find(tx, caller, id).await
}

/// Read a link
#[utoipa::path(
    operation_id = "read_link",
    tag = "links",
    params(("id" = String, Path, description = "Id of the link")),
    responses(
        (status = 200, description = "The link", body = LinkBody),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/links/{id}")]
pub(super) async fn read(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.store.read().await?;
    let link = find(&mut tx, &caller, &id).await?;
    Ok(HttpResponse::Ok().json(LinkBody::new(&state, link)))
}

/// Update a link
///
/// Takes effect on the next click; clicks already made keep what they were made under.
#[utoipa::path(
    operation_id = "update_link",
    tag = "links",
    params(("id" = String, Path, description = "Id of the link")),
    request_body = LinkChange,
    responses(
        (status = 200, description = "The link as it is now", body = LinkBody),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[patch("/links/{id}")]
pub(super) async fn edit(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
    body: Json<LinkChange>,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.store.write().await?;
    let link = find_to_change(&mut tx, &caller, &id).await?;
    let made = making::remake(&mut tx, &state, &caller, link, body.value).await?;
    store::link::update(&mut tx, &made.link).await?;
    tx.commit().await?;
    state
        .resolver
        .changed(std::slice::from_ref(&made.link))
        .await;
    Ok(HttpResponse::Ok().json(LinkBody::made(&state, made)))
}

/// Archive a link
///
/// It answers 410 from now on; its clicks and conversions stay.
#[utoipa::path(
    operation_id = "archive_link",
    tag = "links",
    params(("id" = String, Path, description = "Id of the link")),
    responses(
        (status = 200, description = "The archived link", body = LinkBody),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[delete("/links/{id}")]
pub(super) async fn archive(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let mut tx = state.store.write().await?;
    let mut link = find_to_change(&mut tx, &caller, &id).await?;
    link.archived_at = link.archived_at.or(Some(now));
    link.touch(now);
    store::link::update(&mut tx, &link).await?;
    tx.commit().await?;
    state.resolver.changed(std::slice::from_ref(&link)).await;
    Ok(HttpResponse::Ok().json(LinkBody::new(&state, link)))
}
