//! Why a link was posted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why the link was posted.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// The post advertises.
    #[default]
    Promotion,
    /// The post helps somebody.
    Helpful,
    /// The post is part of a conversation.
    Conversation,
}

impl Intent {
    /// Every intent.
    pub const ALL: [Intent; 3] = [Intent::Promotion, Intent::Helpful, Intent::Conversation];

    /// The word outside and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Intent::Promotion => "promotion",
            Intent::Helpful => "helpful",
            Intent::Conversation => "conversation",
        }
    }
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text does not name an intent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an intent; use promotion, helpful or conversation")]
pub struct UnknownIntent;

impl FromStr for Intent {
    type Err = UnknownIntent;

    fn from_str(text: &str) -> Result<Self, UnknownIntent> {
        match text {
            "promotion" => Ok(Intent::Promotion),
            "helpful" => Ok(Intent::Helpful),
            "conversation" => Ok(Intent::Conversation),
            _ => Err(UnknownIntent),
        }
    }
}
