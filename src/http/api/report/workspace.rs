//! The report over all campaigns of a workspace, over the API.

mod table;

use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::campaign_report::workspace::WorkspaceReport;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::accept::AnswerFormat;
use crate::http::extract::json::Query;
use crate::http::state::State;
use crate::operations::actor::Actor;
use crate::operations::report::workspace::{self, WorkspaceReportParams};

/// Read the yield of all campaigns
///
/// Only this report also counts conversions without a known campaign: its total is the whole
/// workspace. A campaign's rows here sum to the total of the campaign's own report for the same
/// period. Money is listed by currency. With `Accept: text/csv` the answer is a table of the rows,
/// without a comparison.
#[utoipa::path(
    tag = "reports",
    operation_id = "read_workspace_report",
    params(WorkspaceReportParams),
    responses(
        (status = 200, description = "The yield of all campaigns", content((WorkspaceReport = "application/json"), (String = "text/csv"))),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/report")]
pub(in crate::http) async fn read(
    state: web::Data<State>,
    actor: Actor,
    Query(mut params): Query<WorkspaceReportParams>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let is_table = AnswerFormat::of(&request, &[AnswerFormat::Csv]) == AnswerFormat::Csv;
    if is_table {
        params.compare = None;
    }
    let report = workspace::read(&state.context, &actor, &params).await?;
    if is_table {
        return table::answer(&report);
    }
    Ok(HttpResponse::Ok().json(report))
}
