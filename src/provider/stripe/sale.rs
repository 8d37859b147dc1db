//! Payments: sessions, invoices, and what ties them to payment intents and charges.
//!
//! # Invariants
//! Money counts by sessions, invoices and captures alone; a payment intent is none of its own, as
//! since the API of 2025-03-31 it does not always say which invoice it pays. A sale is placed when
//! the session or the invoice was made: both tell of a subscription's first payment, a few minutes
//! apart, and the later event stands.
//!
//! # Out of scope
//! Refunds, disputes.

use super::exponent::money;
use super::order::{
    CHARGE, INVOICE, PAYMENT_INTENT, PaymentReport, SESSION, take_customer, take_discounts,
    take_metadata, text, time,
};
use super::payload::{
    Annotated, Charge, CheckoutSession, Invoice, InvoicePayment, PaymentIntent, StripeEvent,
};
use crate::conversion::order::OrderFact;
use crate::provider::attribution_hints::AttributionHints;
use crate::provider::parsed_webhook::ParsedWebhook;
use crate::provider::report_error::ReportError;

const COUNTED_ELSEWHERE: &str = "payments count by checkout.session.completed, invoice.paid and \
    charge.captured; this event only tells whose it is";

/// Of a status that a newer version of the API may have.
const UNKNOWN_STATUS: &str = "the checkout's `payment_status` is not known here; known are paid, unpaid and \
    no_payment_required, and nothing was counted";

/// Facts of a payment, and what to tell of it.
type Outcome = (Vec<(String, OrderFact)>, Option<&'static str>);

/// A checkout that was gone through.
pub(super) fn session(event: &StripeEvent<CheckoutSession>) -> Result<ParsedWebhook, ReportError> {
    let it = &event.data.object;
    if it.mode == "setup" {
        return Ok(ParsedWebhook::nothing(
            "this checkout kept a card for later; nothing was bought",
        ));
    }
    let (facts, note) = outcome(it)?;
    let mut hints = AttributionHints::default();
    let details = it.customer_details.as_ref();
    let details = details.and_then(|it| it.email.as_ref());
    let emails = [details, it.customer_email.as_ref()];
    take_customer(
        &mut hints,
        [it.customer.as_ref(), it.customer_account.as_ref()],
        emails,
    );
    take_metadata(&mut hints, &it.metadata);
    take_discounts(&mut hints, it.discounts.iter().flatten());
    hints.click_ids.extend(it.client_reference_id.clone());
    PaymentReport {
        names: vec![
            (INVOICE, text(it.invoice.as_ref())),
            (PAYMENT_INTENT, text(it.payment_intent.as_ref())),
            (SESSION, Some(it.id.as_str())),
        ],
        record: "session",
        hints,
        facts,
        note,
    }
    .parsed_at(event)
}

fn outcome(it: &CheckoutSession) -> Result<Outcome, ReportError> {
    let at = time(it.created)?;
    match (it.payment_status.as_str(), it.amount_total) {
        ("unpaid", _) => Ok((
            Vec::new(),
            Some(
                "not paid yet; it counts once checkout.session.async_payment_succeeded or charge.captured \
                 comes",
            ),
        )),
        // Trials of older versions of the API are paid, with nothing.
        ("no_payment_required", _) | ("paid", Some(0)) => {
            Ok((vec![("lead".to_owned(), OrderFact::Lead { at })], None))
        }
        ("paid", Some(total)) => {
            let total = money(total, it.currency.as_deref().unwrap_or_default())?;
            Ok((
                vec![("paid".to_owned(), OrderFact::Paid { at, total })],
                None,
            ))
        }
        ("paid", None) => Err(ReportError::Payload(
            "the session is paid but has no `amount_total`".to_owned(),
        )),
        _ => Ok((Vec::new(), Some(UNKNOWN_STATUS))),
    }
}

/// An invoice that was paid: a subscription's first, a renewal, or one by itself.
pub(super) fn invoice(event: &StripeEvent<Invoice>) -> Result<ParsedWebhook, ReportError> {
    let it = &event.data.object;
    let (facts, note) = if it.amount_paid == 0 {
        let note = "nothing was paid on this invoice, as in a trial";
        (Vec::new(), Some(note))
    } else {
        let (at, total) = (time(it.created)?, money(it.amount_paid, &it.currency)?);
        (
            vec![("paid".to_owned(), OrderFact::Paid { at, total })],
            None,
        )
    };
    let mut hints = AttributionHints::default();
    take_customer(
        &mut hints,
        [it.customer.as_ref(), it.customer_account.as_ref()],
        [it.customer_email.as_ref()],
    );
    let parent = it
        .parent
        .as_ref()
        .and_then(|it| it.subscription_details.as_ref());
    let lines = it.lines.iter().flat_map(|it| &it.data);
    let of_subscription = it.subscription_details.iter().chain(parent);
    // What is nearest to the invoice comes last, and so wins.
    for Annotated { metadata } in lines.chain(of_subscription) {
        take_metadata(&mut hints, metadata);
    }
    take_metadata(&mut hints, &it.metadata);
    take_discounts(
        &mut hints,
        it.discount.iter().chain(it.discounts.iter().flatten()),
    );
    let mut names = vec![
        (INVOICE, Some(it.id.as_str())),
        (PAYMENT_INTENT, text(it.payment_intent.as_ref())),
        (CHARGE, text(it.charge.as_ref())),
    ];
    for payment in it.payments.iter().flat_map(|it| &it.data) {
        names.extend(payments(payment));
    }
    let record = "invoice";
    PaymentReport {
        names,
        record,
        hints,
        facts,
        note,
    }
    .parsed_at(event)
}

/// The names of what paid an invoice.
fn payments(it: &InvoicePayment) -> [(u8, Option<&str>); 2] {
    let payment = it.payment.as_ref();
    let intent = payment.and_then(|it| it.payment_intent.as_ref());
    let charge = payment.and_then(|it| it.charge.as_ref());
    [(PAYMENT_INTENT, text(intent)), (CHARGE, text(charge))]
}

/// What ties an invoice to the payment intent that its refunds and disputes name.
pub(super) fn invoice_payment(
    event: &StripeEvent<InvoicePayment>,
) -> Result<ParsedWebhook, ReportError> {
    let it = &event.data.object;
    let mut names = vec![(INVOICE, text(it.invoice.as_ref()))];
    names.extend(payments(it));
    let (record, hints, note) = (
        "invoice_payment",
        AttributionHints::default(),
        Some(COUNTED_ELSEWHERE),
    );
    PaymentReport {
        names,
        record,
        hints,
        facts: Vec::new(),
        note,
    }
    .parsed_at(event)
}

/// A payment intent that was paid.
pub(super) fn payment_intent(
    event: &StripeEvent<PaymentIntent>,
) -> Result<ParsedWebhook, ReportError> {
    let it = &event.data.object;
    let mut hints = AttributionHints::default();
    take_customer(
        &mut hints,
        [it.customer.as_ref(), it.customer_account.as_ref()],
        [it.receipt_email.as_ref()],
    );
    take_metadata(&mut hints, &it.metadata);
    let reference = it
        .payment_details
        .as_ref()
        .and_then(|it| it.order_reference.as_deref());
    let names = vec![
        (INVOICE, text(it.invoice.as_ref())),
        (INVOICE, reference.filter(|it| it.starts_with("in_"))),
        (PAYMENT_INTENT, Some(it.id.as_str())),
        (CHARGE, text(it.latest_charge.as_ref())),
    ];
    let (record, note) = ("payment_intent", Some(COUNTED_ELSEWHERE));
    PaymentReport {
        names,
        record,
        hints,
        facts: Vec::new(),
        note,
    }
    .parsed_at(event)
}

/// A charge that was made.
pub(super) fn charge(event: &StripeEvent<Charge>) -> Result<ParsedWebhook, ReportError> {
    let note = Some(COUNTED_ELSEWHERE);
    PaymentReport {
        note,
        ..of_charge(&event.data.object, Vec::new())
    }
    .parsed_at(event)
}

/// A charge that was only authorised at first, as of a checkout with manual capture. No invoice is
/// paid so.
pub(super) fn captured(event: &StripeEvent<Charge>) -> Result<ParsedWebhook, ReportError> {
    let it = &event.data.object;
    let Some(captured) = it.amount_captured else {
        return Err(ReportError::Payload(
            "the charge is captured but has no `amount_captured`; give the endpoint an API version since \
             2020-08-27"
                .to_owned(),
        ));
    };
    let (at, total) = (time(it.created)?, money(captured, &it.currency)?);
    let paid = ("paid".to_owned(), OrderFact::Paid { at, total });
    of_charge(it, vec![paid]).parsed_at(event)
}

/// What any event of a charge tells of its order.
pub(super) fn of_charge(it: &Charge, facts: Vec<(String, OrderFact)>) -> PaymentReport<'_> {
    let mut hints = AttributionHints::default();
    let details = it.billing_details.as_ref().and_then(|it| it.email.as_ref());
    take_customer(
        &mut hints,
        [it.customer.as_ref(), it.customer_account.as_ref()],
        [details, it.receipt_email.as_ref()],
    );
    take_metadata(&mut hints, &it.metadata);
    PaymentReport {
        names: vec![
            (INVOICE, text(it.invoice.as_ref())),
            (PAYMENT_INTENT, text(it.payment_intent.as_ref())),
            (CHARGE, Some(it.id.as_str())),
        ],
        record: "charge",
        hints,
        facts,
        note: None,
    }
}
