//! Every error the API answers: its status, its stable code, and whether operators hear of it.
//!
//! Holds: one exhaustive match gives all three, so a new error cannot be forgotten. Bodies are
//! problem details (RFC 9457) with the code as extra member; they tell how to mend the request
//! and never what the service's insides said.

use std::fmt;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::store::key::Scope;
use crate::{
    attribution, campaign, campaign_report, link, money, network, provider, recorder, store, vault,
};

/// Why a request is not answered as asked.
#[derive(Debug)]
pub enum Problem {
    /// No `Authorization: Bearer …` header.
    KeyMissing,
    /// No key with this token.
    KeyUnknown,
    /// The key was revoked.
    KeyRevoked,
    /// The key may not do this.
    ScopeMissing(Scope),
    /// The body is larger than this many bytes.
    BodyTooLarge(usize),
    /// The connection broke while the body was read.
    BodyBroken,
    /// The body is not what it should be.
    Json(provider::json::Error),
    /// The query string or the path is not what it should be.
    Query(String),
    /// Nothing of that kind with this id in the key's workspace.
    NotFound(&'static str),
    /// No such path, or not with this method.
    RouteNotFound,
    /// A cursor that no list gave.
    Cursor,
    /// An `Idempotency-Key` that is empty, too long or not ASCII.
    IdempotencyKey,
    /// An `Idempotency-Key` that came before with another request.
    IdempotencyKeyReused,
    /// A campaign that breaks a rule.
    Campaign(campaign::Error),
    /// No such currency.
    Currency(money::UnknownCurrency),
    /// Money in another currency than the campaign's.
    CurrencyMismatch(money::Currency),
    /// No such network.
    Network(network::UnknownNetwork),
    /// No network, one network twice, or too many.
    Networks(String),
    /// A custom slug that breaks a rule.
    Slug(link::slug::Error),
    /// A custom slug that another link has.
    SlugTaken {
        /// The domain.
        domain: String,
        /// The slug.
        slug: String,
    },
    /// A domain that this service does not answer for.
    Domain(String),
    /// A destination that is refused.
    Destination(link::destination::Error),
    /// UTM values against the workspace's convention, or a convention that cannot be.
    Utm(link::utm::Error),
    /// A field whose value cannot be: its name, and what to give.
    Field(&'static str, String),
    /// A conversion that is refused.
    Report(provider::ReportError),
    /// A webhook whose signature does not prove its sender.
    Signature(provider::Error),
    /// A source that was taken back.
    SourceGone,
    /// A report's period.
    Period(campaign_report::period::Error),
    /// No such attribution model.
    Model(attribution::UnknownModel),
    /// The store did not answer.
    Store(Arc<store::Error>),
    /// The log did not take the request.
    Log(recorder::Error),
    /// A secret cannot be sealed or opened.
    Vault(vault::Error),
    /// An answer that cannot be written as JSON.
    Encode(serde_json::Error),
}

/// Who hears of a problem besides the caller.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hears {
    /// Nobody: the caller's own mistake.
    Caller,
    /// Operators.
    Operator,
}

impl Problem {
    /// Status, code, and who hears of it.
    fn facts(&self) -> (StatusCode, &'static str, Hears) {
        use Hears::{Caller, Operator};
        use StatusCode as S;
        match self {
            Problem::KeyMissing => (S::UNAUTHORIZED, "key_missing", Caller),
            Problem::KeyUnknown => (S::UNAUTHORIZED, "key_unknown", Caller),
            Problem::KeyRevoked => (S::UNAUTHORIZED, "key_revoked", Caller),
            Problem::ScopeMissing(_) => (S::FORBIDDEN, "scope_missing", Caller),
            Problem::BodyTooLarge(_) => (S::PAYLOAD_TOO_LARGE, "body_too_large", Caller),
            Problem::BodyBroken => (S::BAD_REQUEST, "body_broken", Caller),
            Problem::Json(error) => (S::BAD_REQUEST, error.code(), Caller),
            Problem::Query(_) => (S::BAD_REQUEST, "invalid_query", Caller),
            Problem::NotFound(noun) => (S::NOT_FOUND, not_found(noun), Caller),
            Problem::RouteNotFound => (S::NOT_FOUND, "route_not_found", Caller),
            Problem::Cursor => (S::BAD_REQUEST, "invalid_cursor", Caller),
            Problem::IdempotencyKey => (S::BAD_REQUEST, "invalid_idempotency_key", Caller),
            Problem::IdempotencyKeyReused => {
                (S::UNPROCESSABLE_ENTITY, "idempotency_key_reused", Caller)
            }
            Problem::Campaign(error) => (S::UNPROCESSABLE_ENTITY, campaign_code(error), Caller),
            Problem::Currency(_) => (S::UNPROCESSABLE_ENTITY, "unknown_currency", Caller),
            Problem::CurrencyMismatch(_) => (S::UNPROCESSABLE_ENTITY, "currency_mismatch", Caller),
            Problem::Network(_) => (S::UNPROCESSABLE_ENTITY, "unknown_network", Caller),
            Problem::Networks(_) => (S::UNPROCESSABLE_ENTITY, "invalid_networks", Caller),
            Problem::Slug(_) => (S::UNPROCESSABLE_ENTITY, "invalid_slug", Caller),
            Problem::SlugTaken { .. } => (S::CONFLICT, "slug_taken", Caller),
            Problem::Domain(_) => (S::UNPROCESSABLE_ENTITY, "unknown_domain", Caller),
            Problem::Destination(error) => (S::UNPROCESSABLE_ENTITY, error.code(), Caller),
            Problem::Utm(_) => (S::UNPROCESSABLE_ENTITY, "utm_convention", Caller),
            Problem::Field(..) => (S::UNPROCESSABLE_ENTITY, "invalid_field", Caller),
            Problem::Report(error) => (report_status(error), error.code(), Caller),
            Problem::Signature(error) => (S::UNAUTHORIZED, error.code(), Caller),
            Problem::SourceGone => (S::GONE, "source_archived", Caller),
            Problem::Period(_) => (S::UNPROCESSABLE_ENTITY, "invalid_period", Caller),
            Problem::Model(_) => (S::UNPROCESSABLE_ENTITY, "unknown_model", Caller),
            Problem::Store(error) => store_facts(error),
            Problem::Log(_) => (S::SERVICE_UNAVAILABLE, "log_unavailable", Operator),
            Problem::Vault(_) => (S::INTERNAL_SERVER_ERROR, "internal_error", Operator),
            Problem::Encode(_) => (S::INTERNAL_SERVER_ERROR, "internal_error", Operator),
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.facts().1
    }
}

fn not_found(noun: &str) -> &'static str {
    match noun {
        "campaign" => "campaign_not_found",
        "link" => "link_not_found",
        "source" => "source_not_found",
        _ => "not_found",
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
        E::NameLength | E::WaiverLength | E::HourlyRate => "invalid_field",
    }
}

/// A body that is no JSON of the right form is a bad request; one that says the impossible is
/// not processable.
fn report_status(error: &provider::ReportError) -> StatusCode {
    match error {
        provider::ReportError::Json(_) => StatusCode::BAD_REQUEST,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn store_facts(error: &store::Error) -> (StatusCode, &'static str, Hears) {
    use store::Error as E;
    match error {
        E::Unavailable(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "store_unavailable",
            Hears::Operator,
        ),
        E::Duplicate => (StatusCode::CONFLICT, "conflict", Hears::Caller),
        E::Refused(_) | E::Corrupt { .. } | E::Address | E::Migration(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            Hears::Operator,
        ),
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::KeyMissing => f.write_str(
                "send your key as `Authorization: Bearer ll_…`; `leadline key create` makes one",
            ),
            Problem::KeyUnknown => {
                f.write_str("no key has this token; check that it was copied whole")
            }
            Problem::KeyRevoked => {
                f.write_str("this key was revoked; ask the workspace's owner for another")
            }
            Problem::ScopeMissing(scope) => write!(f, "this key lacks the scope `{scope}`"),
            Problem::BodyTooLarge(limit) => write!(f, "a body has at most {limit} bytes"),
            Problem::BodyBroken => f.write_str("the body did not arrive whole; send it again"),
            Problem::Json(error) => error.fmt(f),
            Problem::Query(detail) => f.write_str(detail),
            Problem::NotFound(noun) => write!(f, "this key's workspace has no such {noun}"),
            Problem::RouteNotFound => f.write_str(
                "no such path, or not with this method; /api/v1/openapi.json lists them all",
            ),
            Problem::Cursor => f.write_str("give `cursor` as a list's `next_cursor` gave it"),
            Problem::IdempotencyKey => {
                f.write_str("an Idempotency-Key has 1 to 128 visible ASCII characters")
            }
            Problem::IdempotencyKeyReused => f.write_str(
                "this Idempotency-Key came before with another request; use a new one for each",
            ),
            Problem::Campaign(error) => error.fmt(f),
            Problem::Currency(error) => error.fmt(f),
            Problem::CurrencyMismatch(currency) => {
                write!(
                    f,
                    "this campaign counts in {currency}; give the money in {currency}"
                )
            }
            Problem::Network(error) => error.fmt(f),
            Problem::Networks(detail) => f.write_str(detail),
            Problem::Slug(error) => error.fmt(f),
            Problem::SlugTaken { domain, slug } => {
                write!(
                    f,
                    "{domain}/{slug} is taken; choose another slug, or leave it out"
                )
            }
            Problem::Domain(domain) => write!(
                f,
                "this service does not answer for {domain:?}; leave `domain` out, or add it to \
                 `server.domains`"
            ),
            Problem::Destination(error) => error.fmt(f),
            Problem::Utm(error) => error.fmt(f),
            Problem::Field(name, detail) => write!(f, "`{name}` {detail}"),
            Problem::Report(error) => error.fmt(f),
            Problem::Signature(error) => error.fmt(f),
            Problem::SourceGone => f.write_str("this source was taken back; stop sending to it"),
            Problem::Period(error) => error.fmt(f),
            Problem::Model(error) => error.fmt(f),
            Problem::Store(error) if error.is_transient() => {
                f.write_str("the database does not answer; try again in a moment")
            }
            Problem::Store(error) if matches!(**error, store::Error::Duplicate) => {
                f.write_str("something with the same unique value was made at the same time")
            }
            Problem::Log(_) => f.write_str("the event log takes nothing now; send it again later"),
            Problem::Store(_) | Problem::Vault(_) | Problem::Encode(_) => {
                f.write_str("something went wrong here; the operator's log tells more")
            }
        }
    }
}

/// A problem as it is answered (RFC 9457).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Body {
    /// URI that names the kind of problem.
    #[schema(example = "urn:leadline:problem:slug_taken")]
    r#type: String,
    /// The status in words.
    #[schema(example = "Conflict")]
    title: &'static str,
    /// HTTP status.
    #[schema(example = 409)]
    status: u16,
    /// Stable code; programs decide by it.
    #[schema(example = "slug_taken")]
    code: &'static str,
    /// What is wrong and how to mend it.
    detail: String,
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.facts().0
    }

    fn error_response(&self) -> HttpResponse {
        let (status, code, hears) = self.facts();
        if hears == Hears::Operator {
            tracing::error!(code, error = ?self, "a request failed");
        }
        let mut response = HttpResponse::build(status);
        response.content_type("application/problem+json");
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((RETRY_AFTER, "1"));
        }
        // serde_json's own writer instead of `.json()`, which would set another content type.
        let body = serde_json::to_string(&Body {
            r#type: format!("urn:leadline:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: self.to_string(),
        });
        response.body(body.unwrap_or_default())
    }
}

macro_rules! from {
    ($($error:ty => $variant:ident,)*) => {
        $(impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                Problem::$variant(error)
            }
        })*
    };
}

from! {
    campaign::Error => Campaign,
    money::UnknownCurrency => Currency,
    network::UnknownNetwork => Network,
    link::slug::Error => Slug,
    link::destination::Error => Destination,
    link::utm::Error => Utm,
    provider::json::Error => Json,
    provider::ReportError => Report,
    campaign_report::period::Error => Period,
    attribution::UnknownModel => Model,
    recorder::Error => Log,
    vault::Error => Vault,
    serde_json::Error => Encode,
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        Problem::Store(Arc::new(error))
    }
}
