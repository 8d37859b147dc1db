//! Settings of a source, besides its secrets.
//!
//! # Invariants
//! A setting for another provider is refused, because it would have no effect.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::amount;
use super::generic::mapping::GenericMapping;
use super::kind::ProviderKind;
use super::postback::statuses::PostbackStatuses;

/// Statuses of paid WooCommerce orders, unless the source's settings list others.
pub const PAID_STATUSES: [&str; 2] = ["processing", "completed"];

/// Settings of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SourceSettings {
    /// Whether orders and events of the provider's test mode count. The default is false.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub accept_test: bool,
    /// WooCommerce: the statuses of paid orders. The default is `processing` and `completed`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paid_statuses: Vec<String>,
    /// Segment and postback: the currency of amounts without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "EUR")]
    pub currency: Option<String>,
    /// Generic: where the signature is, and what each field of the body means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generic: Option<GenericMapping>,
    /// Postback: the meanings of statuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postback: Option<PostbackStatuses>,
}

impl SourceSettings {
    /// Checks whether these settings fit a source of `kind`.
    ///
    /// # Errors
    /// What to fix.
    pub fn check(&self, kind: ProviderKind) -> Result<(), String> {
        if !self.paid_statuses.is_empty() && kind != ProviderKind::Woocommerce {
            return Err("has `paid_statuses`, which only woocommerce has".to_owned());
        }
        if self.paid_statuses.len() > 20
            || self.paid_statuses.iter().any(|status| status.len() > 50)
        {
            return Err("has at most 20 `paid_statuses` of at most 50 characters".to_owned());
        }
        self.check_currency(kind)?;
        match (&self.generic, kind) {
            (Some(mapping), ProviderKind::Generic) => mapping.check()?,
            (None, ProviderKind::Generic) => {
                return Err(
                    "of a generic source needs `generic`, the mapping of its fields".to_owned(),
                );
            }
            (Some(_), _) => return Err("has `generic`, which only generic sources have".to_owned()),
            (None, _) => {}
        }
        match (&self.postback, kind) {
            (Some(statuses), ProviderKind::Postback) => statuses.check(),
            (Some(_), _) => Err("has `postback`, which only postback sources have".to_owned()),
            (None, _) => Ok(()),
        }
    }

    fn check_currency(&self, kind: ProviderKind) -> Result<(), String> {
        let Some(currency) = &self.currency else {
            return Ok(());
        };
        if !matches!(kind, ProviderKind::Segment | ProviderKind::Postback) {
            return Err("has `currency`, which only segment and postback sources have".to_owned());
        }
        let known = amount::currency(currency).map(drop);
        known.map_err(|error| format!("has a `currency` that is not valid: {error}"))
    }

    /// Whether a WooCommerce order in this status is paid.
    pub fn is_paid_status(&self, status: &str) -> bool {
        if self.paid_statuses.is_empty() {
            PAID_STATUSES.contains(&status)
        } else {
            self.paid_statuses.iter().any(|paid| paid == status)
        }
    }
}
