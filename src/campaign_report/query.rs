//! The parameters of a report.
//!
//! # Invariants
//! Every value in a query is valid. The code that reads a query from outside refuses other values.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::breakdown::Breakdown;
use super::cost::CostAllocation;
use super::filter::SegmentFilter;
use super::granularity::Granularity;
use super::period::Period;
use crate::attribution::AttributionModel;
use crate::attribution::data_driven::RequestedModel;
use crate::campaign::Campaign;
use crate::clock::{DAY_MS, Millis};

/// Which time puts a conversion into a period.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ReportAxis {
    /// The time of the credited click: what the clicks of the period have yielded since.
    #[default]
    Click,
    /// The time of the conversion: what came in during the period.
    Conversion,
}

/// The parameters of a report on one campaign, or on each campaign of a workspace.
#[derive(Clone, Debug)]
pub struct ReportQuery {
    /// What the rows stand for.
    pub breakdown: Breakdown,
    /// The segments that rows are narrowed to.
    pub filter: SegmentFilter,
    /// How finely clicks and credits are separated.
    pub granularity: Granularity,
    /// How credit is shared.
    pub model: RequestedModel,
    /// Which timestamp must lie in the period. It also decides a row's unit of time.
    pub axis: ReportAxis,
    /// Most days between a click and its conversion. It narrows the campaigns' own windows.
    pub window_days: Option<u32>,
    /// The configured window, which is shown for campaigns without their own.
    pub default_window_days: u32,
    /// The period.
    pub period: Period,
    /// Whether the start of the period was given.
    pub is_start_given: bool,
    /// Whether the end of the period was given.
    pub is_end_given: bool,
    /// How to share a cost that belongs to no single row.
    pub cost_allocation: CostAllocation,
    /// When the report is read.
    pub now: Millis,
}

impl Default for ReportQuery {
    /// All time, by network, with last touch and each campaign's own windows.
    fn default() -> Self {
        ReportQuery {
            breakdown: Breakdown::default(),
            filter: SegmentFilter::default(),
            granularity: Granularity::default(),
            model: AttributionModel::LastTouch.into(),
            axis: ReportAxis::Click,
            window_days: None,
            default_window_days: 0,
            period: Period::ALL_TIME,
            is_start_given: false,
            is_end_given: false,
            cost_allocation: CostAllocation::default(),
            now: Millis(0),
        }
    }
}

impl ReportQuery {
    /// The window that a campaign's report shows: the requested one, else the campaign's for leads,
    /// else the configured one.
    pub fn shown_window_days(&self, campaign: &Campaign) -> u32 {
        let own = campaign.lead_window_days;
        self.window_days.or(own).unwrap_or(self.default_window_days)
    }

    /// The requested window in milliseconds; unlimited if none was requested. Credits already lie
    /// within the campaigns' own windows.
    pub fn window_ms(&self) -> i64 {
        self.window_days
            .map_or(i64::MAX, |days| i64::from(days) * DAY_MS)
    }

    /// The time zone of days.
    pub fn zone(&self) -> &TimeZone {
        self.granularity.zone()
    }

    /// Whether rows are narrowed. Then costs and people are not known.
    pub fn is_narrowed(&self) -> bool {
        !self.filter.is_empty()
    }

    /// Whether the period holds the timestamp.
    pub fn contains(&self, timestamp: Millis) -> bool {
        timestamp >= self.period.from && timestamp < self.period.to
    }

    /// The same query over the period of the same length immediately before.
    #[must_use]
    pub fn previous(&self) -> ReportQuery {
        ReportQuery {
            period: self.period.before(self.zone()),
            is_start_given: true,
            is_end_given: true,
            ..self.clone()
        }
    }

    /// The same query over another period in another time zone. Its start and end count as not
    /// given.
    #[must_use]
    pub fn over(&self, period: Period, zone: TimeZone) -> ReportQuery {
        ReportQuery {
            granularity: Granularity::new(&self.breakdown, &self.filter, zone),
            period,
            is_start_given: false,
            is_end_given: false,
            ..self.clone()
        }
    }
}
