//! What became of what arrived: the words of labels.
//!
//! # Invariants
//! Dashboards and alerts name these words, so a word does not change.

/// How a request for a short link ends. Its word is a label of `leadline_redirects_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum RedirectOutcome {
    /// A click is redirected to its destination.
    Found,
    /// A click above the bound of its address on this link is redirected.
    Flood,
    /// A `HEAD` is redirected to the destination.
    Head,
    /// A prefetch.
    Prefetch,
    /// The link is archived.
    Archived,
    /// The address asked for too many unknown slugs.
    Limited,
    /// No link has this slug.
    Unknown,
    /// It is unknown whether a link has this slug, because it cannot be looked up.
    Unavailable,
}

/// What became of a webhook request. Its word is a label of `leadline_webhooks_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum WebhookOutcome {
    /// Its signature proves its sender, and it is durable.
    Verified,
    /// Its signature does not prove its sender.
    BadSignature,
    /// It does not have the form of its protocol, or cannot be read.
    Unreadable,
    /// It names no source, or one that does not exist.
    UnknownSource,
    /// A provider tries out the address.
    Ping,
    /// It tells nothing new.
    Repeat,
}

/// What became of a reported conversion. Its word is a label of `leadline_conversions_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ConversionOutcome {
    /// It is a row now.
    New,
    /// It was reported before.
    Repeat,
}

/// Where a link was found. Its word is a label of `leadline_link_lookups_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum LinkTier {
    /// In the memory of this program.
    Memory,
    /// In Redis.
    Redis,
    /// In the store.
    Store,
    /// No link has this slug.
    Nowhere,
}

/// What a transaction is for. Its word is a label of `leadline_store_transaction_seconds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum StoreOperation {
    /// It reads.
    Read,
    /// It writes.
    Write,
    /// It writes what the log holds.
    Ingest,
}

/// A limit on requests. Its word is a label of `leadline_limited_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum RequestLimit {
    /// Of the API, by key.
    Api,
    /// Of leads that pages report, by address.
    Leads,
    /// Of refused webhooks that are noted, by source.
    RefusedWebhooks,
    /// Of keys that do not exist, by address.
    UnknownKeys,
    /// Of slugs that do not exist, by address.
    UnknownSlugs,
}

/// Why a connection was closed early. Its word is a label of
/// `leadline_connections_closed_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ClosedConnection {
    /// Others needed its place.
    Crowded,
    /// Its client took nothing of a stream.
    Stalled,
}
