//! What went back: refunds by themselves and by their sum, and disputes.
//!
//! # Invariants
//! A refund is one part of its order, however many events tell of it; so is a dispute.
//!
//! # Out of scope
//! What was paid.

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

/// A charge of which something went back: the sum of all refunds, and in older versions each of
/// them.
pub(super) fn refunded(event: &StripeEvent<Charge>) -> Result<ParsedWebhook, ReportError> {
    let it = &event.data.object;
    if it.captured == Some(false) {
        return Ok(ParsedWebhook::nothing(
            "what was released had only been authorised; no money went back",
        ));
    }
    let at = time(event.created)?;
    let amount = money(it.amount_refunded, &it.currency)?;
    // Named by the sum: two of one second then sort as they came, which ids of events do not.
    let part = format!("refunded:{}:{:013}", it.id, amount.amount);
    let mut facts = vec![(part, OrderFact::RefundedInAll { at, amount })];
    for refund in it.refunds.iter().flat_map(|it| &it.data) {
        facts.extend(fact(refund)?);
    }
    of_charge(it, facts).parsed_at(event)
}

/// One refund.
pub(super) fn refund(event: &StripeEvent<StripeRefund>) -> Result<ParsedWebhook, ReportError> {
    let it = &event.data.object;
    let names = names(it.charge.as_ref(), it.payment_intent.as_ref());
    if names.iter().all(|(_, id)| id.is_none()) {
        return Ok(ParsedWebhook::nothing(
            "this refund is of a customer's balance, not of a payment",
        ));
    }
    let hints = hints(&it.metadata);
    let facts: Vec<_> = fact(it)?.into_iter().collect();
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

/// What is known of a refund; nothing by a status that a newer version of the API may have.
fn fact(it: &StripeRefund) -> Result<Option<(String, OrderFact)>, ReportError> {
    let state = match it.status.as_deref() {
        Some("pending" | "requires_action") => RefundState::Pending,
        Some("succeeded") | None => RefundState::Done,
        Some("failed" | "canceled") => RefundState::Failed,
        Some(_) => return Ok(None),
    };
    let (at, amount) = (time(it.created)?, money(it.amount, &it.currency)?);
    let part = format!("refund:{}", it.id);
    Ok(Some((part, OrderFact::Refund { at, amount, state })))
}

/// A dispute, at whatever stage.
pub(super) fn dispute(event: &StripeEvent<Dispute>) -> Result<ParsedWebhook, ReportError> {
    let it = &event.data.object;
    let mut facts = Vec::new();
    if let Some(state) = state(&it.status) {
        let fact = OrderFact::Dispute {
            at: time(it.created)?,
            amount: money(it.amount, &it.currency)?,
            state,
            changed_at: time(event.created)?,
        };
        facts.push((format!("dispute:{}", it.id), fact));
    }
    let note = facts.is_empty().then_some(UNKNOWN_DISPUTE);
    let names = names(it.charge.as_ref(), it.payment_intent.as_ref());
    let hints = hints(&it.metadata);
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

/// What a dispute's status means for the money; `None` of one that a newer version of the API may
/// have.
fn state(status: &str) -> Option<DisputeState> {
    Some(match status {
        // Where one was prevented, or answered by a refund, the refund tells of the money.
        "warning_needs_response"
        | "warning_under_review"
        | "warning_closed"
        | "prevented"
        | "charge_refunded" => DisputeState::Inquiry,
        // Until an appeal is decided the money stays away.
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
