//! What each protocol does: which headers it reads, how it verifies a delivery and reads it.
//!
//! # Invariants
//! [`ProviderKind::read`] takes a [`VerifiedWebhook`], so an unverified body is never read.

use secrecy::SecretString;

use super::delivery::{Delivery, VerifiedWebhook};
use super::kind::ProviderKind;
use super::parsed_webhook::ParsedWebhook;
use super::report_error::ReportError;
use super::settings::SourceSettings;
use super::signature::{self, Error};
use super::{
    calendly, generic, hubspot, json, postback, segment, shopify, standard, stripe, typeform,
    woocommerce,
};
use crate::clock::Millis;

/// A body as text for people, decompressed if needed.
pub fn readable_body(body: &[u8]) -> String {
    let plain = segment::plain(body).unwrap_or(body.into());
    String::from_utf8_lossy(&plain).into_owned()
}

impl ProviderKind {
    /// The headers that verification or reading uses, in lower case. For `generic` the settings
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

    /// Checks whether a secret can be used with this protocol.
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

    /// Whether a path below the source's own URL is one that the sender's libraries append.
    pub fn takes_path(self, call: &str) -> bool {
        self == ProviderKind::Segment && segment::CALLS.iter().any(|(known, _)| *known == call)
    }

    /// Whether the request only checks that the service answers. Such a request has no signature,
    /// is answered with 200 and is not stored.
    pub fn is_ping(self, delivery: &Delivery) -> bool {
        self == ProviderKind::Woocommerce && woocommerce::is_ping(delivery)
    }

    /// Checks that one of `secrets` signed a delivery and, if the protocol signs the time, that it
    /// is fresh at `now`.
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
        Ok(VerifiedWebhook::before(delivery))
    }

    /// Checks that the body is JSON. For an open protocol the whole body is checked, so that the
    /// author of a sender sees every mistake at once. For other protocols only the brackets are
    /// checked, because no user could fix the sender; all else is found when the delivery is read.
    ///
    /// # Errors
    /// [`ReportError::Json`] when it is not.
    pub fn check_form(self, verified: VerifiedWebhook<'_>) -> Result<(), ReportError> {
        match self {
            ProviderKind::Postback => Ok(()),
            ProviderKind::Standard | ProviderKind::Generic => {
                Ok(json::check(&verified.delivery().body)?)
            }
            ProviderKind::Segment => segment::check_form(verified.delivery()),
            _ => Ok(json::check_brackets(&verified.delivery().body)?),
        }
    }

    /// Reads a delivery that arrived at `received_at`.
    ///
    /// # Errors
    /// When it does not have the protocol's form.
    pub fn read(
        self,
        verified: VerifiedWebhook<'_>,
        settings: &SourceSettings,
        received_at: Millis,
    ) -> Result<ParsedWebhook, ReportError> {
        let delivery = verified.delivery();
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
