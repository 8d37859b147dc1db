//! What the API says of campaigns, and what it is told.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::campaign::{Aim, Campaign};
use crate::clock::Millis;
use crate::http::json::{change, given};
use crate::id::CampaignId;
use crate::money::{Currency, Money};

/// A goal.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoalBody {
    /// `leads`, `sales`, `revenue` or `event:NAME`.
    #[schema(example = "leads")]
    pub(super) metric: String,
    /// What is to be reached, at least 1; minor units of the campaign's currency for revenue.
    #[schema(example = 40)]
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
    /// Shown name, 1 to 200 characters; also the source of its `utm_campaign`.
    #[schema(example = "Spring launch")]
    pub(super) name: String,
    /// What it is to reach.
    pub(super) goal: Option<GoalBody>,
    /// Why it has no goal; kept and shown in every report.
    pub(super) goal_waiver: Option<String>,
    /// ISO 4217 currency that its money is counted in.
    #[schema(example = "EUR")]
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
    /// What an hour of work costs, in the campaign's currency.
    pub(super) hourly_rate: Option<Money>,
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
}

/// A campaign.
#[derive(Debug, Serialize, ToSchema)]
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

impl From<Campaign> for CampaignBody {
    fn from(campaign: Campaign) -> Self {
        let (goal, goal_waiver) = match campaign.aim {
            Aim::Goal(goal) => {
                let metric = goal.metric.to_string();
                (
                    Some(GoalBody {
                        metric,
                        target: goal.target,
                        by: goal.by,
                    }),
                    None,
                )
            }
            Aim::Waived(reason) => (None, Some(reason)),
        };
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
            created_at: campaign.created_at,
            updated_at: campaign.updated_at,
            archived_at: campaign.archived_at,
        }
    }
}
