//! The parameters of a campaign's report.
//!
//! # Invariants
//! A parameter that is not valid is refused here, and the message says how to fix it.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::attribution::data_driven::RequestedModel;
use crate::campaign::{Campaign, MAX_WINDOW_DAYS, time_zone};
use crate::campaign_report::breakdown::Breakdown;
use crate::campaign_report::cost::CostAllocation;
use crate::campaign_report::dimension::Dimension;
use crate::campaign_report::filter::SegmentFilter;
use crate::campaign_report::granularity::Granularity;
use crate::campaign_report::period::{self, Period};
use crate::campaign_report::{ReportAxis, ReportQuery};
use crate::clock::Millis;
use crate::network::NetworkRegistry;
use crate::operations::campaign::name::CampaignRef;
use crate::operations::error::Error;
use crate::operations::report::filter::FilterNames;

/// The parameters of a report.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReportParams {
    /// Attribution model: `last_touch` (the default), `first_touch`, `last_non_direct`, `linear`,
    /// `position`, `time_decay`, `markov` or `shapley`. The last two allow rows by `network` only.
    #[param(example = "last_touch")]
    pub model: Option<String>,
    /// Longest time from a click to its conversion in days, 1 to 3650. It narrows the campaign's
    /// own windows for this report. Conversions outside it are in `unattributed`.
    #[param(minimum = 1, maximum = 3650)]
    pub window_days: Option<u32>,
    /// Which time puts a conversion into the period: that of its click or its own.
    #[serde(default)]
    pub axis: ReportAxis,
    /// What the rows stand for: `network` (that of the link, the default), `network_seen` (that of
    /// the click), `link`, `intent`, `post`, `country`, `device`, `day`, `hour_of_week`,
    /// `cohort_week`, or two of them. `network,network_seen` shows where people shared links of one
    /// network.
    #[param(example = "network,network_seen")]
    pub by: Option<String>,
    /// Start: a day in the campaign's time zone, or a time with an offset; the campaign's start
    /// when absent. Times are extended to whole quarter-hours.
    #[param(example = "2026-03-01")]
    pub from: Option<String>,
    /// End: a day (inclusive) or a time (exclusive); the campaign's end, or the current time, when
    /// absent.
    #[param(example = "2026-03-31")]
    pub to: Option<String>,
    /// Only links of these networks, separated by commas.
    #[param(example = "x,linkedin")]
    pub network: Option<String>,
    /// Only clicks seen on these networks; `unknown` for clicks without a known network.
    pub network_seen: Option<String>,
    /// Only these links, by their ids.
    pub link: Option<String>,
    /// Only these intents.
    #[param(example = "helpful,conversation")]
    pub intent: Option<String>,
    /// Only these posts, by their ids.
    pub post: Option<String>,
    /// Only these countries, by ISO code; `unknown` for clicks without a known country.
    #[param(example = "DE,AT,CH")]
    pub country: Option<String>,
    /// Only these kinds of device: `desktop`, `mobile`, `tablet`, `bot`, `other` or `unknown`.
    pub device: Option<String>,
    /// How to share a cost that belongs to no single row: `by_people` (the default), `evenly`, or
    /// `none`, which puts it into `unattributed`.
    #[serde(default)]
    pub allocation: CostAllocation,
    /// What to compare the report with: `previous` (the preceding period of the same length), or
    /// the id or tag of another campaign over its whole period. Use the id for a campaign whose tag
    /// is `previous`.
    #[param(example = "previous")]
    #[param(value_type = Option<String>)]
    pub compare: Option<CampaignRef>,
}

/// The comparison of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ReportComparison {
    /// The preceding period.
    Previous,
    /// Another campaign.
    Campaign(CampaignRef),
}

impl ReportParams {
    /// The query for that campaign at `now`.
    pub(super) fn query(
        &self,
        campaign: &Campaign,
        registry: &NetworkRegistry,
        default_window_days: u32,
        now: Millis,
    ) -> Result<ReportQuery, Error> {
        let breakdown: Breakdown = self.by.as_deref().unwrap_or("network").parse()?;
        let model = requested_model(self.model.as_deref())?;
        let window_days = checked_window_days(self.window_days)?;
        let period = Period::of(campaign, self.from.as_deref(), self.to.as_deref(), now)?;
        let filter = self.filter(registry)?;
        refuse_model_by_others(model, &breakdown, &filter)?;
        let zone = time_zone(&campaign.time_zone).map_err(period::Error::from)?;
        Ok(ReportQuery {
            granularity: Granularity::new(&breakdown, &filter, zone),
            breakdown,
            filter,
            model,
            axis: self.axis,
            window_days,
            default_window_days,
            period,
            is_start_given: self.from.is_some(),
            is_end_given: self.to.is_some(),
            cost_allocation: self.allocation,
            now,
        })
    }

    fn filter(&self, registry: &NetworkRegistry) -> Result<SegmentFilter, Error> {
        let names = FilterNames {
            network: self.network.as_deref(),
            network_seen: self.network_seen.as_deref(),
            link: self.link.as_deref(),
            intent: self.intent.as_deref(),
            post: self.post.as_deref(),
            country: self.country.as_deref(),
            device: self.device.as_deref(),
        };
        names.filter(registry)
    }

    /// The comparison, if any.
    pub(super) fn comparison(&self) -> Option<ReportComparison> {
        let named = self.compare.clone()?;
        Some(match named.as_str() {
            "previous" => ReportComparison::Previous,
            _ => ReportComparison::Campaign(named),
        })
    }
}

/// The attribution model with that name; last touch if none is given.
pub(super) fn requested_model(name: Option<&str>) -> Result<RequestedModel, Error> {
    Ok(name.unwrap_or("last_touch").parse()?)
}

/// Refuses windows that no campaign may have.
pub(super) fn checked_window_days(days: Option<u32>) -> Result<Option<u32>, Error> {
    match days.filter(|days| !(1..=MAX_WINDOW_DAYS).contains(days)) {
        Some(days) => Err(Error::Query(format!(
            "`window_days` is {days}; give 1 to {MAX_WINDOW_DAYS}"
        ))),
        None => Ok(days),
    }
}

/// Refuses a data-driven model with any dimension or filter except networks, because it credits
/// only networks.
pub(super) fn refuse_model_by_others(
    model: RequestedModel,
    breakdown: &Breakdown,
    filter: &SegmentFilter,
) -> Result<(), Error> {
    let mut filtered = filter.dimensions();
    let by_network = breakdown.is_network() && filtered.all(|own| own == Dimension::Network);
    if matches!(model, RequestedModel::DataDriven(_)) && !by_network {
        return Err(Error::ModelByNetwork(model));
    }
    Ok(())
}
