//! The kinds of conversions.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversionKind {
    /// Somebody became known: signed up, asked, subscribed.
    Lead,
    /// Somebody paid.
    Sale,
    /// Money went back.
    Refund,
    /// Money that the customer's bank took back.
    Chargeback,
    /// Money of a chargeback that came back.
    ChargebackReversal,
    /// A named event with an optional unit value.
    Event,
}

impl ConversionKind {
    /// Whether it follows a sale, whose touches it is credited to with the same weights.
    pub fn follows_a_sale(self) -> bool {
        match self {
            ConversionKind::Refund
            | ConversionKind::Chargeback
            | ConversionKind::ChargebackReversal => true,
            ConversionKind::Lead | ConversionKind::Sale | ConversionKind::Event => false,
        }
    }

    /// The word used outside and at rest.
    pub fn as_str(self) -> &'static str {
        match self {
            ConversionKind::Lead => "lead",
            ConversionKind::Sale => "sale",
            ConversionKind::Refund => "refund",
            ConversionKind::Chargeback => "chargeback",
            ConversionKind::ChargebackReversal => "chargeback_reversal",
            ConversionKind::Event => "event",
        }
    }
}

impl fmt::Display for ConversionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no kind of conversion.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a kind of conversion; use lead, sale, refund, chargeback, chargeback_reversal or event"
)]
pub struct UnknownConversionKind(pub String);

impl FromStr for ConversionKind {
    type Err = UnknownConversionKind;

    fn from_str(text: &str) -> Result<Self, UnknownConversionKind> {
        match text {
            "lead" => Ok(ConversionKind::Lead),
            "sale" => Ok(ConversionKind::Sale),
            "refund" => Ok(ConversionKind::Refund),
            "chargeback" => Ok(ConversionKind::Chargeback),
            "chargeback_reversal" => Ok(ConversionKind::ChargebackReversal),
            "event" => Ok(ConversionKind::Event),
            _ => Err(UnknownConversionKind(text.chars().take(32).collect())),
        }
    }
}
