//! Providers: who reports conversions by webhook, and how their requests are verified and read.
//!
//! Holds: an unverified body cannot be parsed, because [`Kind::reports`] takes the proof that
//! only [`Kind::verify`] gives. Signatures are checked over the raw bytes, in constant time. A
//! new provider is one file here, one variant of [`Kind`], fixtures and a test. Must not know:
//! storage, the event log.

pub mod json;
pub mod report;
pub mod standard;

use std::fmt;
use std::str::FromStr;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::clock::Millis;
pub use report::{Report, ReportError};

/// A protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Standard Webhooks.
    Standard,
}

impl Kind {
    /// Every protocol.
    pub const ALL: [Kind; 1] = [Kind::Standard];

    /// The word used outside and at rest.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Standard => "standard",
        }
    }

    /// Whether a secret can be used with this protocol.
    ///
    /// # Errors
    /// [`Error::Secret`] when it cannot.
    pub fn check_secret(self, secret: &SecretString) -> Result<(), Error> {
        match self {
            Kind::Standard => standard::key(secret).map(drop),
        }
    }

    /// Checks that a request was signed with one of `secrets` and is fresh at `now`.
    ///
    /// # Errors
    /// When the request does not prove its sender.
    pub fn verify<'a>(
        self,
        secrets: &[SecretString],
        header: &dyn Fn(&str) -> Option<&'a str>,
        body: &'a [u8],
        now: Millis,
    ) -> Result<Verified<'a>, Error> {
        match self {
            Kind::Standard => standard::verify(secrets, header, body, now),
        }
    }

    /// What a verified request reports.
    ///
    /// # Errors
    /// When the body does not say it in the protocol's form.
    pub fn reports(self, verified: &Verified<'_>) -> Result<Vec<Report>, ReportError> {
        match self {
            Kind::Standard => standard::reports(verified),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a provider; use standard")]
pub struct UnknownKind;

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Kind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownKind)
    }
}

/// A request whose sender is proven.
#[derive(Clone, Copy, Debug)]
pub struct Verified<'a> {
    /// The provider's id of the delivery, the same on every retry.
    id: &'a str,
    body: &'a [u8],
}

/// Why a request does not prove its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A header is absent or not ASCII.
    #[error("the header `{0}` is missing; sign as Standard Webhooks says")]
    MissingHeader(&'static str),
    /// The time is not whole seconds since 1970.
    #[error("`webhook-timestamp` is no time in whole seconds since 1970")]
    Timestamp,
    /// Signed more than five minutes ago.
    #[error(
        "the request was signed more than 5 minutes ago; sign each attempt anew, and check the clock"
    )]
    TooOld,
    /// Signed more than five minutes ahead.
    #[error("the request was signed more than 5 minutes in the future; check the sender's clock")]
    TooNew,
    /// An id with a full stop, or empty: what was signed would be ambiguous.
    #[error("`webhook-id` has 1 to 200 characters and no full stop")]
    Id,
    /// No signature fits.
    #[error("no signature fits; check the secret, and that nothing changes the body on its way")]
    Signature,
    /// A secret that cannot be used.
    #[error("is not `whsec_` and 24 to 64 bytes in base64; leave it out to have one made")]
    Secret,
}

impl Error {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Error::MissingHeader(_) => "signature_missing",
            Error::Timestamp | Error::TooOld | Error::TooNew => "signature_time",
            Error::Id | Error::Signature | Error::Secret => "signature_invalid",
        }
    }
}
