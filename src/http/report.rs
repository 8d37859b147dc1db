//! The yield report over the API.

use actix_web::{HttpResponse, get, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::State;
use super::auth::Caller;
use super::error::{Body, Problem};
use super::json::Query;
use crate::attribution::Model;
use crate::campaign_report::by::By;
use crate::campaign_report::period::Period;
use crate::campaign_report::{Axis, Inputs, YieldReport, yield_report};
use crate::clock::{DAY_MS, Millis};
use crate::store::campaign_report::Moment;
use crate::store::key::Scope;
use crate::store::{campaign_report, click, link};

/// Longest attribution window, in days.
const MAX_WINDOW: u32 = 3650;

/// Which report.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReportQuery {
    /// Attribution model: `last_touch`, the default.
    #[param(example = "last_touch")]
    model: Option<String>,
    /// Days a click may lie before its conversion, 1 to 3650; the configured window when absent.
    window_days: Option<u32>,
    /// Which moment puts a conversion into the period.
    #[serde(default)]
    axis: Axis,
    /// What rows are made by: `network`, that of the link, which is the default; `network_seen`, that
    /// which the click came from; or both, which shows where links made for one network were passed on.
    #[param(example = "network,network_seen")]
    by: Option<String>,
    /// Start: a day in the campaign's time zone, or a time with an offset; the campaign's start
    /// when absent. Times are widened to whole quarter-hours.
    #[param(example = "2026-03-01")]
    from: Option<String>,
    /// End: a day, which is included, or a time, which is not; the campaign's end, or now, when
    /// absent.
    #[param(example = "2026-03-31")]
    to: Option<String>,
}

/// Read a campaign's yield for each network
#[utoipa::path(
    tag = "reports",
    params(("id" = String, Path, description = "Id of the campaign"), ReportQuery),
    responses(
        (status = 200, body = YieldReport),
        (status = "4XX", body = Body, content_type = "application/problem+json"),
    ),
)]
#[get("/campaigns/{id}/report")]
pub(super) async fn read(
    state: web::Data<State>,
    caller: Caller,
    id: web::Path<String>,
    Query(query): Query<ReportQuery>,
) -> Result<HttpResponse, Problem> {
    caller.needs(Scope::Read)?;
    let by: By = query.by.as_deref().unwrap_or("network").parse()?;
    let model: Model = query.model.as_deref().unwrap_or("last_touch").parse()?;
    let window_days = query.window_days.unwrap_or(state.settings.window_days);
    if !(1..=MAX_WINDOW).contains(&window_days) {
        return Err(Problem::Query(format!(
            "`window_days` is {window_days}; give 1 to {MAX_WINDOW}"
        )));
    }
    let window_ms = i64::from(window_days) * DAY_MS;
    let now = state.clock.now();
    let mut tx = state.store.read().await?;
    let campaign = super::campaign::find(&mut tx, &caller, &id).await?;
    let period = Period::of(&campaign, query.from.as_deref(), query.to.as_deref(), now)?;
    let bounds = (period.from, period.to);
    let axis = query.axis;
    // What was earned up to the goal's deadline, whatever was refunded of it since.
    let until_deadline = (
        Millis(i64::MIN),
        campaign.deadline().unwrap_or(Millis(i64::MAX)),
    );
    let mut credits = Vec::with_capacity(2);
    for (moment, span) in [(axis.into(), bounds), (Moment::Earned, until_deadline)] {
        let sums =
            campaign_report::credits(&mut tx, campaign.id, model, moment, span, window_ms).await?;
        credits.push(sums);
    }
    let strays =
        campaign_report::unattributed(&mut tx, caller.workspace, model, axis.into(), bounds)
            .await?;
    let clicks = click::sums(&mut tx, campaign.id, period.from, period.to).await?;
    let people = if click::retention::is_whole(&mut tx, period.from).await? {
        Some(click::people::people(&mut tx, campaign.id, period.from, period.to).await?)
    } else {
        None
    };
    let networks = link::networks_of(&mut tx, caller.workspace, campaign.id).await?;
    let report = yield_report(&Inputs {
        campaign: &campaign,
        networks: &networks,
        by: &by,
        model,
        axis,
        window_days,
        period,
        clicks: &clicks,
        people: people.as_ref(),
        credits: &credits[0],
        strays: &strays,
        whole: &credits[1],
        now,
    });
    Ok(HttpResponse::Ok().json(report))
}
