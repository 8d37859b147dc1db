//! A row of the report over all campaigns, and the sums behind it.

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::money::{self, CurrencySums, MoneySums};
use crate::campaign_report::figures::{self, conversions, float};
use crate::campaign_report::observed::{ClickSum, CreditSum};
use crate::campaign_report::row::ClickCounts;
use crate::campaign_report::row_sums::RowSums;
use crate::campaign_report::wilson::LeadRate;
use crate::conversion::ConversionKind;
use crate::id::CampaignId;
use crate::money::Currency;

/// One row of the report over all campaigns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WorkspaceRow {
    /// The campaign's id; `null` for links without a campaign, and unless rows are by campaign.
    #[schema(value_type = Option<String>, example = "cmp_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub campaign: Option<CampaignId>,
    /// The campaign's name.
    pub campaign_name: Option<String>,
    /// The links' network; `null` for data of the campaign without a network, and unless rows are
    /// by network.
    #[schema(value_type = Option<String>, example = "x")]
    pub network: Option<CompactString>,
    /// Requests for links.
    pub clicks: ClickCounts,
    /// Browsers, each counted once for a campaign's network and day.
    pub visitors: i64,
    /// Leads credited; a fraction if the model shares them.
    #[serde(serialize_with = "figures::serialize_count")]
    pub leads: f64,
    /// Leads of networks per visitor with the 95 % Wilson interval; `null` without visitors, or
    /// with fewer visitors than leads.
    pub lead_rate: Option<LeadRate>,
    /// Sales credited.
    #[serde(serialize_with = "figures::serialize_count")]
    pub sales: f64,
    /// New customers: sales that are their customer's first.
    #[serde(serialize_with = "figures::serialize_count")]
    pub customers: f64,
    /// Returning customers: sales that are their customer's second.
    #[serde(serialize_with = "figures::serialize_count")]
    pub repeat_customers: f64,
    /// Money and costs by currency. A campaign's money is in its currency, including converted
    /// amounts. Amounts that were not converted are in their own currency.
    pub money: Vec<CurrencySums>,
    /// Number of named events, by name.
    #[serde(serialize_with = "figures::serialize_counts")]
    pub events: BTreeMap<String, f64>,
}

impl WorkspaceRow {
    /// Rows in the order of campaigns and networks, what has none behind what has one.
    pub(super) fn order(&self) -> (bool, Option<CampaignId>, bool, Option<&str>) {
        (
            self.campaign.is_none(),
            self.campaign,
            self.network.is_none(),
            self.network.as_deref(),
        )
    }

    /// Whether nothing is known of it.
    pub fn is_empty(&self) -> bool {
        self.clicks.all == 0
            && self.leads + self.sales == 0.0
            && self.money.is_empty()
            && self.events.is_empty()
    }
}

/// Whether nothing was summed.
pub(super) fn is_empty(sums: &RowSums) -> bool {
    let money = [sums.revenue, sums.refunds];
    let counts = [sums.clicks.all, sums.leads, sums.sales];
    sums.events.is_empty() && money == [0; 2] && counts == [0; 3]
}

/// Sums of one row while they gather.
#[derive(Clone, Debug, Default)]
pub(super) struct WorkspaceRowSums {
    clicks: ClickCounts,
    visitors: i64,
    leads: i64,
    /// Leads and visitors of networks, which make the rate.
    of_networks: (i64, i64),
    sales: i64,
    customers: i64,
    repeat_customers: i64,
    events: BTreeMap<String, i64>,
    money: Vec<MoneySums>,
}

impl WorkspaceRowSums {
    /// Adds a row of a campaign's report, whose money is in `currency`.
    pub(super) fn add(
        &mut self,
        sums: &RowSums,
        currency: Currency,
        cost: Option<i64>,
        of_network: bool,
    ) {
        self.add_counts(sums);
        if of_network {
            self.of_networks.0 += sums.leads;
            self.of_networks.1 += sums.visitors;
        }
        let events = sums.events.values();
        let events = events.fold(0i64, |sum, (_, amount)| sum.saturating_add(*amount));
        let cost = cost.filter(|cost| *cost != 0);
        if [sums.revenue, sums.refunds, events] != [0; 3] || cost.is_some() {
            let money = money::of(&mut self.money, currency);
            money.add_all(&MoneySums {
                currency,
                revenue: sums.revenue,
                refunds: sums.refunds,
                events,
                cost,
            });
        }
    }

    fn add_counts(&mut self, sums: &RowSums) {
        self.clicks.human += sums.clicks.human;
        self.clicks.bot += sums.clicks.bot;
        self.clicks.all += sums.clicks.all;
        for (class, clicks) in &sums.clicks.by_class {
            *self.clicks.by_class.entry(*class).or_default() += clicks;
        }
        self.visitors += sums.visitors;
        self.leads += sums.leads;
        self.sales += sums.sales;
        self.customers += sums.customers;
        self.repeat_customers += sums.repeat_customers;
        for (name, (weight, _)) in &sums.events {
            *self.events.entry(name.clone()).or_default() += weight;
        }
    }

    /// Adds clicks.
    pub(super) fn add_clicks(&mut self, sum: &ClickSum, of_network: bool) {
        self.clicks.add(sum.class, sum.clicks);
        self.visitors += sum.visitors;
        if of_network {
            self.of_networks.1 += sum.visitors;
        }
    }

    /// Adds conversions with their money, in their own currency.
    pub(super) fn add_credit(&mut self, sum: &CreditSum, of_network: bool) {
        match sum.kind {
            ConversionKind::Lead => {
                self.leads += sum.weight;
                if of_network {
                    self.of_networks.0 += sum.weight;
                }
            }
            ConversionKind::Sale => {
                self.sales += sum.weight;
                self.customers += sum.first_sales;
                self.repeat_customers += sum.second_sales;
            }
            ConversionKind::Event => {
                let name = sum.name.clone().unwrap_or_default();
                *self.events.entry(name).or_default() += sum.weight;
            }
            ConversionKind::Refund
            | ConversionKind::Chargeback
            | ConversionKind::ChargebackReversal => {}
        }
        self.add_money(sum);
    }

    /// Adds money of conversions that are counted elsewhere, in its own currency.
    pub(super) fn add_money(&mut self, sum: &CreditSum) {
        // What a lead is worth is in no sum.
        let currency = sum
            .currency
            .filter(|_| sum.kind != ConversionKind::Lead && sum.amount != 0);
        if let Some(currency) = currency {
            money::of(&mut self.money, currency).add(sum.kind, sum.amount);
        }
    }

    /// Adds another row.
    pub(super) fn add_all(&mut self, other: &WorkspaceRowSums) {
        let counts = RowSums {
            clicks: other.clicks.clone(),
            visitors: other.visitors,
            leads: other.leads,
            sales: other.sales,
            customers: other.customers,
            repeat_customers: other.repeat_customers,
            events: other
                .events
                .iter()
                .map(|(name, count)| (name.clone(), (*count, 0)))
                .collect(),
            ..RowSums::default()
        };
        self.add_counts(&counts);
        self.of_networks.0 += other.of_networks.0;
        self.of_networks.1 += other.of_networks.1;
        for sums in &other.money {
            money::of(&mut self.money, sums.currency).add_all(sums);
        }
    }

    /// The row as the API shows it.
    pub(super) fn shown(
        &self,
        campaign: Option<CampaignId>,
        campaign_name: Option<String>,
        network: Option<CompactString>,
    ) -> WorkspaceRow {
        let (leads, visitors) = self.of_networks;
        let events = self.events.iter();
        WorkspaceRow {
            campaign,
            campaign_name,
            network,
            clicks: self.clicks.clone(),
            visitors: self.visitors,
            leads: conversions(self.leads),
            lead_rate: LeadRate::wilson(conversions(leads), float(visitors)),
            sales: conversions(self.sales),
            customers: conversions(self.customers),
            repeat_customers: conversions(self.repeat_customers),
            money: money::shown(&self.money, conversions(self.leads)),
            events: events
                .map(|(name, weight)| (name.clone(), conversions(*weight)))
                .collect(),
        }
    }
}
