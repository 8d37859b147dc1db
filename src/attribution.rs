//! Attribution: how the credit for a conversion is shared among its touches.
//!
//! Holds: the weights of one conversion sum to exactly [`WHOLE`], and its shares of money to
//! exactly the amount (largest remainder), for every model. A refund is shared as its sale was.
//! Pure functions; must not know where touches come from or where credits go.

use std::fmt;
use std::str::FromStr;

use crate::clock::Millis;
use crate::id::{CampaignId, ClickId, LinkId};

/// Weight of one whole conversion, in millionths.
pub const WHOLE: i64 = 1_000_000;

/// A rule that shares credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Model {
    /// Everything to the latest touch.
    LastTouch,
}

impl Model {
    /// Every model; credits are kept for each.
    pub const ALL: [Model; 1] = [Model::LastTouch];

    /// The word used outside and at rest.
    pub fn as_str(self) -> &'static str {
        match self {
            Model::LastTouch => "last_touch",
        }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an attribution model; use last_touch")]
pub struct UnknownModel(pub String);

impl FromStr for Model {
    type Err = UnknownModel;

    fn from_str(text: &str) -> Result<Self, UnknownModel> {
        Model::ALL
            .into_iter()
            .find(|model| model.as_str() == text)
            .ok_or_else(|| UnknownModel(text.chars().take(32).collect()))
    }
}

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

/// Shares a conversion of `amount` among `touches`, in any order. Without touches the whole goes
/// to nobody.
pub fn credits(model: Model, touches: &[Touch], amount: Option<i64>) -> Vec<Credit> {
    match model {
        Model::LastTouch => {
            let last = touches
                .iter()
                .max_by_key(|touch| (touch.clicked_at, touch.click_id));
            vec![Credit {
                touch: last.cloned(),
                weight: WHOLE,
                amount,
            }]
        }
    }
}

/// Shares a refund of `amount` (negative) exactly as the sale's `credits` were shared.
pub fn refund_credits(sale: &[Credit], amount: Option<i64>) -> Vec<Credit> {
    let weights: Vec<i64> = sale.iter().map(|credit| credit.weight).collect();
    let amounts = amount.map(|amount| split(amount, &weights));
    sale.iter()
        .enumerate()
        .map(|(place, credit)| Credit {
            touch: credit.touch.clone(),
            weight: credit.weight,
            amount: amounts.as_ref().map(|amounts| amounts[place]),
        })
        .collect()
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn touch(at: i64) -> Touch {
        Touch {
            click_id: Some(ClickId::from_parts(Millis(at), [0; 10])),
            campaign_id: None,
            network_seen: None,
            country: None,
            device: None,
            network: None,
            link_id: None,
            clicked_at: Some(Millis(at)),
        }
    }

    #[test]
    fn last_touch_takes_the_latest_whatever_the_order() {
        for touches in [
            [touch(1), touch(3), touch(2)],
            [touch(3), touch(2), touch(1)],
        ] {
            let credits = credits(Model::LastTouch, &touches, Some(4999));
            assert_eq!(
                credits,
                [Credit {
                    touch: Some(touch(3)),
                    weight: WHOLE,
                    amount: Some(4999)
                }]
            );
        }
    }

    #[test]
    fn without_touches_nobody_is_credited() {
        let credits = credits(Model::LastTouch, &[], None);
        assert_eq!(
            credits,
            [Credit {
                touch: None,
                weight: WHOLE,
                amount: None
            }]
        );
    }

    #[test]
    fn units_left_over_go_to_the_largest_remainder() {
        assert_eq!(split(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(split(-100, &[1, 1, 1]), [-34, -33, -33]);
        assert_eq!(split(5, &[0, 0]), [0, 0]);
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_amount(
            amount in -1_000_000_000_000i64..1_000_000_000_000,
            weights in prop::collection::vec(0i64..WHOLE, 1..9),
        ) {
            prop_assume!(weights.iter().sum::<i64>() > 0);
            prop_assert_eq!(split(amount, &weights).iter().sum::<i64>(), amount);
        }
    }
}
