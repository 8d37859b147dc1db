//! The report of a conversion in Leadline's own format: in `POST /conversions` and in the data of a
//! Standard Webhook.
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

/// Longest id that a shop has for a customer, in characters.
pub const MAX_EXTERNAL_ID: usize = 200;

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

/// Reads a report.
///
/// # Errors
/// [`ReportError::Json`] with the place that is wrong.
pub fn parse(body: &[u8]) -> Result<ConversionReport, ReportError> {
    Ok(json::read(body)?)
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
