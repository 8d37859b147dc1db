//! A touch of a conversion, with what each attribution model gives to it.

use serde::{Deserialize, Serialize};

use crate::attribution::AttributionModel;
use crate::campaign_report::query::ReportAxis;
use crate::campaign_report::text_table::TextId;
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
    /// Every model gives the same. Usually there is no other touch.
    Alike(CreditShare),
    /// One entry for each model, in the order of [`AttributionModel::ALL`].
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

/// A touch of a conversion, and what it is credited with.
///
/// Its text ids are of [`CampaignCredits::names`](super::CampaignCredits::names), or of the packed
/// day that it is read from.
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
    /// The rule that joined it.
    pub joined_by: MatchRule,
    /// When it happened.
    pub occurred_at: Millis,
    /// When it was earned: the same, or for a refund the time of its sale.
    pub earned_at: Millis,
    /// Of a sale: how many sales its customer had before.
    pub earlier_sales: Option<i64>,
    /// Day of the rates that it was converted by.
    pub rate_day: Option<i64>,
    /// The click, if known.
    pub click: Option<ClickId>,
    /// When the click came.
    pub clicked_at: Option<Millis>,
    /// The link, if known.
    pub link: Option<LinkId>,
    /// The network that the link was made for.
    pub network: TextId,
    /// The network that the click was seen on.
    pub network_seen: TextId,
    /// The country that the click came from.
    pub country: TextId,
    /// The kind of device.
    pub device: TextId,
    /// What the models give to it.
    pub shares: ModelShares,
}

impl CreditedTouch {
    /// What this model gives to the touch, if anything.
    pub fn share(&self, model: AttributionModel) -> Option<CreditShare> {
        match &self.shares {
            ModelShares::Alike(share) => Some(*share),
            ModelShares::Each(shares) => shares[model as usize],
        }
    }

    /// The timestamp that the axis goes by.
    pub fn timestamp(&self, axis: ReportAxis) -> Millis {
        match axis {
            ReportAxis::Click => self.clicked_at.unwrap_or(self.earned_at),
            ReportAxis::Conversion => self.occurred_at,
        }
    }

    /// Whether the click lies at most so many milliseconds before the conversion, or before the
    /// sale that a refund takes back.
    pub fn is_within(&self, window_ms: i64) -> bool {
        self.clicked_at
            .is_none_or(|clicked| self.earned_at.0 - clicked.0 <= window_ms)
    }

    /// The touch with its text ids replaced by those that `numbers` gives.
    pub(super) fn renumbered(mut self, numbers: &[TextId]) -> CreditedTouch {
        for name in self.names() {
            *name = numbers.get(*name as usize).copied().unwrap_or_default();
        }
        self
    }

    /// Every text id that it has.
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
