//! Shopify's customers: those who sign up are leads, those who ask for it are erased.
//!
//! # Invariants
//! Names, addresses and telephone numbers are not read.
//!
//! # Out of scope
//! Orders.

use serde::Deserialize;

use crate::clock::Millis;
use crate::conversion::ConversionKind;
use crate::provider::lax_serde;
use crate::provider::parsed_webhook::{ParsedWebhook, WebhookEffect};
use crate::provider::report::ConversionReport;
use crate::provider::report::{self, is_email};
use crate::provider::report_error::ReportError;

/// A customer, as in `customers/create` and inside an order.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ShopifyCustomer {
    #[serde(deserialize_with = "lax_serde::text")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "lax_serde::text")]
    pub(super) email: Option<String>,
    created_at: Option<Millis>,
}

/// A request of a customer under privacy law.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RedactionRequest {
    #[serde(deserialize_with = "lax_serde::or_default")]
    customer: ShopifyCustomer,
}

impl ShopifyCustomer {
    /// The customer's identifiers.
    fn marks(self) -> report::ReportedCustomer {
        report::ReportedCustomer {
            external_id: self.id,
            email: self.email.filter(|email| is_email(email)),
        }
    }

    /// A customer who signs up is a lead.
    pub(super) fn lead(self) -> Result<ParsedWebhook, ReportError> {
        let id = self.id.as_deref();
        let id = id.ok_or_else(|| ReportError::payload("the customer has no `id`"))?;
        let report = ConversionReport {
            kind: ConversionKind::Lead,
            name: None,
            event_id: Some(format!("customer:{id}")),
            occurred_at: self.created_at,
            click_id: None,
            path: Vec::new(),
            landing_url: None,
            customer: Some(self.marks()),
            promo_code: None,
            utm: None,
            value: None,
            of: None,
        };
        Ok(vec![WebhookEffect::Conversion(report)].into())
    }
}

impl RedactionRequest {
    /// The customer to erase.
    pub(super) fn erasure(self) -> Result<ParsedWebhook, ReportError> {
        let marks = self.customer.marks();
        if marks == report::ReportedCustomer::default() {
            return Err(ReportError::payload(
                "a customer is to be erased, but neither `customer.id` nor `customer.email` says who",
            ));
        }
        Ok(vec![WebhookEffect::Erase(marks)].into())
    }
}
