//! Credits: the share of a conversion that each touch gets.

use std::collections::BTreeMap;

use super::model::AttributionModel;
use super::rule;
use super::settings::AttributionSettings;
use super::split::split;
use super::touch::Touch;
use crate::clock::DAY_MS;

/// Weight of one whole conversion, in millionths.
pub const WHOLE: i64 = 1_000_000;

/// A share of one conversion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// The touch that gets it; `None` if nothing can get the credit.
    pub touch: Option<Touch>,
    /// Millionths of the conversion.
    pub weight: i64,
    /// Share of the amount in minor units, with the sign of the amount.
    pub amount: Option<i64>,
}

impl Credit {
    /// The share of the conversion, 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "a weight is at most a million")]
    pub fn share(&self) -> f64 {
        self.weight as f64 / WHOLE as f64
    }
}

/// The credits of one conversion, by each model.
pub type CreditsByModel = BTreeMap<AttributionModel, Vec<Credit>>;

/// Shares a conversion of `amount` among `touches`, in any order. Without touches, the whole is
/// unattributed. A touch with less than a millionth gets nothing.
pub fn credits(
    model: AttributionModel,
    touches: &[Touch],
    amount: Option<i64>,
    settings: &AttributionSettings,
) -> Vec<Credit> {
    let mut path: Vec<&Touch> = touches.iter().collect();
    path.sort_by_key(|touch| (touch.clicked_at, touch.click_id, touch.link_id));
    if path.is_empty() {
        return vec![unattributed(amount)];
    }
    let half_life_ms = i64::from(settings.half_life_days) * DAY_MS;
    let weights = split(WHOLE, &rule::weights(model, &path, half_life_ms));
    let touches = path.into_iter().cloned().map(Some).collect();
    shares(touches, &weights, amount)
}

/// Shares a refund of `amount` (negative) exactly like its sale. Without credits of the sale, the
/// whole is unattributed.
pub fn refund_credits(sale: &[Credit], amount: Option<i64>) -> Vec<Credit> {
    if sale.is_empty() {
        return vec![unattributed(amount)];
    }
    let weights: Vec<i64> = sale.iter().map(|credit| credit.weight).collect();
    let touches = sale.iter().map(|credit| credit.touch.clone()).collect();
    shares(touches, &weights, amount)
}

fn unattributed(amount: Option<i64>) -> Credit {
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
