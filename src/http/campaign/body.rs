//! What the API says of campaigns, and what it is told.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::campaign::goal::{Version, version_in_force};
use crate::campaign::{Aim, Campaign};
use crate::clock::Millis;
use crate::http::json::{change, given};
use crate::id::CampaignId;
use crate::money::{Currency, Money};

/// A goal.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Goal)]
pub struct GoalBody {
    /// `leads`, `sales`, `revenue` or `event:NAME`.
    #[schema(example = "leads")]
    pub(super) metric: String,
    /// What is to be reached, at least 1; minor units of the campaign's currency for revenue.
    #[schema(example = 40, minimum = 1)]
    pub(super) target: i64,
    /// Until when; the campaign's end when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<Millis>,
}

/// A new campaign. It has a goal, or says why it has none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCampaign {
    /// Shown name, 1 to 200 characters; also the source of its `utm_campaign` where none is given.
    #[schema(example = "Spring launch", min_length = 1, max_length = 200)]
    pub(super) name: String,
    /// The `utm_campaign` of its links, 1 to 80 of A-Z a-z 0-9 - _ . by the workspace's convention,
    /// unique in the workspace; made of the name when absent.
    #[schema(
        example = "spring-launch",
        min_length = 1,
        max_length = 80,
        pattern = "^[A-Za-z0-9._-]+$"
    )]
    pub(super) utm_campaign: Option<String>,
    /// What it is to reach.
    pub(super) goal: Option<GoalBody>,
    /// Why it has no goal; kept and shown in every report.
    pub(super) goal_waiver: Option<String>,
    /// ISO 4217 currency that its money is counted in.
    #[schema(example = "EUR", pattern = "^[A-Z]{3}$")]
    pub(super) currency: String,
    /// IANA time zone that its days are cut in.
    #[schema(example = "Europe/Berlin")]
    pub(super) time_zone: String,
    /// Start of its period.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) starts_at: Option<Millis>,
    /// End of its period, exclusive.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) ends_at: Option<Millis>,
    /// What an hour of work costs, in the campaign's currency: 0 to 1000000000000 minor units.
    pub(super) hourly_rate: Option<Money>,
    /// Days a click of its links may lie before the lead that it led to, or whatever else it led to
    /// directly, 1 to 3650; the configured ones (`attribution.window_days`) when absent.
    #[schema(minimum = 1, maximum = 3650)]
    pub(super) lead_window_days: Option<u32>,
    /// Days a sale may lie behind the lead of its customer, 1 to 3650; the configured ones
    /// (`attribution.sale_window_days`) when absent.
    #[schema(minimum = 1, maximum = 3650)]
    pub(super) sale_window_days: Option<u32>,
}

/// Changes of a campaign. Its currency and `utm_campaign` stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignChange {
    /// Shown name.
    #[schema(value_type = String, required = false)]
    #[serde(default, deserialize_with = "given")]
    pub(super) name: Option<String>,
    /// A new goal; takes the place of a waiver.
    #[schema(value_type = GoalBody, required = false)]
    #[serde(default, deserialize_with = "given")]
    pub(super) goal: Option<GoalBody>,
    /// The reason for having no goal any more.
    #[schema(value_type = String, required = false)]
    #[serde(default, deserialize_with = "given")]
    pub(super) goal_waiver: Option<String>,
    /// Why the goal, its deadline or `starts_at` changes, 1 to 500 characters; needed once the
    /// campaign has begun.
    #[schema(value_type = String, required = false)]
    #[serde(default, deserialize_with = "given")]
    pub(super) goal_change_reason: Option<String>,
    /// IANA time zone.
    #[schema(value_type = String, required = false)]
    #[serde(default, deserialize_with = "given")]
    pub(super) time_zone: Option<String>,
    /// `false` takes it out of the archive, `true` puts it there.
    #[schema(value_type = bool, required = false)]
    #[serde(default, deserialize_with = "given")]
    pub(super) archived: Option<bool>,
    /// Start of the period; `null` takes it away.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default, deserialize_with = "change")]
    pub(super) starts_at: Option<Option<Millis>>,
    /// End of the period; `null` takes it away.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default, deserialize_with = "change")]
    pub(super) ends_at: Option<Option<Millis>>,
    /// What an hour of work costs; `null` takes it away.
    #[schema(value_type = Option<Money>)]
    #[serde(default, deserialize_with = "change")]
    pub(super) hourly_rate: Option<Option<Money>>,
    /// Days from click to lead; `null` for the configured ones.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 3650)]
    #[serde(default, deserialize_with = "change")]
    pub(super) lead_window_days: Option<Option<u32>>,
    /// Days from lead to sale; `null` for the configured ones.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 3650)]
    #[serde(default, deserialize_with = "change")]
    pub(super) sale_window_days: Option<Option<u32>>,
}

/// A campaign.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Campaign)]
pub struct CampaignBody {
    #[schema(value_type = String, example = "cmp_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub(super) id: CampaignId,
    pub(super) name: String,
    /// The `utm_campaign` of its links.
    pub(super) utm_campaign: String,
    pub(super) goal: Option<GoalBody>,
    pub(super) goal_waiver: Option<String>,
    #[schema(value_type = String, example = "EUR")]
    pub(super) currency: Currency,
    pub(super) time_zone: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) starts_at: Option<Millis>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) ends_at: Option<Millis>,
    pub(super) hourly_rate: Option<Money>,
    /// Days from click to lead; `null` where the configured ones hold.
    #[schema(minimum = 1, maximum = 3650)]
    pub(super) lead_window_days: Option<u32>,
    /// Days from lead to sale; `null` where the configured ones hold.
    #[schema(minimum = 1, maximum = 3650)]
    pub(super) sale_window_days: Option<u32>,
    #[schema(value_type = String, format = DateTime)]
    pub(super) created_at: Millis,
    #[schema(value_type = String, format = DateTime)]
    pub(super) updated_at: Millis,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) archived_at: Option<Millis>,
}

/// A page of campaigns.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignPage {
    /// Oldest first.
    pub(super) campaigns: Vec<CampaignBody>,
    /// `cursor` of the next page; `null` on the last one.
    pub(super) next_cursor: Option<String>,
}

/// A campaign, with what it was held against before.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignDetails {
    #[serde(flatten)]
    campaign: CampaignBody,
    /// Number of the goal in force: 1 unless it was changed after the campaign began.
    #[schema(example = 1)]
    goal_version: i64,
    /// What was in force before, oldest first.
    goal_versions: Vec<GoalVersionBody>,
}

/// What a campaign was held against until it was changed after the campaign's begin.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GoalVersion)]
pub struct GoalVersionBody {
    /// From 1, in the order of the changes.
    version: i64,
    goal: Option<GoalBody>,
    goal_waiver: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Millis>,
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Millis>,
    /// When the next version took its place.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Millis,
    /// The key that it was changed with.
    changed_by: ChangedBy,
    /// Why.
    reason: String,
}

/// A key, as it was when it was used.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedBy {
    #[schema(example = "key_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    key_id: String,
    key_name: String,
}

impl CampaignDetails {
    pub(super) fn new(campaign: Campaign, past: Vec<Version>) -> CampaignDetails {
        CampaignDetails {
            goal_version: version_in_force(&past),
            campaign: campaign.into(),
            goal_versions: past.into_iter().map(GoalVersionBody::from).collect(),
        }
    }
}

impl From<Version> for GoalVersionBody {
    fn from(version: Version) -> Self {
        let (goal, goal_waiver) = aim_fields(version.aim);
        GoalVersionBody {
            version: version.number,
            goal,
            goal_waiver,
            starts_at: version.starts_at,
            ends_at: version.ends_at,
            changed_at: version.changed_at,
            changed_by: ChangedBy {
                key_id: version.key_id,
                key_name: version.key_name,
            },
            reason: version.reason,
        }
    }
}

fn aim_fields(aim: Aim) -> (Option<GoalBody>, Option<String>) {
    match aim {
        Aim::Goal(goal) => {
            let goal = GoalBody {
                metric: goal.metric.to_string(),
                target: goal.target,
                by: goal.by,
            };
            (Some(goal), None)
        }
        Aim::Waived(reason) => (None, Some(reason)),
    }
}

impl From<Campaign> for CampaignBody {
    fn from(campaign: Campaign) -> Self {
        let (goal, goal_waiver) = aim_fields(campaign.aim);
        CampaignBody {
            id: campaign.id,
            name: campaign.name,
            utm_campaign: campaign.utm_campaign,
            goal,
            goal_waiver,
            currency: campaign.currency,
            time_zone: campaign.time_zone,
            starts_at: campaign.starts_at,
            ends_at: campaign.ends_at,
            hourly_rate: campaign.hourly_rate.map(|amount| Money {
                amount,
                currency: campaign.currency,
            }),
            lead_window_days: campaign.lead_window_days,
            sale_window_days: campaign.sale_window_days,
            created_at: campaign.created_at,
            updated_at: campaign.updated_at,
            archived_at: campaign.archived_at,
        }
    }
}
