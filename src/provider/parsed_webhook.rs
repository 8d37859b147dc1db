//! The result of reading a delivery.

use super::order::OrderReport;
use super::report::{ConversionReport, ReportedCustomer};
use super::report_error::ReportError;

/// One effect of a delivery.
#[derive(Clone, Debug, PartialEq)]
pub enum WebhookEffect {
    /// A single conversion. The first report of its event wins.
    Conversion(ConversionReport),
    /// Facts about an order.
    Order(OrderReport),
    /// A person to erase, because privacy law lets them ask the shop for it.
    Erase(ReportedCustomer),
}

/// The result of reading a delivery.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParsedWebhook {
    /// In the provider's order.
    pub effects: Vec<WebhookEffect>,
    /// A note for the operator: why the delivery has no effect, or what to do.
    pub note: Option<&'static str>,
    /// Why some event of a batch cannot be read. The others count.
    pub failed: Option<ReportError>,
}

impl ParsedWebhook {
    /// A result without effects, for this reason.
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
