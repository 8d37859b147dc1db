//! The comparison of a period with earlier weeks, over the API.

use actix_web::{HttpResponse, get, web};

use crate::campaign_report::expected::ExpectedReport;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::json::Query;
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::campaign::name::CampaignRef;
use crate::operations::report::expected::{self, ExpectedParams};

/// Compare a period with earlier weeks
#[utoipa::path(
    operation_id = "read_expected_report",
    tag = "reports",
    params(("id" = String, Path, description = "Id or tag (`utm_campaign`) of the campaign"), ExpectedParams),
    responses(
        (status = 200, description = "The comparison", body = ExpectedReport),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/campaigns/{id}/expected")]
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<CampaignRef>,
    Query(params): Query<ExpectedParams>,
) -> Result<HttpResponse, Problem> {
    let report = expected::read(&state.context, &actor, &id, &params).await?;
    Ok(HttpResponse::Ok().json(report))
}
