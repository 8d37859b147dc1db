//! The yield report over the API.

pub(in crate::http) mod expected;
pub(in crate::http) mod next;
mod table;
pub(in crate::http) mod workspace;

use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::campaign_report::YieldReport;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::accept::AnswerFormat;
use crate::http::extract::json::Query;
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::campaign::name::CampaignRef;
use crate::operations::report::campaign;
use crate::operations::report::params::ReportParams;

/// Read the yield report of a campaign
///
/// With `Accept: text/csv` the answer is a table of the rows. It has further lines for
/// `unattributed`, `total` and `workspace_unattributed`, which is not part of the total. Money is
/// in units of the campaign's currency, and `null` is an empty cell. A table has no comparison.
#[utoipa::path(
    operation_id = "read_campaign_report",
    tag = "reports",
    params(("id" = String, Path, description = "Id or tag (`utm_campaign`) of the campaign"), ReportParams),
    responses(
        (status = 200, description = "The report", content((YieldReport = "application/json"), (String = "text/csv"))),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/campaigns/{id}/report")]
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
    id: web::Path<CampaignRef>,
    Query(mut params): Query<ReportParams>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let is_table = AnswerFormat::of(&request, &[AnswerFormat::Csv]) == AnswerFormat::Csv;
    if is_table {
        params.compare = None;
    }
    let found = campaign::read(&state.context, &actor, &id, &params).await?;
    if is_table {
        return table::answer(&found.report, &found.utm_campaign);
    }
    Ok(HttpResponse::Ok().json(found.report))
}
