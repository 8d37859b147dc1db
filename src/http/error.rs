//! Every error the API answers: its status, its stable code, and whether operators hear of it.
//!
//! Holds: one exhaustive match gives all three, so a new error cannot be forgotten. Bodies are
//! problem details (RFC 9457) with the code as extra member; they tell how to mend the request
//! and never what the service's insides said.

mod answer;
mod rows;

use std::sync::Arc;

use actix_web::http::StatusCode;

use super::table::bad::BadRow;
use crate::store::key::Scope;
use crate::worker::erasure;
use crate::{
    attribution, campaign, campaign_report, link, money, network, provider, recorder, sources,
    store, vault,
};

use rows::rows_detail;

pub use answer::ProblemDetails;

/// Why a request is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// No `Authorization: Bearer …` header.
    #[error("send your key as `Authorization: Bearer ll_…`; `leadline key create` makes one")]
    KeyMissing,
    /// No key with this token.
    #[error(
        "no key of this server has this token; check that it was copied whole and made on its store"
    )]
    KeyUnknown,
    /// The key was revoked.
    #[error("this key was revoked; ask the workspace's owner for another")]
    KeyRevoked,
    /// The key may not do this.
    #[error(
        "this key lacks the scope `{0}`; `leadline key create --scopes {0}` makes one that has it"
    )]
    ScopeMissing(Scope),
    /// The body is larger than this many bytes.
    #[error("a body has at most {0} bytes")]
    BodyTooLarge(usize),
    /// The connection broke while the body was read.
    #[error("the body did not arrive whole; send it again")]
    BodyBroken,
    /// The body came too slowly.
    #[error("the body came too slowly; send it again, over a faster connection")]
    BodyTooSlow,
    /// Too many bodies are under way.
    #[error("too much is being received right now; send it again in a moment")]
    BodiesFull,
    /// The body is not what it should be.
    #[error("{0}")]
    Json(provider::json::Error),
    /// The query string or the path is not what it should be.
    #[error("{0}")]
    Query(String),
    /// Nothing of that kind with this id in the key's workspace.
    #[error("this key's workspace has no such {0}")]
    NotFound(&'static str),
    /// No such path.
    #[error("no such path; /api/v1/openapi.json lists them all")]
    RouteNotFound,
    /// A path that has other methods: those of its `Allow` header.
    #[error("this path answers {0} only; /api/v1/openapi.json lists all operations")]
    MethodNotAllowed(String),
    /// More requests with one key, or for what does not exist from one address, than there may be
    /// in a minute.
    #[error("too many requests; wait a minute, then send fewer of them")]
    RateLimited,
    /// The key reads as many streams as it may: so many.
    #[error(
        "this key reads {0} streams already; wait until one has ended, or ask for pages (`limit`, \
         `cursor`)"
    )]
    TooManyStreams(usize),
    /// More leads from one address than it has in a minute.
    #[error("too many leads from this address; wait a minute, then send it again")]
    LeadsLimited,
    /// A cursor that no list gave.
    #[error("give `cursor` as a list's `next_cursor` gave it")]
    Cursor,
    /// An `Idempotency-Key` that is empty, too long or not ASCII.
    #[error("an Idempotency-Key has 1 to 128 visible ASCII characters")]
    IdempotencyKey,
    /// An `Idempotency-Key` that came before with another request.
    #[error("this Idempotency-Key came before with another request; use a new one for each")]
    IdempotencyKeyReused,
    /// A campaign that breaks a rule.
    #[error("{0}")]
    Campaign(campaign::Error),
    /// No such currency.
    #[error("{0}")]
    Currency(money::UnknownCurrency),
    /// A list of rates that is none.
    #[error("{0}")]
    Rates(money::ecb::Error),
    /// A table that is none.
    #[error("this file is not a readable table: {0}")]
    Table(String),
    /// Rows that cannot be taken.
    #[error("{}", rows_detail(*.bad, *.rows, .told))]
    Rows {
        /// How many.
        bad: usize,
        /// Of how many.
        rows: usize,
        /// The first of them.
        told: Vec<BadRow>,
    },
    /// Where a post stands already, as somebody noted.
    #[error("{0} is noted as another post's permalink; take it away there first")]
    PermalinkTaken(String),
    /// Money in another currency than the campaign's.
    #[error("this campaign counts in {0}; give the money in {0}")]
    CurrencyMismatch(money::Currency),
    /// No such network.
    #[error("{0}")]
    Network(network::UnknownNetwork),
    /// No network, one network twice, or too many.
    #[error("{0}")]
    Networks(String),
    /// A custom slug that breaks a rule.
    #[error("{0}")]
    Slug(link::slug::Error),
    /// A custom slug that another link has.
    #[error(
        "{domain}/{slug} is taken, by an archived link perhaps; choose another slug, or leave it out"
    )]
    SlugTaken {
        /// The domain.
        domain: String,
        /// The slug.
        slug: String,
    },
    /// A custom slug that another domain's link answers to here as well: both addresses.
    #[error("{0} leads to the link {1} already, which answers here too; choose another slug")]
    SlugAnswers(String, String),
    /// A domain that this service does not answer for.
    #[error(
        "no links can be made on {0:?}; leave `domain` out, or add it by `leadline domain add` or \
         `server.domains`"
    )]
    Domain(String),
    /// A destination that is refused.
    #[error("{0}")]
    Destination(link::destination::Error),
    /// UTM values against the workspace's convention, or a convention that cannot be.
    #[error("{0}")]
    Utm(link::utm::Error),
    /// A field whose value cannot be: its name, and what to give.
    #[error("`{0}` {1}")]
    Field(&'static str, String),
    /// A person named by no mark, or by several.
    #[error(
        "name the person by exactly one of `customer`, `email` and `click_id`; the others are found \
         from it"
    )]
    PersonMark,
    /// Marks of more people than one.
    #[error("{0}")]
    PersonTooLarge(erasure::Error),
    /// A conversion that is refused.
    #[error("{0}")]
    Report(provider::ReportError),
    /// A webhook whose signature does not prove its sender.
    #[error("{0}")]
    Signature(provider::Error),
    /// New links for an archived campaign.
    #[error("this campaign is archived; PATCH it with {{\"archived\": false}} first")]
    CampaignArchived,
    /// A source that was taken back.
    #[error("this source was taken back; stop sending to it")]
    SourceGone,
    /// A request in the inbox whose person was erased, or of another master key.
    #[error("what this request said is no longer kept, or was sealed under another master.key")]
    DeliveryEmptied,
    /// A promo code that is there already.
    #[error("the promo code {0:?} is taken; take it back first, or choose another one")]
    PromoCodeTaken(String),
    /// A report's period.
    #[error("{0}")]
    Period(campaign_report::period::Error),
    /// No such attribution model.
    #[error("{0}")]
    Model(attribution::UnknownModel),
    /// A model that shares by network alone, asked for by something else.
    #[error(
        "{0} credits networks alone; leave `by` and other filters out, or ask for a rule such as linear"
    )]
    ModelByNetwork(attribution::data_driven::Asked),
    /// Nothing to make rows by.
    #[error("{0}")]
    By(campaign_report::breakdown::UnknownBreakdown),
    /// The store did not answer.
    #[error("{}", store_detail(.0))]
    Store(Arc<store::Error>),
    /// The log did not take the request.
    #[error("the event log takes nothing now; send it again later")]
    Log(recorder::Error),
    /// A secret cannot be sealed or opened.
    #[error("something went wrong here; the operator's log tells more")]
    Vault(vault::Error),
    /// An answer that cannot be written as JSON.
    #[error("something went wrong here; the operator's log tells more")]
    Encode(serde_json::Error),
    /// A computation that broke off.
    #[error("something went wrong here; the operator's log tells more")]
    Broken,
}

const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

impl Problem {
    /// Status and code.
    fn facts(&self) -> (StatusCode, &'static str) {
        use StatusCode as S;
        match self {
            Problem::KeyMissing => (S::UNAUTHORIZED, "key_missing"),
            Problem::KeyUnknown => (S::UNAUTHORIZED, "key_unknown"),
            Problem::KeyRevoked => (S::UNAUTHORIZED, "key_revoked"),
            Problem::ScopeMissing(_) => (S::FORBIDDEN, "scope_missing"),
            Problem::BodyTooLarge(_) => (S::PAYLOAD_TOO_LARGE, "body_too_large"),
            Problem::BodyBroken => (S::BAD_REQUEST, "body_broken"),
            Problem::BodyTooSlow => (S::REQUEST_TIMEOUT, "body_too_slow"),
            Problem::BodiesFull => (S::SERVICE_UNAVAILABLE, "bodies_full"),
            Problem::Json(error) => (S::BAD_REQUEST, error.code()),
            Problem::Query(_) => (S::BAD_REQUEST, "invalid_query"),
            Problem::NotFound(noun) => (S::NOT_FOUND, not_found(noun)),
            Problem::RouteNotFound => (S::NOT_FOUND, "route_not_found"),
            Problem::MethodNotAllowed(_) => (S::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Problem::RateLimited | Problem::LeadsLimited => (S::TOO_MANY_REQUESTS, "rate_limited"),
            Problem::TooManyStreams(_) => (S::TOO_MANY_REQUESTS, "too_many_streams"),
            Problem::Cursor => (S::BAD_REQUEST, "invalid_cursor"),
            Problem::IdempotencyKey => (S::BAD_REQUEST, "invalid_idempotency_key"),
            Problem::IdempotencyKeyReused => (UNPROCESSABLE, "idempotency_key_reused"),
            Problem::Campaign(error) => (UNPROCESSABLE, campaign_code(error)),
            Problem::Currency(_) => (UNPROCESSABLE, "unknown_currency"),
            Problem::Rates(_) => (UNPROCESSABLE, "invalid_rates"),
            Problem::Table(_) => (UNPROCESSABLE, "invalid_table"),
            Problem::Rows { .. } => (UNPROCESSABLE, "invalid_rows"),
            Problem::PermalinkTaken(_) => (S::CONFLICT, "permalink_taken"),
            Problem::CurrencyMismatch(_) => (UNPROCESSABLE, "currency_mismatch"),
            Problem::Network(_) => (UNPROCESSABLE, "unknown_network"),
            Problem::Networks(_) => (UNPROCESSABLE, "invalid_networks"),
            Problem::Slug(_) => (UNPROCESSABLE, "invalid_slug"),
            Problem::CampaignArchived => (S::CONFLICT, "campaign_archived"),
            Problem::SlugTaken { .. } | Problem::SlugAnswers(..) => (S::CONFLICT, "slug_taken"),
            Problem::Domain(_) => (UNPROCESSABLE, "unknown_domain"),
            Problem::Destination(error) => (UNPROCESSABLE, error.code()),
            Problem::Utm(_) => (UNPROCESSABLE, "utm_convention"),
            Problem::Field(..) => (UNPROCESSABLE, "invalid_field"),
            Problem::PersonMark => (UNPROCESSABLE, "person_mark"),
            Problem::PersonTooLarge(_) => (UNPROCESSABLE, "person_too_large"),
            Problem::Report(error) => (report_status(error), error.code()),
            Problem::Signature(error) => (S::UNAUTHORIZED, error.code()),
            Problem::SourceGone => (S::GONE, "source_archived"),
            Problem::DeliveryEmptied => (S::GONE, "delivery_emptied"),
            Problem::PromoCodeTaken(_) => (S::CONFLICT, "promo_code_taken"),
            Problem::Period(_) => (UNPROCESSABLE, "invalid_period"),
            Problem::Model(_) => (UNPROCESSABLE, "unknown_model"),
            Problem::ModelByNetwork(_) => (UNPROCESSABLE, "model_by_network"),
            Problem::By(_) => (UNPROCESSABLE, "unknown_dimension"),
            Problem::Store(error) => store_facts(error),
            Problem::Log(_) => (S::SERVICE_UNAVAILABLE, "log_unavailable"),
            Problem::Vault(_) | Problem::Encode(_) | Problem::Broken => {
                (S::INTERNAL_SERVER_ERROR, "internal_error")
            }
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
        "delivery" => "delivery_not_found",
        "click" => "click_not_found",
        "post" => "post_not_found",
        "cost" => "cost_not_found",
        "engagement" => "engagement_not_found",
        "promo code" => "promo_code_not_found",
        "customer" => "customer_not_found",
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
        E::GoalFrozen(_) => "goal_frozen",
        E::NameLength | E::WaiverLength | E::HourlyRate | E::Window => "invalid_field",
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

fn store_facts(error: &store::Error) -> (StatusCode, &'static str) {
    match error {
        // What the operator has to see to may be seen to while the service runs.
        error if error.is_transient() || error.is_configuration() => {
            (StatusCode::SERVICE_UNAVAILABLE, "store_unavailable")
        }
        store::Error::Duplicate => (StatusCode::CONFLICT, "conflict"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "internal_error"),
    }
}

fn store_detail(error: &store::Error) -> &'static str {
    match error {
        store::Error::Unconfirmed(_) => {
            "the database did not confirm the change, so it may have been made: look before you try \
             again, or send the same Idempotency-Key"
        }
        error if error.is_transient() || error.is_configuration() => {
            "the database does not answer; try again in a moment"
        }
        store::Error::Duplicate => "something with the same unique value was made at the same time",
        _ => "something went wrong here; the operator's log tells more",
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
    money::ecb::Error => Rates,
    network::UnknownNetwork => Network,
    link::slug::Error => Slug,
    link::destination::Error => Destination,
    link::utm::Error => Utm,
    provider::json::Error => Json,
    provider::ReportError => Report,
    campaign_report::period::Error => Period,
    attribution::UnknownModel => Model,
    campaign_report::breakdown::UnknownBreakdown => By,
    recorder::Error => Log,
    vault::Error => Vault,
    serde_json::Error => Encode,
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        Problem::Store(Arc::new(error))
    }
}

impl From<sources::Error> for Problem {
    fn from(error: sources::Error) -> Self {
        match error {
            sources::Error::Store(error) => error.into(),
            sources::Error::Vault(error) => error.into(),
            sources::Error::Unreadable => Problem::Vault(vault::Error::Sealed),
        }
    }
}

impl From<erasure::Error> for Problem {
    fn from(error: erasure::Error) -> Self {
        match error {
            erasure::Error::Store(error) => error.into(),
            error @ erasure::Error::TooLarge => Problem::PersonTooLarge(error),
        }
    }
}
