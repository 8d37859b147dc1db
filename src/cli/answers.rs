//! What the API answers of nouns that have no operation yet, as far as commands show it.
//!
//! # Invariants
//! A field that the API may leave out is an `Option`; every other one is required.

use serde::Deserialize;

use crate::clock::Millis;
use crate::id::{CampaignId, LinkId};
use crate::money::Money;

#[derive(Debug, Deserialize)]
pub(super) struct PromoCode {
    pub(super) code: String,
    pub(super) campaign_id: CampaignId,
    pub(super) network: Option<String>,
    pub(super) link_id: Option<String>,
    pub(super) created_at: Millis,
}

#[derive(Debug, Deserialize)]
pub(super) struct Cost {
    pub(super) id: String,
    pub(super) campaign_id: CampaignId,
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
    pub(super) campaign_id: CampaignId,
    pub(super) day: String,
    pub(super) network: String,
    pub(super) link_id: Option<LinkId>,
    pub(super) permalink: Option<String>,
    pub(super) impressions: Option<i64>,
    pub(super) likes: Option<i64>,
    pub(super) reposts: Option<i64>,
    pub(super) replies: Option<i64>,
    pub(super) followers: Option<i64>,
}

/// The result of an import of costs or engagement numbers.
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
