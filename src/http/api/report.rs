//! The yield report over the API.

pub(in crate::http) mod expected;
mod facts;
pub(in crate::http) mod next;
mod question;
mod table;
pub(in crate::http) mod workspace;

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::campaign_report::{ComparedReport, YieldReport};
use crate::http::State;
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::accept::Form;
use crate::http::extract::json::Query;
use crate::operations::actor::Actor;
use crate::operations::campaign::name::CampaignRef;
use crate::operations::error::Error;
use facts::Facts;
use question::{Against, Question, ReportQuery};

/// Read the yield report of a campaign
///
/// With `Accept: text/csv` the rows come as a table, with a line for what is unattributed, one for
/// the total, and one for what no campaign is known for, which is in no total. Money is in units of
/// the campaign's currency; what is `null` is empty. A comparison is left out of it.
#[utoipa::path(
    operation_id = "read_campaign_report",
    tag = "reports",
    params(("id" = String, Path, description = "Id or tag (`utm_campaign`) of the campaign"), ReportQuery),
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
    Query(query): Query<ReportQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let now = state.context.clock.now();
    let mut tx = state.context.store.read().await?;
    let campaign = id.find(&mut tx, actor.workspace).await?;
    let window_days = state.context.terms.window_days;
    let asked = Arc::new(query.read(campaign, &state.context.registry, window_days, now)?);
    let facts = Facts::read(&mut tx, &state.context.shares, actor.workspace, &asked).await?;
    let mut report = report(facts, &asked).await?;
    if Form::of(&request, &[Form::Csv]) == Form::Csv {
        return table::answer(&report, &asked.campaign.utm_campaign);
    }
    if let Some(against) = query.against() {
        let other = Arc::new(match against {
            Against::Previous => asked.before(),
            Against::Campaign(other) => {
                asked.of_other(other.find(&mut tx, actor.workspace).await?)?
            }
        });
        let facts = Facts::read(&mut tx, &state.context.shares, actor.workspace, &other).await?;
        report.comparison = Some(ComparedReport::of(self::report(facts, &other).await?));
    }
    Ok(HttpResponse::Ok().json(report))
}

/// The report of these facts; lots are drawn for it, and others wait for this thread.
async fn report(facts: Facts, asked: &Arc<Question>) -> Result<YieldReport, Error> {
    let asked = Arc::clone(asked);
    let made = web::block(move || facts.report(&asked)).await;
    made.map_err(|_| Error::Broken)
}
