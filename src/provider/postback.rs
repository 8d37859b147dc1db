//! TODO

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Delivery, Error, Reading, ReportError, Settings};
use crate::clock::Millis;

/// The headers looked at.
pub(super) const HEADERS: &[&str] = &[];

/// Which statuses mean what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Statuses {
    /// Whether an unknown click is answered 404.
    pub strict: bool,
}

impl Statuses {
    /// Whether they can be used.
    ///
    /// # Errors
    /// What to mend.
    pub fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

pub(super) fn check_secret(_secret: &SecretString) -> Result<(), Error> {
    Ok(())
}

pub(super) fn verify(_delivery: &Delivery, _secrets: &[SecretString]) -> Result<(), Error> {
    Err(Error::Signature)
}

pub(super) fn read(
    _delivery: &Delivery,
    _settings: &Settings,
    _received_at: Millis,
) -> Result<Reading, ReportError> {
    Ok(Reading::default())
}

/// The click that a call names.
pub fn click_id(_delivery: &Delivery) -> Option<crate::id::ClickId> {
    None
}
