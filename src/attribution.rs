//! Attribution: how the credit for a conversion is shared among its touches.
//!
//! Holds: the weights of one conversion sum to exactly [`WHOLE`], and its shares of money to
//! exactly the amount (largest remainder), for every model; the order in which touches are given
//! changes nothing. A refund is shared as its sale was. Whole numbers throughout, so every machine
//! shares alike. Data-driven models credit networks instead, from all journeys ([`data_driven`]).
//! Pure functions; must not know where touches come from or where credits go.

pub mod data_driven;
mod decay;
pub mod markov;
pub mod path;
mod rule;
pub mod shapley;
pub mod window;

use std::collections::BTreeMap;
use std::fmt;

use crate::clock::{DAY_MS, Millis};
use crate::id::{CampaignId, ClickId, LinkId};
use window::AttributionWindows;

/// Weight of one whole conversion, in millionths.
pub const WHOLE: i64 = 1_000_000;

/// A rule that shares credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttributionModel {
    /// Everything to the latest touch.
    LastTouch,
    /// Everything to the earliest touch.
    FirstTouch,
    /// Everything to the latest touch whose link stands for a network; to the latest if none does.
    LastNonDirect,
    /// The same to each touch.
    Linear,
    /// 40 % to the first, 40 % to the last, the rest to those between; of two touches half to each.
    Position,
    /// The less the older: half for each half-life that a touch lies further back.
    TimeDecay,
}

impl AttributionModel {
    /// Every model; credits are kept for each.
    pub const ALL: [AttributionModel; 6] = [
        AttributionModel::LastTouch,
        AttributionModel::FirstTouch,
        AttributionModel::LastNonDirect,
        AttributionModel::Linear,
        AttributionModel::Position,
        AttributionModel::TimeDecay,
    ];

    /// The word used outside and at rest.
    pub fn as_str(self) -> &'static str {
        match self {
            AttributionModel::LastTouch => "last_touch",
            AttributionModel::FirstTouch => "first_touch",
            AttributionModel::LastNonDirect => "last_non_direct",
            AttributionModel::Linear => "linear",
            AttributionModel::Position => "position",
            AttributionModel::TimeDecay => "time_decay",
        }
    }

    /// The model of a stored word; `None` for one of another version of the program.
    pub fn from_stored(word: &str) -> Option<AttributionModel> {
        AttributionModel::ALL
            .into_iter()
            .find(|model| model.as_str() == word)
    }
}

impl fmt::Display for AttributionModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not an attribution model; use last_touch, first_touch, last_non_direct, linear, position, \
     time_decay, markov or shapley"
)]
pub struct UnknownModel(pub String);

/// A click, or what UTM tags tell of one, before a conversion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// The click; unknown when only UTM tags were seen.
    pub click_id: Option<ClickId>,
    /// Its campaign, if the link had one.
    pub campaign_id: Option<CampaignId>,
    /// Its network, if known.
    pub network: Option<String>,
    /// The network it was seen on, if known.
    pub network_seen: Option<String>,
    /// ISO code of the country it came from, if known.
    pub country: Option<String>,
    /// The kind of device it came from, if known.
    pub device: Option<String>,
    /// Its link, if known.
    pub link_id: Option<LinkId>,
    /// When; unknown when only UTM tags were seen.
    pub clicked_at: Option<Millis>,
}

/// A share of one conversion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// Who gets it; `None` for the share that nobody can be credited with.
    pub touch: Option<Touch>,
    /// Millionths of the conversion.
    pub weight: i64,
    /// Share of the amount in minor units, signed as the amount is.
    pub amount: Option<i64>,
}

/// What credits are made by, beside the touches: what an operator can set, unless a campaign says
/// otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributionSettings {
    /// Days a click may lie before its lead, or whatever else it led to directly; 1 to 3650.
    pub window_days: u32,
    /// Days a sale may lie behind the lead of its customer; 1 to 3650.
    pub sale_window_days: u32,
    /// Days after which a touch weighs half, for [`AttributionModel::TimeDecay`]; 1 to 3650.
    pub half_life_days: u32,
}

/// Counts up when a rule shares otherwise than before.
const RULES_VERSION: i64 = 2;

impl AttributionSettings {
    /// A number above 0 that is another one whenever credits may be: of the rules, and of what is
    /// set.
    pub fn version(&self) -> i64 {
        let days = [self.window_days, self.sale_window_days, self.half_life_days];
        // Twelve bits each hold 3650.
        let packed = |all: i64, days: u32| all << 12 | i64::from(days.min(0xfff));
        days.into_iter().fold(RULES_VERSION, packed)
    }

    /// The windows of a campaign, given what it says itself, in days.
    pub fn windows(&self, lead_days: Option<u32>, sale_days: Option<u32>) -> AttributionWindows {
        let ms = |own: Option<u32>, days: u32| i64::from(own.unwrap_or(days)) * DAY_MS;
        AttributionWindows {
            lead_ms: ms(lead_days, self.window_days),
            sale_ms: ms(sale_days, self.sale_window_days),
        }
    }
}

/// The credits of one conversion, by each model.
pub type CreditsByModel = BTreeMap<AttributionModel, Vec<Credit>>;

/// Shares a conversion of `amount` among `touches`, in any order. Without touches the whole goes
/// to nobody. Who would get less than a millionth gets nothing.
pub fn credits(
    model: AttributionModel,
    touches: &[Touch],
    amount: Option<i64>,
    terms: &AttributionSettings,
) -> Vec<Credit> {
    let mut path: Vec<&Touch> = touches.iter().collect();
    path.sort_by_key(|touch| (touch.clicked_at, touch.click_id, touch.link_id));
    if path.is_empty() {
        return vec![nobodys(amount)];
    }
    let half_life_ms = i64::from(terms.half_life_days) * DAY_MS;
    let weights = split(WHOLE, &rule::weights(model, &path, half_life_ms));
    let touches = path.into_iter().cloned().map(Some).collect();
    shares(touches, &weights, amount)
}

/// Shares a refund of `amount` (negative) exactly as the sale's `credits` were shared. Without any
/// the whole goes to nobody.
pub fn refund_credits(sale: &[Credit], amount: Option<i64>) -> Vec<Credit> {
    if sale.is_empty() {
        return vec![nobodys(amount)];
    }
    let weights: Vec<i64> = sale.iter().map(|credit| credit.weight).collect();
    let touches = sale.iter().map(|credit| credit.touch.clone()).collect();
    shares(touches, &weights, amount)
}

fn nobodys(amount: Option<i64>) -> Credit {
    Credit {
        touch: None,
        weight: WHOLE,
        amount,
    }
}

fn shares(touches: Vec<Option<Touch>>, weights: &[i64], amount: Option<i64>) -> Vec<Credit> {
    let amounts = amount.map(|amount| split(amount, weights));
    let credit = |(place, touch)| Credit {
        touch,
        weight: weights[place],
        amount: amounts.as_ref().map(|amounts| amounts[place]),
    };
    let all = touches.into_iter().enumerate().map(credit);
    all.filter(|credit| credit.weight > 0).collect()
}

/// Splits `amount` by `weights` so that the parts sum to it exactly: each part is cut towards
/// zero, and the units left over go to the largest remainders, earlier places first.
pub fn split(amount: i64, weights: &[i64]) -> Vec<i64> {
    let whole: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if whole == 0 {
        return vec![0; weights.len()];
    }
    let sign = if amount < 0 { -1 } else { 1 };
    let absolute = i128::from(amount).abs();
    let mut parts: Vec<i128> = weights
        .iter()
        .map(|weight| absolute * i128::from(*weight) / whole)
        .collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|place| {
        (
            std::cmp::Reverse(absolute * i128::from(weights[*place]) % whole),
            *place,
        )
    });
    let left = absolute - parts.iter().sum::<i128>();
    for place in order.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        parts[place] += 1;
    }
    parts
        .into_iter()
        .map(|part| i64::try_from(sign * part).unwrap_or(amount))
        .collect()
}

#[cfg(test)]
mod tests;
