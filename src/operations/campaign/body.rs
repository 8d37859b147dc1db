//! Requests for campaigns and what they are answered with.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::campaign::goal::{GoalVersion, current_version};
use crate::campaign::{Campaign, GoalOrWaiver};
use crate::clock::Millis;
use crate::id::CampaignId;
use crate::money::{Currency, Money};
use crate::operations::patch::{change, given};

/// A goal.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Goal)]
pub struct GoalBody {
    /// `leads`, `sales`, `revenue` or `event:NAME`.
    #[schema(example = "leads")]
    pub metric: String,
    /// What is to be reached, at least 1; minor units of the campaign's currency for revenue.
    #[schema(example = 40, minimum = 1)]
    pub target: i64,
    /// Until when; the campaign's end when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Millis>,
}

/// A new campaign. It has a goal, or says why it has none.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCampaign {
    /// Shown name, 1 to 200 characters; also the source of its `utm_campaign` where none is given.
    #[schema(example = "Spring launch", min_length = 1, max_length = 200)]
    pub name: String,
    /// The `utm_campaign` of its links, 1 to 80 of A-Z a-z 0-9 - _ . by the workspace's convention,
    /// unique in the workspace; made of the name when absent.
    #[schema(
        example = "spring-launch",
        min_length = 1,
        max_length = 80,
        pattern = "^[A-Za-z0-9._-]+$"
    )]
    pub utm_campaign: Option<String>,
    /// What it is to reach.
    pub goal: Option<GoalBody>,
    /// Why it has no goal; kept and shown in every report.
    pub goal_waiver: Option<String>,
    /// ISO 4217 currency that its money is counted in; the workspace's when absent. One of the two
    /// is needed.
    #[schema(example = "EUR", pattern = "^[A-Z]{3}$")]
    pub currency: Option<String>,
    /// IANA time zone that its days are cut in; the workspace's when absent. One of the two is
    /// needed.
    #[schema(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// Start of its period.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Millis>,
    /// End of its period, exclusive.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Millis>,
    /// What an hour of work costs, in the campaign's currency: 0 to 1000000000000 minor units.
    pub hourly_rate: Option<Money>,
    /// Days a click of its links may lie before the lead that it led to, or whatever else it led to
    /// directly, 1 to 3650; the configured ones (`attribution.window_days`) when absent.
    #[schema(minimum = 1, maximum = 3650)]
    pub lead_window_days: Option<u32>,
    /// Days a sale may lie behind the lead of its customer, 1 to 3650; the configured ones
    /// (`attribution.sale_window_days`) when absent.
    #[schema(minimum = 1, maximum = 3650)]
    pub sale_window_days: Option<u32>,
}

/// Changes of a campaign. Its currency and `utm_campaign` stay as they are.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignChange {
    /// Shown name.
    #[schema(value_type = String, required = false)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub name: Option<String>,
    /// A new goal; takes the place of a waiver.
    #[schema(value_type = GoalBody, required = false)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub goal: Option<GoalBody>,
    /// The reason for having no goal any more.
    #[schema(value_type = String, required = false)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub goal_waiver: Option<String>,
    /// Why the goal, its deadline or `starts_at` changes, 1 to 500 characters; needed once the
    /// campaign has begun.
    #[schema(value_type = String, required = false)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub goal_change_reason: Option<String>,
    /// IANA time zone.
    #[schema(value_type = String, required = false)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub time_zone: Option<String>,
    /// `false` takes it out of the archive, `true` puts it there.
    #[schema(value_type = bool, required = false)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub archived: Option<bool>,
    /// Start of the period; `null` takes it away.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub starts_at: Option<Option<Millis>>,
    /// End of the period; `null` takes it away.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub ends_at: Option<Option<Millis>>,
    /// What an hour of work costs; `null` takes it away.
    #[schema(value_type = Option<Money>)]
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub hourly_rate: Option<Option<Money>>,
    /// Days from click to lead; `null` for the configured ones.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 3650)]
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub lead_window_days: Option<Option<u32>>,
    /// Days from lead to sale; `null` for the configured ones.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 3650)]
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub sale_window_days: Option<Option<u32>>,
}

/// A campaign.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Campaign)]
pub struct CampaignView {
    /// Id.
    #[schema(value_type = String, example = "cmp_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub id: CampaignId,
    /// Shown name.
    pub name: String,
    /// The `utm_campaign` of its links.
    pub utm_campaign: String,
    /// What it is to reach; `null` when it has a waiver.
    pub goal: Option<GoalBody>,
    /// Why it has no goal.
    pub goal_waiver: Option<String>,
    /// ISO 4217 currency that its money is counted in.
    #[schema(value_type = String, example = "EUR")]
    pub currency: Currency,
    /// IANA time zone that its days are cut in.
    pub time_zone: String,
    /// Start of its period.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Millis>,
    /// End of its period, exclusive.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Millis>,
    /// What an hour of work costs.
    pub hourly_rate: Option<Money>,
    /// Days from click to lead; `null` where the configured ones hold.
    #[schema(minimum = 1, maximum = 3650)]
    pub lead_window_days: Option<u32>,
    /// Days from lead to sale; `null` where the configured ones hold.
    #[schema(minimum = 1, maximum = 3650)]
    pub sale_window_days: Option<u32>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    /// When it was changed last.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Millis,
    /// When it was archived; `null` while it is in use.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub archived_at: Option<Millis>,
}

/// A page of campaigns.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct CampaignPage {
    /// Oldest first.
    pub campaigns: Vec<CampaignView>,
    /// `cursor` of the next page; `null` on the last one.
    pub next_cursor: Option<String>,
}

/// A campaign, with what it was held against before.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct CampaignDetails {
    /// The campaign itself.
    #[serde(flatten)]
    pub campaign: CampaignView,
    /// Number of the goal in force: 1 unless it was changed after the campaign began.
    #[schema(example = 1)]
    pub goal_version: i64,
    /// What was in force before, oldest first.
    pub goal_versions: Vec<GoalVersionBody>,
}

/// What a campaign was held against until it was changed after the campaign's begin.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = GoalVersion)]
pub struct GoalVersionBody {
    /// From 1, in the order of the changes.
    pub version: i64,
    /// What it is to reach; `null` when it has a waiver.
    pub goal: Option<GoalBody>,
    /// Why it has no goal.
    pub goal_waiver: Option<String>,
    /// Start of its period.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Millis>,
    /// End of its period, exclusive.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Millis>,
    /// When the next version took its place.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Millis,
    /// The key that it was changed with.
    pub changed_by: ChangedBy,
    /// Why.
    pub reason: String,
}

/// A key, as it was when it was used.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct ChangedBy {
    /// Id of the key.
    #[schema(example = "key_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub key_id: String,
    /// Name of the key.
    pub key_name: String,
}

impl CampaignDetails {
    pub(super) fn new(campaign: Campaign, past: Vec<GoalVersion>) -> CampaignDetails {
        CampaignDetails {
            goal_version: current_version(&past),
            campaign: campaign.into(),
            goal_versions: past.into_iter().map(GoalVersionBody::from).collect(),
        }
    }
}

impl From<GoalVersion> for GoalVersionBody {
    fn from(version: GoalVersion) -> Self {
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

/// A goal and a waiver, of which a campaign has one.
pub fn aim_fields(aim: GoalOrWaiver) -> (Option<GoalBody>, Option<String>) {
    match aim {
        GoalOrWaiver::Goal(goal) => {
            let goal = GoalBody {
                metric: goal.metric.to_string(),
                target: goal.target,
                by: goal.by,
            };
            (Some(goal), None)
        }
        GoalOrWaiver::Waived(reason) => (None, Some(reason)),
    }
}

impl From<Campaign> for CampaignView {
    fn from(campaign: Campaign) -> Self {
        let (goal, goal_waiver) = aim_fields(campaign.aim);
        CampaignView {
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
