//! The protocols by which conversions are reported.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A protocol.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// Standard Webhooks.
    Standard,
    /// Shopify.
    Shopify,
    /// WooCommerce.
    Woocommerce,
    /// Stripe.
    Stripe,
    /// Segment.
    Segment,
    /// HubSpot.
    Hubspot,
    /// Typeform.
    Typeform,
    /// Calendly.
    Calendly,
    /// Any JSON with an HMAC in a header.
    Generic,
    /// A plain URL with a key in its path.
    Postback,
}

impl ProviderKind {
    /// Every protocol.
    pub const ALL: [ProviderKind; 10] = [
        ProviderKind::Standard,
        ProviderKind::Shopify,
        ProviderKind::Woocommerce,
        ProviderKind::Stripe,
        ProviderKind::Segment,
        ProviderKind::Hubspot,
        ProviderKind::Typeform,
        ProviderKind::Calendly,
        ProviderKind::Generic,
        ProviderKind::Postback,
    ];

    /// The word outside and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            ProviderKind::Standard => "standard",
            ProviderKind::Shopify => "shopify",
            ProviderKind::Woocommerce => "woocommerce",
            ProviderKind::Stripe => "stripe",
            ProviderKind::Segment => "segment",
            ProviderKind::Hubspot => "hubspot",
            ProviderKind::Typeform => "typeform",
            ProviderKind::Calendly => "calendly",
            ProviderKind::Generic => "generic",
            ProviderKind::Postback => "postback",
        }
    }

    /// Whether the sender generates the secret, and shows it only after the webhook's URL is
    /// entered there.
    pub fn makes_its_secret(self) -> bool {
        matches!(
            self,
            ProviderKind::Shopify | ProviderKind::Stripe | ProviderKind::Hubspot
        )
    }

    /// Whether the events of one delivery are independent, so that an unreadable one does not
    /// affect the others.
    pub fn batches(self) -> bool {
        self == ProviderKind::Segment
    }
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text does not name a provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a provider; use standard, shopify, woocommerce, stripe, segment, hubspot, typeform, calendly, \
     generic or postback"
)]
pub struct UnknownProvider;

impl FromStr for ProviderKind {
    type Err = UnknownProvider;

    fn from_str(text: &str) -> Result<Self, UnknownProvider> {
        ProviderKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownProvider)
    }
}
