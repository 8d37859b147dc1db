//! The lines of the ledger that follow from what was reported of an order.

use std::collections::BTreeMap;

use super::observation::{DisputeState, OrderFact, OrderObservation, RefundState};
use crate::clock::Millis;
use crate::conversion::kind::ConversionKind;
use crate::money::Money;

/// A line of the ledger that follows from an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerLine {
    /// What happened.
    pub kind: ConversionKind,
    /// Which part of the order it is of; empty for the lead and the sale themselves.
    pub part: String,
    /// When.
    pub occurred_at: Millis,
    /// Signed: negative for what went back.
    pub value: Option<Money>,
}

/// The lines that follow, at most one of a kind and part.
pub fn ledger(observations: &[OrderObservation]) -> Vec<LedgerLine> {
    let mut sorted: Vec<&OrderObservation> = observations.iter().collect();
    sorted.sort_unstable_by_key(|observation| (observation.version, &observation.part));
    let void_since = void_since(&sorted);
    let mut lines = Vec::new();
    let lead = sorted
        .iter()
        .find_map(|observation| match observation.fact {
            OrderFact::Lead { at } => Some(at),
            _ => None,
        });
    if let (Some(at), None) = (lead, void_since) {
        lines.push(line(ConversionKind::Lead, "", at, None));
    }
    let paid = sorted
        .iter()
        .rev()
        .find_map(|observation| match observation.fact {
            OrderFact::Paid { at, total } => Some((at, total)),
            _ => None,
        });
    if let Some((at, total)) = paid {
        lines.push(line(ConversionKind::Sale, "", at, Some(total)));
    }
    lines.extend(refunds(&sorted));
    lines.extend(disputes(&sorted));
    if let (Some((_, total)), Some(since)) = (paid, void_since) {
        let left = total.amount.saturating_add(taken_back(&lines, total));
        if left > 0 {
            let left = Money {
                amount: -left,
                ..total
            };
            lines.push(line(ConversionKind::Refund, "void", since, Some(left)));
        }
    }
    lines
}

/// Since when the order is void, by the newest word.
fn void_since(sorted: &[&OrderObservation]) -> Option<Millis> {
    let standing = sorted
        .iter()
        .rev()
        .find_map(|observation| match observation.fact {
            OrderFact::Standing { is_void } => Some((is_void, observation.version)),
            _ => None,
        });
    let (_, version) = standing.filter(|(is_void, _)| *is_void)?;
    let first = sorted
        .iter()
        .filter_map(|observation| match observation.fact {
            OrderFact::Off { at } => Some(at),
            _ => None,
        });
    Some(first.min().unwrap_or(version))
}

/// A sum that never wraps.
fn sum(amounts: impl Iterator<Item = i64>) -> i64 {
    amounts.fold(0, i64::saturating_add)
}

/// What the lines took back of a total so far; negative.
fn taken_back(lines: &[LedgerLine], total: Money) -> i64 {
    let values = lines.iter().filter(|line| line.kind.follows_a_sale());
    let values = values.filter_map(|line| line.value);
    let same = values.filter(|value| value.currency == total.currency);
    sum(same.map(|value| value.amount))
}

fn line(kind: ConversionKind, part: &str, occurred_at: Millis, value: Option<Money>) -> LedgerLine {
    LedgerLine {
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

/// Refunds one by one, and what reported sums of refunds add to them.
fn refunds(sorted: &[&OrderObservation]) -> Vec<LedgerLine> {
    let mut lines = Vec::new();
    let mut itemised = 0i64;
    let sums: Vec<RefundSum<'_>> = sorted
        .iter()
        .filter_map(|observation| RefundSum::of(observation))
        .collect();
    let summed_at = sums.iter().map(|sum| sum.version).max();
    let listed = sorted
        .iter()
        .rev()
        .find_map(|observation| match &observation.fact {
            OrderFact::RefundList { parts } => Some((observation.version, parts)),
            _ => None,
        });
    let is_deleted = |observation: &OrderObservation| {
        listed.is_some_and(|(version, parts)| {
            observation.version <= version && !parts.contains(&observation.part)
        })
    };
    for observation in sorted {
        if let OrderFact::Refund { at, amount, state } = observation.fact {
            if is_deleted(observation) {
                continue;
            }
            let counts = state != RefundState::Failed;
            // A refund that failed later was in the sum when that was reported.
            if counts || Some(observation.version) > summed_at {
                itemised = itemised.saturating_add(amount.amount);
            }
            if counts && amount.amount != 0 {
                lines.push(line(
                    ConversionKind::Refund,
                    &observation.part,
                    at,
                    Some(negative(amount)),
                ));
            }
        }
    }
    let is_itemised = sorted
        .iter()
        .any(|observation| matches!(observation.fact, OrderFact::Refund { .. }));
    if is_itemised {
        lines.extend(beyond(&sums, itemised));
    } else {
        lines.extend(steps(&sums));
    }
    lines
}

/// All refunds of one payment of the order, up to some moment.
struct RefundSum<'a> {
    /// The payment: the part up to its last colon. An order may be paid in several.
    payment: &'a str,
    part: &'a str,
    version: Millis,
    at: Millis,
    amount: Money,
}

impl RefundSum<'_> {
    fn of(observation: &OrderObservation) -> Option<RefundSum<'_>> {
        let OrderFact::RefundedInAll { at, amount } = observation.fact else {
            return None;
        };
        let payment = observation
            .part
            .rsplit_once(':')
            .map_or("", |(payment, _)| payment);
        Some(RefundSum {
            payment,
            part: &observation.part,
            version: observation.version,
            at,
            amount,
        })
    }
}

/// One line for what has no refund of its own, by the latest sum of each payment.
fn beyond(sums: &[RefundSum<'_>], itemised: i64) -> Option<LedgerLine> {
    let mut latest: BTreeMap<&str, &RefundSum<'_>> = BTreeMap::new();
    for sum in sums {
        latest.insert(sum.payment, sum);
    }
    let last = sums.last()?;
    let all = sum(latest.values().map(|sum| sum.amount.amount));
    let amount = all.saturating_sub(itemised);
    let rest = Money {
        amount: -amount,
        ..last.amount
    };
    (amount > 0).then(|| line(ConversionKind::Refund, "refunds", last.at, Some(rest)))
}

/// A line for each step of the sums of a payment.
fn steps(sums: &[RefundSum<'_>]) -> Vec<LedgerLine> {
    let mut before: BTreeMap<&str, i64> = BTreeMap::new();
    let mut lines = Vec::new();
    for sum in sums {
        let known = before.insert(sum.payment, sum.amount.amount).unwrap_or(0);
        let step = Money {
            amount: known - sum.amount.amount,
            ..sum.amount
        };
        if step.amount != 0 {
            lines.push(line(ConversionKind::Refund, sum.part, sum.at, Some(step)));
        }
    }
    lines
}

fn disputes(sorted: &[&OrderObservation]) -> Vec<LedgerLine> {
    let mut lines = Vec::new();
    for observation in sorted {
        let OrderFact::Dispute {
            at,
            amount,
            state,
            changed_at,
        } = observation.fact
        else {
            continue;
        };
        if state == DisputeState::Inquiry {
            continue;
        }
        lines.push(line(
            ConversionKind::Chargeback,
            &observation.part,
            at,
            Some(negative(amount)),
        ));
        if state == DisputeState::Won {
            let back = Some(amount);
            lines.push(line(
                ConversionKind::ChargebackReversal,
                &observation.part,
                changed_at,
                back,
            ));
        }
    }
    lines
}
