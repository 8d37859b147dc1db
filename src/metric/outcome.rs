//! The words of metric labels, such as the outcomes of requests.
//!
//! # Invariants
//! Dashboards and alerts use these words, so a word does not change.

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
    /// The request is a prefetch.
    Prefetch,
    /// The link is archived.
    Archived,
    /// The address asked for too many unknown slugs.
    Limited,
    /// No link has this slug.
    Unknown,
    /// The slug cannot be looked up, so it is unknown whether a link has it.
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
    /// A provider tests the URL.
    Ping,
    /// It reports nothing new.
    Repeat,
}

/// What became of a reported conversion. Its word is a label of `leadline_conversions_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ConversionOutcome {
    /// It is stored as a new row.
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
    /// It writes the entries of the log.
    Ingest,
}

/// A limit on requests. Its word is a label of `leadline_limited_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum RequestLimit {
    /// Requests to the API, by key.
    Api,
    /// Leads that pages report, by address.
    Leads,
    /// Refused webhooks that are recorded, by source.
    RefusedWebhooks,
    /// Requests with unknown keys, by address.
    UnknownKeys,
    /// Requests for unknown slugs, by address.
    UnknownSlugs,
}

/// Why a connection was closed early. Its word is a label of
/// `leadline_connections_closed_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ClosedConnection {
    /// New connections needed its place.
    Crowded,
    /// Its client did not read a stream.
    Stalled,
}
