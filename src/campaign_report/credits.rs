//! The credits of a campaign one by one: every touch of its conversions, with what each model gives
//! to it.
//!
//! Holds: reports sum these in memory, as finely as they are asked for. A conversion that nobody is
//! credited with is one touch of which nothing is known. Must not know: where credits are kept.

mod assisted;
mod sums;

pub use sums::UnattributedCredits;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ReportAxis;
use super::engagement::LeadTotals;
use super::granularity::Granularity;
use super::text_table::{TextId, TextTable};
use crate::attribution::AttributionModel;
use crate::clock::Millis;
use crate::conversion::{ConversionKind, MatchRule};
use crate::id::{ClickId, ConversionId, LinkId};

/// What one model gives to a touch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditShare {
    /// Millionths of the conversion.
    pub weight: i64,
    /// Minor units of the conversion's own currency, negative for refunds.
    pub amount: i64,
    /// Minor units of the campaign's currency, where it was converted.
    pub converted: Option<i64>,
}

/// What the models give to a touch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModelShares {
    /// Every model the same: there is no other touch, as a rule.
    Alike(CreditShare),
    /// Each for itself, in the order of [`AttributionModel::ALL`].
    Each(Box<[Option<CreditShare>; AttributionModel::ALL.len()]>),
}

impl ModelShares {
    /// The shares in the order of [`AttributionModel::ALL`].
    pub fn new(shares: [Option<CreditShare>; AttributionModel::ALL.len()]) -> ModelShares {
        match shares[0] {
            Some(share) if shares == [Some(share); AttributionModel::ALL.len()] => {
                ModelShares::Alike(share)
            }
            _ => ModelShares::Each(Box::new(shares)),
        }
    }
}

/// A touch of a conversion, and what it is credited with. Names are numbers of
/// [`CampaignCredits::names`], or of the day that it is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditedTouch {
    /// What happened.
    pub conversion: ConversionId,
    /// Kind of it.
    pub kind: ConversionKind,
    /// The event's name, for [`ConversionKind::Event`].
    pub name: TextId,
    /// Currency of the amounts.
    pub currency: TextId,
    /// The rung that joined it.
    pub joined_by: MatchRule,
    /// When it happened.
    pub occurred_at: Millis,
    /// The same, of what takes a sale back that of the sale.
    pub earned_at: Millis,
    /// Of a sale: how many its customer had before.
    pub earlier_sales: Option<i64>,
    /// Day of the rates that it was converted by.
    pub rate_day: Option<i64>,
    /// The click, if known.
    pub click: Option<ClickId>,
    /// When it came.
    pub clicked_at: Option<Millis>,
    /// Its link, if known.
    pub link: Option<LinkId>,
    /// The network that the link was made for.
    pub network: TextId,
    /// The network that it was seen on.
    pub network_seen: TextId,
    /// Where it came from.
    pub country: TextId,
    /// What it came from.
    pub device: TextId,
    /// What the models give to it.
    pub shares: ModelShares,
}

impl CreditedTouch {
    /// What this model gives to it, if anything.
    pub fn share(&self, model: AttributionModel) -> Option<CreditShare> {
        match &self.shares {
            ModelShares::Alike(share) => Some(*share),
            ModelShares::Each(shares) => shares[model as usize],
        }
    }

    /// The moment that counts.
    pub fn timestamp(&self, axis: ReportAxis) -> Millis {
        match axis {
            ReportAxis::Click => self.clicked_at.unwrap_or(self.earned_at),
            ReportAxis::Conversion => self.occurred_at,
        }
    }

    /// Whether its click lies within so many milliseconds before the conversion; of what takes a
    /// sale back, before the sale.
    pub fn is_within(&self, window_ms: i64) -> bool {
        self.clicked_at
            .is_none_or(|clicked| self.earned_at.0 - clicked.0 <= window_ms)
    }

    /// The same with each name's number of these in its place.
    fn renamed(mut self, numbers: &[TextId]) -> CreditedTouch {
        for name in self.names() {
            *name = numbers.get(*name as usize).copied().unwrap_or_default();
        }
        self
    }

    /// Every name that it has.
    pub fn names(&mut self) -> [&mut TextId; 6] {
        [
            &mut self.name,
            &mut self.currency,
            &mut self.network,
            &mut self.network_seen,
            &mut self.country,
            &mut self.device,
        ]
    }
}

/// Which credits.
#[derive(Clone, Copy, Debug)]
pub struct CreditQuery<'a> {
    /// How credit is shared.
    pub model: AttributionModel,
    /// Which moment must lie in `[from, to)`, and units of time are of: that of the click (where
    /// none is known, of the conversion, and for a refund of its sale), or that of the conversion.
    pub axis: ReportAxis,
    /// `[from, to)`.
    pub period: (Millis, Millis),
    /// Those whose click lies more than so many milliseconds before the conversion (of a refund,
    /// its sale) come apart, with `in_window` false.
    pub window_ms: i64,
    /// How finely they are told apart.
    pub granularity: &'a Granularity,
}

impl CreditQuery<'_> {
    fn is_about(&self, touch: &CreditedTouch) -> bool {
        let (from, to) = self.period;
        let timestamp = touch.timestamp(self.axis);
        timestamp >= from && timestamp < to
    }
}

/// Credits of a campaign.
#[derive(Clone, Debug, Default)]
pub struct CampaignCredits {
    names: TextTable,
    touches: Vec<CreditedTouch>,
}

/// Takes touches in as they are read.
pub trait CreditSink {
    /// Takes in touches whose names are numbers of `names`.
    fn add<'a>(
        &mut self,
        names: impl Iterator<Item = &'a str>,
        touches: impl Iterator<Item = CreditedTouch>,
    );
}

/// The numbers that `known` has for names, in their order.
fn numbers<'a>(known: &mut TextTable, names: impl Iterator<Item = &'a str>) -> Vec<TextId> {
    names.map(|name| known.number(name)).collect()
}

impl CreditSink for CampaignCredits {
    fn add<'a>(
        &mut self,
        names: impl Iterator<Item = &'a str>,
        touches: impl Iterator<Item = CreditedTouch>,
    ) {
        let numbers = numbers(&mut self.names, names);
        let touches = touches.map(|touch| touch.renamed(&numbers));
        self.touches.extend(touches);
    }
}

impl CampaignCredits {
    /// The texts behind names.
    pub fn names(&self) -> &TextTable {
        &self.names
    }

    /// The touches, in no order.
    pub fn touches(&self) -> &[CreditedTouch] {
        &self.touches
    }

    /// Leads in the period and within the window, by link and by network.
    pub fn leads(&self, asked: &CreditQuery<'_>) -> LeadTotals {
        let mut leads = LeadTotals::default();
        let mut by_network: BTreeMap<TextId, i64> = BTreeMap::new();
        for touch in &self.touches {
            let Some(share) = touch.share(asked.model) else {
                continue;
            };
            if touch.kind != ConversionKind::Lead
                || !asked.is_about(touch)
                || !touch.is_within(asked.window_ms)
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
