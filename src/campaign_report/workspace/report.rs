//! The report over all campaigns, as the API shows it, and what it is asked for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::row::WorkspaceRow;
use crate::campaign_report::cost::CostAllocation;
use crate::campaign_report::figures;
use crate::campaign_report::query::{ReportAxis, ReportQuery};
use crate::clock::Millis;

/// What the rows of the workspace's report stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum WorkspaceBreakdown {
    /// A row for each campaign and network.
    #[default]
    #[serde(rename = "campaign,network")]
    CampaignNetwork,
    /// A row for each campaign.
    #[serde(rename = "campaign")]
    Campaign,
    /// A row for each network, over all campaigns.
    #[serde(rename = "network")]
    Network,
}

/// The yield of all campaigns of a workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WorkspaceReport {
    /// Attribution model.
    #[schema(example = "last_touch")]
    pub model: String,
    /// The window of the request in days; `null` if each campaign used its own.
    pub window_days: Option<u32>,
    /// Which time puts a conversion into the period: that of its click or its own.
    pub axis: ReportAxis,
    /// What the rows stand for.
    pub by: WorkspaceBreakdown,
    /// Start of the period.
    #[schema(value_type = String, format = DateTime)]
    pub from: Millis,
    /// End of the period, exclusive.
    #[schema(value_type = String, format = DateTime)]
    pub to: Millis,
    /// IANA time zone of the days, including those of costs.
    pub time_zone: String,
    /// One row for each campaign and network, or for the values of `by`. Campaigns without data in
    /// the period have none.
    pub rows: Vec<WorkspaceRow>,
    /// Conversions without a known campaign or link.
    pub unattributed: WorkspaceRow,
    /// The total of all rows and `unattributed`.
    pub total: WorkspaceRow,
    /// How costs that belong to no single row were shared; `null` in a filtered report.
    pub cost_allocation: Option<CostAllocation>,
    /// How many conversions each match rule joined.
    #[serde(serialize_with = "figures::serialize_counts")]
    pub joined_by: BTreeMap<String, f64>,
    /// The comparison, if the request asked for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<ComparedWorkspaceReport>,
    /// Notes on how to read the figures.
    pub notes: Vec<String>,
}

/// What all campaigns yielded in the compared period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ComparedWorkspaceReport {
    /// Start of its period.
    #[schema(value_type = String, format = DateTime)]
    pub from: Millis,
    /// End of its period, exclusive.
    #[schema(value_type = String, format = DateTime)]
    pub to: Millis,
    /// Its rows.
    pub rows: Vec<WorkspaceRow>,
    /// Conversions without a known campaign or link.
    pub unattributed: WorkspaceRow,
    /// Everything.
    pub total: WorkspaceRow,
}

impl From<WorkspaceReport> for ComparedWorkspaceReport {
    fn from(report: WorkspaceReport) -> Self {
        ComparedWorkspaceReport {
            from: report.from,
            to: report.to,
            rows: report.rows,
            unattributed: report.unattributed,
            total: report.total,
        }
    }
}

/// What a workspace's report is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkspaceComparison {
    /// The period of the same length right before.
    Previous,
}

/// What the report over all campaigns is asked for.
#[derive(Clone, Debug)]
pub struct WorkspaceQuery {
    /// What the rows stand for.
    pub by: WorkspaceBreakdown,
    /// Name of the zone that days are cut in.
    pub time_zone: String,
    /// What each campaign's own report, by network, is asked for.
    pub report: ReportQuery,
}

impl WorkspaceQuery {
    /// The same over the period of the same length right before.
    #[must_use]
    pub fn previous(&self) -> WorkspaceQuery {
        WorkspaceQuery {
            report: self.report.previous(),
            ..self.clone()
        }
    }
}
