//! A click as the API shows it: an object, and a line of a table.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use crate::click::{Click, ClickClass, Visitor};
use crate::clock::Millis;
use crate::enrich::network_seen;
use crate::enrich::verdict::PackedTraits;
use crate::http::api::stream::{Listed, text};
use crate::id::{CampaignId, ClickId, LinkId};
use crate::link::slug::repair::SlugRepair;

/// A click.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Click)]
pub struct ClickBody {
    #[schema(value_type = String, example = "clk_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    id: ClickId,
    #[schema(value_type = String, format = DateTime)]
    clicked_at: Millis,
    #[schema(value_type = String)]
    link_id: LinkId,
    #[schema(value_type = Option<String>)]
    campaign_id: Option<CampaignId>,
    network: Option<String>,
    /// Who made it.
    class: ClickClass,
    /// Code of the rule that decided the class.
    #[schema(example = "preview:twitterbot")]
    class_rule: String,
    /// Version of the rules.
    rules: u32,
    /// Whether it is its visitor's first in this network of this campaign on that UTC day.
    first: bool,
    /// Whether it is its visitor's first of this link on that UTC day.
    first_of_link: bool,
    /// Pseudonym of the browser for one day, 16 hex digits; `null` where no identity was wanted.
    #[schema(value_type = Option<String>, example = "9f86d081884c7d65")]
    visitor: Option<Visitor>,
    user_agent: Option<String>,
    /// Where the browser came from, without query.
    referrer: Option<String>,
    /// Canonical name of the network it was seen on, which may be another than the link's.
    network_seen: Option<String>,
    /// What says so: `parameter`, `in_app`, `referrer`, `android_app` or `path`.
    seen_by: Option<String>,
    /// The part of a `t.co` referrer that tells X's posts apart.
    post_hint: Option<String>,
    /// Family of the browser; of an in-app browser the app.
    #[schema(example = "Firefox")]
    browser: Option<String>,
    /// Family of the operating system.
    #[schema(example = "Android")]
    os: Option<String>,
    /// `desktop`, `mobile`, `tablet`, `bot` or `other`.
    device: String,
    /// Where it came from, as far as databases say: continent, of two letters.
    continent: Option<String>,
    /// Country, ISO 3166-1 alpha-2.
    #[schema(example = "DE")]
    country: Option<String>,
    /// Region, ISO 3166-2, or its name.
    region: Option<String>,
    /// City, in English.
    city: Option<String>,
    /// Number of the network's autonomous system.
    asn: Option<u32>,
    /// What was taken off the path before the link was found; `null` where it was asked for as it
    /// is.
    slug_repair: Option<SlugRepair>,
}

impl From<Click> for ClickBody {
    fn from(click: Click) -> Self {
        let Click {
            hit,
            finding,
            first,
        } = click;
        let hint = hit.referrer.as_deref().and_then(network_seen::post_hint);
        let (network_seen, seen_by) = finding
            .seen_on
            .map(|seen| (seen.network, seen.by.into_owned()))
            .unzip();
        let place = finding.place.map(Arc::unwrap_or_clone).unwrap_or_default();
        let families = Arc::unwrap_or_clone(finding.families);
        ClickBody {
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

impl Listed for ClickBody {
    const FILE_NAME: &'static str = "clicks.csv";

    const COLUMNS: &'static [&'static str] = &[
        "id",
        "clicked_at",
        "link_id",
        "campaign_id",
        "network",
        "class",
        "class_rule",
        "rules",
        "first",
        "first_of_link",
        "visitor",
        "user_agent",
        "referrer",
        "network_seen",
        "seen_by",
        "post_hint",
        "browser",
        "os",
        "device",
        "continent",
        "country",
        "region",
        "city",
        "asn",
        "slug_repair",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            self.clicked_at.to_string(),
            self.link_id.to_string(),
            text(self.campaign_id),
            text(self.network.as_ref()),
            self.class.to_string(),
            self.class_rule.clone(),
            self.rules.to_string(),
            self.first.to_string(),
            self.first_of_link.to_string(),
            text(self.visitor),
            text(self.user_agent.as_ref()),
            text(self.referrer.as_ref()),
            text(self.network_seen.as_ref()),
            text(self.seen_by.as_ref()),
            text(self.post_hint.as_ref()),
            text(self.browser.as_ref()),
            text(self.os.as_ref()),
            self.device.clone(),
            text(self.continent.as_ref()),
            text(self.country.as_ref()),
            text(self.region.as_ref()),
            text(self.city.as_ref()),
            text(self.asn),
            text(self.slug_repair.map(SlugRepair::as_str)),
        ]
    }

    fn cursor(&self) -> String {
        self.id.to_string()
    }
}

/// A page of clicks.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClickPage {
    /// Oldest first.
    pub(super) clicks: Vec<ClickBody>,
    /// `cursor` of the next page; `null` on the last one.
    pub(super) next_cursor: Option<String>,
}
