//! Requests for domains and what they are answered with.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::id::DomainId;
use crate::link::domain::table::ConfiguredDomains;
use crate::link::domain::{Domain, DomainOrigin, unicode};

/// How this configuration sees a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DomainState {
    /// Links are created on it unless a request names another one.
    Default,
    /// The configuration names it.
    Configured,
    /// A command or the API added it.
    Added,
    /// Nothing names it now. If it has links, they still answer.
    Former,
}

impl DomainState {
    /// How this configuration sees `domain`.
    pub(super) fn of(domain: &Domain, configured: &ConfiguredDomains) -> DomainState {
        let host = &domain.address.host;
        if *host == configured.default.host {
            DomainState::Default
        } else if configured.names(host) {
            DomainState::Configured
        } else if domain.origin == DomainOrigin::Command {
            DomainState::Added
        } else {
            DomainState::Former
        }
    }

    /// The word outside.
    pub fn as_str(self) -> &'static str {
        match self {
            DomainState::Default => "default",
            DomainState::Configured => "configured",
            DomainState::Added => "added",
            DomainState::Former => "former",
        }
    }
}

/// A new domain.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDomain {
    /// A host, or an address with scheme and the path before slugs, as in
    /// `https://www.shop.example/go`. Its DNS and proxy must lead to this service.
    #[schema(example = "go.shop.example", min_length = 1)]
    pub address: String,
}

/// The page of a list of domains.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DomainQuery {
    /// Rows of the page, 1 to 200; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// A domain with its links.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Domain)]
pub struct DomainView {
    /// Id.
    #[schema(value_type = String, example = "dom_01kb3v9w8e7q4t2n5r6s8y0zxa")]
    pub id: DomainId,
    /// Host, in ASCII, with its port.
    #[schema(example = "go.shop.example")]
    pub host: String,
    /// The host for people, if it has letters other than a-z.
    pub shown: Option<String>,
    /// Scheme, host and the path before slugs.
    #[schema(example = "https://go.shop.example")]
    pub address: String,
    /// How the server's configuration sees it.
    pub state: DomainState,
    /// The number of the workspace's links on it, including archived ones.
    pub links: i64,
    /// Domains that its links were moved to.
    pub moved_to: Vec<String>,
}

/// A page of domains.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct DomainPage {
    /// Oldest first.
    pub domains: Vec<DomainView>,
    /// `cursor` for the next page; `null` on the last page.
    pub next_cursor: Option<String>,
}

impl DomainView {
    pub(super) fn new(domain: Domain, configured: &ConfiguredDomains, links: i64) -> DomainView {
        DomainView {
            id: domain.id,
            shown: unicode(&domain.address.host),
            address: domain.address.base(),
            state: DomainState::of(&domain, configured),
            links,
            host: domain.address.host,
            moved_to: domain.moved_to,
        }
    }
}
