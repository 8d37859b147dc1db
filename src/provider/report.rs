//! The report of a conversion as Leadline's own formats carry it: in `POST /conversions` and in
//! the data of a Standard Webhook.
//!
//! Holds: what cannot be counted right is refused with how to mend it, but a garbled click id
//! never costs the conversion: it is left out, and the next rung of the join ladder is tried.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::attribution_hints::AttributionHints;
use super::{amount, json};
use crate::campaign::is_event_name;
use crate::clock::Millis;
use crate::conversion::erasure::EMAIL_AS_ID;
use crate::conversion::{ConversionKind, JoinEvidence, NewConversion};
use crate::id::{ConversionId, SourceId, WorkspaceId};
use crate::link::utm::UtmTags;
use crate::money::{Currency, Money};

/// How far in the future an event may lie: clocks differ.
const SKEW_MS: i64 = 5 * 60 * 1000;

/// Longest id that a shop has for a customer, in characters.
pub const MAX_EXTERNAL_ID: usize = 200;

/// 2000-01-01T00:00:00Z: earlier times are seconds taken for milliseconds, or worse.
const EARLIEST: Millis = Millis(946_684_800_000);

/// A reported conversion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversionReport {
    /// What happened.
    pub kind: ConversionKind,
    /// Name of the event, for `event` only: 1 to 64 of a-z 0-9 _ . -
    #[serde(default)]
    pub name: Option<String>,
    /// Your id of the event, 1 to 200 characters; the same id again is a repeat. In a webhook
    /// without one, `webhook-id` takes its place.
    #[schema(example = "order-1001")]
    #[serde(default)]
    pub event_id: Option<String>,
    /// When it happened; now when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default)]
    pub occurred_at: Option<Millis>,
    /// The click id from the landing URL's `ll_click`.
    #[serde(default)]
    pub click_id: Option<String>,
    /// All click ids that the browser has brought, oldest first.
    #[serde(default)]
    pub path: Vec<String>,
    /// The URL of the page that the customer landed on: its click id and UTM tags are used where
    /// none are given; nothing else of it is kept.
    #[serde(default)]
    pub landing_url: Option<String>,
    /// The customer.
    #[serde(default)]
    pub customer: Option<ReportedCustomer>,
    /// Promo code used.
    #[serde(default)]
    pub promo_code: Option<String>,
    /// UTM tags of the visit.
    #[serde(default)]
    pub utm: Option<UtmTags>,
    /// What it is worth; needed for all but leads and events. Also what went back is given as a
    /// positive amount.
    #[serde(default)]
    pub value: Option<ReportedValue>,
    /// Event id of the sale that a refund or chargeback takes back.
    #[serde(default)]
    pub of: Option<String>,
}

/// A customer, by either or both marks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportedCustomer {
    /// Your own id, 1 to 200 characters.
    #[schema(example = "cust-17")]
    #[serde(default)]
    pub external_id: Option<String>,
    /// E-mail address; only a keyed hash of it is kept.
    #[serde(default)]
    pub email: Option<String>,
}

/// Money as somebody wrote it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportedValue {
    /// Whole minor units: 4999 for 49.99 EUR.
    #[schema(value_type = i64, example = 4999, minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub amount: serde_json::Number,
    /// ISO 4217 code.
    #[schema(example = "EUR")]
    pub currency: String,
}

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
    #[error("an amount is at most {} minor units", amount::MAX)]
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

/// Reads a report.
///
/// # Errors
/// [`ReportError::Json`] with the place that is wrong.
pub fn parse(body: &[u8]) -> Result<ConversionReport, ReportError> {
    Ok(json::read(body)?)
}

/// What a report does not say of itself.
pub struct ReportContext<'a> {
    /// The id it gets if it is the first report of its event.
    pub id: ConversionId,
    /// Owner.
    pub workspace_id: WorkspaceId,
    /// The source that reported it; `None` for the API.
    pub source_id: Option<SourceId>,
    /// When it was reported.
    pub now: Millis,
    /// Hashes an e-mail address with the workspace's key.
    pub email_hash: &'a dyn Fn(&str) -> String,
}

impl ConversionReport {
    /// Checks the report and makes it ready for the event log.
    ///
    /// # Errors
    /// The first rule broken.
    pub fn into_conversion(
        self,
        context: &ReportContext<'_>,
    ) -> Result<NewConversion, ReportError> {
        let event_id = self
            .event_id
            .as_deref()
            .ok_or(ReportError::EventIdMissing)?;
        let event_id = context.text("event_id", Some(event_id), 200)?;
        match (self.kind, &self.name) {
            (ConversionKind::Event, Some(name)) if is_event_name(name) => {}
            (ConversionKind::Event, _) | (_, Some(_)) => return Err(ReportError::EventName),
            (_, None) => {}
        }
        if self.of.is_some() && !self.kind.follows_a_sale() {
            return Err(ReportError::OfNotAllowed);
        }
        let value = match (&self.value, self.kind) {
            (None, ConversionKind::Lead | ConversionKind::Event) => None,
            (None, _) => return Err(ReportError::ValueMissing),
            (Some(value), kind) => Some(value.money(kind)?),
        };
        let occurred_at = self.occurred_at.unwrap_or(context.now);
        if occurred_at > context.now.plus_ms(SKEW_MS) {
            return Err(ReportError::OccurredInFuture(context.now));
        }
        if occurred_at < EARLIEST {
            return Err(ReportError::OccurredTooEarly);
        }
        Ok(NewConversion {
            id: context.id,
            workspace_id: context.workspace_id,
            source_id: context.source_id,
            event_id: event_id.unwrap_or_default(),
            kind: self.kind,
            refund_of: context.text("of", self.of.as_deref(), 200)?,
            occurred_at,
            received_at: context.now,
            value,
            evidence: self.evidence(context)?,
            name: self.name,
            order: None,
        })
    }

    fn evidence(&self, context: &ReportContext<'_>) -> Result<JoinEvidence, ReportError> {
        let customer = self.customer.clone().unwrap_or_default();
        if customer
            .email
            .as_deref()
            .is_some_and(|email| !is_email(email))
        {
            return Err(ReportError::EmailMalformed);
        }
        let id = customer.external_id.as_deref();
        context.text("customer.external_id", id, MAX_EXTERNAL_ID)?;
        context.text("promo_code", self.promo_code.as_deref(), 100)?;
        let hints = AttributionHints {
            click_ids: self.click_id.iter().cloned().collect(),
            landing_urls: self.landing_url.iter().cloned().collect(),
            path: self.path.clone(),
            customer,
            promo_codes: self.promo_code.iter().cloned().collect(),
            utm: self.utm.clone().unwrap_or_default(),
        };
        Ok(hints.evidence(context.email_hash))
    }
}

impl ReportedValue {
    fn money(&self, kind: ConversionKind) -> Result<Money, ReportError> {
        let currency: Currency = self
            .currency
            .parse()
            .map_err(|_| ReportError::UnknownCurrency(self.currency.chars().take(16).collect()))?;
        let amount = self
            .amount
            .as_i64()
            .ok_or_else(|| self.not_whole(currency))?;
        if amount < 0 {
            return Err(ReportError::AmountNegative);
        }
        if amount > amount::MAX {
            return Err(ReportError::AmountTooLarge);
        }
        let amount = if matches!(kind, ConversionKind::Refund | ConversionKind::Chargeback) {
            -amount
        } else {
            amount
        };
        Ok(Money { amount, currency })
    }

    fn not_whole(&self, currency: Currency) -> ReportError {
        if self.amount.is_u64()
            || self
                .amount
                .as_f64()
                .is_some_and(|amount| amount.abs() > 1e15)
        {
            return ReportError::AmountTooLarge;
        }
        ReportError::AmountFraction {
            amount: self.amount.to_string(),
            currency: currency.code(),
            places: currency.exponent(),
            unit: 10u64.pow(currency.exponent()),
        }
    }
}

impl ReportContext<'_> {
    /// A text of 1 to `most` characters; an e-mail address as its keyed hash, which is as good an
    /// id.
    fn text(
        &self,
        field: &'static str,
        value: Option<&str>,
        most: usize,
    ) -> Result<Option<String>, ReportError> {
        match value.map(str::trim) {
            None => Ok(None),
            Some(value) if names_a_person(value) => {
                Ok(Some(email_as_id(&(self.email_hash)(value))))
            }
            Some(value) if (1..=most).contains(&value.chars().count()) => {
                Ok(Some(value.to_owned()))
            }
            Some(_) => Err(ReportError::Length { field, most }),
        }
    }
}

/// Whether a text is, without doubt, the e-mail address of somebody: `SAVE@10` is not.
pub fn names_a_person(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    is_email(text)
        && text.trim().split_once('@').is_some_and(|(_, host)| {
            host.split('.').all(is_label)
                && host.rsplit_once('.').is_some_and(|(_, last)| {
                    last.len() >= 2 && last.chars().all(|c| c.is_ascii_alphabetic())
                })
        })
}

/// What stands for an e-mail address where an id was expected.
pub fn email_as_id(hash: &str) -> String {
    format!("{EMAIL_AS_ID}{hash}")
}

/// Whether a text can be an e-mail address.
pub fn is_email(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 254
        && !text.contains(char::is_whitespace)
        && text
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
}

#[cfg(test)]
mod tests;
