//! Promo codes over the API.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};

use crate::http::api::idempotency::{created, repeat_key};
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::{Json, Query};
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::campaign_rows::CampaignRowsQuery;
use crate::operations::promo_code;
use crate::operations::promo_code::body::{
    NewPromoCode, PromoCodeChange, PromoCodePage, PromoCodeView,
};
use crate::recorder::Recorder;

/// Create a promo code
///
/// If a conversion used the code and names no known click or customer, the code's campaign, network
/// and link get the credit. Conversions that used it before are joined again.
#[utoipa::path(
    operation_id = "create_promo_code",
    tag = "campaigns",
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, min_length = 1, max_length = 128, pattern = "^[!-~]+$", description = "Makes a repeat return the first result")),
    request_body = NewPromoCode,
    responses(
        (status = 201, description = "The promo code", body = PromoCodeView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/promo-codes")]
pub(in crate::http) async fn create(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    actor: Actor,
    request: HttpRequest,
    body: Json<NewPromoCode>,
) -> Result<HttpResponse, Problem> {
    let repeat = repeat_key(&request, &body.raw)?;
    let (context, new) = (&state.context, body.value);
    let code = promo_code::create(context, &recorder, &actor, repeat.as_ref(), new).await?;
    Ok(created(code))
}

/// List promo codes
#[utoipa::path(
    operation_id = "list_promo_codes",
    tag = "campaigns",
    params(CampaignRowsQuery),
    responses(
        (status = 200, description = "A page of promo codes", body = PromoCodePage),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/promo-codes")]
pub(in crate::http) async fn list(
    state: web::Data<State>,
    actor: Actor,
    Query(query): Query<CampaignRowsQuery>,
) -> Result<HttpResponse, Problem> {
    let page = promo_code::list(&state.context, &actor, query).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Read a promo code
#[utoipa::path(
    operation_id = "read_promo_code",
    tag = "campaigns",
    params(("code" = String, Path, description = "The code")),
    responses(
        (status = 200, description = "The promo code", body = PromoCodeView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/promo-codes/{code}")]
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
    code: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let code = promo_code::read(&state.context, &actor, &code).await?;
    Ok(HttpResponse::Ok().json(code))
}

/// Update a promo code
///
/// Conversions that used it are joined again, so that earlier ones are credited to its campaign,
/// network and link as they are now.
#[utoipa::path(
    operation_id = "update_promo_code",
    tag = "campaigns",
    params(("code" = String, Path, description = "The code")),
    request_body = PromoCodeChange,
    responses(
        (status = 200, description = "The promo code as it is now", body = PromoCodeView),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[patch("/promo-codes/{code}")]
pub(in crate::http) async fn update(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    actor: Actor,
    code: web::Path<String>,
    body: Json<PromoCodeChange>,
) -> Result<HttpResponse, Problem> {
    let (context, change) = (&state.context, body.value);
    let code = promo_code::update(context, &recorder, &actor, &code, change).await?;
    Ok(HttpResponse::Ok().json(code))
}

/// Delete a promo code
///
/// Conversions that the code had joined are joined again without it.
#[utoipa::path(
    operation_id = "delete_promo_code",
    tag = "campaigns",
    params(("code" = String, Path, description = "The code")),
    responses(
        (status = 200, body = PromoCodeView, description = "The deleted object"),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[delete("/promo-codes/{code}")]
pub(in crate::http) async fn delete(
    state: web::Data<State>,
    recorder: web::Data<Recorder>,
    actor: Actor,
    code: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let deleted = promo_code::delete(&state.context, &recorder, &actor, &code).await?;
    Ok(HttpResponse::Ok().json(deleted))
}
