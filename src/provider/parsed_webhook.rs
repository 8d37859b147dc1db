//! What a delivery says, as the file of its provider reads it.

use super::order::OrderReport;
use super::report::{ConversionReport, ReportedCustomer};
use super::report_error::ReportError;

/// One thing that a delivery tells.
#[derive(Clone, Debug, PartialEq)]
pub enum WebhookEffect {
    /// A conversion by itself: the first report of its event stands.
    Conversion(ConversionReport),
    /// What is known of an order by now.
    Order(OrderReport),
    /// A person is to be erased, as their law lets them ask of the shop.
    Erase(ReportedCustomer),
}

/// What a delivery tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParsedWebhook {
    /// In the provider's order.
    pub effects: Vec<WebhookEffect>,
    /// What to tell the operator of it: why nothing came of it, or what they should do.
    pub note: Option<&'static str>,
    /// Why some event of a batch cannot be read; the others count.
    pub failed: Option<ReportError>,
}

impl ParsedWebhook {
    /// Nothing comes of it, for this reason.
    pub fn nothing(note: &'static str) -> ParsedWebhook {
        ParsedWebhook {
            note: Some(note),
            ..ParsedWebhook::default()
        }
    }
}

impl From<Vec<WebhookEffect>> for ParsedWebhook {
    fn from(effects: Vec<WebhookEffect>) -> ParsedWebhook {
        ParsedWebhook {
            effects,
            ..ParsedWebhook::default()
        }
    }
}
