//! The report of a conversion in Leadline's own format, for `POST /conversions` and for the data of
//! a Standard Webhook.
//!
//! # Out of scope
//! Whether a report can be counted (`report_checks`).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::json;
use super::report_error::ReportError;
use crate::clock::Millis;
use crate::conversion::ConversionKind;
use crate::conversion::erasure::EMAIL_AS_ID;
use crate::link::utm::UtmTags;

/// Longest id of an event, in characters.
pub const MAX_EVENT_ID: usize = 200;

/// Longest id of a customer in a shop, in characters.
pub const MAX_EXTERNAL_ID: usize = 200;

/// A reported conversion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversionReport {
    /// What happened.
    pub kind: ConversionKind,
    /// Name of the event, only for `event`: 1 to 64 of a-z 0-9 _ . -
    #[serde(default)]
    pub name: Option<String>,
    /// Your id of the event, 1 to 200 characters. The same id again is a repeat. A webhook without
    /// one uses `webhook-id`.
    #[schema(example = "order-1001")]
    #[serde(default)]
    pub event_id: Option<String>,
    /// When it happened; the current time if absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default)]
    pub occurred_at: Option<Millis>,
    /// The click id from `ll_click` in the landing URL.
    #[serde(default)]
    pub click_id: Option<String>,
    /// All click ids that the browser has stored, oldest first.
    #[serde(default)]
    pub path: Vec<String>,
    /// The URL of the page where the customer landed. Its click id and UTM tags fill the fields
    /// that are absent; nothing else of it is stored.
    #[serde(default)]
    pub landing_url: Option<String>,
    /// The customer.
    #[serde(default)]
    pub customer: Option<ReportedCustomer>,
    /// The promo code that the customer used.
    #[serde(default)]
    pub promo_code: Option<String>,
    /// UTM tags of the visit.
    #[serde(default)]
    pub utm: Option<UtmTags>,
    /// The value, which every kind except leads and events needs. A refund also has a positive
    /// amount.
    #[serde(default)]
    pub value: Option<ReportedValue>,
    /// Event id of the sale that a refund or chargeback reverses.
    #[serde(default)]
    pub of: Option<String>,
}

/// A customer, by id, e-mail address or both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportedCustomer {
    /// Your own id, 1 to 200 characters.
    #[schema(example = "cust-17")]
    #[serde(default)]
    pub external_id: Option<String>,
    /// E-mail address; only its keyed hash is stored.
    #[serde(default)]
    pub email: Option<String>,
}

/// Money as a sender wrote it.
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

/// Reads a report.
///
/// # Errors
/// [`ReportError::Json`], which names the wrong place.
pub fn parse(body: &[u8]) -> Result<ConversionReport, ReportError> {
    Ok(json::read(body)?)
}

/// Whether a text is certainly somebody's e-mail address: `SAVE@10` is not.
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

/// What replaces an e-mail address in the place of an id.
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
