//! TODO

use secrecy::SecretString;

use super::{Delivery, Error, Reading, ReportError, Settings};

/// The headers looked at.
pub(super) const HEADERS: &[&str] = &[];

pub(super) fn verify(_delivery: &Delivery, _secrets: &[SecretString]) -> Result<(), Error> {
    Err(Error::Signature)
}

pub(super) fn read(_delivery: &Delivery, _settings: &Settings) -> Result<Reading, ReportError> {
    Ok(Reading::default())
}

pub(super) fn is_ping(_delivery: &Delivery) -> bool {
    false
}
