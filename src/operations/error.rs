//! Why an operation is refused or fails: one closed list for all nouns.
//!
//! # Invariants
//! The text says what is wrong and how to fix the request. It never holds what the service's
//! insides said. Surfaces map each variant to their own status and code.

use std::fmt;
use std::sync::Arc;

use crate::operations::import::bad_row::{BadRow, rows_detail};
use crate::store::key::Scope;
use crate::worker::erasure;
use crate::{
    attribution, campaign, campaign_report, link, money, network, provider, recorder, sources,
    store, vault,
};

/// What a request can name and not find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noun {
    /// A campaign, by id or tag.
    Campaign,
    /// A click.
    Click,
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
    /// A link.
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

/// Why an operation does not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key may not do this.
    #[error(
        "this key lacks the scope `{0}`; `leadline key create --scopes {0}` makes one that has it"
    )]
    ScopeMissing(Scope),
    /// A key that would revoke itself, or lose `admin` by itself.
    #[error(
        "a key cannot revoke itself or give up its own scope `admin`; use another key with `admin`, or \
         `leadline key` on the server"
    )]
    OwnKey,
    /// The body is not what it should be.
    #[error("{0}")]
    Json(provider::json::Error),
    /// The query string or the path is not what it should be.
    #[error("{0}")]
    Query(String),
    /// The workspace has nothing of that kind with this name.
    #[error("this key's workspace has no such {0}")]
    NotFound(Noun),
    /// A cursor that no list gave.
    #[error("give `cursor` as a list's `next_cursor` gave it")]
    Cursor,
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
    /// Rows that cannot be imported.
    #[error("{}", rows_detail(*.bad, *.rows, .first))]
    Rows {
        /// How many.
        bad: usize,
        /// Of how many.
        rows: usize,
        /// The first of them.
        first: Vec<BadRow>,
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
        "no links can be made on {0:?}; leave `domain` out, or add it by POST /api/v1/domains, \
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
    ModelByNetwork(attribution::data_driven::RequestedModel),
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
