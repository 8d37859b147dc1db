//! The credits of a campaign one by one.

use std::collections::BTreeMap;

use super::sink::{CreditSink, text_ids};
use super::touch::CreditedTouch;
use crate::campaign_report::observed::LeadTotals;
use crate::campaign_report::query::ReportQuery;
use crate::campaign_report::text_table::{TextId, TextTable};
use crate::conversion::ConversionKind;

/// Credits of a campaign.
#[derive(Clone, Debug, Default)]
pub struct CampaignCredits {
    names: TextTable,
    touches: Vec<CreditedTouch>,
}

impl CreditSink for CampaignCredits {
    fn add<'a>(
        &mut self,
        names: impl Iterator<Item = &'a str>,
        touches: impl Iterator<Item = CreditedTouch>,
    ) {
        let numbers = text_ids(&mut self.names, names);
        let touches = touches.map(|touch| touch.renumbered(&numbers));
        self.touches.extend(touches);
    }
}

impl CampaignCredits {
    /// The texts behind text ids.
    pub fn names(&self) -> &TextTable {
        &self.names
    }

    /// The touches, in no order.
    pub fn touches(&self) -> &[CreditedTouch] {
        &self.touches
    }

    /// Leads in the period and within the window, by link and by network.
    pub fn leads(&self, query: &ReportQuery) -> LeadTotals {
        let (model, window_ms) = (query.model.rule(), query.window_ms());
        let mut leads = LeadTotals::default();
        let mut by_network: BTreeMap<TextId, i64> = BTreeMap::new();
        for touch in &self.touches {
            let Some(share) = touch.share(model) else {
                continue;
            };
            if touch.kind != ConversionKind::Lead
                || !query.contains(touch.timestamp(query.axis))
                || !touch.is_within(window_ms)
            {
                continue;
            }
            if let Some(link) = touch.link {
                *leads.by_link.entry(link).or_default() += share.weight;
            }
            *by_network.entry(touch.network).or_default() += share.weight;
        }
        let named = by_network.into_iter().filter_map(|(network, weight)| {
            let name = self.names.text(network)?;
            Some((name.to_owned(), weight))
        });
        leads.by_network = named.collect();
        leads
    }
}
