//! The kinds of conversions.

use serde::{Deserialize, Serialize};

/// What happened.
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
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_ty = UnknownConversionKind, parse_err_fn = unknown_kind)]
pub enum ConversionKind {
    /// Somebody became known: signed up, asked, subscribed.
    Lead,
    /// Somebody paid.
    Sale,
    /// Money went back.
    Refund,
    /// The customer's bank took money back.
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

    /// The word outside and in the store.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The text names no kind of conversion.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a kind of conversion; use lead, sale, refund, chargeback, chargeback_reversal or event"
)]
pub struct UnknownConversionKind(pub String);

fn unknown_kind(text: &str) -> UnknownConversionKind {
    UnknownConversionKind(text.chars().take(32).collect())
}
