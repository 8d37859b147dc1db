//! The report over all campaigns of a workspace: the only one that counts what no campaign is known
//! for.
//!
//! # Invariants
//! For every column, the rows and `unattributed` sum to `total`; money for each currency by itself,
//! to the last minor unit. A campaign's rows sum to the total of the campaign's own report. Nothing
//! is added across currencies.
//!
//! # Out of scope
//! Where the sums come from, HTTP, statistics beyond the lead rate: those are of a campaign's own
//! report.

mod money;
mod row;

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::cost::CostAllocation;
use super::filter::SegmentFilter;
use super::period::Period;
use super::row_key::RowKey;
use super::segment::LinkIndex;
use super::sums::{self, RowSums, conversions};
use super::{ClickSum, CreditSum, ReportAxis, ReportInputs, allocate_costs};
use crate::attribution::data_driven::RequestedModel;
use crate::clock::Millis;
use crate::conversion::MatchRule;
use crate::id::CampaignId;
use row::WorkspaceRowSums;

pub use money::CurrencySums;
pub use row::WorkspaceRow;

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
    #[serde(serialize_with = "sums::counts")]
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

/// What the workspace's report is asked for.
#[derive(Clone, Debug)]
pub struct WorkspaceQuery {
    /// What rows are made by.
    pub by: WorkspaceBreakdown,
    /// How credit is shared.
    pub model: RequestedModel,
    /// Which moment counts.
    pub axis: ReportAxis,
    /// Narrower than the campaigns' own windows.
    pub window_days: Option<u32>,
    /// The period.
    pub period: Period,
    /// The zone that days are cut in.
    pub time_zone: String,
    /// How a cost is shared that belongs to no row alone.
    pub rule: CostAllocation,
    /// What rows are narrowed to.
    pub filter: SegmentFilter,
}

/// Campaign and network; `None` where there is none, or where rows are not made by it.
type CampaignNetwork = (Option<CampaignId>, Option<CompactString>);

/// The sums of a workspace while its campaigns are read one by one.
#[derive(Debug)]
pub struct WorkspaceSums<'a> {
    asked: &'a WorkspaceQuery,
    rows: BTreeMap<CampaignNetwork, WorkspaceRowSums>,
    names: BTreeMap<CampaignId, String>,
    unattributed: WorkspaceRowSums,
    joined_by: BTreeMap<MatchRule, i64>,
    /// Millionths of conversions whose click lies beyond the window asked for.
    late: i64,
    unvalued_minutes: i64,
}

impl<'a> WorkspaceSums<'a> {
    /// Nothing yet.
    pub fn new(asked: &'a WorkspaceQuery) -> WorkspaceSums<'a> {
        WorkspaceSums {
            asked,
            rows: BTreeMap::new(),
            names: BTreeMap::new(),
            unattributed: WorkspaceRowSums::default(),
            joined_by: BTreeMap::new(),
            late: 0,
            unvalued_minutes: 0,
        }
    }

    fn row(
        &mut self,
        campaign: Option<CampaignId>,
        network: Option<&str>,
    ) -> &mut WorkspaceRowSums {
        let network = network.map(CompactString::from);
        let key = match self.asked.by {
            WorkspaceBreakdown::CampaignNetwork => (campaign, network),
            WorkspaceBreakdown::Campaign => (campaign, None),
            WorkspaceBreakdown::Network => (None, network),
        };
        self.rows.entry(key).or_default()
    }

    /// Adds what a campaign's own report, by network, is made of.
    pub fn add_campaign(&mut self, inputs: &ReportInputs<'_>) {
        let campaign = inputs.campaign;
        let (id, currency) = (Some(campaign.id), campaign.currency);
        self.names.insert(campaign.id, campaign.name.clone());
        self.unvalued_minutes += inputs.costs.map_or(0, |it| it.unvalued_minutes);
        let (by_key, rest) = super::gather(inputs);
        let mut whole = rest.clone();
        for sums in by_key.values() {
            whole.add(sums);
        }
        let mut rows = super::rows(inputs, by_key);
        let mut unattributed = rest.row(RowKey::default(), currency);
        let mut total = whole.row(RowKey::default(), currency);
        allocate_costs::allocate_costs(inputs, &mut rows, &mut unattributed, &mut total);
        for (row, sums) in &rows {
            let cost = row.cost.map(|cost| cost.amount);
            let into = self.row(id, row.key.network.as_deref());
            into.add(sums, currency, cost, true);
        }
        let cost = unattributed.cost.map(|cost| cost.amount);
        if cost.unwrap_or(0) != 0 || !row::is_empty(&rest) {
            self.row(id, None).add(&rest, currency, cost, false);
        }
        for sum in inputs.told() {
            self.count(sum);
            // Sums have the campaign's currency only, and what was converted to it.
            if sum.currency.is_some_and(|it| it != currency) && sum.converted.is_none() {
                let network = sum.segment.network.as_deref().filter(|_| sum.in_window);
                self.row(id, network).add_money(sum);
            }
        }
    }

    /// Adds clicks on links without a campaign, and what is credited to such links.
    pub fn add_links_of_none(&mut self, clicks: &[ClickSum], credits: &[CreditSum]) {
        let asked = self.asked;
        let links = LinkIndex::new();
        for sum in clicks
            .iter()
            .filter(|it| asked.filter.allows(&it.segment, &links))
        {
            let network = sum.segment.network.as_deref();
            self.row(None, network).add_clicks(sum, network.is_some());
        }
        for sum in credits
            .iter()
            .filter(|it| asked.filter.allows(&it.segment, &links))
        {
            self.count(sum);
            let network = sum.segment.network.as_deref().filter(|_| sum.in_window);
            let row = self.row(None, network);
            row.add_credit(sum, network.is_some());
        }
    }

    /// Adds conversions that neither a campaign nor a link is known for. Nothing is known of them
    /// that a filter could let through.
    pub fn add_unattributed(&mut self, credits: &[CreditSum]) {
        if self.asked.filter.is_empty() {
            for sum in credits {
                self.count(sum);
                self.unattributed.add_credit(sum, false);
            }
        }
    }

    fn count(&mut self, sum: &CreditSum) {
        *self.joined_by.entry(sum.joined_by).or_default() += sum.weight;
        if !sum.in_window {
            self.late += sum.weight;
        }
    }

    /// The report.
    pub fn report(mut self) -> WorkspaceReport {
        let asked = self.asked;
        let mut total = self.unattributed.clone();
        for row in self.rows.values() {
            total.add_all(row);
        }
        let notes = self.notes();
        let names = std::mem::take(&mut self.names);
        let mut rows: Vec<WorkspaceRow> = self
            .rows
            .into_iter()
            .map(|((campaign, network), sums)| {
                let name = campaign.and_then(|id| names.get(&id).cloned());
                sums.shown(campaign, name, network)
            })
            .collect();
        // What has no campaign, or no network, stands behind what has one.
        rows.sort_by(|one, other| one.order().cmp(&other.order()));
        let joined_by = MatchRule::ALL.iter().map(|match_rule| {
            let weight = self.joined_by.get(match_rule).copied().unwrap_or(0);
            (match_rule.to_string(), conversions(weight))
        });
        WorkspaceReport {
            model: asked.model.to_string(),
            window_days: asked.window_days,
            axis: asked.axis,
            by: asked.by,
            from: asked.period.from,
            to: asked.period.to,
            time_zone: asked.time_zone.clone(),
            rows,
            unattributed: self.unattributed.shown(None, None, None),
            total: total.shown(None, None, None),
            cost_allocation: asked.filter.is_empty().then_some(asked.rule),
            joined_by: joined_by.collect(),
            comparison: None,
            notes,
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            "A visitor is a browser counted once for a campaign's network and day: who visits two \
             campaigns counts in both."
                .to_owned(),
        ];
        if matches!(self.asked.model, RequestedModel::DataDriven(_)) {
            notes.push(format!(
                "{} learns from each campaign's own journeys. Links without a campaign are credited as by \
                 {}.",
                self.asked.model,
                self.asked.model.rule()
            ));
        }
        if self.late > 0 {
            notes.push(format!(
                "{} came later after their clicks than the window that was asked for: they stand in the rows \
                 without a network.",
                super::notes::conversions_named(self.late)
            ));
        }
        if self.unvalued_minutes > 0 {
            notes.push(format!(
                "{} minutes of work are in no cost: their campaigns have no hourly rate.",
                self.unvalued_minutes
            ));
        }
        notes
    }
}
