//! What a report is asked for.
//!
//! # Invariants
//! Everything in a query is valid: whoever reads it from outside refuses what is not.

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
    /// That of the click credited: what the clicks of the period have yielded since.
    #[default]
    Click,
    /// That of the conversion: what came in during the period.
    Conversion,
}

/// What a report is asked for, of one campaign or of each campaign of a workspace.
#[derive(Clone, Debug)]
pub struct ReportQuery {
    /// What the rows stand for.
    pub breakdown: Breakdown,
    /// What rows are narrowed to.
    pub filter: SegmentFilter,
    /// How finely clicks and credits are separated.
    pub granularity: Granularity,
    /// How credit is shared.
    pub model: RequestedModel,
    /// Which timestamp must lie in the period, and which units of time are of.
    pub axis: ReportAxis,
    /// Days a click may lie before its conversion. It narrows the campaigns' own windows.
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
    /// The window that a campaign's report names: the one asked for, else from click to lead as the
    /// campaign has it.
    pub fn shown_window_days(&self, campaign: &Campaign) -> u32 {
        let own = campaign.lead_window_days;
        self.window_days.or(own).unwrap_or(self.default_window_days)
    }

    /// The window asked for, in milliseconds. Credits lie within the campaigns' own windows
    /// already.
    pub fn window_ms(&self) -> i64 {
        self.window_days
            .map_or(i64::MAX, |days| i64::from(days) * DAY_MS)
    }

    /// The zone in which days are cut.
    pub fn zone(&self) -> &TimeZone {
        self.granularity.zone()
    }

    /// Whether rows are narrowed to something. Costs and people are not known of such a part.
    pub fn is_narrowed(&self) -> bool {
        !self.filter.is_empty()
    }

    /// Whether the period holds the timestamp.
    pub fn contains(&self, timestamp: Millis) -> bool {
        timestamp >= self.period.from && timestamp < self.period.to
    }

    /// The same over the period of the same length right before.
    #[must_use]
    pub fn previous(&self) -> ReportQuery {
        ReportQuery {
            period: self.period.before(self.zone()),
            is_start_given: true,
            is_end_given: true,
            ..self.clone()
        }
    }

    /// The same over another period, which nobody gave, with days cut in another zone.
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
