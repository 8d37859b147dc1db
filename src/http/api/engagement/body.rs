//! What the API says of engagement, and what it is told.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::campaign::engagement::EngagementFigures;
use crate::clock::Millis;
use crate::export_file::{FileRead, PassedOver};
use crate::id::{CampaignId, EngagementId, LinkId};
use crate::store::engagement::{Post, Told};

/// What a network tells of a post and day, or of a day.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEngagement {
    /// The campaign: its id, `utm_campaign` or whole name; that of the link or post when absent.
    #[serde(alias = "campaign")]
    pub(super) campaign_id: Option<String>,
    /// The network: a name or an alias; that of the link, or of the permalink's host, when absent.
    #[schema(example = "x")]
    pub(super) network: Option<String>,
    /// The link in the post: its id, slug or short URL.
    #[serde(alias = "link")]
    pub(super) link_id: Option<String>,
    /// Where the post stands.
    #[schema(example = "https://x.com/ann/status/1780000000000000001")]
    pub(super) permalink: Option<String>,
    /// The day, as the network counts it.
    #[schema(value_type = String, format = Date, example = "2026-03-10")]
    pub(super) day: String,
    /// How often it was shown.
    #[schema(example = 1200)]
    pub(super) impressions: Option<i64>,
    /// Likes, and reactions of other kinds.
    pub(super) likes: Option<i64>,
    /// Reposts and shares.
    pub(super) reposts: Option<i64>,
    /// Replies and comments.
    pub(super) replies: Option<i64>,
    /// Followers by then, a level.
    pub(super) followers: Option<i64>,
}

/// Rows of engagement.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "the description's form of what is read as a list or as this"
)]
pub struct NewEngagements {
    /// The rows; an array of them alone is taken as well.
    rows: Vec<NewEngagement>,
}

/// Totals of a network and day, or of a post of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Engagement)]
pub struct EngagementBody {
    #[schema(value_type = String, example = "eng_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    id: EngagementId,
    #[schema(value_type = String)]
    campaign_id: CampaignId,
    network: String,
    /// The link in the post.
    #[schema(value_type = Option<String>)]
    link_id: Option<LinkId>,
    /// Where the post stands, as long as no link is known for it. Without either the row is of all
    /// in the network.
    permalink: Option<String>,
    #[schema(value_type = String, format = Date)]
    day: String,
    /// `null` is what was not told.
    #[serde(flatten)]
    figures: EngagementFigures,
    /// When a figure of it was told last.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Millis,
}

impl From<Told> for EngagementBody {
    fn from(told: Told) -> EngagementBody {
        let (link_id, permalink) = match told.post {
            Post::All => (None, None),
            Post::Link(link) => (Some(link), None),
            Post::Permalink(permalink) => (None, Some(permalink)),
        };
        EngagementBody {
            id: told.id,
            campaign_id: told.campaign_id,
            network: told.network,
            link_id,
            permalink,
            day: Millis::of_day(told.day).date(),
            figures: told.figures,
            updated_at: told.updated_at,
        }
    }
}

/// What became of rows that were told.
#[derive(Debug, Serialize, ToSchema)]
pub struct EngagementImportResult {
    /// They were not there.
    pub(super) new: u64,
    /// Other figures were there; these took their place.
    pub(super) changed: u64,
    /// They were there.
    pub(super) unchanged: u64,
    /// The rows as they are kept; none of more than 200.
    pub(super) engagement: Vec<EngagementBody>,
    /// Columns of a table that nothing was taken from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) columns_left_out: Vec<String>,
    /// Lines of a table that are sums of other lines; nothing was taken from them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) totals_left_out: Vec<u64>,
    /// All lines of a table that nothing was taken from, with the cause; at most 1000.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) passed_over: Vec<PassedOver>,
    /// How a table was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<FileRead>,
    /// Whether nothing was kept, as the request asked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) dry_run: bool,
}

/// A page of engagement.
#[derive(Debug, Serialize, ToSchema)]
pub struct EngagementPage {
    /// In the order in which they were told first.
    pub(super) engagement: Vec<EngagementBody>,
    /// `cursor` of the next page; `null` on the last one.
    pub(super) next_cursor: Option<String>,
}
