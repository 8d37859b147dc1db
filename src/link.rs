//! A link: domain and slug that lead to a destination, tagged for one network of one campaign.
//!
//! Holds: `destination` is what the redirect sends people to, with its UTM tags already in place;
//! only the click id is added when somebody clicks. Must not know: storage, HTTP.

pub mod destination;
pub mod domain;
pub mod handed_on;
pub mod permalink;
pub mod post_text;
pub mod slug;
pub mod tagging;
pub mod typo;
pub mod utm;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use self::handed_on::HandedOn;
use crate::clock::Millis;
use crate::id::{CampaignId, LinkId, PostId, WorkspaceId};

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
    /// The post is part of a talk.
    Conversation,
}

impl Intent {
    /// Every intent.
    pub const ALL: [Intent; 3] = [Intent::Promotion, Intent::Helpful, Intent::Conversation];

    /// The word used outside and at rest.
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

/// The text names no intent.
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

/// A short link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// Its owner.
    pub workspace_id: WorkspaceId,
    /// The campaign it serves, if any.
    pub campaign_id: Option<CampaignId>,
    /// The post it stands in, when a fan-out made it.
    pub post_id: Option<PostId>,
    /// Canonical name of the network it is posted on, if any.
    pub network: Option<String>,
    /// Host of the short link, as [`domain`] writes it.
    pub domain: String,
    /// Path of the short link, without its slash.
    pub slug: String,
    /// The destination as it was given.
    pub url: String,
    /// The destination with its UTM tags.
    pub destination: String,
    /// The tags in force.
    pub utm: utm::UtmTags,
    /// Why it was posted.
    pub intent: Intent,
    /// Query parameter that carries the click id; `None` adds none.
    pub click_id_param: Option<String>,
    /// Query parameters of a click that go on to the destination.
    pub handed_on: HandedOn,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
    /// When it was taken back, if it was; it then answers 410.
    pub archived_at: Option<Millis>,
}

impl Link {
    /// Notes that it is changed now. Of two changes the later one has the later time, whatever the
    /// clocks of those who make them say: caches tell by it which one is newer.
    pub fn touch(&mut self, now: Millis) {
        self.updated_at = now.max(self.updated_at.plus_ms(1));
    }
}
