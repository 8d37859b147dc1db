//! Why a report is refused: each error says what to fix.

use super::json;
use crate::clock::Millis;
use crate::money;

/// Why a report is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// The body is not JSON of the expected form.
    #[error(transparent)]
    Json(#[from] json::Error),
    /// The event has no id.
    #[error("set `event_id` to your own id of the event, so that a repeat is recognised")]
    EventIdMissing,
    /// A text is empty or too long.
    #[error("`{field}` has 1 to {most} characters")]
    Length {
        /// The field.
        field: &'static str,
        /// Most characters.
        most: usize,
    },
    /// An event without a valid name, or a name on another kind.
    #[error(
        "an `event` needs a `name` of 1 to 64 of a-z 0-9 _ . -, and other kinds must not have one"
    )]
    EventName,
    /// A sale or refund without a value.
    #[error("money needs a `value`: {{\"amount\": 4999, \"currency\": \"EUR\"}}")]
    ValueMissing,
    /// The currency is unknown.
    #[error("{0:?} is not an ISO 4217 currency code; use three upper-case letters like EUR")]
    UnknownCurrency(String),
    /// The amount has a fraction of a minor unit.
    #[error(
        "`amount` is {amount}, but money is counted in whole minor units: {currency} has {places} \
         decimal places, so 1 {currency} is {unit}"
    )]
    AmountFraction {
        /// The amount as it was written.
        amount: String,
        /// The currency.
        currency: &'static str,
        /// Its decimal places.
        places: u32,
        /// The number of minor units in one unit.
        unit: u64,
    },
    /// The amount is not a number.
    #[error("{0:?} is not an amount; write it like 49.99")]
    AmountMalformed(String),
    /// A field that the provider always sends is missing or malformed.
    #[error("{0}")]
    Payload(String),
    /// The amount is negative.
    #[error("`amount` must not be negative; report money that went back as a refund")]
    AmountNegative,
    /// The amount is too large.
    #[error("an amount may have at most {} minor units", money::MAX_AMOUNT)]
    AmountTooLarge,
    /// The time is in the future.
    #[error("`occurred_at` is in the future; it is now {0}")]
    OccurredInFuture(Millis),
    /// The time is before 2000.
    #[error("`occurred_at` is before the year 2000; write it like 2026-03-29T12:00:00Z")]
    OccurredTooEarly,
    /// The text is not an e-mail address.
    #[error("`customer.email` is not an e-mail address")]
    EmailMalformed,
    /// A kind other than a refund or chargeback names a sale.
    #[error(
        "`of` names the sale that a refund or chargeback reverses; other kinds must not have it"
    )]
    OfNotAllowed,
}

impl ReportError {
    /// A field that the provider always sends is missing or malformed.
    pub(super) fn payload(text: impl Into<String>) -> ReportError {
        ReportError::Payload(text.into())
    }

    /// The stable error code.
    pub fn code(&self) -> &'static str {
        match self {
            ReportError::Json(error) => error.code(),
            ReportError::EventIdMissing => "event_id_missing",
            ReportError::Length { .. } => "invalid_field",
            ReportError::EventName => "event_name",
            ReportError::ValueMissing => "value_missing",
            ReportError::UnknownCurrency(_) => "unknown_currency",
            ReportError::AmountFraction { .. } => "amount_fraction",
            ReportError::AmountMalformed(_) => "amount_malformed",
            ReportError::Payload(_) => "payload_unexpected",
            ReportError::AmountNegative => "amount_negative",
            ReportError::AmountTooLarge => "amount_too_large",
            ReportError::OccurredInFuture(_) => "occurred_in_future",
            ReportError::OccurredTooEarly => "occurred_too_early",
            ReportError::EmailMalformed => "email_malformed",
            ReportError::OfNotAllowed => "of_not_allowed",
        }
    }
}
