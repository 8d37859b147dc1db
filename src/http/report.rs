//! The yield report over the API.

pub(super) mod expected;
mod facts;
pub(super) mod next;
mod question;
mod shares;
mod table;
pub(super) mod workspace;

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, get, web};

use super::State;
use super::accept::Form;
use super::auth::Caller;
use super::campaign::CampaignName;
use super::error::{Problem, ProblemDetails};
use super::json::Query;
use crate::campaign_report::{ComparedReport, YieldReport};
use facts::Facts;
use question::{Against, Question, ReportQuery};

pub use shares::Shares;

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
pub(super) async fn read(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<CampaignName>,
    Query(query): Query<ReportQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let mut tx = state.store.read().await?;
    let campaign = id.find(&mut tx, caller.workspace).await?;
    let window_days = state.settings.terms.window_days;
    let asked = Arc::new(query.read(campaign, &state.registry, window_days, now)?);
    let facts = Facts::read(&mut tx, &state.shares, caller.workspace, &asked).await?;
    let mut report = report(facts, &asked).await?;
    if Form::of(&request, &[Form::Csv]) == Form::Csv {
        return table::answer(&report, &asked.campaign.utm_campaign);
    }
    if let Some(against) = query.against() {
        let other = Arc::new(match against {
            Against::Previous => asked.before(),
            Against::Campaign(other) => {
                asked.of_other(other.find(&mut tx, caller.workspace).await?)?
            }
        });
        let facts = Facts::read(&mut tx, &state.shares, caller.workspace, &other).await?;
        report.comparison = Some(ComparedReport::of(self::report(facts, &other).await?));
    }
    Ok(HttpResponse::Ok().json(report))
}

/// The report of these facts; lots are drawn for it, and others wait for this thread.
async fn report(facts: Facts, asked: &Arc<Question>) -> Result<YieldReport, Problem> {
    let asked = Arc::clone(asked);
    let made = web::block(move || facts.report(&asked)).await;
    made.map_err(|_| Problem::Broken)
}
