//! How a request for a short link ends: what it counts as, and which status it is answered with.

use actix_web::http::StatusCode;

/// How a request for a short link ends. Its word is a label of `leadline_redirects_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum RedirectOutcome {
    /// A click goes on to its destination.
    Found,
    /// The same, beyond the bound of its address on this link.
    Flood,
    /// A `HEAD` goes on to the destination.
    Head,
    /// A prefetch.
    Prefetch,
    /// The link is archived.
    Archived,
    /// The address asked for too many slugs that no link has.
    Limited,
    /// No link has this slug.
    Unknown,
    /// Whether a link has this slug cannot be found out.
    Unavailable,
}

impl RedirectOutcome {
    /// The status of its page. A prefetch has one unless `server.prefetch` redirects it.
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Found | Self::Flood | Self::Head => StatusCode::FOUND,
            Self::Prefetch | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Archived => StatusCode::GONE,
            Self::Limited => StatusCode::TOO_MANY_REQUESTS,
            Self::Unknown => StatusCode::NOT_FOUND,
        }
    }

    /// `Retry-After`, in seconds.
    pub(super) fn retry_after(self) -> Option<&'static str> {
        match self {
            Self::Limited => Some("60"),
            Self::Unavailable => Some("1"),
            Self::Found
            | Self::Flood
            | Self::Head
            | Self::Prefetch
            | Self::Archived
            | Self::Unknown => None,
        }
    }
}
