//! Requests for campaigns and their answers.

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
    /// The target, at least 1; for revenue, in minor units of the campaign's currency.
    #[schema(example = 40, minimum = 1)]
    pub target: i64,
    /// The deadline; the campaign's end when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Millis>,
}

/// A new campaign. It needs a goal, or a reason for having none.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCampaign {
    /// Display name, 1 to 200 characters; `utm_campaign` is derived from it when absent.
    #[schema(example = "Spring launch", min_length = 1, max_length = 200)]
    pub name: String,
    /// The `utm_campaign` of its links, 1 to 80 of A-Z a-z 0-9 - _ . It must follow the workspace's
    /// convention and be unique in the workspace; derived from the name when absent.
    #[schema(
        example = "spring-launch",
        min_length = 1,
        max_length = 80,
        pattern = "^[A-Za-z0-9._-]+$"
    )]
    pub utm_campaign: Option<String>,
    /// The goal.
    pub goal: Option<GoalBody>,
    /// Why it has no goal. Every report shows this reason.
    pub goal_waiver: Option<String>,
    /// ISO 4217 code of the currency of its money; the workspace's when absent. One of the two is
    /// required.
    #[schema(example = "EUR", pattern = "^[A-Z]{3}$")]
    pub currency: Option<String>,
    /// IANA time zone of its days; the workspace's when absent. One of the two is required.
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
    /// Longest time from a click to its lead, or to another direct conversion, in days, 1 to 3650;
    /// the configured one (`attribution.window_days`) when absent.
    #[schema(minimum = 1, maximum = 3650)]
    pub lead_window_days: Option<u32>,
    /// Longest time from a customer's lead to a sale in days, 1 to 3650; the configured one
    /// (`attribution.sale_window_days`) when absent.
    #[schema(minimum = 1, maximum = 3650)]
    pub sale_window_days: Option<u32>,
}

/// Changes of a campaign. Its currency and `utm_campaign` cannot change.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignChange {
    /// Display name.
    #[schema(value_type = String, required = false)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub name: Option<String>,
    /// A new goal; it replaces a waiver.
    #[schema(value_type = GoalBody, required = false)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub goal: Option<GoalBody>,
    /// Why the campaign no longer has a goal.
    #[schema(value_type = String, required = false)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub goal_waiver: Option<String>,
    /// Why the goal, its deadline or `starts_at` changes, 1 to 500 characters; required after the
    /// campaign's start.
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
    /// `true` archives it, `false` restores it.
    #[schema(value_type = bool, required = false)]
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub archived: Option<bool>,
    /// Start of the period; `null` removes it.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub starts_at: Option<Option<Millis>>,
    /// End of the period; `null` removes it.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub ends_at: Option<Option<Millis>>,
    /// What an hour of work costs; `null` removes it.
    #[schema(value_type = Option<Money>)]
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub hourly_rate: Option<Option<Money>>,
    /// Longest time from click to lead in days; `null` for the configured one.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 3650)]
    #[serde(
        default,
        deserialize_with = "change",
        skip_serializing_if = "Option::is_none"
    )]
    pub lead_window_days: Option<Option<u32>>,
    /// Longest time from lead to sale in days; `null` for the configured one.
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
    /// Display name.
    pub name: String,
    /// The `utm_campaign` of its links.
    pub utm_campaign: String,
    /// The goal; `null` if it is waived.
    pub goal: Option<GoalBody>,
    /// Why there is no goal.
    pub goal_waiver: Option<String>,
    /// ISO 4217 code of the currency of its money.
    #[schema(value_type = String, example = "EUR")]
    pub currency: Currency,
    /// IANA time zone of its days.
    pub time_zone: String,
    /// Start of its period.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Millis>,
    /// End of its period, exclusive.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Millis>,
    /// What an hour of work costs.
    pub hourly_rate: Option<Money>,
    /// Longest time from click to lead in days; `null` if the configured one applies.
    #[schema(minimum = 1, maximum = 3650)]
    pub lead_window_days: Option<u32>,
    /// Longest time from lead to sale in days; `null` if the configured one applies.
    #[schema(minimum = 1, maximum = 3650)]
    pub sale_window_days: Option<u32>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Millis,
    /// When it was last changed.
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
    /// `cursor` for the next page; `null` on the last page.
    pub next_cursor: Option<String>,
}

/// A campaign with its earlier goals.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct CampaignDetails {
    /// The campaign itself.
    #[serde(flatten)]
    pub campaign: CampaignView,
    /// Number of the current goal: 1 unless it changed after the campaign's start.
    #[schema(example = 1)]
    pub goal_version: i64,
    /// Earlier goals, oldest first.
    pub goal_versions: Vec<GoalVersionBody>,
}

/// An earlier goal, which changed after the campaign's start.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = GoalVersion)]
pub struct GoalVersionBody {
    /// Number of the version, from 1.
    pub version: i64,
    /// The goal; `null` if it is waived.
    pub goal: Option<GoalBody>,
    /// Why there is no goal.
    pub goal_waiver: Option<String>,
    /// Start of its period.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Millis>,
    /// End of its period, exclusive.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Millis>,
    /// When the next version replaced it.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Millis,
    /// The key that made the change.
    pub changed_by: ChangedBy,
    /// The reason.
    pub reason: String,
}

/// A key, as it was at the time of its use.
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

/// The two fields for a goal and a waiver. A campaign has one of them.
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
