//! What went back: refunds by themselves and by their sum, and disputes.
//!
//! Holds: a refund is one part of its order, however many events tell of it; so is a dispute. Must
//! not know: what was paid.

use super::exponent::money;
use super::order::{CHARGE, Order, PAYMENT_INTENT, take_metadata, text, time};
use super::payload::{Charge, Dispute, Event, Id, Metadata, Refund};
use super::sale::of_charge;
use crate::conversion::order::{DisputeState, Fact, RefundState};
use crate::provider::trail::Trail;
use crate::provider::{Reading, ReportError};

/// A charge of which something went back: the sum of all refunds, and in older versions each of
/// them.
pub(super) fn refunded(event: &Event<Charge>) -> Result<Reading, ReportError> {
    let it = &event.data.object;
    if it.captured == Some(false) {
        return Ok(Reading::nothing(
            "what was released had only been authorised; no money went back",
        ));
    }
    let at = time(event.created)?;
    let amount = money(it.amount_refunded, &it.currency)?;
    // Named by the sum: two of one second then sort as they came, which ids of events do not.
    let part = format!("refunded:{}:{:013}", it.id, amount.amount);
    let mut facts = vec![(part, Fact::RefundedInAll { at, amount })];
    for refund in it.refunds.iter().flat_map(|it| &it.data) {
        facts.push(fact(refund)?);
    }
    of_charge(it, facts).told_by(event)
}

/// One refund.
pub(super) fn refund(event: &Event<Refund>) -> Result<Reading, ReportError> {
    let it = &event.data.object;
    let names = names(it.charge.as_ref(), it.payment_intent.as_ref());
    if names.iter().all(|(_, id)| id.is_none()) {
        return Ok(Reading::nothing(
            "this refund is of a customer's balance, not of a payment",
        ));
    }
    let trail = trail(&it.metadata);
    let (record, facts, note) = ("refund", vec![fact(it)?], None);
    Order {
        names,
        record,
        trail,
        facts,
        note,
    }
    .told_by(event)
}

fn fact(it: &Refund) -> Result<(String, Fact), ReportError> {
    let state = match it.status.as_deref() {
        Some("pending" | "requires_action") => RefundState::Pending,
        Some("succeeded") | None => RefundState::Done,
        Some("failed" | "canceled") => RefundState::Failed,
        Some(other) => return Err(unknown_status("refund", other)),
    };
    let (at, amount) = (time(it.created)?, money(it.amount, &it.currency)?);
    let part = format!("refund:{}", it.id);
    Ok((part, Fact::Refund { at, amount, state }))
}

/// A dispute, at whatever stage.
pub(super) fn dispute(event: &Event<Dispute>) -> Result<Reading, ReportError> {
    let it = &event.data.object;
    let state = match it.status.as_str() {
        // Where one was prevented, or answered by a refund, the refund tells of the money.
        "warning_needs_response"
        | "warning_under_review"
        | "warning_closed"
        | "prevented"
        | "charge_refunded" => DisputeState::Inquiry,
        "needs_response" | "under_review" => DisputeState::Open,
        "lost" => DisputeState::Lost,
        "won" => DisputeState::Won,
        other => return Err(unknown_status("dispute", other)),
    };
    let fact = Fact::Dispute {
        at: time(it.created)?,
        amount: money(it.amount, &it.currency)?,
        state,
        changed_at: time(event.created)?,
    };
    let names = names(it.charge.as_ref(), it.payment_intent.as_ref());
    let trail = trail(&it.metadata);
    let facts = vec![(format!("dispute:{}", it.id), fact)];
    let (record, note) = ("dispute", None);
    Order {
        names,
        record,
        trail,
        facts,
        note,
    }
    .told_by(event)
}

fn names<'a>(charge: Option<&'a Id>, intent: Option<&'a Id>) -> Vec<(u8, Option<&'a str>)> {
    vec![(PAYMENT_INTENT, text(intent)), (CHARGE, text(charge))]
}

fn trail(metadata: &Metadata) -> Trail {
    let mut trail = Trail::default();
    take_metadata(&mut trail, metadata);
    trail
}

fn unknown_status(of: &str, status: &str) -> ReportError {
    let status: String = status.chars().take(32).collect();
    ReportError::Payload(format!(
        "the {of}'s status {status:?} is not known here; what it means for the money is not counted"
    ))
}
