//! A click: one redirect answered.
//!
//! Holds: a click carries everything reports need (campaign, network, link), so no later change
//! of the link rewrites the past; it never carries an address, only a pseudonymous visitor.
//! Must not know: storage, HTTP.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::id::{CampaignId, ClickId, LinkId, WorkspaceId};

/// What the redirect saw, before enrichment: the part of a click that goes into the event log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The click's id; also in the destination's query unless the person asked for no identity.
    pub id: ClickId,
    /// Owner of the link.
    pub workspace_id: WorkspaceId,
    /// The link that was clicked.
    pub link_id: LinkId,
    /// The link's campaign at that moment.
    pub campaign_id: Option<CampaignId>,
    /// The link's network at that moment.
    pub network: Option<String>,
    /// When the redirect was answered.
    pub clicked_at: Millis,
    /// Pseudonym of the browser for one day; `None` where the person asked for no identity.
    pub visitor: Option<String>,
    /// The `User-Agent` header, cut at 512 bytes.
    pub user_agent: Option<String>,
    /// The `Referer` header without query and fragment, cut at 512 bytes.
    pub referrer: Option<String>,
}

/// Who made a click.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A person, as far as can be told.
    Human,
    /// A program.
    Bot,
}

impl Class {
    /// The word used outside and at rest.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Human => "human",
            Class::Bot => "bot",
        }
    }

    /// The class of a stored word; anything unknown is a program, which is never counted as a
    /// person.
    pub fn from_stored(word: &str) -> Class {
        if word == "human" {
            Class::Human
        } else {
            Class::Bot
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A click with what enrichment found out about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Click {
    /// What the redirect saw.
    pub hit: Hit,
    /// Who made it.
    pub class: Class,
    /// Code of the rule that decided the class, such as `preview:twitterbot` or `default`.
    pub class_rule: String,
    /// Whether it is the first human click of its visitor for this network of this campaign.
    pub first: bool,
}
