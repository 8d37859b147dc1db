//! The yield report over all campaigns of a workspace, with its comparison.

mod reading;

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
use crate::network::NetworkRegistry;
use crate::operations::actor::Actor;
use crate::operations::context::Context;
use crate::operations::error::Error;
use crate::operations::report::filter::FilterNames;
use crate::operations::report::params::{
    checked_window_days, refuse_model_by_others, requested_model,
};
use crate::store::Tx;
use crate::store::campaign_report::active;
use crate::store::workspace;
use reading::WorkspaceReader;

/// The parameters of a report over all campaigns.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceReportParams {
    /// What the rows stand for: `campaign,network` (the default), `campaign`, or `network` over all
    /// campaigns.
    #[serde(default)]
    pub by: WorkspaceBreakdown,
    /// Attribution model: `last_touch` (the default), `first_touch`, `last_non_direct`, `linear`,
    /// `position`, `time_decay`, `markov` or `shapley`. The last two are computed for each campaign
    /// from its own journeys, and can be filtered by network only.
    #[param(example = "last_touch")]
    pub model: Option<String>,
    /// Which time puts a conversion into the period: that of its click or its own.
    #[serde(default)]
    pub axis: ReportAxis,
    /// Longest time from a click to its conversion in days, 1 to 3650. It narrows the campaigns'
    /// own windows.
    #[param(minimum = 1, maximum = 3650)]
    pub window_days: Option<u32>,
    /// Start: a day in `time_zone`, or a time with an offset; when absent, the start of the
    /// workspace's first campaign. Times are extended to whole quarter-hours.
    #[param(example = "2026-03-01")]
    pub from: Option<String>,
    /// End: a day (inclusive) or a time (exclusive); the current time when absent.
    #[param(example = "2026-03-31")]
    pub to: Option<String>,
    /// IANA time zone of the days, including those of costs; UTC when absent.
    #[param(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// Only links of these networks, separated by commas.
    #[param(example = "x,linkedin")]
    pub network: Option<String>,
    /// Only clicks seen on these networks; `unknown` for clicks without a known network.
    pub network_seen: Option<String>,
    /// Only these countries, by ISO code; `unknown` for clicks without a known country.
    #[param(example = "DE,AT,CH")]
    pub country: Option<String>,
    /// Only these kinds of device: `desktop`, `mobile`, `tablet`, `bot`, `other` or `unknown`.
    pub device: Option<String>,
    /// How to share a campaign's cost that belongs to no single network: `by_people` (the default),
    /// `evenly`, or `none`, which puts it into the campaign's row without a network.
    #[serde(default)]
    pub allocation: CostAllocation,
    /// What to compare the report with: `previous` (the preceding period of the same length).
    #[param(inline)]
    pub compare: Option<WorkspaceComparison>,
}

/// Reads the yield report over all campaigns.
///
/// # Errors
/// A parameter that is not valid, or a store that does not answer.
pub async fn read(
    context: &Context,
    actor: &Actor,
    params: &WorkspaceReportParams,
) -> Result<WorkspaceReport, Error> {
    let mut tx = context.store.read().await?;
    let zone = time_zone(params.time_zone.as_deref().unwrap_or("UTC"))
        .map_err(|error| Error::Query(format!("`time_zone`: {error}")))?;
    let now = context.clock.now();
    let start = day_start(first_start(&mut tx, actor, now).await?, &zone);
    let bounds = (params.from.as_deref(), params.to.as_deref());
    let period = Period::between(bounds, (start, now.plus_ms(1)), &zone)?;
    let query = params.query(period, &zone, &context.registry, now)?;
    let reader = WorkspaceReader {
        shares: &context.shares,
        workspace: actor.workspace,
    };
    let mut report = reader.report(&mut tx, &query).await?;
    if let Some(WorkspaceComparison::Previous) = params.compare {
        let previous = reader.report(&mut tx, &query.previous()).await?;
        report.comparison = Some(previous.into());
    }
    Ok(report)
}

/// The start of the workspace's first campaign, or of the workspace if that is earlier.
async fn first_start(tx: &mut Tx, actor: &Actor, now: Millis) -> Result<Millis, Error> {
    let first = active::earliest_start(tx, actor.workspace).await?;
    let workspace = workspace::by_id(tx, actor.workspace).await?;
    let created = workspace.map_or(now, |workspace| workspace.created_at);
    Ok(first.map_or(created, |first| first.min(created)))
}

impl WorkspaceReportParams {
    fn query(
        &self,
        period: Period,
        zone: &TimeZone,
        registry: &NetworkRegistry,
        now: Millis,
    ) -> Result<WorkspaceQuery, Error> {
        let model = requested_model(self.model.as_deref())?;
        let window_days = checked_window_days(self.window_days)?;
        let names = FilterNames {
            network: self.network.as_deref(),
            network_seen: self.network_seen.as_deref(),
            country: self.country.as_deref(),
            device: self.device.as_deref(),
            ..FilterNames::default()
        };
        let filter = names.filter(registry)?;
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
