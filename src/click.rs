//! A click: one redirect answered.
//!
//! Holds: a click carries everything reports need (campaign, network, link), so no later change
//! of the link rewrites the past; it never carries an address, only a pseudonymous visitor.
//! Must not know: storage, HTTP.

mod flood;
mod visitor;

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::id::{CampaignId, ClickId, LinkId, WorkspaceId};
use crate::link::slug::repair::SlugRepair;

pub use flood::{Flood, FloodedLink};
pub use visitor::Visitor;

/// What was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// A page, because somebody tapped.
    #[default]
    Get,
    /// Headers alone (HEAD).
    Head,
    /// A page, in case somebody taps (`Sec-Purpose`, `Purpose`, `X-Moz`).
    Prefetch,
}

/// What makes a click the owner's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelfTraffic {
    /// An address of the owner's list.
    Address,
    /// The cookie that says so.
    Cookie,
    /// The parameter that says so.
    Parameter,
}

/// How a link was asked for: what class and place of a click are found out from, besides its agent
/// and referrer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestContext<T = String> {
    /// What was asked for.
    pub request: RequestKind,
    /// What marks it as the owner's own traffic, if anything.
    #[serde(rename = "own")]
    pub self_traffic: Option<SelfTraffic>,
    /// Whether the request has an `Accept-Language` header.
    #[serde(rename = "speaks")]
    pub has_accept_language: bool,
    /// The network of the client's address (/24, /48). It is not stored beyond the log.
    #[serde(rename = "nearby")]
    pub client_subnet: Option<IpAddr>,
    /// The network that the short link's own query parameter names, as it was written.
    #[serde(rename = "told")]
    pub network_param: Option<T>,
    /// What was taken off the path before a link was found.
    pub repair: Option<SlugRepair>,
}

impl<T> Default for RequestContext<T> {
    /// Of a click about which nothing else is known.
    fn default() -> RequestContext<T> {
        RequestContext {
            request: RequestKind::Get,
            self_traffic: None,
            has_accept_language: true,
            client_subnet: None,
            network_param: None,
            repair: None,
        }
    }
}

impl RequestContext<Cow<'_, str>> {
    /// With a text of its own.
    pub fn into_owned(self) -> RequestContext {
        let RequestContext {
            request,
            self_traffic,
            has_accept_language,
            client_subnet,
            network_param,
            repair,
        } = self;
        RequestContext {
            request,
            self_traffic,
            has_accept_language,
            client_subnet,
            network_param: network_param.map(Cow::into_owned),
            repair,
        }
    }
}

/// What the redirect saw, before enrichment: the part of a click that goes into the event log. Its
/// texts are `T`: on their way there the request's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawClick<T = String> {
    /// The click's id; also in the destination's query unless the person asked for no identity.
    pub id: ClickId,
    /// Owner of the link.
    pub workspace_id: WorkspaceId,
    /// The link that was clicked.
    pub link_id: LinkId,
    /// The link's campaign at that moment.
    pub campaign_id: Option<CampaignId>,
    /// The link's network at that moment.
    pub network: Option<T>,
    /// When the redirect was answered: the time in the id.
    pub clicked_at: Millis,
    /// Pseudonym of the browser for one day; `None` where the person asked for no identity.
    pub visitor: Option<Visitor>,
    /// The `User-Agent` header, cut at 512 bytes.
    pub user_agent: Option<T>,
    /// The `Referer` header without query and fragment, cut at 512 bytes.
    pub referrer: Option<T>,
    /// How the link was asked for.
    #[serde(default, rename = "manner")]
    pub context: RequestContext<T>,
}

/// A request for a slug that no link has: a typo in a post, most of the time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orphan {
    /// Tells it from every other one, so that it counts once.
    pub id: ClickId,
    /// When it was answered: the time in the id.
    pub at: Millis,
    /// The domain that was asked.
    pub domain: String,
    /// The slug that was asked for; where no link could have it, the text that stood there.
    pub slug: String,
    /// The `User-Agent` header, cut at 512 bytes.
    pub user_agent: Option<String>,
    /// The `Referer` header without query and fragment, cut at 512 bytes.
    pub referrer: Option<String>,
    /// How it was asked for.
    #[serde(rename = "manner")]
    pub context: RequestContext,
}

/// Who made a click, as far as can be told.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ClickClass {
    /// A person.
    Human,
    /// Most likely a person, with a sign against it.
    LikelyHuman,
    /// A program that fetched the link to show a preview of it.
    Preview,
    /// A browser that fetched the link in case somebody taps it.
    Prefetch,
    /// A request for the headers alone.
    Head,
    /// A robot that gathers pages, or any other program.
    Crawler,
    /// A program that looks for danger behind links.
    Scanner,
    /// The owner's own traffic.
    #[serde(rename = "self")]
    Own,
    /// Neither a person nor a program for certain.
    Unknown,
    /// Beyond the bound of one address on one link: counted, and not looked at.
    Flood,
}

impl ClickClass {
    /// All classes.
    pub const ALL: [ClickClass; 10] = [
        ClickClass::Human,
        ClickClass::LikelyHuman,
        ClickClass::Preview,
        ClickClass::Prefetch,
        ClickClass::Head,
        ClickClass::Crawler,
        ClickClass::Scanner,
        ClickClass::Own,
        ClickClass::Unknown,
        ClickClass::Flood,
    ];

    /// The word used outside and at rest.
    pub fn as_str(self) -> &'static str {
        match self {
            ClickClass::Human => "human",
            ClickClass::LikelyHuman => "likely_human",
            ClickClass::Preview => "preview",
            ClickClass::Prefetch => "prefetch",
            ClickClass::Head => "head",
            ClickClass::Crawler => "crawler",
            ClickClass::Scanner => "scanner",
            ClickClass::Own => "self",
            ClickClass::Unknown => "unknown",
            ClickClass::Flood => "flood",
        }
    }

    /// The class of a stored word. `bot` is what all programs were called once; what no rule knows
    /// is unknown, which is never counted as a person.
    pub fn from_stored(word: &str) -> ClickClass {
        let known = ClickClass::ALL
            .into_iter()
            .find(|class| class.as_str() == word);
        known.unwrap_or(if word == "bot" {
            ClickClass::Crawler
        } else {
            ClickClass::Unknown
        })
    }

    /// Whether it counts as a person in reports.
    pub fn is_person(self) -> bool {
        matches!(self, ClickClass::Human | ClickClass::LikelyHuman)
    }
}

impl fmt::Display for ClickClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where an address is, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GeoLocation {
    /// Continent: AF, AN, AS, EU, NA, OC or SA.
    pub continent: Option<String>,
    /// Country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Largest subdivision: its ISO 3166-2 code, or its English name where the database has no
    /// code.
    pub region: Option<String>,
    /// City, in English.
    pub city: Option<String>,
    /// Number of the autonomous system: the network that brings the address to the internet.
    pub asn: Option<u32>,
    /// Name of who runs it.
    pub as_name: Option<String>,
    /// Whether it is a known data centre's.
    pub hosting: Option<bool>,
}

/// What a click was made in and on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentFamilies {
    /// Family of the browser, such as `Firefox`; an app's name for its in-app browser.
    pub browser: Option<String>,
    /// Family of the operating system.
    pub os: Option<String>,
    /// Kind of device: `desktop`, `mobile`, `tablet`, `bot` or `other`.
    pub device: Cow<'static, str>,
}

/// The network that a click was seen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenNetwork {
    /// Canonical name.
    pub network: String,
    /// What says so: `parameter`, `in_app`, `referrer`, `android_app` or `path`.
    pub by: Cow<'static, str>,
}

/// What enrichment found out about a click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrichment {
    /// Who made it.
    pub class: ClickClass,
    /// Code of the rule that decided the class, such as `preview:twitterbot` or `default`.
    pub rule: Cow<'static, str>,
    /// Version of the rules.
    pub rules: u32,
    /// What the class rests on besides agent and referrer, packed by enrichment.
    pub traits: i64,
    /// The network it was seen on.
    pub seen_on: Option<SeenNetwork>,
    /// Where it came from; `None` where nothing is known.
    pub place: Option<Arc<GeoLocation>>,
    /// What it was made in and on.
    pub families: Arc<AgentFamilies>,
}

/// What a click of a person is the visitor's first of, on that UTC day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FirstVisit {
    /// Of its link.
    pub of_link: bool,
    /// Of its network in its campaign; of its link where there is no campaign.
    pub of_network: bool,
}

/// A click with what enrichment found out about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Click {
    /// What the redirect saw.
    pub hit: RawClick,
    /// What was found out about it.
    pub finding: Enrichment,
    /// What it is its visitor's first of.
    pub first: FirstVisit,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_read_as_it_was_stored() {
        for class in ClickClass::ALL {
            assert_eq!(ClickClass::from_stored(class.as_str()), class);
            assert_eq!(
                serde_json::to_value(class).unwrap(),
                serde_json::Value::from(class.as_str())
            );
        }
        assert_eq!(ClickClass::from_stored("bot"), ClickClass::Crawler);
        assert_eq!(ClickClass::from_stored("martian"), ClickClass::Unknown);
    }

    #[test]
    fn only_people_are_people() {
        let people: Vec<_> = ClickClass::ALL
            .into_iter()
            .filter(|c| c.is_person())
            .collect();
        assert_eq!(people, [ClickClass::Human, ClickClass::LikelyHuman]);
    }
}
