//! What can be set about a source, beside its secrets.
//!
//! # Invariants
//! A setting of another provider is refused, so that nobody waits for it to take effect.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::amount;
use super::generic::mapping::GenericMapping;
use super::kind::ProviderKind;
use super::postback::statuses::PostbackStatuses;

/// Statuses of WooCommerce orders that are paid, unless the source says otherwise.
pub const PAID_STATUSES: [&str; 2] = ["processing", "completed"];

/// Settings of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SourceSettings {
    /// Whether orders and events of the provider's test mode count; they do not unless this is
    /// true.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub accept_test: bool,
    /// WooCommerce: the statuses in which an order is paid; `processing` and `completed` when
    /// absent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paid_statuses: Vec<String>,
    /// Segment and postback: the currency of amounts that come without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "EUR")]
    pub currency: Option<String>,
    /// Generic: where the signature stands, and which fields of the body mean what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generic: Option<GenericMapping>,
    /// Postback: which statuses mean what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postback: Option<PostbackStatuses>,
}

impl SourceSettings {
    /// Whether these settings fit a source of `kind`.
    ///
    /// # Errors
    /// What to mend.
    pub fn check(&self, kind: ProviderKind) -> Result<(), String> {
        if !self.paid_statuses.is_empty() && kind != ProviderKind::Woocommerce {
            return Err("has `paid_statuses`, which only woocommerce has".to_owned());
        }
        if self.paid_statuses.len() > 20 || self.paid_statuses.iter().any(|it| it.len() > 50) {
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
        known.map_err(|error| format!("has a `currency` that is none: {error}"))
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
