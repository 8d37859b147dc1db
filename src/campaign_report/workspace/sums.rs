//! The sums of the report over all campaigns.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::report::{WorkspaceBreakdown, WorkspaceQuery, WorkspaceReport};
use super::row::{self, WorkspaceRow, WorkspaceRowSums};
use crate::attribution::data_driven::RequestedModel;
use crate::campaign_report::allocate_costs::allocate_costs;
use crate::campaign_report::declared::Declared;
use crate::campaign_report::figures::conversions;
use crate::campaign_report::notes::{VISITORS_ARE_GONE, counted_conversions};
use crate::campaign_report::observed::{ClickSum, CreditSum, Observed};
use crate::campaign_report::row_key::RowKey;
use crate::campaign_report::rows::{rows, sum_by_row};
use crate::campaign_report::segment::LinkIndex;
use crate::conversion::MatchRule;
use crate::id::CampaignId;

/// Campaign and network; `None` where there is none, or where rows are not made by it.
type CampaignNetwork = (Option<CampaignId>, Option<CompactString>);

/// The sums of a workspace, to which its campaigns are added one by one.
#[derive(Debug)]
pub struct WorkspaceSums<'a> {
    query: &'a WorkspaceQuery,
    rows: BTreeMap<CampaignNetwork, WorkspaceRowSums>,
    names: BTreeMap<CampaignId, String>,
    unattributed: WorkspaceRowSums,
    joined_by: BTreeMap<MatchRule, i64>,
    /// Millionths of conversions whose click lies beyond the window asked for.
    late: i64,
    unvalued_minutes: i64,
}

impl<'a> WorkspaceSums<'a> {
    /// Sums without any campaign.
    pub fn new(query: &'a WorkspaceQuery) -> WorkspaceSums<'a> {
        WorkspaceSums {
            query,
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
        let key = match self.query.by {
            WorkspaceBreakdown::CampaignNetwork => (campaign, network),
            WorkspaceBreakdown::Campaign => (campaign, None),
            WorkspaceBreakdown::Network => (None, network),
        };
        self.rows.entry(key).or_default()
    }

    /// Adds what a campaign's own report, by network, is made of.
    pub fn add_campaign(&mut self, observed: &Observed, declared: &Declared) {
        let (query, campaign) = (&self.query.report, &declared.campaign);
        let (id, currency) = (Some(campaign.id), campaign.currency);
        self.names.insert(campaign.id, campaign.name.clone());
        let (by_key, rest) = sum_by_row(query, observed, currency);
        let mut whole = rest.clone();
        for sums in by_key.values() {
            whole.add(sums);
        }
        let mut rows = rows(query, observed, currency, by_key);
        let mut unattributed = rest.row(RowKey::default(), currency);
        let mut total = whole.row(RowKey::default(), currency);
        if !query.is_narrowed() {
            let costs = &declared.costs;
            self.unvalued_minutes += costs.unvalued_minutes;
            allocate_costs(
                query,
                observed,
                costs,
                &mut rows,
                &mut unattributed,
                &mut total,
            );
        }
        for (row, sums) in &rows {
            let cost = row.cost.map(|cost| cost.amount);
            let into = self.row(id, row.key.network.as_deref());
            into.add(sums, currency, cost, true);
        }
        let cost = unattributed.cost.map(|cost| cost.amount);
        if cost.unwrap_or(0) != 0 || !row::is_empty(&rest) {
            self.row(id, None).add(&rest, currency, cost, false);
        }
        for sum in observed.shown_credits(&query.filter) {
            self.count(sum);
            // The rows' sums hold the campaign's currency, and what was converted to it.
            let is_other = sum.currency.is_some_and(|own| own != currency);
            if is_other && sum.converted.is_none() {
                let network = sum.segment.network.as_deref().filter(|_| sum.in_window);
                self.row(id, network).add_money(sum);
            }
        }
    }

    /// Adds clicks on links without a campaign, and what is credited to such links.
    pub fn add_links_of_none(&mut self, clicks: &[ClickSum], credits: &[CreditSum]) {
        let filter = &self.query.report.filter;
        let links = LinkIndex::new();
        for sum in clicks
            .iter()
            .filter(|sum| filter.allows(&sum.segment, &links))
        {
            let network = sum.segment.network.as_deref();
            self.row(None, network).add_clicks(sum, network.is_some());
        }
        for sum in credits
            .iter()
            .filter(|sum| filter.allows(&sum.segment, &links))
        {
            self.count(sum);
            let network = sum.segment.network.as_deref().filter(|_| sum.in_window);
            let row = self.row(None, network);
            row.add_credit(sum, network.is_some());
        }
    }

    /// Adds conversions that neither a campaign nor a link is known for. A filter lets none of them
    /// pass, because their dimensions are not known.
    pub fn add_unattributed(&mut self, credits: &[CreditSum]) {
        if !self.query.report.is_narrowed() {
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

    /// The report. `has_all_visitors` is whether visitors of the whole period are still kept.
    pub fn report(mut self, has_all_visitors: bool) -> WorkspaceReport {
        let (query, report) = (self.query, &self.query.report);
        let mut total = self.unattributed.clone();
        for row in self.rows.values() {
            total.add_all(row);
        }
        let notes = self.notes(has_all_visitors);
        let names = std::mem::take(&mut self.names);
        let mut rows: Vec<WorkspaceRow> = self
            .rows
            .into_iter()
            .map(|((campaign, network), sums)| {
                let name = campaign.and_then(|id| names.get(&id).cloned());
                sums.shown(campaign, name, network)
            })
            .collect();
        // Rows without a campaign, or without a network, come last.
        rows.sort_by(|a, b| a.order().cmp(&b.order()));
        let joined_by = MatchRule::ALL.iter().map(|rule| {
            let weight = self.joined_by.get(rule).copied().unwrap_or(0);
            (rule.to_string(), conversions(weight))
        });
        WorkspaceReport {
            model: report.model.to_string(),
            window_days: report.window_days,
            axis: report.axis,
            by: query.by,
            from: report.period.from,
            to: report.period.to,
            time_zone: query.time_zone.clone(),
            rows,
            unattributed: self.unattributed.shown(None, None, None),
            total: total.shown(None, None, None),
            cost_allocation: (!report.is_narrowed()).then_some(report.cost_allocation),
            joined_by: joined_by.collect(),
            comparison: None,
            notes,
        }
    }

    fn notes(&self, has_all_visitors: bool) -> Vec<String> {
        let model = self.query.report.model;
        let learns = matches!(model, RequestedModel::DataDriven(_));
        let mut notes = vec![
            "A visitor is a browser, counted once for each network of a campaign and day. A browser that \
             visits two campaigns counts in both."
                .to_owned(),
        ];
        if learns {
            notes.push(format!(
                "{model} learns from each campaign's own journeys. Links without a campaign are credited as by \
                 {}.",
                model.rule()
            ));
        }
        if self.late > 0 {
            notes.push(format!(
                "{} came after the requested window. The rows without a network include them.",
                counted_conversions(self.late)
            ));
        }
        if self.unvalued_minutes > 0 {
            notes.push(format!(
                "{} minutes of work are not in any cost, because their campaigns have no hourly rate.",
                self.unvalued_minutes
            ));
        }
        if learns && !has_all_visitors {
            notes.push(VISITORS_ARE_GONE.to_owned());
        }
        notes
    }
}
