//! What each protocol does: which headers it looks at, how it verifies a delivery and reads it.
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

/// A body as text for people, unpacked if it was packed.
pub fn readable_body(body: &[u8]) -> String {
    let plain = segment::plain(body).unwrap_or(body.into());
    String::from_utf8_lossy(&plain).into_owned()
}

impl ProviderKind {
    /// The headers that verifying or reading looks at, in lower case. Of `generic` the settings
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
        Ok(VerifiedWebhook::before(delivery))
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
            ProviderKind::Standard | ProviderKind::Generic => {
                Ok(json::check(&verified.delivery().body)?)
            }
            ProviderKind::Segment => segment::check_form(verified.delivery()),
            _ => Ok(json::check_brackets(&verified.delivery().body)?),
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
