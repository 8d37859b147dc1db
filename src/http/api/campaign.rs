//! Campaigns over the API.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};

use crate::http::api::idempotency::{created, repeat_key};
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::{Json, Query};
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::campaign::body::{
    CampaignChange, CampaignDetails, CampaignPage, CampaignView, NewCampaign,
};
use crate::operations::campaign::name::CampaignRef;
use crate::operations::campaign::{self, CampaignQuery};

/// Create a campaign
#[utoipa::path(
    operation_id = "create_campaign",
    tag = "campaigns",
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description = "Makes a repeat return the first result")),
    request_body = NewCampaign,
    responses(
        (status = 201, description = "The campaign", body = CampaignView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/campaigns")]
pub(in crate::http) async fn create(
    state: web::Data<State>,
    actor: Actor,
    request: HttpRequest,
    body: Json<NewCampaign>,
) -> Result<HttpResponse, Problem> {
    let repeat = repeat_key(&request, &body.raw)?;
    let made = campaign::create(&state.context, &actor, repeat.as_ref(), body.value).await?;
    Ok(created(made))
}

/// List campaigns
#[utoipa::path(
    operation_id = "list_campaigns",
    tag = "campaigns",
    params(CampaignQuery),
    responses(
        (status = 200, description = "A page of campaigns", body = CampaignPage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/campaigns")]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<CampaignQuery>,
) -> Result<HttpResponse, Problem> {
    let page = campaign::list(&state.context, &actor, query).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Read a campaign
#[utoipa::path(
    operation_id = "read_campaign",
    tag = "campaigns",
    params(("id" = String, Path, description = "Id or tag (`utm_campaign`) of the campaign")),
    responses(
        (status = 200, description = "The campaign", body = CampaignDetails),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/campaigns/{id}")]
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<CampaignRef>,
) -> Result<HttpResponse, Problem> {
    let found = campaign::read(&state.context, &actor, &id).await?;
    Ok(HttpResponse::Ok().json(found))
}

/// Update a campaign
///
/// After its start (`starts_at`, or one day after its creation), a change of its goal, of the
/// goal's deadline or of `starts_at` needs `goal_change_reason`. `goal_versions` keeps the previous
/// goal. After a change of its windows, its conversions are re-credited in the background.
#[utoipa::path(
    operation_id = "update_campaign",
    tag = "campaigns",
    params(("id" = String, Path, description = "Id or tag (`utm_campaign`) of the campaign")),
    request_body = CampaignChange,
    responses(
        (status = 200, description = "The campaign as it is now", body = CampaignDetails),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[patch("/campaigns/{id}")]
pub(in crate::http) async fn update(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<CampaignRef>,
    body: Json<CampaignChange>,
) -> Result<HttpResponse, Problem> {
    let updated = campaign::update(&state.context, &actor, &id, body.value).await?;
    Ok(HttpResponse::Ok().json(updated))
}

/// Archive a campaign
///
/// Its links still work and its reports stay readable, but lists no longer show it.
#[utoipa::path(
    operation_id = "archive_campaign",
    tag = "campaigns",
    params(("id" = String, Path, description = "Id or tag (`utm_campaign`) of the campaign")),
    responses(
        (status = 200, description = "The archived campaign", body = CampaignView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[delete("/campaigns/{id}")]
pub(in crate::http) async fn archive(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<CampaignRef>,
) -> Result<HttpResponse, Problem> {
    let archived = campaign::archive(&state.context, &actor, &id).await?;
    Ok(HttpResponse::Ok().json(archived))
}
