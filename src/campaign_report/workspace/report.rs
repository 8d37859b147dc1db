//! The report over all campaigns, as the API shows it, and what it is asked for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::row::WorkspaceRow;
use crate::campaign_report::cost::CostAllocation;
use crate::campaign_report::figures;
use crate::campaign_report::query::{ReportAxis, ReportQuery};
use crate::clock::Millis;

/// What rows of the workspace's report are made by.
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

/// What all campaigns of a workspace yielded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WorkspaceReport {
    /// Attribution model.
    #[schema(example = "last_touch")]
    pub model: String,
    /// Days a click may lie before its conversion, where that was asked for; else each campaign has
    /// its own.
    pub window_days: Option<u32>,
    /// Which moment puts a conversion into the period.
    pub axis: ReportAxis,
    /// What rows are made by.
    pub by: WorkspaceBreakdown,
    /// Start of the period.
    #[schema(value_type = String, format = DateTime)]
    pub from: Millis,
    /// End of the period, exclusive.
    #[schema(value_type = String, format = DateTime)]
    pub to: Millis,
    /// IANA zone that days are cut in, those of costs too.
    pub time_zone: String,
    /// One row for each campaign and network, or for whatever rows are made by. Campaigns of which
    /// nothing is known in the period have none.
    pub rows: Vec<WorkspaceRow>,
    /// Conversions that neither a campaign nor a link is known for.
    pub unattributed: WorkspaceRow,
    /// Everything: the rows and what is `unattributed`.
    pub total: WorkspaceRow,
    /// How costs were shared that belong to no row alone; `null` in a narrowed report.
    pub cost_allocation: Option<CostAllocation>,
    /// How many conversions each rung of the join ladder found.
    #[serde(serialize_with = "figures::serialize_counts")]
    pub joined_by: BTreeMap<String, f64>,
    /// What the report is compared with, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<ComparedWorkspaceReport>,
    /// What to know when reading the figures.
    pub notes: Vec<String>,
}

/// What all campaigns yielded in the period that a report is compared with.
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
    /// Conversions that neither a campaign nor a link is known for.
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
    /// What rows are made by.
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
