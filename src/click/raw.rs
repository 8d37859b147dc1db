//! What the redirect sees of a click, or of a request for an unknown slug.
//!
//! # Invariants
//! This goes into the event log. It does not hold the IP address, only its network, and the network
//! is not stored anywhere else.

use std::borrow::Cow;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::visitor::Visitor;
use crate::clock::Millis;
use crate::id::{CampaignId, ClickId, LinkId, WorkspaceId};
use crate::link::slug::repair::SlugRepair;

/// The kind of the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// A GET request, because somebody tapped.
    #[default]
    Get,
    /// A request for the headers only (HEAD).
    Head,
    /// A prefetch, before somebody taps (`Sec-Purpose`, `Purpose`, `X-Moz`).
    Prefetch,
}

/// Why a click is the owner's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelfTraffic {
    /// The address is on the owner's list.
    Address,
    /// The browser has the cookie for it.
    Cookie,
    /// The request has the parameter for it.
    Parameter,
}

/// Facts about a request that, besides agent and referrer, decide the class and place of a click.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestContext<T = String> {
    /// The kind of the request.
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
    /// The network in the short link's own query parameter, as it was written.
    #[serde(rename = "told")]
    pub network_param: Option<T>,
    /// What was removed from the path before a link was found.
    pub repair: Option<SlugRepair>,
}

impl<T> Default for RequestContext<T> {
    /// The context of a click without details.
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
    /// A copy that owns its text.
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

/// What the redirect saw, before enrichment: the part of a click that goes into the event log. `T`
/// is the type of its texts: before the log they borrow from the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawClick<T = String> {
    /// The click's id. It is also in the destination's query, unless the person declines tracking.
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
    /// Pseudonym of the browser for one day; `None` if the person declines tracking.
    pub visitor: Option<Visitor>,
    /// The `User-Agent` header, cut at 512 bytes.
    pub user_agent: Option<T>,
    /// The `Referer` header without query and fragment, cut at 512 bytes.
    pub referrer: Option<T>,
    /// How the link was asked for.
    #[serde(default, rename = "manner")]
    pub context: RequestContext<T>,
}

/// A request for a slug that no link has. Most of them are typos in a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orphan {
    /// A unique id, so that an orphan counts only once.
    pub id: ClickId,
    /// When it was answered: the time in the id.
    pub at: Millis,
    /// The requested domain.
    pub domain: String,
    /// The requested slug; if no link could have it, the text in its place.
    pub slug: String,
    /// The `User-Agent` header, cut at 512 bytes.
    pub user_agent: Option<String>,
    /// The `Referer` header without query and fragment, cut at 512 bytes.
    pub referrer: Option<String>,
    /// Facts about the request.
    #[serde(rename = "manner")]
    pub context: RequestContext,
}
