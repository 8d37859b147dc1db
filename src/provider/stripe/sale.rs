//! Payments: sessions, invoices, and what connects them to payment intents and charges.
//!
//! # Invariants
//! - Only sessions, invoices and captures count as money. A payment intent does not, because since
//!   the API of 2025-03-31 it does not always name its invoice.
//! - The time of a sale is the creation of the session or the invoice. Both report the first
//!   payment of a subscription, a few minutes apart; the later event wins.
//!
//! # Out of scope
//! Refunds and disputes.

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
    charge.captured; this event only says whose it is";

/// For a status that a newer version of the API may add.
const UNKNOWN_STATUS: &str = "the checkout's `payment_status` is not known here; known are paid, unpaid and \
    no_payment_required, and nothing was counted";

/// Facts of a payment, and a note for the operator.
type Outcome = (Vec<(String, OrderFact)>, Option<&'static str>);

/// A completed checkout.
pub(super) fn session(event: &StripeEvent<CheckoutSession>) -> Result<ParsedWebhook, ReportError> {
    let session = &event.data.object;
    if session.mode == "setup" {
        return Ok(ParsedWebhook::nothing(
            "this checkout kept a card for later; nothing was bought",
        ));
    }
    let (facts, note) = outcome(session)?;
    let mut hints = AttributionHints::default();
    let details = session.customer_details.as_ref();
    let details = details.and_then(|details| details.email.as_ref());
    let emails = [details, session.customer_email.as_ref()];
    take_customer(
        &mut hints,
        [session.customer.as_ref(), session.customer_account.as_ref()],
        emails,
    );
    take_metadata(&mut hints, &session.metadata);
    take_discounts(&mut hints, session.discounts.iter().flatten());
    hints.click_ids.extend(session.client_reference_id.clone());
    PaymentReport {
        names: vec![
            (INVOICE, text(session.invoice.as_ref())),
            (PAYMENT_INTENT, text(session.payment_intent.as_ref())),
            (SESSION, Some(session.id.as_str())),
        ],
        record: "session",
        hints,
        facts,
        note,
    }
    .parsed_at(event)
}

fn outcome(session: &CheckoutSession) -> Result<Outcome, ReportError> {
    let at = time(session.created)?;
    match (session.payment_status.as_str(), session.amount_total) {
        ("unpaid", _) => Ok((
            Vec::new(),
            Some(
                "not paid yet; it counts once checkout.session.async_payment_succeeded or charge.captured \
                 comes",
            ),
        )),
        // Trials in older versions of the API are paid, with an amount of 0.
        ("no_payment_required", _) | ("paid", Some(0)) => {
            Ok((vec![("lead".to_owned(), OrderFact::Lead { at })], None))
        }
        ("paid", Some(total)) => {
            let total = money(total, session.currency.as_deref().unwrap_or_default())?;
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

/// A paid invoice: the first of a subscription, a renewal, or a single one.
pub(super) fn invoice(event: &StripeEvent<Invoice>) -> Result<ParsedWebhook, ReportError> {
    let invoice = &event.data.object;
    let (facts, note) = if invoice.amount_paid == 0 {
        let note = "nothing was paid on this invoice, as in a trial";
        (Vec::new(), Some(note))
    } else {
        let (at, total) = (
            time(invoice.created)?,
            money(invoice.amount_paid, &invoice.currency)?,
        );
        (
            vec![("paid".to_owned(), OrderFact::Paid { at, total })],
            None,
        )
    };
    let mut hints = AttributionHints::default();
    take_customer(
        &mut hints,
        [invoice.customer.as_ref(), invoice.customer_account.as_ref()],
        [invoice.customer_email.as_ref()],
    );
    let parent = invoice
        .parent
        .as_ref()
        .and_then(|parent| parent.subscription_details.as_ref());
    let lines = invoice.lines.iter().flat_map(|lines| &lines.data);
    let of_subscription = invoice.subscription_details.iter().chain(parent);
    // The metadata nearest to the invoice come last, so they win.
    for Annotated { metadata } in lines.chain(of_subscription) {
        take_metadata(&mut hints, metadata);
    }
    take_metadata(&mut hints, &invoice.metadata);
    take_discounts(
        &mut hints,
        invoice
            .discount
            .iter()
            .chain(invoice.discounts.iter().flatten()),
    );
    let mut names = vec![
        (INVOICE, Some(invoice.id.as_str())),
        (PAYMENT_INTENT, text(invoice.payment_intent.as_ref())),
        (CHARGE, text(invoice.charge.as_ref())),
    ];
    for payment in invoice.payments.iter().flat_map(|payments| &payments.data) {
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

/// The names of an invoice's payment.
fn payments(link: &InvoicePayment) -> [(u8, Option<&str>); 2] {
    let payment = link.payment.as_ref();
    let intent = payment.and_then(|payment| payment.payment_intent.as_ref());
    let charge = payment.and_then(|payment| payment.charge.as_ref());
    [(PAYMENT_INTENT, text(intent)), (CHARGE, text(charge))]
}

/// Connects an invoice to the payment intent that its refunds and disputes name.
pub(super) fn invoice_payment(
    event: &StripeEvent<InvoicePayment>,
) -> Result<ParsedWebhook, ReportError> {
    let payment = &event.data.object;
    let mut names = vec![(INVOICE, text(payment.invoice.as_ref()))];
    names.extend(payments(payment));
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

/// A paid payment intent.
pub(super) fn payment_intent(
    event: &StripeEvent<PaymentIntent>,
) -> Result<ParsedWebhook, ReportError> {
    let intent = &event.data.object;
    let mut hints = AttributionHints::default();
    take_customer(
        &mut hints,
        [intent.customer.as_ref(), intent.customer_account.as_ref()],
        [intent.receipt_email.as_ref()],
    );
    take_metadata(&mut hints, &intent.metadata);
    let reference = intent
        .payment_details
        .as_ref()
        .and_then(|details| details.order_reference.as_deref());
    let names = vec![
        (INVOICE, text(intent.invoice.as_ref())),
        (
            INVOICE,
            reference.filter(|reference| reference.starts_with("in_")),
        ),
        (PAYMENT_INTENT, Some(intent.id.as_str())),
        (CHARGE, text(intent.latest_charge.as_ref())),
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

/// A successful charge.
pub(super) fn charge(event: &StripeEvent<Charge>) -> Result<ParsedWebhook, ReportError> {
    let note = Some(COUNTED_ELSEWHERE);
    PaymentReport {
        note,
        ..of_charge(&event.data.object, Vec::new())
    }
    .parsed_at(event)
}

/// A captured charge that was first only authorised, as in a checkout with manual capture. Invoices
/// are never paid in this way.
pub(super) fn captured(event: &StripeEvent<Charge>) -> Result<ParsedWebhook, ReportError> {
    let charge = &event.data.object;
    let Some(captured) = charge.amount_captured else {
        return Err(ReportError::Payload(
            "the charge is captured but has no `amount_captured`; give the endpoint an API version since \
             2020-08-27"
                .to_owned(),
        ));
    };
    let (at, total) = (time(charge.created)?, money(captured, &charge.currency)?);
    let paid = ("paid".to_owned(), OrderFact::Paid { at, total });
    of_charge(charge, vec![paid]).parsed_at(event)
}

/// What every event of a charge reports about its order.
pub(super) fn of_charge(charge: &Charge, facts: Vec<(String, OrderFact)>) -> PaymentReport<'_> {
    let mut hints = AttributionHints::default();
    let details = charge
        .billing_details
        .as_ref()
        .and_then(|details| details.email.as_ref());
    take_customer(
        &mut hints,
        [charge.customer.as_ref(), charge.customer_account.as_ref()],
        [details, charge.receipt_email.as_ref()],
    );
    take_metadata(&mut hints, &charge.metadata);
    PaymentReport {
        names: vec![
            (INVOICE, text(charge.invoice.as_ref())),
            (PAYMENT_INTENT, text(charge.payment_intent.as_ref())),
            (CHARGE, Some(charge.id.as_str())),
        ],
        record: "charge",
        hints,
        facts,
        note: None,
    }
}
