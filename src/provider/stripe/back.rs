//! Money that went back: single refunds, their sum, and disputes.
//!
//! # Invariants
//! A refund is one part of its order, however many events report it. The same holds for a dispute.
//!
//! # Out of scope
//! Payments.

use super::exponent::money;
use super::order::{CHARGE, PAYMENT_INTENT, PaymentReport, take_metadata, text, time};
use super::payload::{Charge, Dispute, Metadata, ObjectId, StripeEvent, StripeRefund};
use super::sale::of_charge;
use crate::conversion::order::{DisputeState, OrderFact, RefundState};
use crate::provider::attribution_hints::AttributionHints;
use crate::provider::parsed_webhook::ParsedWebhook;
use crate::provider::report_error::ReportError;

const UNKNOWN_REFUND: &str = "the refund's status is not known here; what it means for the money was not \
    counted";
const UNKNOWN_DISPUTE: &str = "the dispute's status is not known here; what it means for the money was not \
    counted";

/// A charge with refunds: their sum and, in older versions of the API, each of them.
pub(super) fn refunded(event: &StripeEvent<Charge>) -> Result<ParsedWebhook, ReportError> {
    let charge = &event.data.object;
    if charge.captured == Some(false) {
        return Ok(ParsedWebhook::nothing(
            "only an authorisation was released; no money went back",
        ));
    }
    let at = time(event.created)?;
    let amount = money(charge.amount_refunded, &charge.currency)?;
    // The sum is part of the name: two refunds of one second then sort by amount, which event ids
    // do not ensure.
    let part = format!("refunded:{}:{:013}", charge.id, amount.amount);
    let mut facts = vec![(part, OrderFact::RefundedInAll { at, amount })];
    for refund in charge.refunds.iter().flat_map(|refunds| &refunds.data) {
        facts.extend(fact(refund)?);
    }
    of_charge(charge, facts).parsed_at(event)
}

/// One refund.
pub(super) fn refund(event: &StripeEvent<StripeRefund>) -> Result<ParsedWebhook, ReportError> {
    let refund = &event.data.object;
    let names = names(refund.charge.as_ref(), refund.payment_intent.as_ref());
    if names.iter().all(|(_, id)| id.is_none()) {
        return Ok(ParsedWebhook::nothing(
            "this refund is of a customer's balance, not of a payment",
        ));
    }
    let hints = hints(&refund.metadata);
    let facts: Vec<_> = fact(refund)?.into_iter().collect();
    let note = facts.is_empty().then_some(UNKNOWN_REFUND);
    let record = "refund";
    PaymentReport {
        names,
        record,
        hints,
        facts,
        note,
    }
    .parsed_at(event)
}

/// The fact of a refund; `None` for an unknown status, which a newer API version may add.
fn fact(refund: &StripeRefund) -> Result<Option<(String, OrderFact)>, ReportError> {
    let state = match refund.status.as_deref() {
        Some("pending" | "requires_action") => RefundState::Pending,
        Some("succeeded") | None => RefundState::Done,
        Some("failed" | "canceled") => RefundState::Failed,
        Some(_) => return Ok(None),
    };
    let (at, amount) = (
        time(refund.created)?,
        money(refund.amount, &refund.currency)?,
    );
    let part = format!("refund:{}", refund.id);
    Ok(Some((part, OrderFact::Refund { at, amount, state })))
}

/// A dispute at any stage.
pub(super) fn dispute(event: &StripeEvent<Dispute>) -> Result<ParsedWebhook, ReportError> {
    let dispute = &event.data.object;
    let mut facts = Vec::new();
    if let Some(state) = state(&dispute.status) {
        let fact = OrderFact::Dispute {
            at: time(dispute.created)?,
            amount: money(dispute.amount, &dispute.currency)?,
            state,
            changed_at: time(event.created)?,
        };
        facts.push((format!("dispute:{}", dispute.id), fact));
    }
    let note = facts.is_empty().then_some(UNKNOWN_DISPUTE);
    let names = names(dispute.charge.as_ref(), dispute.payment_intent.as_ref());
    let hints = hints(&dispute.metadata);
    let record = "dispute";
    PaymentReport {
        names,
        record,
        hints,
        facts,
        note,
    }
    .parsed_at(event)
}

/// What a dispute's status means for the money; `None` for an unknown status, which a newer API
/// version may add.
fn state(status: &str) -> Option<DisputeState> {
    Some(match status {
        // If a dispute was prevented, or answered by a refund, the refund reports the money.
        "warning_needs_response"
        | "warning_under_review"
        | "warning_closed"
        | "prevented"
        | "charge_refunded" => DisputeState::Inquiry,
        // The money stays withdrawn until an appeal is decided.
        "needs_response" | "under_review" | "appeal_needs_response" | "appeal_under_review" => {
            DisputeState::Open
        }
        "lost" => DisputeState::Lost,
        "won" => DisputeState::Won,
        _ => return None,
    })
}

fn names<'a>(
    charge: Option<&'a ObjectId>,
    intent: Option<&'a ObjectId>,
) -> Vec<(u8, Option<&'a str>)> {
    vec![(PAYMENT_INTENT, text(intent)), (CHARGE, text(charge))]
}

fn hints(metadata: &Metadata) -> AttributionHints {
    let mut hints = AttributionHints::default();
    take_metadata(&mut hints, metadata);
    hints
}
