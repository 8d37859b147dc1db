//! TODO

use secrecy::SecretString;

use super::{Delivery, Error, Reading, ReportError, Settings};
use crate::clock::Millis;

/// The headers looked at.
pub(super) const HEADERS: &[&str] = &[];

pub(super) fn verify(
    _delivery: &Delivery,
    _secrets: &[SecretString],
    _now: Millis,
) -> Result<(), Error> {
    Err(Error::Signature)
}

pub(super) fn read(_delivery: &Delivery, _settings: &Settings) -> Result<Reading, ReportError> {
    Ok(Reading::default())
}
