//! What the redirect sees of a click, or of a request for a slug that no link has.
//!
//! # Invariants
//! This goes into the event log. It holds no address, only the network that the address is in, and
//! that goes no further than the log.

use std::borrow::Cow;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::visitor::Visitor;
use crate::clock::Millis;
use crate::id::{CampaignId, ClickId, LinkId, WorkspaceId};
use crate::link::slug::repair::SlugRepair;

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
