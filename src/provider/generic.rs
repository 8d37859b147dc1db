//! TODO

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Delivery, Error, Reading, ReportError, Settings};

/// The headers looked at.
pub(super) const HEADERS: &[&str] = &[];

/// Where the signature stands and which fields mean what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The header of the signature.
    pub signature_header: String,
}

impl Mapping {
    /// The headers that it looks at, in lower case.
    pub fn headers(&self) -> Vec<String> {
        vec![self.signature_header.to_ascii_lowercase()]
    }

    /// Whether it can be used.
    ///
    /// # Errors
    /// What to mend.
    pub fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

pub(super) fn verify(
    _delivery: &Delivery,
    _secrets: &[SecretString],
    _settings: &Settings,
) -> Result<(), Error> {
    Err(Error::Signature)
}

pub(super) fn read(_delivery: &Delivery, _settings: &Settings) -> Result<Reading, ReportError> {
    Ok(Reading::default())
}
