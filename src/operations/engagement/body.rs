//! Requests for engagement numbers and their results.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::campaign::engagement::EngagementFigures;
use crate::clock::Millis;
use crate::export_file::{FileRead, PassedOver};
use crate::id::{CampaignId, EngagementId, LinkId};
use crate::store::engagement::{EngagedPost, Engagement};

/// Figures of a network for a day, or for one of its posts and a day.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEngagement {
    /// The campaign: its id, `utm_campaign` or whole name; that of the link or post when absent.
    #[serde(alias = "campaign")]
    pub campaign_id: Option<String>,
    /// The network: its name or an alias; when absent, that of the link or of the permalink's host.
    #[schema(example = "x")]
    pub network: Option<String>,
    /// The link in the post: its id, slug or short URL.
    #[serde(alias = "link")]
    pub link_id: Option<String>,
    /// Address of the post.
    #[schema(example = "https://x.com/ann/status/1780000000000000001")]
    pub permalink: Option<String>,
    /// The day, as the network counts it.
    #[schema(value_type = String, format = Date, example = "2026-03-10")]
    pub day: String,
    /// How often it was shown.
    #[schema(example = 1200)]
    pub impressions: Option<i64>,
    /// Likes, and reactions of other kinds.
    pub likes: Option<i64>,
    /// Reposts and shares.
    pub reposts: Option<i64>,
    /// Replies and comments.
    pub replies: Option<i64>,
    /// Number of followers on that day: a level, not a change.
    pub followers: Option<i64>,
}

/// Rows of engagement.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct NewEngagements {
    /// The rows. A plain array of rows is also accepted.
    pub rows: Vec<NewEngagement>,
}

/// Totals of a network and day, or of one of its posts.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Engagement)]
pub struct EngagementView {
    /// Id.
    #[schema(value_type = String, example = "eng_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub id: EngagementId,
    /// The campaign.
    #[schema(value_type = String)]
    pub campaign_id: CampaignId,
    /// The network.
    pub network: String,
    /// The link in the post.
    #[schema(value_type = Option<String>)]
    pub link_id: Option<LinkId>,
    /// Address of the post, while no link is known for it. A row without link and address stands
    /// for all posts on the network.
    pub permalink: Option<String>,
    /// The day, as the network counts it.
    #[schema(value_type = String, format = Date)]
    pub day: String,
    /// A figure that was not reported is `null`.
    #[serde(flatten)]
    pub figures: EngagementFigures,
    /// When a figure of it was last imported.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Millis,
}

impl From<Engagement> for EngagementView {
    fn from(totals: Engagement) -> EngagementView {
        let (link_id, permalink) = match totals.post {
            EngagedPost::All => (None, None),
            EngagedPost::Link(link) => (Some(link), None),
            EngagedPost::Permalink(permalink) => (None, Some(permalink)),
        };
        EngagementView {
            id: totals.id,
            campaign_id: totals.campaign_id,
            network: totals.network,
            link_id,
            permalink,
            day: Millis::of_day(totals.day).date(),
            figures: totals.figures,
            updated_at: totals.updated_at,
        }
    }
}

/// What an import changed.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct EngagementImportResult {
    /// Rows that did not exist before.
    pub new: u64,
    /// Rows that replaced other figures.
    pub changed: u64,
    /// Rows that existed before with the same values.
    pub unchanged: u64,
    /// The stored rows; empty if there are more than 200.
    pub engagement: Vec<EngagementView>,
    /// Columns of a table that were ignored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns_left_out: Vec<String>,
    /// Skipped lines of a table that are sums of other lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals_left_out: Vec<u64>,
    /// All skipped lines of a table with the cause; at most 1000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<PassedOver>,
    /// How a table was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileRead>,
    /// Whether this was a dry run, which stores nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// A page of engagement.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct EngagementPage {
    /// In the order of their first import.
    pub engagement: Vec<EngagementView>,
    /// `cursor` for the next page; `null` on the last page.
    pub next_cursor: Option<String>,
}
