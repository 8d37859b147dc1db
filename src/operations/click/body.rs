//! Queries for clicks and their answers.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::click::{Click, ClickClass, Visitor};
use crate::clock::Millis;
use crate::enrich::network_seen;
use crate::enrich::verdict::PackedTraits;
use crate::id::{CampaignId, ClickId, LinkId};
use crate::link::slug::repair::SlugRepair;
use crate::operations::campaign::name::CampaignRef;

/// The filters of a list of clicks.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ClickQuery {
    /// Start: a day in `time_zone`, or a time with an offset; the first click when absent.
    #[param(example = "2026-03-01")]
    pub from: Option<String>,
    /// End: a day (inclusive) or a time (exclusive); the last click when absent.
    #[param(example = "2026-03-31")]
    pub to: Option<String>,
    /// IANA time zone of the days; when absent, that of the campaign, or UTC without a campaign.
    #[param(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// Only clicks of this campaign: its id or its tag (`utm_campaign`).
    #[param(value_type = Option<String>)]
    pub campaign_id: Option<CampaignRef>,
    /// Only clicks on links of this network: its name or an alias.
    #[param(example = "linkedin")]
    pub network: Option<String>,
    /// Only clicks on this link: its id, slug or short URL.
    #[param(max_length = 2048)]
    pub link_id: Option<String>,
    /// Only clicks of this class.
    pub class: Option<ClickClass>,
    /// Rows of the page, 1 to 1000. When absent, a page has 50 rows, and a stream has all.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// A click.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Click)]
pub struct ClickView {
    /// Id.
    #[schema(value_type = String, example = "clk_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub id: ClickId,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub clicked_at: Millis,
    /// The link that was clicked.
    #[schema(value_type = String)]
    pub link_id: LinkId,
    /// The campaign of the link.
    #[schema(value_type = Option<String>)]
    pub campaign_id: Option<CampaignId>,
    /// The network of the link.
    pub network: Option<String>,
    /// Who made it.
    pub class: ClickClass,
    /// Code of the rule that decided the class.
    #[schema(example = "preview:twitterbot")]
    pub class_rule: String,
    /// Version of the rules.
    pub rules: u32,
    /// Whether it is its visitor's first click on this network in this campaign on that UTC day.
    pub first: bool,
    /// Whether it is its visitor's first click on this link on that UTC day.
    pub first_of_link: bool,
    /// Pseudonym of the browser for one day, 16 hex digits; `null` if the person declined tracking.
    #[schema(value_type = Option<String>, example = "9f86d081884c7d65")]
    pub visitor: Option<Visitor>,
    /// The browser's `User-Agent`.
    pub user_agent: Option<String>,
    /// The page that the browser came from, without its query.
    pub referrer: Option<String>,
    /// Canonical name of the network it was seen on, which may differ from the link's.
    pub network_seen: Option<String>,
    /// The evidence for `network_seen`: `parameter`, `in_app`, `referrer`, `android_app` or `path`.
    pub seen_by: Option<String>,
    /// The part of a `t.co` referrer that distinguishes X's posts.
    pub post_hint: Option<String>,
    /// Family of the browser; for an in-app browser, the app.
    #[schema(example = "Firefox")]
    pub browser: Option<String>,
    /// Family of the operating system.
    #[schema(example = "Android")]
    pub os: Option<String>,
    /// `desktop`, `mobile`, `tablet`, `bot` or `other`.
    pub device: String,
    /// Continent of its origin, two letters. This and the next fields are `null` if no database
    /// knows them.
    pub continent: Option<String>,
    /// Country, ISO 3166-1 alpha-2.
    #[schema(example = "DE")]
    pub country: Option<String>,
    /// Region, ISO 3166-2, or its name.
    pub region: Option<String>,
    /// City, in English.
    pub city: Option<String>,
    /// Number of the network's autonomous system.
    pub asn: Option<u32>,
    /// What was removed from the path before the link was found; `null` if the path was correct.
    pub slug_repair: Option<SlugRepair>,
}

impl From<Click> for ClickView {
    fn from(click: Click) -> Self {
        let Click {
            hit,
            finding,
            first,
        } = click;
        let hint = hit.referrer.as_deref().and_then(network_seen::post_hint);
        let (network_seen, seen_by) = finding
            .seen_on
            .map(|seen| (seen.network, seen.by.as_str().to_owned()))
            .unzip();
        let place = finding.place.map(Arc::unwrap_or_clone).unwrap_or_default();
        let families = Arc::unwrap_or_clone(finding.families);
        ClickView {
            id: hit.id,
            clicked_at: hit.clicked_at,
            link_id: hit.link_id,
            campaign_id: hit.campaign_id,
            network: hit.network,
            class: finding.class,
            class_rule: finding.rule.into_owned(),
            rules: finding.rules,
            first: first.of_network,
            first_of_link: first.of_link,
            visitor: hit.visitor,
            user_agent: hit.user_agent,
            post_hint: hint.map(str::to_owned),
            referrer: hit.referrer,
            network_seen,
            seen_by,
            browser: families.browser,
            os: families.os,
            device: families.device.into_owned(),
            continent: place.continent,
            country: place.country,
            region: place.region,
            city: place.city,
            asn: place.asn,
            slug_repair: PackedTraits(finding.traits).repair(),
        }
    }
}

/// A page of clicks.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct ClickPage {
    /// Oldest first.
    pub clicks: Vec<ClickView>,
    /// `cursor` for the next page; `null` on the last page.
    pub next_cursor: Option<String>,
}
