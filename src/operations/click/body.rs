//! Queries for clicks and what they are answered with.

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

/// What a list of clicks is narrowed to.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ClickQuery {
    /// Start: a day in `time_zone`, or a time with an offset; from the first click when absent.
    #[param(example = "2026-03-01")]
    pub from: Option<String>,
    /// End: a day, which is included, or a time, which is not; up to the last click when absent.
    #[param(example = "2026-03-31")]
    pub to: Option<String>,
    /// IANA zone that days are cut in; that of the campaign when absent, or UTC where no campaign
    /// is given.
    #[param(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// Only this campaign's: its id or its tag (`utm_campaign`).
    #[param(value_type = Option<String>)]
    pub campaign_id: Option<CampaignRef>,
    /// Only those of links of this network: a name or an alias.
    #[param(example = "linkedin")]
    pub network: Option<String>,
    /// Only this link's.
    pub link_id: Option<String>,
    /// Only this class.
    pub class: Option<ClickClass>,
    /// Rows of the page, 1 to 1000; 50 when absent. A stream has all rows when it is absent.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
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
    /// Whether it is its visitor's first in this network of this campaign on that UTC day.
    pub first: bool,
    /// Whether it is its visitor's first of this link on that UTC day.
    pub first_of_link: bool,
    /// Pseudonym of the browser for one day, 16 hex digits; `null` where no identity was wanted.
    #[schema(value_type = Option<String>, example = "9f86d081884c7d65")]
    pub visitor: Option<Visitor>,
    /// The browser's `User-Agent`.
    pub user_agent: Option<String>,
    /// Where the browser came from, without query.
    pub referrer: Option<String>,
    /// Canonical name of the network it was seen on, which may be another than the link's.
    pub network_seen: Option<String>,
    /// What says so: `parameter`, `in_app`, `referrer`, `android_app` or `path`.
    pub seen_by: Option<String>,
    /// The part of a `t.co` referrer that tells X's posts apart.
    pub post_hint: Option<String>,
    /// Family of the browser; of an in-app browser the app.
    #[schema(example = "Firefox")]
    pub browser: Option<String>,
    /// Family of the operating system.
    #[schema(example = "Android")]
    pub os: Option<String>,
    /// `desktop`, `mobile`, `tablet`, `bot` or `other`.
    pub device: String,
    /// Where it came from, as far as databases say: continent, of two letters.
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
    /// What was taken off the path before the link was found; `null` where it was asked for as it
    /// is.
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
    /// `cursor` of the next page; `null` on the last one.
    pub next_cursor: Option<String>,
}
