//! What the API answers, as far as commands show it.
//!
//! # Invariants
//! A field that the API may leave out is an `Option`; every other one is required.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::clock::Millis;
use crate::customer::lifetime::LifetimeRow;
use crate::link::utm::{UtmConvention, UtmTags};
use crate::money::{Currency, Money};

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Goal {
    pub(super) metric: String,
    pub(super) target: i64,
    pub(super) by: Option<Millis>,
}

#[derive(Clone, Debug, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the API's names")]
pub(super) struct Campaign {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) utm_campaign: String,
    pub(super) goal: Option<Goal>,
    pub(super) goal_waiver: Option<String>,
    pub(super) currency: Currency,
    pub(super) time_zone: String,
    pub(super) starts_at: Option<Millis>,
    pub(super) ends_at: Option<Millis>,
    pub(super) hourly_rate: Option<Money>,
    pub(super) lead_window_days: Option<u32>,
    pub(super) sale_window_days: Option<u32>,
    pub(super) created_at: Millis,
    pub(super) archived_at: Option<Millis>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CampaignDetails {
    #[serde(flatten)]
    pub(super) campaign: Campaign,
    pub(super) goal_versions: Vec<GoalVersion>,
}

#[derive(Debug, Deserialize)]
pub(super) struct GoalVersion {
    pub(super) goal: Option<Goal>,
    pub(super) goal_waiver: Option<String>,
    pub(super) changed_at: Millis,
    pub(super) reason: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct PostText {
    pub(super) text: String,
    pub(super) length: u32,
    pub(super) unit: String,
    pub(super) limit: Option<u32>,
    pub(super) remaining: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Link {
    pub(super) id: String,
    pub(super) short_url: String,
    pub(super) display_url: Option<String>,
    pub(super) slug: String,
    pub(super) url: String,
    pub(super) destination: String,
    pub(super) campaign_id: Option<String>,
    pub(super) network: Option<String>,
    pub(super) intent: String,
    pub(super) utm: UtmTags,
    pub(super) click_id_param: Option<String>,
    pub(super) handed_on: Vec<String>,
    pub(super) post_id: Option<String>,
    pub(super) post: Option<PostText>,
    #[serde(default)]
    pub(super) warnings: Vec<String>,
    pub(super) created_at: Millis,
    pub(super) archived_at: Option<Millis>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PostLinks {
    pub(super) post_id: String,
    pub(super) links: Vec<Link>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PostLink {
    pub(super) network: String,
    pub(super) link_id: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Publication {
    pub(super) network: String,
    pub(super) permalink: String,
    pub(super) published_at: Option<Millis>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Post {
    pub(super) id: String,
    pub(super) campaign_id: String,
    pub(super) text: Option<String>,
    pub(super) links: Vec<PostLink>,
    pub(super) publications: Vec<Publication>,
    pub(super) created_at: Millis,
}

#[derive(Debug, Deserialize)]
pub(super) struct Source {
    pub(super) id: String,
    pub(super) provider: String,
    pub(super) name: String,
    pub(super) status: String,
    pub(super) webhook_url: String,
    pub(super) secret: Option<String>,
    pub(super) needs_secret: bool,
    pub(super) previous_secret_until: Option<Millis>,
    pub(super) quiet_after_hours: Option<i64>,
    pub(super) settings: Value,
    pub(super) accepted: i64,
    pub(super) rejected: i64,
    pub(super) unproven: i64,
    pub(super) last_accepted_at: Option<Millis>,
    pub(super) last_rejected_at: Option<Millis>,
    pub(super) last_rejection: Option<String>,
    pub(super) last_unproven: Option<String>,
    #[serde(default)]
    pub(super) warnings: Vec<String>,
    pub(super) created_at: Millis,
    pub(super) archived_at: Option<Millis>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SampleConversion {
    pub(super) kind: String,
    pub(super) event_id: String,
    pub(super) value: Option<Money>,
    pub(super) occurred_at: Millis,
    pub(super) customer_external_id: Option<String>,
    pub(super) has_email: bool,
    pub(super) click_ids: Vec<String>,
    pub(super) promo_codes: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SampleResult {
    pub(super) conversions: Vec<SampleConversion>,
    pub(super) note: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Delivery {
    pub(super) id: String,
    pub(super) source_id: String,
    pub(super) status: String,
    pub(super) received_at: Millis,
    pub(super) code: Option<String>,
    pub(super) detail: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ReplayResult {
    pub(super) replayed: u64,
    pub(super) refused: u64,
    pub(super) next_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PromoCode {
    pub(super) code: String,
    pub(super) campaign_id: String,
    pub(super) network: Option<String>,
    pub(super) link_id: Option<String>,
    pub(super) created_at: Millis,
}

#[derive(Debug, Deserialize)]
pub(super) struct Click {
    pub(super) id: String,
    pub(super) clicked_at: Millis,
    pub(super) class: String,
    pub(super) network: Option<String>,
    pub(super) link_id: String,
    pub(super) slug_repair: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Conversion {
    pub(super) kind: String,
    pub(super) event_id: String,
    pub(super) occurred_at: Millis,
    pub(super) received_at: Millis,
    pub(super) value: Option<Money>,
    pub(super) network: Option<String>,
    pub(super) joined_by: String,
    pub(super) unjoined: Option<String>,
    #[serde(default)]
    pub(super) warnings: Vec<String>,
}

/// A conversion that was reported before it, or is in the log now.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum ReportedConversion {
    Known(Box<Conversion>),
    Queued { event_id: String },
}

#[derive(Debug, Deserialize)]
pub(super) struct Cost {
    pub(super) id: String,
    pub(super) campaign_id: String,
    pub(super) network: Option<String>,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) value: Option<Money>,
    pub(super) minutes: Option<i64>,
    pub(super) note: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Engagement {
    pub(super) id: String,
    pub(super) campaign_id: String,
    pub(super) day: String,
    pub(super) network: String,
    pub(super) link_id: Option<String>,
    pub(super) permalink: Option<String>,
    pub(super) impressions: Option<i64>,
    pub(super) likes: Option<i64>,
    pub(super) reposts: Option<i64>,
    pub(super) replies: Option<i64>,
    pub(super) followers: Option<i64>,
}

/// What became of imported costs or engagement numbers.
#[derive(Debug, Deserialize)]
pub(super) struct ImportResult {
    pub(super) new: u64,
    pub(super) changed: u64,
    pub(super) unchanged: u64,
    #[serde(default)]
    pub(super) spent: Vec<Money>,
    #[serde(default)]
    pub(super) costs: Vec<Cost>,
    #[serde(default)]
    pub(super) engagement: Vec<Engagement>,
    #[serde(default)]
    pub(super) notes: Vec<String>,
    #[serde(default)]
    pub(super) passed_over: Vec<PassedOver>,
    #[serde(default)]
    pub(super) columns_left_out: Vec<String>,
    pub(super) file: Option<FileRead>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PassedOver {
    pub(super) line: u64,
    pub(super) cause: String,
}

/// How a file was read.
#[derive(Debug, Deserialize)]
pub(super) struct FileRead {
    pub(super) format: String,
    pub(super) encoding: String,
    pub(super) header_line: u64,
    pub(super) separator: Option<String>,
    pub(super) sheet: Option<String>,
    #[serde(default)]
    pub(super) other_sheets: Vec<String>,
    pub(super) decimal: Option<String>,
    pub(super) dates: Option<String>,
    #[serde(default)]
    pub(super) as_before: Vec<String>,
    pub(super) columns: Vec<ColumnRead>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ColumnRead {
    pub(super) column: String,
    pub(super) header: Option<String>,
    pub(super) example: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Touch {
    pub(super) network: Option<String>,
    pub(super) campaign_id: Option<String>,
    pub(super) link_id: Option<String>,
    pub(super) clicked_at: Option<Millis>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CustomerRevenue {
    pub(super) revenue: Money,
    pub(super) refunds: Money,
    pub(super) net_revenue: Money,
}

#[derive(Debug, Deserialize)]
pub(super) struct Customer {
    pub(super) id: String,
    pub(super) external_ids: Vec<String>,
    pub(super) has_email: bool,
    pub(super) first_touch: Option<Touch>,
    pub(super) last_touch: Option<Touch>,
    pub(super) leads: i64,
    pub(super) sales: i64,
    pub(super) currencies: Vec<CustomerRevenue>,
    pub(super) first_seen_at: Millis,
    pub(super) became_customer_at: Option<Millis>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CustomerEvent {
    pub(super) kind: String,
    pub(super) occurred_at: Millis,
    pub(super) value: Option<Money>,
    pub(super) joined_by: String,
    pub(super) network: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CustomerDetails {
    #[serde(flatten)]
    pub(super) customer: Customer,
    pub(super) conversions: Vec<CustomerEvent>,
}

#[derive(Debug, Deserialize)]
pub(super) struct LifetimeReport {
    pub(super) rows: Vec<LifetimeRow>,
    pub(super) total: LifetimeRow,
}

#[derive(Debug, Deserialize)]
pub(super) struct ErasureResult {
    pub(super) conversions: u64,
    pub(super) clicks: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Orphan {
    pub(super) domain: String,
    pub(super) slug: Option<String>,
    pub(super) people: i64,
    pub(super) bots: i64,
    pub(super) networks_seen: BTreeMap<String, i64>,
    pub(super) last_at: Millis,
    pub(super) did_you_mean: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct OrphanPage {
    pub(super) orphans: Vec<Orphan>,
    pub(super) next_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SelfTrafficLinks {
    pub(super) urls: Vec<String>,
    pub(super) expires_at: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Workspace {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) utm_convention: UtmConvention,
    pub(super) handed_on: Vec<String>,
    pub(super) created_at: Millis,
}
