//! How the end of a request for a short link is answered.

use actix_web::http::StatusCode;

use crate::metric::outcome::RedirectOutcome;

impl RedirectOutcome {
    /// The status of its page. A prefetch gets one unless `server.prefetch` redirects it.
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
