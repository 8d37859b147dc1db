//! Why a conversion is not joined to a click or campaign.

use serde::{Deserialize, Serialize};

/// Why nothing matched.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum UnjoinedReason {
    /// The report brought nothing to join it by.
    NoEvidence,
    /// It names clicks that are not known, or not yet.
    ClickUnknown,
    /// It names clicks that came after it.
    ClickLater,
    /// It names clicks of the owner's own.
    ClickOwn,
    /// A customer of whom neither a click nor a campaign is known.
    CustomerUnknown,
    /// A promo code that no campaign has.
    CodeUnknown,
    /// UTM tags that name no campaign, or several.
    TagsUnknown,
    /// A refund or chargeback of a sale that was not told of.
    SaleUnknown,
}

impl UnjoinedReason {
    /// Every reason.
    pub const ALL: [UnjoinedReason; 8] = [
        UnjoinedReason::NoEvidence,
        UnjoinedReason::ClickUnknown,
        UnjoinedReason::ClickLater,
        UnjoinedReason::ClickOwn,
        UnjoinedReason::CustomerUnknown,
        UnjoinedReason::CodeUnknown,
        UnjoinedReason::TagsUnknown,
        UnjoinedReason::SaleUnknown,
    ];

    /// The word used outside and at rest.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The reason of a stored word; an unknown word is none.
    pub fn from_stored(word: &str) -> Option<UnjoinedReason> {
        word.parse().ok()
    }
}
