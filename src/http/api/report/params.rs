//! The parameters of a report.
//!
//! # Invariants
//! Everything that can be wrong with them is refused here, with how to fix it.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::attribution::data_driven::RequestedModel;
use crate::campaign::{Campaign, MAX_WINDOW_DAYS, time_zone};
use crate::campaign_report::breakdown::Breakdown;
use crate::campaign_report::cost::CostAllocation;
use crate::campaign_report::dimension::{Dimension, UNKNOWN};
use crate::campaign_report::filter::SegmentFilter;
use crate::campaign_report::granularity::Granularity;
use crate::campaign_report::period::{self, Period};
use crate::campaign_report::{ReportAxis, ReportQuery};
use crate::clock::Millis;
use crate::enrich::user_agent::DeviceKind;
use crate::link::Intent;
use crate::network::NetworkRegistry;
use crate::operations::campaign::name::CampaignRef;
use crate::operations::error::Error;

/// Which report.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReportParams {
    /// Attribution model: `last_touch`, the default, `first_touch`, `last_non_direct`, `linear`,
    /// `position`, `time_decay`, `markov` or `shapley`. The last two have rows by network alone.
    #[param(example = "last_touch")]
    model: Option<String>,
    /// Days a click may lie before its conversion, 1 to 3650. It narrows the campaign's own windows
    /// for this report: what lies beyond stands under unattributed.
    #[param(minimum = 1, maximum = 3650)]
    window_days: Option<u32>,
    /// Which moment puts a conversion into the period.
    #[serde(default)]
    axis: ReportAxis,
    /// What rows are made by: `network`, that of the link, which is the default; `network_seen`,
    /// that which the click came from; `link`, `intent`, `post`, `country`, `device`, `day`,
    /// `hour_of_week`, `cohort_week`; or two of them. `network,network_seen` shows where links made
    /// for one network were passed on.
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
    /// Only these networks of links, with commas between them.
    #[param(example = "x,linkedin")]
    pub(super) network: Option<String>,
    /// Only clicks seen on these networks; `unknown` for those seen on none.
    pub(super) network_seen: Option<String>,
    /// Only these links, by their ids.
    link: Option<String>,
    /// Only these intents.
    #[param(example = "helpful,conversation")]
    intent: Option<String>,
    /// Only these posts, by their ids.
    post: Option<String>,
    /// Only these countries, by their ISO codes; `unknown` for clicks of which it is not known.
    #[param(example = "DE,AT,CH")]
    pub(super) country: Option<String>,
    /// Only these kinds of device: `desktop`, `mobile`, `tablet`, `bot`, `other` or `unknown`.
    pub(super) device: Option<String>,
    /// How a cost is shared that belongs to no row alone: by the rows' people, the default;
    /// `evenly`; or `none`, then it stands under `unattributed`.
    #[serde(default)]
    allocation: CostAllocation,
    /// What to compare the report with: `previous`, the period of the same length right before, or
    /// the id or tag of another campaign, over its own whole period. A campaign whose tag is
    /// `previous` is given by its id.
    #[param(example = "previous")]
    #[param(value_type = Option<String>)]
    compare: Option<CampaignRef>,
}

/// What a report is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ReportComparison {
    /// The period right before.
    Previous,
    /// Another campaign.
    Campaign(CampaignRef),
}

/// Turns a given name into the form that is stored.
type ReadName<'a> = &'a dyn Fn(&str) -> Result<String, Error>;

impl ReportParams {
    /// What they ask of that campaign, `now`.
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

    pub(super) fn filter(&self, registry: &NetworkRegistry) -> Result<SegmentFilter, Error> {
        let network = |name: &str| Ok(registry.find(name)?.name.clone());
        let network_or_unknown = |name: &str| match name {
            UNKNOWN => Ok(name.to_owned()),
            name => network(name),
        };
        let intent = |name: &str| {
            let intent: Result<Intent, _> = name.parse();
            intent
                .map(|it| it.to_string())
                .map_err(|error| Error::Query(format!("`intent`: {error}")))
        };
        let as_is = |name: &str| Ok(name.to_owned());
        let country = |name: &str| match name {
            UNKNOWN => Ok(name.to_owned()),
            code if code.len() == 2 && code.bytes().all(|it| it.is_ascii_alphabetic()) => {
                Ok(code.to_ascii_uppercase())
            }
            name => Err(Error::Query(format!(
                "`country`: {name:?} is no ISO code of two letters, like DE, nor `{UNKNOWN}`"
            ))),
        };
        let device = |name: &str| {
            let kinds = DeviceKind::ALL.map(DeviceKind::as_str);
            if name == UNKNOWN || kinds.contains(&name) {
                return Ok(name.to_owned());
            }
            let kinds = kinds.join(", ");
            Err(Error::Query(format!(
                "`device`: {name:?} is none of {kinds}, {UNKNOWN}"
            )))
        };
        let mut filter = SegmentFilter::default();
        let mut only = |dimension, names: &Option<String>, read: ReadName<'_>| {
            let Some(names) = names else { return Ok(()) };
            let names: Result<Vec<String>, Error> =
                names.split(',').map(|name| read(name.trim())).collect();
            filter.only(dimension, names?);
            Ok::<(), Error>(())
        };
        only(Dimension::Network, &self.network, &network)?;
        only(
            Dimension::NetworkSeen,
            &self.network_seen,
            &network_or_unknown,
        )?;
        only(Dimension::Link, &self.link, &as_is)?;
        only(Dimension::Intent, &self.intent, &intent)?;
        only(Dimension::Post, &self.post, &as_is)?;
        only(Dimension::Country, &self.country, &country)?;
        only(Dimension::Device, &self.device, &device)?;
        Ok(filter)
    }

    /// What to compare the report with, if anything.
    pub(super) fn comparison(&self) -> Option<ReportComparison> {
        let named = self.compare.clone()?;
        Some(match named.as_str() {
            "previous" => ReportComparison::Previous,
            _ => ReportComparison::Campaign(named),
        })
    }
}

/// The attribution model of that name; last touch if none is given.
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

/// Refuses a data-driven model by or narrowed to anything but networks, which are all it credits.
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
