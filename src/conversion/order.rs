//! An order's life: what a provider has told of it, in whatever order it came, and the lines of the
//! ledger that follow.
//!
//! Holds: the lines are a function of what was told, of nothing else. So deliveries that come late, again
//! or in another order end in the same ledger, and an older payload never overwrites a newer one. Of each
//! part of an order the newest word stands; click ids add up. Money goes by the original currency, in
//! minor units. Must not know: any provider's payloads, storage.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::{Evidence, Kind};
use crate::clock::Millis;
use crate::money::Money;

/// What one delivery tells of one part of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// The part, such as `paid` or `refund:77`; within an order each part has one observation.
    pub part: String,
    /// When the provider said so, in its own time: the newest word stands.
    pub version: Millis,
    /// What it says.
    pub fact: Fact,
}

/// What can be told of a part of an order. Amounts are positive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "an order has a handful of facts in memory at a time"
)]
pub enum Fact {
    /// Who ordered, and how they came.
    Known {
        /// What leads to a click.
        evidence: Evidence,
    },
    /// Somebody became known without paying, as by a trial.
    Lead {
        /// When.
        at: Millis,
    },
    /// The order was paid.
    Paid {
        /// When it was placed, or paid where the provider tells no more.
        at: Millis,
        /// What was paid.
        total: Money,
    },
    /// Whether the order is off: what was paid and did not go back yet is taken back.
    Standing {
        /// Whether it is.
        is_void: bool,
        /// Since when.
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
    /// All refunds up to now, where a provider tells their sum.
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
        /// When it came so far.
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

impl Fact {
    /// Which of two words of the same moment stands.
    fn rank(&self) -> u8 {
        match self {
            Fact::Refund { state, .. } => *state as u8,
            Fact::Dispute { state, .. } => *state as u8,
            Fact::Standing { is_void, .. } => u8::from(*is_void),
            _ => 0,
        }
    }

    /// When what it tells of happened; the same for all that tell of no moment.
    fn at(&self) -> Millis {
        match self {
            Fact::Known { .. } => Millis(0),
            Fact::Lead { at }
            | Fact::Paid { at, .. }
            | Fact::Standing { at, .. }
            | Fact::Refund { at, .. }
            | Fact::RefundedInAll { at, .. }
            | Fact::Dispute { at, .. } => *at,
        }
    }
}

impl Observation {
    /// What it tells of who ordered, where it does.
    pub fn evidence(&self) -> Option<&Evidence> {
        match &self.fact {
            Fact::Known { evidence } => Some(evidence),
            _ => None,
        }
    }

    /// What stands where both tell of the same part; the same whichever came first. A refund stays at the
    /// earliest time that was told of it: some shops only tell when its order last changed.
    /// Else of two words of one version the one that tells the earlier time stands: a provider that never
    /// says when it speaks is told with one version for all, and then the first word stands however often
    /// it is repeated.
    #[must_use]
    pub fn merged(self, other: Observation) -> Observation {
        let order = |it: &Observation| {
            let mut fact = it.fact.clone();
            if let Fact::Refund { at, .. } = &mut fact {
                *at = Millis::default();
            }
            // The last word decides between what should never differ, so that no order of arrival does.
            let text = serde_json::to_string(&fact).unwrap_or_default();
            (it.version, fact.rank(), Reverse(fact.at()), text)
        };
        let (older, mut newer) = if order(&self) <= order(&other) {
            (self, other)
        } else {
            (other, self)
        };
        if let (Fact::Known { evidence: old }, Fact::Known { evidence: new }) =
            (&older.fact, &mut newer.fact)
        {
            let mut all: Vec<_> = new.clicks().collect();
            for (id, brought) in old.clicks() {
                match all.iter_mut().find(|(known, _)| *known == id) {
                    Some(known) => known.1 = known.1.min(brought),
                    None => all.push((id, brought)),
                }
            }
            all.sort_unstable();
            new.set_clicks(all);
        }
        if let (Fact::Refund { at: earlier, .. }, Fact::Refund { at, .. }) =
            (&older.fact, &mut newer.fact)
        {
            *at = (*at).min(*earlier);
        }
        newer
    }
}

/// A line of the ledger that follows from an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What happened.
    pub kind: Kind,
    /// Which part of the order it is of; empty for the lead and the sale themselves.
    pub part: String,
    /// When.
    pub occurred_at: Millis,
    /// Signed: negative for what went back.
    pub value: Option<Money>,
}

/// Everything that is known of who ordered: later words win, click ids add up.
pub fn evidence(observations: &[Observation]) -> Evidence {
    let mut known: Vec<(Millis, &str, &Evidence)> = observations
        .iter()
        .filter_map(|it| Some((it.version, it.part.as_str(), it.evidence()?)))
        .collect();
    known.sort_unstable_by_key(|(version, part, _)| (*version, *part));
    let mut all = Evidence::default();
    for (_, _, evidence) in known {
        all.take_up(evidence);
    }
    all
}

/// The lines that follow, at most one of a kind and part.
pub fn ledger(observations: &[Observation]) -> Vec<Line> {
    let mut sorted: Vec<&Observation> = observations.iter().collect();
    sorted.sort_unstable_by_key(|it| (it.version, &it.part));
    let void_since = void_since(&sorted);
    let mut lines = Vec::new();
    let lead = sorted.iter().find_map(|it| match it.fact {
        Fact::Lead { at } => Some(at),
        _ => None,
    });
    if let (Some(at), None) = (lead, void_since) {
        lines.push(line(Kind::Lead, "", at, None));
    }
    let paid = sorted.iter().rev().find_map(|it| match it.fact {
        Fact::Paid { at, total } => Some((at, total)),
        _ => None,
    });
    if let Some((at, total)) = paid {
        lines.push(line(Kind::Sale, "", at, Some(total)));
    }
    lines.extend(refunds(&sorted));
    lines.extend(disputes(&sorted));
    if let (Some((_, total)), Some(since)) = (paid, void_since) {
        let left = total.amount + taken_back(&lines, total);
        if left > 0 {
            let left = Money {
                amount: -left,
                ..total
            };
            lines.push(line(Kind::Refund, "void", since, Some(left)));
        }
    }
    lines
}

/// Since when the order is off, by the newest word: the earliest moment that any part tells.
fn void_since(sorted: &[&Observation]) -> Option<Millis> {
    let standings = sorted.iter().filter_map(|it| match it.fact {
        Fact::Standing { is_void, at } => Some((is_void, at)),
        _ => None,
    });
    let (is_off, _) = standings.clone().next_back()?;
    let off = standings.filter(|(is_void, _)| *is_void);
    off.map(|(_, at)| at).min().filter(|_| is_off)
}

/// What the lines took back of a total so far: negative.
fn taken_back(lines: &[Line], total: Money) -> i64 {
    let values = lines.iter().filter(|line| line.kind.follows_a_sale());
    let values = values.filter_map(|line| line.value);
    let same = values.filter(|value| value.currency == total.currency);
    same.map(|value| value.amount).sum()
}

fn line(kind: Kind, part: &str, occurred_at: Millis, value: Option<Money>) -> Line {
    Line {
        kind,
        part: part.to_owned(),
        occurred_at,
        value,
    }
}

fn negative(money: Money) -> Money {
    Money {
        amount: -money.amount,
        ..money
    }
}

/// Refunds one by one; and of sums that a provider told, what goes beyond them.
fn refunds(sorted: &[&Observation]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut itemised = 0;
    let mut sums = Vec::new();
    for it in sorted {
        match it.fact {
            Fact::Refund { at, amount, state } => {
                // One that failed later was in the sum when it was told.
                itemised += amount.amount;
                if state != RefundState::Failed && amount.amount != 0 {
                    lines.push(line(Kind::Refund, &it.part, at, Some(negative(amount))));
                }
            }
            Fact::RefundedInAll { at, amount } => sums.push((&it.part, at, amount)),
            _ => {}
        }
    }
    if itemised > 0 {
        // One line for what has no refund of its own, by the latest sum.
        let beyond = sums.last().filter(|(_, _, sum)| sum.amount > itemised);
        if let Some((_, at, sum)) = beyond {
            let rest = Money {
                amount: sum.amount - itemised,
                ..*sum
            };
            lines.push(line(Kind::Refund, "refunds", *at, Some(negative(rest))));
        }
        return lines;
    }
    let mut before = 0;
    for (part, at, sum) in sums {
        let step = Money {
            amount: sum.amount - before,
            ..sum
        };
        if step.amount != 0 {
            lines.push(line(Kind::Refund, part, at, Some(negative(step))));
        }
        before = sum.amount;
    }
    lines
}

fn disputes(sorted: &[&Observation]) -> Vec<Line> {
    let mut lines = Vec::new();
    for it in sorted {
        let Fact::Dispute {
            at,
            amount,
            state,
            changed_at,
        } = it.fact
        else {
            continue;
        };
        if state == DisputeState::Inquiry {
            continue;
        }
        lines.push(line(Kind::Chargeback, &it.part, at, Some(negative(amount))));
        if state == DisputeState::Won {
            let back = Some(amount);
            lines.push(line(Kind::ChargebackReversal, &it.part, changed_at, back));
        }
    }
    lines
}

#[cfg(test)]
mod tests;
