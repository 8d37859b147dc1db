//! Providers: who reports conversions by webhook, and how their requests are verified and read.
//!
//! # Invariants
//! - A body is read only with the proof of [`ProviderKind::verify`], or after the vault has opened
//!   a delivery that was verified on arrival.
//! - Signatures are checked over the raw bytes, in constant time.
//! - The same delivery always gives the same result.
//! - A new provider is one file here, one variant of [`ProviderKind`], fixtures and a test.
//!
//! # Out of scope
//! Storage, the event log and HTTP.

pub mod amount;
pub mod attribution_hints;
pub mod calendly;
mod delivery;
pub mod generic;
pub mod hubspot;
pub mod json;
mod kind;
mod lax_serde;
pub mod order;
#[cfg(test)]
mod order_scenarios;
mod parsed_webhook;
pub mod postback;
mod protocol;
pub mod report;
mod report_checks;
mod report_error;
pub mod segment;
pub mod settings;
pub mod shopify;
pub mod signature;
pub mod standard;
pub mod stripe;
#[cfg(test)]
mod testing;
pub mod timestamp;
pub mod typeform;
pub mod woocommerce;

pub use delivery::{Delivery, VerifiedWebhook};
pub use kind::{ProviderKind, UnknownProvider};
pub use order::OrderReport;
pub use parsed_webhook::{ParsedWebhook, WebhookEffect};
pub use protocol::readable_body;
pub use report::ConversionReport;
pub use report_checks::ReportContext;
pub use report_error::ReportError;
pub use settings::SourceSettings;
pub use signature::Error;
