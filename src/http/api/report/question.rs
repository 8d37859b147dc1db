//! What a report is asked for, read from the query.
//!
//! Holds: everything that can be wrong with it is refused here, with how to mend it.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::attribution::data_driven::RequestedModel;
use crate::campaign::{Campaign, MAX_WINDOW_DAYS, time_zone};
use crate::campaign_report::ReportAxis;
use crate::campaign_report::breakdown::Breakdown;
use crate::campaign_report::cost::CostAllocation;
use crate::campaign_report::dimension::{Dimension, UNKNOWN};
use crate::campaign_report::filter::SegmentFilter;
use crate::campaign_report::granularity::Granularity;
use crate::campaign_report::period::Period;
use crate::clock::{DAY_MS, Millis};
use crate::enrich::user_agent::DeviceKind;
use crate::link::Intent;
use crate::network::NetworkRegistry;
use crate::operations::campaign::name::CampaignRef;
use crate::operations::error::Error;

/// Which report.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReportQuery {
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

/// What a report is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Against {
    /// The period right before.
    Previous,
    /// Another campaign.
    Campaign(CampaignRef),
}

/// A question that can be answered.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) campaign: Campaign,
    pub(super) by: Breakdown,
    pub(super) filter: SegmentFilter,
    pub(super) grain: Granularity,
    pub(super) model: RequestedModel,
    pub(super) axis: ReportAxis,
    pub(super) rule: CostAllocation,
    /// Narrower than the campaign's own windows.
    narrowed: Option<u32>,
    /// The configured window, for a campaign without its own.
    default_window: u32,
    pub(super) period: Period,
    /// Whether its start and its end were given.
    pub(super) bounds: (bool, bool),
    pub(super) now: Millis,
}

/// How a name is brought into the form in which it is kept.
type Read<'a> = &'a dyn Fn(&str) -> Result<String, Error>;

impl ReportQuery {
    /// What it asks of that campaign, `now`.
    pub(super) fn read(
        &self,
        campaign: Campaign,
        registry: &NetworkRegistry,
        default_window: u32,
        now: Millis,
    ) -> Result<Question, Error> {
        let by: Breakdown = self.by.as_deref().unwrap_or("network").parse()?;
        let model: RequestedModel = self.model.as_deref().unwrap_or("last_touch").parse()?;
        let narrowed = self.window_days;
        if let Some(days) = narrowed.filter(|days| !(1..=MAX_WINDOW_DAYS).contains(days)) {
            return Err(Error::Query(format!(
                "`window_days` is {days}; give 1 to {MAX_WINDOW_DAYS}"
            )));
        }
        let period = Period::of(&campaign, self.from.as_deref(), self.to.as_deref(), now)?;
        let filter = self.filter(registry)?;
        let networks_alone = filter.dimensions().all(|it| it == Dimension::Network);
        if matches!(model, RequestedModel::DataDriven(_)) && !(by.is_network() && networks_alone) {
            return Err(Error::ModelByNetwork(model));
        }
        let zone =
            time_zone(&campaign.time_zone).map_err(crate::campaign_report::period::Error::from)?;
        let grain = Granularity::new(&by, &filter, zone);
        Ok(Question {
            campaign,
            by,
            filter,
            grain,
            model,
            axis: self.axis,
            rule: self.allocation,
            narrowed,
            default_window,
            period,
            bounds: (self.from.is_some(), self.to.is_some()),
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
        let mut only = |dimension, names: &Option<String>, read: Read<'_>| {
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

    /// What to hold it against, if anything.
    pub(super) fn against(&self) -> Option<Against> {
        let named = self.compare.clone()?;
        Some(match named.as_str() {
            "previous" => Against::Previous,
            _ => Against::Campaign(named),
        })
    }
}

impl Question {
    /// The same over the period of the same length right before.
    pub(super) fn before(&self) -> Question {
        Question {
            period: self.period.before(self.grain.zone()),
            bounds: (true, true),
            ..self.of(self.campaign.clone())
        }
    }

    /// The same of another campaign, over its own period.
    ///
    /// # Errors
    /// When its time zone is not known any more.
    pub(super) fn of_other(&self, campaign: Campaign) -> Result<Question, Error> {
        let period = Period::of(&campaign, None, None, self.now)?;
        let zone =
            time_zone(&campaign.time_zone).map_err(crate::campaign_report::period::Error::from)?;
        Ok(Question {
            grain: Granularity::new(&self.by, &self.filter, zone),
            period,
            bounds: (false, false),
            ..self.of(campaign)
        })
    }

    fn of(&self, campaign: Campaign) -> Question {
        Question {
            campaign,
            by: self.by.clone(),
            filter: self.filter.clone(),
            grain: self.grain.clone(),
            ..*self
        }
    }

    /// The window that the report names: as asked for, else from click to lead as the campaign has
    /// it.
    pub(super) fn window_days(&self) -> u32 {
        let own = self.campaign.lead_window_days;
        self.narrowed.or(own).unwrap_or(self.default_window)
    }

    /// What credits are narrowed to, in milliseconds; they lie within the campaign's own windows
    /// already.
    pub(super) fn window_ms(&self) -> i64 {
        self.narrowed
            .map_or(i64::MAX, |days| i64::from(days) * DAY_MS)
    }
}
