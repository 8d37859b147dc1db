//! The report over all campaigns of a workspace, over the API.

mod table;

use actix_web::{HttpRequest, HttpResponse, get, web};
use jiff::tz::TimeZone;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::campaign::time_zone;
use crate::campaign_report::breakdown::Breakdown;
use crate::campaign_report::cost::CostAllocation;
use crate::campaign_report::granularity::Granularity;
use crate::campaign_report::period::{Period, day_start};
use crate::campaign_report::workspace::{
    WorkspaceBreakdown, WorkspaceComparison, WorkspaceQuery, WorkspaceReport,
};
use crate::campaign_report::{ReportAxis, ReportQuery};
use crate::clock::Millis;
use crate::http::State;
use crate::http::api::report::params::{
    ReportParams, checked_window_days, refuse_model_by_others, requested_model,
};
use crate::http::error::{Problem, ProblemDetails};
use crate::http::extract::accept::AnswerFormat;
use crate::http::extract::json::Query;
use crate::operations::actor::Actor;
use crate::operations::error::Error;
use crate::operations::report::workspace::WorkspaceReader;
use crate::store::campaign_report::active;
use crate::store::workspace;

/// Which report over all campaigns.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceReportParams {
    /// What rows are made by: `campaign,network`, the default; `campaign`; or `network`, over all
    /// campaigns.
    #[serde(default)]
    by: WorkspaceBreakdown,
    /// Attribution model: `last_touch`, the default, `first_touch`, `last_non_direct`, `linear`,
    /// `position`, `time_decay`, `markov` or `shapley`. The last two learn from each campaign's
    /// journeys by themselves, and are narrowed to networks alone.
    #[param(example = "last_touch")]
    model: Option<String>,
    /// Which moment puts a conversion into the period.
    #[serde(default)]
    axis: ReportAxis,
    /// Days a click may lie before its conversion, 1 to 3650. It narrows the campaigns' own
    /// windows.
    #[param(minimum = 1, maximum = 3650)]
    window_days: Option<u32>,
    /// Start: a day in `time_zone`, or a time with an offset; when absent, the start of the
    /// workspace's first campaign. Times are widened to whole quarter-hours.
    #[param(example = "2026-03-01")]
    from: Option<String>,
    /// End: a day, which is included, or a time, which is not; now when absent.
    #[param(example = "2026-03-31")]
    to: Option<String>,
    /// IANA zone that days are cut in, those of costs too; UTC when absent.
    #[param(example = "Europe/Berlin")]
    time_zone: Option<String>,
    /// Only these networks of links, with commas between them.
    #[param(example = "x,linkedin")]
    network: Option<String>,
    /// Only clicks seen on these networks; `unknown` for those seen on none.
    network_seen: Option<String>,
    /// Only these countries, by their ISO codes; `unknown` for clicks of which it is not known.
    #[param(example = "DE,AT,CH")]
    country: Option<String>,
    /// Only these kinds of device: `desktop`, `mobile`, `tablet`, `bot`, `other` or `unknown`.
    device: Option<String>,
    /// How a campaign's cost is shared that belongs to no network alone: by the rows' people, the
    /// default; `evenly`; or `none`, then it stands in the campaign's row without a network.
    #[serde(default)]
    allocation: CostAllocation,
    /// What to compare the report with: `previous`, the period of the same length right before.
    #[param(inline)]
    compare: Option<WorkspaceComparison>,
}

/// Read the yield of all campaigns
///
/// The only report that counts conversions that no campaign is known for: its total is the whole
/// workspace. A campaign's rows here sum to the total of the campaign's own report over the same
/// period. Money stands for each currency by itself. With `Accept: text/csv` the rows come as a
/// table. A comparison is left out of it.
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
    Query(params): Query<WorkspaceReportParams>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.context.store.read().await?;
    let zone = time_zone(params.time_zone.as_deref().unwrap_or("UTC"))
        .map_err(|error| Error::Query(format!("`time_zone`: {error}")))?;
    let first = active::earliest_start(&mut tx, actor.workspace).await?;
    let own = workspace::by_id(&mut tx, actor.workspace).await?;
    let now = state.context.clock.now();
    let own = own.map_or(now, |it| it.created_at);
    let start = day_start(first.map_or(own, |first| first.min(own)), &zone);
    let bounds = (params.from.as_deref(), params.to.as_deref());
    let period = Period::between(bounds, (start, now.plus_ms(1)), &zone)?;
    let query = params.query(period, &zone, &state, now)?;
    let reader = WorkspaceReader {
        shares: &state.context.shares,
        workspace: actor.workspace,
    };
    let mut report = reader.report(&mut tx, &query).await?;
    if AnswerFormat::of(&request, &[AnswerFormat::Csv]) == AnswerFormat::Csv {
        return table::answer(&report);
    }
    if let Some(WorkspaceComparison::Previous) = params.compare {
        let previous = reader.report(&mut tx, &query.previous()).await?;
        report.comparison = Some(previous.into());
    }
    Ok(HttpResponse::Ok().json(report))
}

impl WorkspaceReportParams {
    fn query(
        &self,
        period: Period,
        zone: &TimeZone,
        state: &State,
        now: Millis,
    ) -> Result<WorkspaceQuery, Error> {
        let model = requested_model(self.model.as_deref())?;
        let window_days = checked_window_days(self.window_days)?;
        let mut narrowed = ReportParams::default();
        narrowed.network.clone_from(&self.network);
        narrowed.network_seen.clone_from(&self.network_seen);
        narrowed.country.clone_from(&self.country);
        narrowed.device.clone_from(&self.device);
        let filter = narrowed.filter(&state.context.registry)?;
        let breakdown = Breakdown::default();
        refuse_model_by_others(model, &breakdown, &filter)?;
        Ok(WorkspaceQuery {
            by: self.by,
            time_zone: self.time_zone.clone().unwrap_or_else(|| "UTC".to_owned()),
            report: ReportQuery {
                granularity: Granularity::new(&breakdown, &filter, zone.clone()),
                breakdown,
                filter,
                model,
                axis: self.axis,
                window_days,
                period,
                cost_allocation: self.allocation,
                now,
                ..ReportQuery::default()
            },
        })
    }
}
