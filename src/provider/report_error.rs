//! Why a report is refused: each error says what to fix.

use super::json;
use crate::clock::Millis;
use crate::money;

/// Why a report is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// Not JSON of the expected form.
    #[error(transparent)]
    Json(#[from] json::Error),
    /// No id of the event.
    #[error("give `event_id`: your own id of the event, so that a repeat is seen as one")]
    EventIdMissing,
    /// A text that is empty or too long.
    #[error("`{field}` has 1 to {most} characters")]
    Length {
        /// The field.
        field: &'static str,
        /// Most characters.
        most: usize,
    },
    /// An event without a proper name, or a name on something else.
    #[error("an `event` needs a `name` of 1 to 64 of a-z 0-9 _ . -, and nothing else has one")]
    EventName,
    /// A sale or refund without money.
    #[error("money needs a `value`: {{\"amount\": 4999, \"currency\": \"EUR\"}}")]
    ValueMissing,
    /// Not a currency.
    #[error("{0:?} is not an ISO 4217 currency code; use three upper-case letters like EUR")]
    UnknownCurrency(String),
    /// A fraction of a minor unit.
    #[error(
        "`amount` is {amount}, but money is counted in whole minor units: {currency} has {places} \
         decimal places, so 1 {currency} is {unit}"
    )]
    AmountFraction {
        /// As it was written.
        amount: String,
        /// The currency.
        currency: &'static str,
        /// Its decimal places.
        places: u32,
        /// Minor units of 1.
        unit: u64,
    },
    /// An amount that is no number.
    #[error("{0:?} is no amount; write it like 49.99")]
    AmountMalformed(String),
    /// Something that the provider always tells is missing or odd.
    #[error("{0}")]
    Payload(String),
    /// A negative amount.
    #[error("`amount` is not negative; report money that went back as a refund")]
    AmountNegative,
    /// An amount above all reason.
    #[error("an amount is at most {} minor units", money::MAX_AMOUNT)]
    AmountTooLarge,
    /// A time that has not come yet.
    #[error("`occurred_at` lies in the future; it is now {0}")]
    OccurredInFuture(Millis),
    /// A time before 2000.
    #[error("`occurred_at` lies before the year 2000; write it like 2026-03-29T12:00:00Z")]
    OccurredTooEarly,
    /// Not an e-mail address.
    #[error("`customer.email` is no e-mail address")]
    EmailMalformed,
    /// A sale named by something that is no refund.
    #[error("`of` names the sale that a refund or chargeback takes back; nothing else has it")]
    OfNotAllowed,
}

impl ReportError {
    /// Something that the provider always sends is missing or odd.
    pub(super) fn payload(text: impl Into<String>) -> ReportError {
        ReportError::Payload(text.into())
    }

    /// The stable code.
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
