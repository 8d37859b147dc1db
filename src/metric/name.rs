//! The names of metrics, as operators see them.
//!
//! # Invariants
//! Every metric is one variant; a name never changes. docs/operating.md has a row for each, which a
//! test compares.

/// A metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// Answers to requests for short links.
    Redirects,
    /// Clicks whose path was mended.
    Repairs,
    /// Clicks written.
    Clicks,
    /// Clicks lost.
    ClicksLost,
    /// Where links were found.
    LinkLookups,
    /// Webhook requests.
    Webhooks,
    /// Webhook requests refused, by code.
    WebhooksRejected,
    /// When a source delivered last.
    SourceLastDelivery,
    /// Conversions.
    Conversions,
    /// Requests that wait in the inbox.
    InboxBacklog,
    /// Errors of the API.
    ApiErrors,
    /// Requests refused by limits.
    Limited,
    /// Open connections.
    Connections,
    /// Most open connections.
    ConnectionsLimit,
    /// Connections closed to make room.
    ConnectionsClosed,
    /// Clicks that an unknown proxy forwarded.
    HiddenOrigins,
    /// Log entries processed.
    Ingested,
    /// Ingest steps that failed.
    IngestRetries,
    /// Age of the oldest entry of the last batch.
    IngestLag,
    /// Age of the oldest unread entry.
    UnreadAge,
    /// Entries waiting in the log.
    LogDepth,
    /// Entries waiting on disk.
    SpillDepth,
    /// Dead letters.
    DeadLetters,
    /// Whether Redis takes entries.
    RedisTakesEntries,
    /// Whether Redis may evict the log.
    RedisMayEvict,
    /// Entries that Redis confirmed and lost.
    LogLost,
    /// Bytes cut off the end of the log on disk.
    LogCutOff,
    /// How long writes to the log take.
    LogAppend,
    /// How long transactions take.
    StoreTransactions,
    /// Which version runs.
    BuildInfo,
    /// Memory of the process.
    ProcessMemory,
    /// Processor time of the process.
    ProcessCpu,
    /// Open files of the process.
    ProcessFiles,
    /// Most files it may open.
    ProcessMaxFiles,
    /// When it was started.
    ProcessStart,
}

/// What a metric counts or measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How many were how long.
    Histogram,
}

impl Name {
    /// Every metric, in the order of the documentation.
    pub const ALL: [Name; 35] = [
        Name::Redirects,
        Name::Repairs,
        Name::Clicks,
        Name::ClicksLost,
        Name::LinkLookups,
        Name::Webhooks,
        Name::WebhooksRejected,
        Name::SourceLastDelivery,
        Name::Conversions,
        Name::InboxBacklog,
        Name::ApiErrors,
        Name::Limited,
        Name::Connections,
        Name::ConnectionsLimit,
        Name::ConnectionsClosed,
        Name::HiddenOrigins,
        Name::Ingested,
        Name::IngestRetries,
        Name::IngestLag,
        Name::UnreadAge,
        Name::LogDepth,
        Name::SpillDepth,
        Name::DeadLetters,
        Name::RedisTakesEntries,
        Name::RedisMayEvict,
        Name::LogLost,
        Name::LogCutOff,
        Name::LogAppend,
        Name::StoreTransactions,
        Name::BuildInfo,
        Name::ProcessMemory,
        Name::ProcessCpu,
        Name::ProcessFiles,
        Name::ProcessMaxFiles,
        Name::ProcessStart,
    ];

    /// The name without the ending that the kind of a counter adds.
    pub fn stem(self) -> &'static str {
        match self {
            Name::Redirects => "leadline_redirects",
            Name::Repairs => "leadline_paths_repaired",
            Name::Clicks => "leadline_clicks",
            Name::ClicksLost => "leadline_clicks_lost",
            Name::LinkLookups => "leadline_link_lookups",
            Name::Webhooks => "leadline_webhooks",
            Name::WebhooksRejected => "leadline_webhooks_rejected",
            Name::SourceLastDelivery => "leadline_source_last_delivery_timestamp_seconds",
            Name::Conversions => "leadline_conversions",
            Name::InboxBacklog => "leadline_inbox_backlog",
            Name::ApiErrors => "leadline_api_errors",
            Name::Limited => "leadline_limited",
            Name::Connections => "leadline_connections",
            Name::ConnectionsLimit => "leadline_connections_limit",
            Name::ConnectionsClosed => "leadline_connections_closed",
            Name::HiddenOrigins => "leadline_hidden_origins",
            Name::Ingested => "leadline_ingested",
            Name::IngestRetries => "leadline_ingest_retries",
            Name::IngestLag => "leadline_ingest_lag_ms",
            Name::UnreadAge => "leadline_log_unread_age_seconds",
            Name::LogDepth => "leadline_log_depth",
            Name::SpillDepth => "leadline_spill_depth",
            Name::DeadLetters => "leadline_dead_letters",
            Name::RedisTakesEntries => "leadline_redis_takes_entries",
            Name::RedisMayEvict => "leadline_redis_may_evict",
            Name::LogLost => "leadline_log_lost",
            Name::LogCutOff => "leadline_log_cut_off_bytes",
            Name::LogAppend => "leadline_log_append_seconds",
            Name::StoreTransactions => "leadline_store_transaction_seconds",
            Name::BuildInfo => "leadline_build_info",
            Name::ProcessMemory => "process_resident_memory_bytes",
            Name::ProcessCpu => "process_cpu_seconds",
            Name::ProcessFiles => "process_open_fds",
            Name::ProcessMaxFiles => "process_max_fds",
            Name::ProcessStart => "process_start_time_seconds",
        }
    }

    /// What it counts or measures.
    pub fn kind(self) -> Kind {
        match self {
            Name::Redirects
            | Name::Repairs
            | Name::Clicks
            | Name::ClicksLost
            | Name::LinkLookups
            | Name::Webhooks
            | Name::WebhooksRejected
            | Name::Conversions
            | Name::ApiErrors
            | Name::Limited
            | Name::ConnectionsClosed
            | Name::HiddenOrigins
            | Name::Ingested
            | Name::IngestRetries
            | Name::LogLost
            | Name::LogCutOff
            | Name::ProcessCpu => Kind::Counter,
            Name::LogAppend | Name::StoreTransactions => Kind::Histogram,
            _ => Kind::Gauge,
        }
    }

    /// The name as it is scraped.
    pub fn exposed(self) -> String {
        let end = if self.kind() == Kind::Counter {
            "_total"
        } else {
            ""
        };
        format!("{}{end}", self.stem())
    }

    /// What it says, in a few words.
    pub fn help(self) -> &'static str {
        match self {
            Name::Redirects => "Requests for short links by answer",
            Name::Repairs => "Clicks whose path was mended before the link was found",
            Name::Clicks => "Clicks written to the store by class",
            Name::ClicksLost => "Clicks answered although no log took them, by what failed",
            Name::LinkLookups => "Links looked up by where they were found",
            Name::Webhooks => "Webhook requests by source and what became of them",
            Name::WebhooksRejected => "Webhook requests refused by code",
            Name::SourceLastDelivery => "When a source last sent a request that was accepted",
            Name::Conversions => "Conversions reported by source, kind and whether they were new",
            Name::InboxBacklog => "Webhook requests that could not be read and wait for a replay",
            Name::ApiErrors => "API errors answered by code",
            Name::Limited => "Requests refused by a limit",
            Name::Connections => "Connections to the public listener",
            Name::ConnectionsLimit => "Most connections to the public listener",
            Name::ConnectionsClosed => "Connections closed to make room for others",
            Name::HiddenOrigins => "Clicks from a proxy outside server.trusted_proxies",
            Name::Ingested => "Log entries processed by kind",
            Name::IngestRetries => "Ingest steps that failed and are tried again",
            Name::IngestLag => "Age of the oldest entry that ingest took last, in milliseconds",
            Name::UnreadAge => "Most time that the oldest unread log entry can have waited",
            Name::LogDepth => "Log entries waiting to be processed",
            Name::SpillDepth => "Log entries kept on disk until Redis takes them",
            Name::DeadLetters => "Dead letters kept in the log",
            Name::RedisTakesEntries => {
                "Whether Redis takes log entries (1) or the disk keeps them (0)"
            }
            Name::RedisMayEvict => "Whether Redis may evict the log when its memory is full",
            Name::LogLost => "Log entries that Redis had confirmed and lost, at most",
            Name::LogCutOff => "Bytes cut off the end of the log on disk at the start",
            Name::LogAppend => "How long a write of a batch to the log took",
            Name::StoreTransactions => "How long transactions of the store took by operation",
            Name::BuildInfo => "Always 1; the label names the version",
            Name::ProcessMemory => "Resident memory",
            Name::ProcessCpu => "Processor time used",
            Name::ProcessFiles => "Open files",
            Name::ProcessMaxFiles => "Most files that may be open",
            Name::ProcessStart => "When the process was started, in Unix seconds",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_end_with_their_unit() {
        for (at, name) in Name::ALL.into_iter().enumerate() {
            assert!(!Name::ALL[..at].contains(&name), "{name:?} twice");
            let same = Name::ALL.iter().filter(|other| other.stem() == name.stem());
            assert_eq!(same.count(), 1, "{name:?}");
            if name.kind() == Kind::Histogram {
                assert!(name.stem().ends_with("_seconds"), "{name:?}");
            }
        }
    }
}
