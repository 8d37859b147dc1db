//! The yield report over the API.

pub(in crate::http) mod expected;
pub(in crate::http) mod next;
mod params;
mod table;
pub(in crate::http) mod workspace;

use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::campaign::{Campaign, time_zone};
use crate::campaign_report::period::{self, Period};
use crate::campaign_report::{ComparedReport, ReportQuery, YieldReport};
use crate::http::State;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::accept::AnswerFormat;
use crate::http::extract::json::Query;
use crate::operations::actor::Actor;
use crate::operations::campaign::name::CampaignRef;
use crate::operations::error::Error;
use crate::operations::report::campaign::read_report;
use params::{ReportComparison, ReportParams};

/// Read the yield report of a campaign
///
/// With `Accept: text/csv` the rows come as a table, with a line for what is unattributed, one for
/// the total, and one for what no campaign is known for, which is in no total. Money is in units of
/// the campaign's currency; what is `null` is empty. A comparison is left out of it.
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
    Query(params): Query<ReportParams>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let now = state.context.clock.now();
    let mut tx = state.context.store.read().await?;
    let campaign = id.find(&mut tx, actor.workspace).await?;
    let window_days = state.context.terms.window_days;
    let query = params.query(&campaign, &state.context.registry, window_days, now)?;
    let shares = &state.context.shares;
    let mut report = read_report(&mut tx, shares, campaign.clone(), query.clone()).await?;
    if AnswerFormat::of(&request, &[AnswerFormat::Csv]) == AnswerFormat::Csv {
        return table::answer(&report, &campaign.utm_campaign);
    }
    if let Some(comparison) = params.comparison() {
        let (campaign, query) = match comparison {
            ReportComparison::Previous => (campaign, query.previous()),
            ReportComparison::Campaign(name) => {
                let other = name.find(&mut tx, actor.workspace).await?;
                let query = over_own_period(&query, &other)?;
                (other, query)
            }
        };
        let other = read_report(&mut tx, shares, campaign, query).await?;
        report.comparison = Some(ComparedReport::from(other));
    }
    Ok(HttpResponse::Ok().json(report))
}

/// The same of another campaign, over its own period.
fn over_own_period(query: &ReportQuery, campaign: &Campaign) -> Result<ReportQuery, Error> {
    let period = Period::of(campaign, None, None, query.now)?;
    let zone = time_zone(&campaign.time_zone).map_err(period::Error::from)?;
    Ok(query.over(period, zone))
}
