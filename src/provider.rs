//! Providers: who reports conversions by webhook, and how their requests are verified and read.
//!
//! Holds: an unverified body cannot be read, because [`ProviderKind::read`] takes the proof that
//! only [`ProviderKind::verify`] gives, or the vault for what was verified when it came in.
//! Signatures are checked over the raw bytes, in constant time. What a provider tells is data: the
//! same delivery is read the same whenever it is. A new provider is one file here, one variant of
//! [`ProviderKind`], fixtures and a test. Must not know: storage, the event log, HTTP.

pub mod amount;
pub mod attribution_hints;
pub mod calendly;
pub mod generic;
pub mod hubspot;
pub mod json;
mod lax_serde;
pub mod order;
#[cfg(test)]
mod order_scenarios;
pub mod postback;
pub mod report;
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

use std::fmt;
use std::str::FromStr;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::clock::Millis;
pub use order::OrderReport;
pub use report::{ConversionReport, ReportError};
pub use settings::SourceSettings;
pub use signature::Error;

/// A request as it came in, with what is needed to verify and read it again later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// `POST` or `GET`.
    pub method: String,
    /// The address it was sent to as the sender knows it: the configured public URL with path and
    /// query.
    pub url: String,
    /// Those of its headers that [`ProviderKind::headers`] names, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its raw body. It is sealed apart from the other fields, which are the head.
    #[serde(skip)]
    pub body: Vec<u8>,
}

impl Delivery {
    /// The header of that name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The same, needed.
    ///
    /// # Errors
    /// [`Error::MissingHeader`].
    pub fn needed(&self, name: &'static str) -> Result<&str, Error> {
        self.header(name).ok_or(Error::MissingHeader(name))
    }

    /// What stands behind the question mark.
    pub fn query(&self) -> &str {
        self.url.split_once('?').map_or("", |(_, query)| query)
    }
}

/// A body as text, for people; one that came packed is unpacked.
pub fn text(body: &[u8]) -> String {
    let plain = segment::plain(body).unwrap_or(body.into());
    String::from_utf8_lossy(&plain).into_owned()
}

/// A delivery whose sender is proven.
#[derive(Clone, Copy, Debug)]
pub struct VerifiedWebhook<'a>(&'a Delivery);

impl<'a> VerifiedWebhook<'a> {
    /// A delivery that was verified when it came in, and was kept sealed since.
    pub fn before(delivery: &'a Delivery) -> VerifiedWebhook<'a> {
        VerifiedWebhook(delivery)
    }

    /// The delivery.
    pub fn delivery(self) -> &'a Delivery {
        self.0
    }
}

/// One thing that a delivery tells.
#[derive(Clone, Debug, PartialEq)]
pub enum WebhookEffect {
    /// A conversion by itself: the first report of its event stands.
    Conversion(ConversionReport),
    /// What is known of an order by now.
    Order(OrderReport),
    /// A person is to be erased, as their law lets them ask of the shop.
    Erase(report::ReportedCustomer),
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
    /// A plain URL that is called, with a key in its path.
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

    /// The word used outside and at rest.
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

    /// The headers that verifying or parsed looks at, in lower case. Of `generic` the settings
    /// name one more.
    pub fn headers(self) -> &'static [&'static str] {
        match self {
            ProviderKind::Standard => standard::HEADERS,
            ProviderKind::Shopify => shopify::HEADERS,
            ProviderKind::Woocommerce => woocommerce::HEADERS,
            ProviderKind::Stripe => stripe::HEADERS,
            ProviderKind::Segment => segment::HEADERS,
            ProviderKind::Hubspot => hubspot::HEADERS,
            ProviderKind::Typeform => typeform::HEADERS,
            ProviderKind::Calendly => calendly::HEADERS,
            ProviderKind::Generic => generic::HEADERS,
            ProviderKind::Postback => postback::HEADERS,
        }
    }

    /// Whether a secret can be used with this protocol.
    ///
    /// # Errors
    /// [`Error::Secret`], [`Error::SecretLength`] or [`Error::PathKey`] when it cannot.
    pub fn check_secret(self, secret: &SecretString) -> Result<(), Error> {
        match self {
            ProviderKind::Standard => standard::check_secret(secret),
            ProviderKind::Postback => postback::check_secret(secret),
            ProviderKind::Shopify
            | ProviderKind::Woocommerce
            | ProviderKind::Stripe
            | ProviderKind::Segment
            | ProviderKind::Hubspot
            | ProviderKind::Typeform
            | ProviderKind::Calendly
            | ProviderKind::Generic => signature::check_text(secret),
        }
    }

    /// Whether the sender makes the secret and shows it only once the webhook's URL is entered
    /// there.
    pub fn makes_its_secret(self) -> bool {
        matches!(
            self,
            ProviderKind::Shopify | ProviderKind::Stripe | ProviderKind::Hubspot
        )
    }

    /// Whether the events of one delivery have nothing to do with each other, so that one which
    /// cannot be read takes no other with it.
    pub fn batches(self) -> bool {
        self == ProviderKind::Segment
    }

    /// Whether a path below the source's own URL is one that the sender's libraries add to it.
    pub fn takes_path(self, call: &str) -> bool {
        self == ProviderKind::Segment && segment::CALLS.iter().any(|(known, _)| *known == call)
    }

    /// Whether the request only asks whether somebody is there; such a one carries no signature, is
    /// answered 200 and leaves no trace.
    pub fn is_ping(self, delivery: &Delivery) -> bool {
        self == ProviderKind::Woocommerce && woocommerce::is_ping(delivery)
    }

    /// Checks that a delivery was signed with one of `secrets` and, where the protocol signs the
    /// time, is fresh at `now`.
    ///
    /// # Errors
    /// When the delivery does not prove its sender.
    pub fn verify<'a>(
        self,
        delivery: &'a Delivery,
        secrets: &[SecretString],
        settings: &SourceSettings,
        now: Millis,
    ) -> Result<VerifiedWebhook<'a>, Error> {
        match self {
            ProviderKind::Standard => standard::verify(delivery, secrets, now),
            ProviderKind::Shopify => shopify::verify(delivery, secrets),
            ProviderKind::Woocommerce => woocommerce::verify(delivery, secrets),
            ProviderKind::Stripe => stripe::verify(delivery, secrets, now),
            ProviderKind::Segment => segment::verify(delivery, secrets),
            ProviderKind::Hubspot => hubspot::verify(delivery, secrets, now),
            ProviderKind::Typeform => typeform::verify(delivery, secrets),
            ProviderKind::Calendly => calendly::verify(delivery, secrets, now),
            ProviderKind::Generic => generic::verify(delivery, secrets, settings, now),
            ProviderKind::Postback => postback::verify(delivery, secrets),
        }?;
        Ok(VerifiedWebhook(delivery))
    }

    /// Whether the delivery can be read at all: its body is JSON. Who writes a sender for one of
    /// the open protocols is told of every mistake at once; nobody could mend what the others' own
    /// programs write, so of theirs only the brackets are looked at, and the rest is found out when
    /// it is read.
    ///
    /// # Errors
    /// [`ReportError::Json`] when not.
    pub fn check_form(self, verified: VerifiedWebhook<'_>) -> Result<(), ReportError> {
        match self {
            ProviderKind::Postback => Ok(()),
            ProviderKind::Standard | ProviderKind::Generic => Ok(json::check(&verified.0.body)?),
            ProviderKind::Segment => segment::check_form(verified.0),
            _ => Ok(json::check_brackets(&verified.0.body)?),
        }
    }

    /// What a delivery tells that came in at `received_at`.
    ///
    /// # Errors
    /// When it does not say it in the protocol's form.
    pub fn read(
        self,
        verified: VerifiedWebhook<'_>,
        settings: &SourceSettings,
        received_at: Millis,
    ) -> Result<ParsedWebhook, ReportError> {
        let delivery = verified.0;
        match self {
            ProviderKind::Standard => standard::read(delivery),
            ProviderKind::Shopify => shopify::read(delivery, settings),
            ProviderKind::Woocommerce => woocommerce::read(delivery, settings),
            ProviderKind::Stripe => stripe::read(delivery, settings),
            ProviderKind::Segment => segment::read(delivery, settings, received_at),
            ProviderKind::Hubspot => hubspot::read(delivery, settings),
            ProviderKind::Typeform => typeform::read(delivery, settings),
            ProviderKind::Calendly => calendly::read(delivery, settings),
            ProviderKind::Generic => generic::read(delivery, settings),
            ProviderKind::Postback => postback::read(delivery, settings, received_at),
        }
    }
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no provider.
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
