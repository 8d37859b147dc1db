//! Why an operation is refused or fails: one closed list for all nouns.
//!
//! # Invariants
//! The text says what is wrong and how to fix the request. It never contains internal error
//! messages. Surfaces map each variant to their own status and code.

use std::fmt;
use std::sync::Arc;

use crate::operations::import::bad_row::{BadRow, rows_detail};
use crate::store::key::Scope;
use crate::worker::erasure;
use crate::{
    attribution, campaign, campaign_report, link, money, network, provider, recorder, sources,
    store, vault,
};

/// A kind of object that a request can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noun {
    /// A campaign, by id or tag.
    Campaign,
    /// A click.
    Click,
    /// A conversion, by id or event id.
    Conversion,
    /// A cost.
    Cost,
    /// A customer.
    Customer,
    /// A delivery in the inbox.
    Delivery,
    /// A domain, by id or host.
    Domain,
    /// Engagement of a post.
    Engagement,
    /// A key.
    Key,
    /// A link, by id, slug or short URL.
    Link,
    /// A post.
    Post,
    /// A promo code.
    PromoCode,
    /// A source.
    Source,
    /// The workspace itself.
    Workspace,
}

impl fmt::Display for Noun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Noun::Campaign => "campaign",
            Noun::Click => "click",
            Noun::Conversion => "conversion",
            Noun::Cost => "cost",
            Noun::Customer => "customer",
            Noun::Delivery => "delivery",
            Noun::Domain => "domain",
            Noun::Engagement => "engagement",
            Noun::Key => "key",
            Noun::Link => "link",
            Noun::Post => "post",
            Noun::PromoCode => "promo code",
            Noun::Source => "source",
            Noun::Workspace => "workspace",
        })
    }
}

/// Why an operation is refused or fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key does not have the scope.
    #[error(
        "this key lacks the scope `{0}`; `leadline key create --scopes {0}` creates one that has it"
    )]
    ScopeMissing(Scope),
    /// The actor's key is revoked.
    #[error("this key was revoked; ask the workspace's owner for another")]
    KeyRevoked,
    /// A change of a revoked key.
    #[error("the key is revoked, and a revoked key cannot change; create another one")]
    KeyInactive,
    /// A key that would revoke itself, or lose `admin` by itself.
    #[error(
        "a key cannot revoke itself or give up its own scope `admin`; use another key with `admin`, or \
         `leadline key` on the server"
    )]
    OwnKey,
    /// The body is not valid.
    #[error("{0}")]
    Json(provider::json::Error),
    /// The query string or the path is not valid.
    #[error("{0}")]
    Query(String),
    /// The workspace has no object of that kind with this name.
    #[error("this key's workspace has no such {0}")]
    NotFound(Noun),
    /// Several things of one kind have this name.
    #[error("{name:?} names several {noun}s; give one of {}", listed(.choices, *.more))]
    Ambiguous {
        /// The kind.
        noun: Noun,
        /// The name in the request.
        name: String,
        /// Names that only one of them has.
        choices: Vec<String>,
        /// Whether there are more than these.
        more: bool,
    },
    /// The cursor does not come from a list.
    #[error("`cursor` must be the `next_cursor` of a list, unchanged")]
    Cursor,
    /// The `Idempotency-Key` belongs to another request.
    #[error("this Idempotency-Key was used for another request; use a new one for each request")]
    IdempotencyKeyReused,
    /// The campaign breaks a rule.
    #[error("{0}")]
    Campaign(campaign::Error),
    /// The currency is unknown.
    #[error("{0}")]
    Currency(money::UnknownCurrency),
    /// The list of rates is not valid.
    #[error("{0}")]
    Rates(money::ecb::Error),
    /// The table is not valid.
    #[error("this file is not a readable table: {0}")]
    Table(String),
    /// Some rows cannot be imported.
    #[error("{}", rows_detail(*.bad, *.rows, .first))]
    Rows {
        /// How many rows are wrong.
        bad: usize,
        /// How many rows there are.
        rows: usize,
        /// The first wrong rows.
        first: Vec<BadRow>,
    },
    /// The permalink already belongs to another post.
    #[error("{0} is the permalink of another post; remove it there first")]
    PermalinkTaken(String),
    /// The money has another currency than the campaign.
    #[error("this campaign counts in {0}; give the money in {0}")]
    CurrencyMismatch(money::Currency),
    /// The network is unknown.
    #[error("{0}")]
    Network(network::UnknownNetwork),
    /// The list of networks is empty, repeats one, or is too long.
    #[error("{0}")]
    Networks(String),
    /// The custom slug breaks a rule.
    #[error("{0}")]
    Slug(link::slug::Error),
    /// Another link has the custom slug.
    #[error(
        "{domain}/{slug} is taken, maybe by an archived link; choose another slug, or leave it out"
    )]
    SlugTaken {
        /// The domain.
        domain: String,
        /// The slug.
        slug: String,
    },
    /// The link of another domain already answers to the custom slug here: both addresses.
    #[error("{0} already leads to the link {1}, which also answers here; choose another slug")]
    SlugAnswers(String, String),
    /// This service does not answer for the domain.
    #[error(
        "links cannot be created on {0:?}; leave `domain` out, or add it by POST /api/v1/domains, \
         `leadline domain add` or `server.domains`"
    )]
    Domain(String),
    /// A domain that is there already, of this workspace or another one.
    #[error("{0} is a domain of this service already; create links on it, or choose another one")]
    DomainTaken(String),
    /// A domain with links, or whose links moved.
    #[error(
        "{0} stays, because links were created on it or moved from or to it, and printed links must go \
         on answering"
    )]
    DomainInUse(String),
    /// A domain that is not the actor's to delete: its host, why, and how to do it.
    #[error("{0} cannot be removed here: {1}")]
    DomainManaged(String, &'static str),
    /// The destination is refused.
    #[error("{0}")]
    Destination(link::destination::Error),
    /// UTM values break the workspace's convention, or the convention is not valid.
    #[error("{0}")]
    Utm(link::utm::Error),
    /// The value of a field is not valid: its name, and what to give.
    #[error("`{0}` {1}")]
    Field(&'static str, String),
    /// The request names a person by zero or several identifiers.
    #[error(
        "name the person by exactly one of `customer`, `email` and `click_id`; the others are found \
         from it"
    )]
    PersonMark,
    /// The identifiers belong to several people.
    #[error("{0}")]
    PersonTooLarge(erasure::Error),
    /// The conversion is refused.
    #[error("{0}")]
    Report(provider::ReportError),
    /// The signature of the webhook does not prove its sender.
    #[error("{0}")]
    Signature(provider::Error),
    /// New links are requested for an archived campaign.
    #[error("this campaign is archived; PATCH it with {{\"archived\": false}} first")]
    CampaignArchived,
    /// The source is archived.
    #[error("this source is archived; stop sending to it")]
    SourceGone,
    /// The request in the inbox has no content: its person was erased, or it has another master
    /// key.
    #[error(
        "the content of this request is no longer stored, or was sealed with another master.key"
    )]
    DeliveryEmptied,
    /// The promo code already exists.
    #[error("the promo code {0:?} is taken; change or delete that one, or choose another one")]
    PromoCodeTaken(String),
    /// The period of a report is not valid.
    #[error("{0}")]
    Period(campaign_report::period::Error),
    /// The attribution model is unknown.
    #[error("{0}")]
    Model(attribution::UnknownModel),
    /// A model that credits only networks was requested with other filters.
    #[error(
        "{0} credits networks only; leave `by` and other filters out, or ask for a rule such as linear"
    )]
    ModelByNetwork(attribution::data_driven::RequestedModel),
    /// The breakdown of a report is unknown.
    #[error("{0}")]
    By(campaign_report::breakdown::UnknownBreakdown),
    /// The store did not answer.
    #[error("{}", store_detail(.0))]
    Store(Arc<store::Error>),
    /// The log did not accept the request.
    #[error("the event log accepts no entries now; send the request again later")]
    Log(recorder::Error),
    /// A secret cannot be sealed or opened.
    #[error("something went wrong here; the operator's log has details")]
    Vault(vault::Error),
    /// An answer that cannot be written as JSON.
    #[error("something went wrong here; the operator's log has details")]
    Encode(serde_json::Error),
    /// A computation stopped early.
    #[error("something went wrong here; the operator's log has details")]
    Broken,
}

/// The choices, and whether there are more.
fn listed(choices: &[String], more: bool) -> String {
    let rest = format!("; these are only the first {}", choices.len());
    choices.join(", ") + if more { &rest } else { "" }
}

fn store_detail(error: &store::Error) -> &'static str {
    match error {
        store::Error::Unconfirmed(_) => {
            "the database did not confirm the change, so it may have been made: check before you try \
             again, or send the same Idempotency-Key"
        }
        error if error.is_transient() || error.is_configuration() => {
            "the database does not answer; try again in a moment"
        }
        store::Error::Duplicate => {
            "an object with the same unique value was created at the same time"
        }
        _ => "something went wrong here; the operator's log has details",
    }
}

macro_rules! from {
    ($($error:ty => $variant:ident,)*) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Error::$variant(error)
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

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Error::Store(Arc::new(error))
    }
}

impl From<sources::Error> for Error {
    fn from(error: sources::Error) -> Self {
        match error {
            sources::Error::Store(error) => error.into(),
            sources::Error::Vault(error) => error.into(),
            sources::Error::Unreadable => Error::Vault(vault::Error::Sealed),
        }
    }
}

impl From<erasure::Error> for Error {
    fn from(error: erasure::Error) -> Self {
        match error {
            erasure::Error::Store(error) => error.into(),
            error @ erasure::Error::TooLarge => Error::PersonTooLarge(error),
        }
    }
}

impl From<link::tagging::Error> for Error {
    fn from(error: link::tagging::Error) -> Self {
        match error {
            link::tagging::Error::Destination(error) => Error::Destination(error),
            link::tagging::Error::Utm(error) => Error::Utm(error),
        }
    }
}
