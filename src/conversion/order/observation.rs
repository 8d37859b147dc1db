//! What a delivery says of one part of an order.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::conversion::evidence::JoinEvidence;
use crate::money::Money;

/// What one delivery says of one part of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderObservation {
    /// The part, such as `paid` or `refund:77`; within an order each part has one observation.
    pub part: String,
    /// When the provider said so, in its own time: the newest word stands.
    pub version: Millis,
    /// What it says.
    pub fact: OrderFact,
}

/// What a provider can say of a part of an order. Amounts are positive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "an order has a handful of facts in memory at a time"
)]
pub enum OrderFact {
    /// Who ordered, and how they came.
    Known {
        /// What leads to a click.
        evidence: JoinEvidence,
    },
    /// Somebody became known without paying, such as by a trial.
    Lead {
        /// When.
        at: Millis,
    },
    /// The order was paid.
    Paid {
        /// When it was placed, or paid if the provider says no more.
        at: Millis,
        /// What was paid.
        total: Money,
    },
    /// Whether the order is void: what was paid and not refunded yet is taken back.
    Standing {
        /// Whether it is.
        is_void: bool,
    },
    /// The order was void at some time, whether or not it is now. The first such time stands.
    Off {
        /// When.
        at: Millis,
    },
    /// One refund.
    Refund {
        /// When.
        at: Millis,
        /// How much.
        amount: Money,
        /// How far it is.
        state: RefundState,
    },
    /// All refunds, if a provider lists them. A known refund that is not listed was deleted.
    RefundList {
        /// Their parts, such as `refund:77`.
        parts: Vec<String>,
    },
    /// All refunds up to now, if a provider reports their sum.
    RefundedInAll {
        /// When.
        at: Millis,
        /// The sum.
        amount: Money,
    },
    /// The customer's bank asks for money back.
    Dispute {
        /// When it began.
        at: Millis,
        /// How much.
        amount: Money,
        /// How far it is.
        state: DisputeState,
        /// When it reached this state.
        changed_at: Millis,
    },
}

/// How far a refund is. Of two words of the same moment the later variant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// On its way; counts.
    Pending,
    /// Made.
    Done,
    /// Not made after all; counts for nothing.
    Failed,
}

/// How far a dispute is. Of two words of the same moment the later variant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeState {
    /// A question of the bank: no money has moved.
    Inquiry,
    /// The money is gone for now.
    Open,
    /// The money is gone.
    Lost,
    /// The money came back.
    Won,
}

impl OrderFact {
    /// Which of two words of the same moment stands.
    fn rank(&self) -> u8 {
        match self {
            OrderFact::Refund { state, .. } => *state as u8,
            OrderFact::Dispute { state, .. } => *state as u8,
            OrderFact::Standing { is_void, .. } => u8::from(*is_void),
            // Within a moment refunds are made, not deleted.
            OrderFact::RefundList { parts } => u8::try_from(parts.len()).unwrap_or(u8::MAX),
            _ => 0,
        }
    }

    /// The latest time that it names; the least one if it names none.
    pub fn latest(&self) -> Millis {
        match self {
            OrderFact::Dispute { at, changed_at, .. } => *at.max(changed_at),
            _ => self.at(),
        }
    }

    /// When it happened; the same for all facts without a time.
    fn at(&self) -> Millis {
        match self {
            OrderFact::Known { .. } | OrderFact::Standing { .. } | OrderFact::RefundList { .. } => {
                Millis(0)
            }
            OrderFact::Lead { at }
            | OrderFact::Paid { at, .. }
            | OrderFact::Off { at }
            | OrderFact::Refund { at, .. }
            | OrderFact::RefundedInAll { at, .. }
            | OrderFact::Dispute { at, .. } => *at,
        }
    }
}

impl OrderObservation {
    /// The evidence of the person who ordered, if it has any.
    pub fn evidence(&self) -> Option<&JoinEvidence> {
        match &self.fact {
            OrderFact::Known { evidence } => Some(evidence),
            _ => None,
        }
    }

    /// What stands if both speak of the same part; the same whichever came first.
    ///
    /// A refund, and a void order, keep their earliest reported time: some shops only say when the
    /// order last changed. Click ids add up. Otherwise, of two words of one version the one with
    /// the earlier time stands. A provider without times of its own has one version for all, and
    /// then the first word stands however often it is repeated.
    #[must_use]
    pub fn merged(self, other: OrderObservation) -> OrderObservation {
        let order = |observation: &OrderObservation| {
            // What is merged below must not decide here.
            let mut fact = observation.fact.clone();
            match &mut fact {
                OrderFact::Refund { at, .. } | OrderFact::Off { at } => *at = Millis::default(),
                OrderFact::Known { evidence } => evidence.set_clicks(Vec::new()),
                _ => {}
            }
            // The text decides between what should never differ, so that the order of arrival never
            // does.
            let text = serde_json::to_string(&fact).unwrap_or_default();
            (observation.version, fact.rank(), Reverse(fact.at()), text)
        };
        let (older, mut newer) = if order(&self) <= order(&other) {
            (self, other)
        } else {
            (other, self)
        };
        if let (OrderFact::Known { evidence: old }, OrderFact::Known { evidence: new }) =
            (&older.fact, &mut newer.fact)
        {
            let mut all: Vec<_> = new.clicks().collect();
            for (id, source) in old.clicks() {
                match all.iter_mut().find(|(known, _)| *known == id) {
                    Some(known) => known.1 = known.1.min(source),
                    None => all.push((id, source)),
                }
            }
            all.sort_unstable();
            new.set_clicks(all);
        }
        match (&older.fact, &mut newer.fact) {
            (OrderFact::Refund { at: earlier, .. }, OrderFact::Refund { at, .. })
            | (OrderFact::Off { at: earlier }, OrderFact::Off { at }) => *at = (*at).min(*earlier),
            _ => {}
        }
        newer
    }
}
