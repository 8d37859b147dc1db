//! Every error that the API answers: its status, its stable code, and whether it is logged.
//!
//! # Invariants
//! - One exhaustive match gives all three, so a new error cannot be forgotten.
//! - Bodies are problem details (RFC 9457) with the code as an extra member. They say how to fix
//!   the request, and never contain internal error messages.

mod answer;
mod details;

use actix_web::http::StatusCode;

use crate::operations::error::{Error, Noun};
use crate::{campaign, provider, store};

pub use details::ProblemDetails;

/// Why a request fails.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// No `Authorization: Bearer …` header.
    #[error("send your key as `Authorization: Bearer ll_…`; `leadline key create` creates one")]
    KeyMissing,
    /// No key with this token.
    #[error(
        "no key of this server has this token; check that it was copied completely and created on this server's store"
    )]
    KeyUnknown,
    /// The body is larger than this many bytes.
    #[error("a body may have at most {0} bytes")]
    BodyTooLarge(usize),
    /// The connection broke before the body was complete.
    #[error("the body did not arrive completely; send it again")]
    BodyBroken,
    /// The body arrived too slowly.
    #[error("the body arrived too slowly; send it again over a faster connection")]
    BodyTooSlow,
    /// Too many bodies are being received.
    #[error("the service is receiving too many bodies right now; send it again in a moment")]
    BodiesFull,
    /// The path does not exist.
    #[error("this path does not exist; /api/v1/openapi.json lists them all")]
    RouteNotFound,
    /// The path has other methods: those in its `Allow` header.
    #[error("this path answers {0} only; /api/v1/openapi.json lists all operations")]
    MethodNotAllowed(String),
    /// Too many requests per minute, with one key, or for unknown paths from one address.
    #[error("too many requests; wait a minute, then send fewer of them")]
    RateLimited,
    /// The key already reads as many streams as allowed: this number.
    #[error(
        "this key already reads {0} streams; wait until one has ended, or ask for pages (`limit`, \
         `cursor`)"
    )]
    TooManyStreams(usize),
    /// Too many leads per minute from one address.
    #[error("too many leads from this address; wait a minute, then send it again")]
    LeadsLimited,
    /// An `Idempotency-Key` that is empty, too long or not ASCII.
    #[error("an Idempotency-Key must have 1 to 128 visible ASCII characters")]
    IdempotencyKey,
    /// An error of the operation.
    #[error("{0}")]
    Operation(Error),
}

const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

impl Problem {
    /// Status and code.
    fn facts(&self) -> (StatusCode, &'static str) {
        use StatusCode as S;
        match self {
            Problem::KeyMissing => (S::UNAUTHORIZED, "key_missing"),
            Problem::KeyUnknown => (S::UNAUTHORIZED, "key_unknown"),
            Problem::BodyTooLarge(_) => (S::PAYLOAD_TOO_LARGE, "body_too_large"),
            Problem::BodyBroken => (S::BAD_REQUEST, "body_broken"),
            Problem::BodyTooSlow => (S::REQUEST_TIMEOUT, "body_too_slow"),
            Problem::BodiesFull => (S::SERVICE_UNAVAILABLE, "bodies_full"),
            Problem::RouteNotFound => (S::NOT_FOUND, "route_not_found"),
            Problem::MethodNotAllowed(_) => (S::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Problem::RateLimited | Problem::LeadsLimited => (S::TOO_MANY_REQUESTS, "rate_limited"),
            Problem::TooManyStreams(_) => (S::TOO_MANY_REQUESTS, "too_many_streams"),
            Problem::IdempotencyKey => (S::BAD_REQUEST, "invalid_idempotency_key"),
            Problem::Operation(error) => operation_facts(error),
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.facts().1
    }
}

/// Status and code of an operation's error.
fn operation_facts(error: &Error) -> (StatusCode, &'static str) {
    use StatusCode as S;
    match error {
        Error::ScopeMissing(_) => (S::FORBIDDEN, "scope_missing"),
        Error::KeyRevoked => (S::UNAUTHORIZED, "key_revoked"),
        Error::KeyInactive => (S::CONFLICT, "key_inactive"),
        Error::OwnKey => (S::CONFLICT, "own_key"),
        Error::Json(error) => (S::BAD_REQUEST, error.code()),
        Error::Query(_) => (S::BAD_REQUEST, "invalid_query"),
        Error::NotFound(noun) => (S::NOT_FOUND, not_found(*noun)),
        Error::Ambiguous { .. } => (UNPROCESSABLE, "ambiguous_name"),
        Error::Cursor => (S::BAD_REQUEST, "invalid_cursor"),
        Error::IdempotencyKeyReused => (UNPROCESSABLE, "idempotency_key_reused"),
        Error::Campaign(error) => (UNPROCESSABLE, campaign_code(error)),
        Error::Currency(_) => (UNPROCESSABLE, "unknown_currency"),
        Error::Rates(_) => (UNPROCESSABLE, "invalid_rates"),
        Error::Table(_) => (UNPROCESSABLE, "invalid_table"),
        Error::Rows { .. } => (UNPROCESSABLE, "invalid_rows"),
        Error::PermalinkTaken(_) => (S::CONFLICT, "permalink_taken"),
        Error::CurrencyMismatch(_) => (UNPROCESSABLE, "currency_mismatch"),
        Error::Network(_) => (UNPROCESSABLE, "unknown_network"),
        Error::Networks(_) => (UNPROCESSABLE, "invalid_networks"),
        Error::Slug(_) => (UNPROCESSABLE, "invalid_slug"),
        Error::CampaignArchived => (S::CONFLICT, "campaign_archived"),
        Error::SlugTaken { .. } | Error::SlugAnswers(..) => (S::CONFLICT, "slug_taken"),
        Error::Domain(_) => (UNPROCESSABLE, "unknown_domain"),
        Error::DomainTaken(_) => (S::CONFLICT, "domain_taken"),
        Error::DomainInUse(_) => (S::CONFLICT, "domain_in_use"),
        Error::DomainManaged(..) => (S::CONFLICT, "domain_managed"),
        Error::Destination(error) => (UNPROCESSABLE, error.code()),
        Error::Utm(_) => (UNPROCESSABLE, "utm_convention"),
        Error::Field(..) => (UNPROCESSABLE, "invalid_field"),
        Error::PersonMark => (UNPROCESSABLE, "person_mark"),
        Error::PersonTooLarge(_) => (UNPROCESSABLE, "person_too_large"),
        Error::Report(error) => (report_status(error), error.code()),
        Error::Signature(error) => (S::UNAUTHORIZED, error.code()),
        Error::SourceGone => (S::GONE, "source_archived"),
        Error::DeliveryEmptied => (S::GONE, "delivery_emptied"),
        Error::PromoCodeTaken(_) => (S::CONFLICT, "promo_code_taken"),
        Error::Period(_) => (UNPROCESSABLE, "invalid_period"),
        Error::Model(_) => (UNPROCESSABLE, "unknown_model"),
        Error::ModelByNetwork(_) => (UNPROCESSABLE, "model_by_network"),
        Error::By(_) => (UNPROCESSABLE, "unknown_dimension"),
        Error::Store(error) => store_facts(error),
        Error::Log(_) => (S::SERVICE_UNAVAILABLE, "log_unavailable"),
        Error::Vault(_) | Error::Encode(_) | Error::Broken => {
            (S::INTERNAL_SERVER_ERROR, "internal_error")
        }
    }
}

fn not_found(noun: Noun) -> &'static str {
    match noun {
        Noun::Campaign => "campaign_not_found",
        Noun::Click => "click_not_found",
        Noun::Conversion => "conversion_not_found",
        Noun::Cost => "cost_not_found",
        Noun::Customer => "customer_not_found",
        Noun::Delivery => "delivery_not_found",
        Noun::Domain => "domain_not_found",
        Noun::Engagement => "engagement_not_found",
        Noun::Key => "key_not_found",
        Noun::Link => "link_not_found",
        Noun::Post => "post_not_found",
        Noun::PromoCode => "promo_code_not_found",
        Noun::Source => "source_not_found",
        Noun::Workspace => "not_found",
    }
}

fn campaign_code(error: &campaign::Error) -> &'static str {
    use campaign::Error as E;
    match error {
        E::GoalRequired => "goal_required",
        E::UnknownMetric(_) => "unknown_metric",
        E::TargetTooSmall(_) => "target_too_small",
        E::UnknownTimeZone(_) => "unknown_time_zone",
        E::PeriodReversed => "period_reversed",
        E::GoalFrozen(_) => "goal_frozen",
        E::NameLength | E::WaiverLength | E::HourlyRate | E::Window => "invalid_field",
    }
}

/// A body that is not JSON of the right form is a bad request; one with impossible values is not
/// processable.
fn report_status(error: &provider::ReportError) -> StatusCode {
    match error {
        provider::ReportError::Json(_) => StatusCode::BAD_REQUEST,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn store_facts(error: &store::Error) -> (StatusCode, &'static str) {
    match error {
        // The operator can fix a configuration while the service runs.
        error if error.is_transient() || error.is_configuration() => {
            (StatusCode::SERVICE_UNAVAILABLE, "store_unavailable")
        }
        store::Error::Duplicate => (StatusCode::CONFLICT, "conflict"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "internal_error"),
    }
}

impl<E: Into<Error>> From<E> for Problem {
    fn from(error: E) -> Self {
        Problem::Operation(error.into())
    }
}
