//! Postbacks: a plain URL that an affiliate network or a shop's program calls, with a key in its
//! path.
//!
//! # Invariants
//! - The names of parameters and statuses are those that networks use.
//! - A postback has no version. So the first report of a lead, a sale or a rejection decides its
//!   time, even if it is repeated. The latest report decides whether a sale is valid.
//!
//! # Out of scope
//! Storage, HTTP.

mod parameters;
pub mod statuses;

use rust_decimal::Decimal;
use secrecy::{ExposeSecret, SecretString};

use parameters::PostbackParameters;
use statuses::{PostbackStatuses, StatusMeaning};

use super::attribution_hints::AttributionHints;
use super::delivery::Delivery;
use super::order::OrderReport;
use super::order::standing;
use super::parsed_webhook::{ParsedWebhook, WebhookEffect};
use super::report_error::ReportError;
use super::settings::SourceSettings;
use super::signature::Error;
use super::{amount, signature, timestamp};
use crate::clock::Millis;
use crate::conversion::order::OrderFact;
use crate::id::ClickId;
use crate::money::Money;

/// No header of the request is read: the key is in the path and is passed on as [`PATH_KEY`].
pub(super) const HEADERS: &[&str] = &[];

/// The name of the path's key among the headers of a delivery.
pub const PATH_KEY: &str = "path-key";

/// The version of facts that are reported once: among these, the earliest time wins.
const FIRST_STANDS: Millis = Millis(0);

/// How far the sender's time may be ahead of ours.
const SKEW_MS: i64 = 5 * 60 * 1000;

/// 2000-01-01T00:00:00Z.
const EARLIEST: Millis = Millis(946_684_800_000);

pub(super) fn check_secret(secret: &SecretString) -> Result<(), Error> {
    let key = secret.expose_secret();
    let is_sign = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    if (20..=100).contains(&key.len()) && key.bytes().all(is_sign) {
        Ok(())
    } else {
        Err(Error::PathKey)
    }
}

pub(super) fn verify(delivery: &Delivery, secrets: &[SecretString]) -> Result<(), Error> {
    let key = delivery.header(PATH_KEY).ok_or(Error::Key)?;
    let given = [key.as_bytes().to_vec()];
    signature::one_fits(&given, secrets, <[u8]>::to_vec).map_err(|_| Error::Key)
}

/// The answer's body that the sender asks for with `return=OK`: letters, digits and `_.-` only.
pub fn answer(delivery: &Delivery) -> Option<String> {
    let parameters = PostbackParameters::read(delivery).ok()?;
    let text = parameters.one_of(&["return"])?;
    let is_sign = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    (text.len() <= 64 && text.bytes().all(is_sign)).then(|| text.to_owned())
}

/// The click that a call names, if it has the form of a Leadline id.
pub fn click_id(delivery: &Delivery) -> Option<ClickId> {
    PostbackParameters::read(delivery)
        .ok()?
        .click()?
        .parse()
        .ok()
}

pub(super) fn read(
    delivery: &Delivery,
    settings: &SourceSettings,
    received_at: Millis,
) -> Result<ParsedWebhook, ReportError> {
    let own = PostbackStatuses::default();
    let statuses = settings.postback.as_ref().unwrap_or(&own);
    let parameters = PostbackParameters::read(delivery)?;
    if let Some(name) = parameters.swallowing() {
        return Err(ReportError::Payload(format!(
            "the value of `{name}` holds another parameter; separate the URL's parameters by `&`, not by \
             `%26` or `;`"
        )));
    }
    let meaning = match parameters.status() {
        Some(status) => statuses.meaning(&status, &parameters)?,
        None if is_paid(&parameters)? => StatusMeaning::Sale,
        None => StatusMeaning::Lead,
    };
    if meaning == StatusMeaning::Ignore {
        return Ok(ParsedWebhook::nothing("its status is set to be ignored"));
    }
    let name = name(&parameters, statuses, meaning)?;
    let (at, note) = time(&parameters, received_at);
    let order = |version, facts| {
        WebhookEffect::Order(OrderReport {
            names: vec![(0, name.clone())],
            version,
            record: "postback",
            hints: hints(&parameters),
            facts,
        })
    };
    let first = |part: &str, fact| order(FIRST_STANDS, vec![(part.to_owned(), fact)]);
    let standing = |is_void| order(received_at, standing(is_void, at));
    let effects = match meaning {
        StatusMeaning::Lead => vec![first("lead", OrderFact::Lead { at })],
        StatusMeaning::Sale | StatusMeaning::Rebill => {
            let currency = statuses
                .currency
                .as_deref()
                .or(settings.currency.as_deref());
            let total = total(&parameters, currency)?;
            vec![
                first("paid", OrderFact::Paid { at, total }),
                standing(false),
            ]
        }
        StatusMeaning::Rejected => vec![standing(true)],
        StatusMeaning::Ignore => Vec::new(),
    };
    Ok(ParsedWebhook {
        effects,
        note,
        failed: None,
    })
}

fn unclear(text: &str) -> ReportError {
    ReportError::Payload(text.to_owned())
}

/// The event's name: a transaction of a click, because some networks number the transactions of
/// each click from 1. Without a transaction, the click alone.
fn name(
    parameters: &PostbackParameters,
    statuses: &PostbackStatuses,
    meaning: StatusMeaning,
) -> Result<String, ReportError> {
    let (click, transaction) = (parameters.click(), parameters.transaction());
    if statuses.strict && click.is_none_or(|click| click.parse::<ClickId>().is_err()) {
        return Err(unclear(
            "`click_id` is not a click id, and the source is strict; pass on the `ll_click` of the landing \
             page",
        ));
    }
    match (click, transaction) {
        (_, None) if meaning == StatusMeaning::Rebill => Err(unclear(
            "a rebill needs `txid`, an id of the payment: without one every rebill would be the same",
        )),
        (Some(click), Some(transaction)) => Ok(format!("tx:{transaction}:{click}")),
        (None, Some(transaction)) => Ok(format!("tx:{transaction}")),
        (Some(click), None) => Ok(format!("click:{click}")),
        (None, None) => Err(unclear(
            "neither a click nor a transaction is given; add `click_id=…` or `txid=…` to the URL",
        )),
    }
}

/// The sender's time, if it is plausible.
fn time(parameters: &PostbackParameters, received_at: Millis) -> (Millis, Option<&'static str>) {
    let Some(text) = parameters.one_of(&["time", "timestamp", "ts"]) else {
        return (received_at, None);
    };
    let can_be = |at: &Millis| (EARLIEST..=received_at.plus_ms(SKEW_MS)).contains(at);
    match timestamp::read(text).filter(can_be) {
        Some(at) => (at, None),
        None => (
            received_at,
            Some("its time cannot be read, so the time of receipt counts; send seconds since 1970"),
        ),
    }
}

/// Whether a postback without a status reports money.
fn is_paid(parameters: &PostbackParameters) -> Result<bool, ReportError> {
    let Some(text) = parameters.amount() else {
        return Ok(false);
    };
    let amount = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
    let malformed = |_| ReportError::AmountMalformed(text.chars().take(32).collect());
    Ok(!amount.map_err(malformed)?.is_zero())
}

fn total(parameters: &PostbackParameters, currency: Option<&str>) -> Result<Money, ReportError> {
    let code = parameters.one_of(&["currency", "cur"]);
    let code = code.or(currency).ok_or_else(|| {
        unclear(
            "the sale has no currency; add `currency=EUR` to the URL, or set `currency` in the source's \
             settings",
        )
    })?;
    // A sale without a payout still counts.
    let amount = parameters.amount().unwrap_or("0");
    let total = amount::decimal(amount, amount::currency(code)?)?;
    if total.amount < 0 {
        return Err(ReportError::AmountNegative);
    }
    Ok(total)
}

fn hints(parameters: &PostbackParameters) -> AttributionHints {
    let mut hints = AttributionHints::default();
    for (name, value) in parameters.all() {
        if name.starts_with("utm_") || name == "ll_path" {
            hints.take(name, value);
        }
    }
    let text = |names: &[&str]| parameters.one_of(names).map(str::to_owned);
    hints
        .click_ids
        .extend(parameters.click().map(str::to_owned));
    hints.landing_urls.extend(text(&["landing_url"]));
    hints.customer.external_id = text(&["external_id", "customer_id", "user_id"]);
    hints.customer.email = text(&["email"]);
    hints
        .promo_codes
        .extend(text(&["promo_code", "promo", "coupon"]));
    hints
}

#[cfg(test)]
mod tests;
