//! A short link: domain and slug that lead to a destination.
//!
//! # Invariants
//! `destination` is what the redirect sends people to, with its UTM tags in place. Only the click
//! id is added when somebody clicks.

use super::handed_on::HandedOn;
use super::intent::Intent;
use super::utm;
use crate::clock::Millis;
use crate::id::{CampaignId, LinkId, PostId, WorkspaceId};

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
    /// Host of the short link, as [`super::domain`] writes it.
    pub domain: String,
    /// Path of the short link, without its slash.
    pub slug: String,
    /// The destination as the request gave it.
    pub url: String,
    /// The destination with its UTM tags.
    pub destination: String,
    /// The tags in force.
    pub utm: utm::UtmTags,
    /// Why it was posted.
    pub intent: Intent,
    /// Query parameter that carries the click id; `None` adds none.
    pub click_id_param: Option<String>,
    /// Query parameters of a click that are passed on to the destination.
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
