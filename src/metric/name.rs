//! The names of metrics, as operators see them.
//!
//! # Invariants
//! Every metric is one variant; a name never changes. docs/operating.md has a row for each, which a
//! test compares.

/// A metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricName {
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
pub enum MetricKind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How many were how long.
    Histogram,
}

impl MetricName {
    /// Every metric, in the order of the documentation.
    pub const ALL: [MetricName; 35] = [
        MetricName::Redirects,
        MetricName::Repairs,
        MetricName::Clicks,
        MetricName::ClicksLost,
        MetricName::LinkLookups,
        MetricName::Webhooks,
        MetricName::WebhooksRejected,
        MetricName::SourceLastDelivery,
        MetricName::Conversions,
        MetricName::InboxBacklog,
        MetricName::ApiErrors,
        MetricName::Limited,
        MetricName::Connections,
        MetricName::ConnectionsLimit,
        MetricName::ConnectionsClosed,
        MetricName::HiddenOrigins,
        MetricName::Ingested,
        MetricName::IngestRetries,
        MetricName::IngestLag,
        MetricName::UnreadAge,
        MetricName::LogDepth,
        MetricName::SpillDepth,
        MetricName::DeadLetters,
        MetricName::RedisTakesEntries,
        MetricName::RedisMayEvict,
        MetricName::LogLost,
        MetricName::LogCutOff,
        MetricName::LogAppend,
        MetricName::StoreTransactions,
        MetricName::BuildInfo,
        MetricName::ProcessMemory,
        MetricName::ProcessCpu,
        MetricName::ProcessFiles,
        MetricName::ProcessMaxFiles,
        MetricName::ProcessStart,
    ];

    /// The name without the ending that the kind of a counter adds.
    pub fn stem(self) -> &'static str {
        match self {
            MetricName::Redirects => "leadline_redirects",
            MetricName::Repairs => "leadline_paths_repaired",
            MetricName::Clicks => "leadline_clicks",
            MetricName::ClicksLost => "leadline_clicks_lost",
            MetricName::LinkLookups => "leadline_link_lookups",
            MetricName::Webhooks => "leadline_webhooks",
            MetricName::WebhooksRejected => "leadline_webhooks_rejected",
            MetricName::SourceLastDelivery => "leadline_source_last_delivery_timestamp_seconds",
            MetricName::Conversions => "leadline_conversions",
            MetricName::InboxBacklog => "leadline_inbox_backlog",
            MetricName::ApiErrors => "leadline_api_errors",
            MetricName::Limited => "leadline_limited",
            MetricName::Connections => "leadline_connections",
            MetricName::ConnectionsLimit => "leadline_connections_limit",
            MetricName::ConnectionsClosed => "leadline_connections_closed",
            MetricName::HiddenOrigins => "leadline_hidden_origins",
            MetricName::Ingested => "leadline_ingested",
            MetricName::IngestRetries => "leadline_ingest_retries",
            MetricName::IngestLag => "leadline_ingest_lag_ms",
            MetricName::UnreadAge => "leadline_log_unread_age_seconds",
            MetricName::LogDepth => "leadline_log_depth",
            MetricName::SpillDepth => "leadline_spill_depth",
            MetricName::DeadLetters => "leadline_dead_letters",
            MetricName::RedisTakesEntries => "leadline_redis_takes_entries",
            MetricName::RedisMayEvict => "leadline_redis_may_evict",
            MetricName::LogLost => "leadline_log_lost",
            MetricName::LogCutOff => "leadline_log_cut_off_bytes",
            MetricName::LogAppend => "leadline_log_append_seconds",
            MetricName::StoreTransactions => "leadline_store_transaction_seconds",
            MetricName::BuildInfo => "leadline_build_info",
            MetricName::ProcessMemory => "process_resident_memory_bytes",
            MetricName::ProcessCpu => "process_cpu_seconds",
            MetricName::ProcessFiles => "process_open_fds",
            MetricName::ProcessMaxFiles => "process_max_fds",
            MetricName::ProcessStart => "process_start_time_seconds",
        }
    }

    /// What it counts or measures.
    pub fn kind(self) -> MetricKind {
        match self {
            MetricName::Redirects
            | MetricName::Repairs
            | MetricName::Clicks
            | MetricName::ClicksLost
            | MetricName::LinkLookups
            | MetricName::Webhooks
            | MetricName::WebhooksRejected
            | MetricName::Conversions
            | MetricName::ApiErrors
            | MetricName::Limited
            | MetricName::ConnectionsClosed
            | MetricName::HiddenOrigins
            | MetricName::Ingested
            | MetricName::IngestRetries
            | MetricName::LogLost
            | MetricName::LogCutOff
            | MetricName::ProcessCpu => MetricKind::Counter,
            MetricName::LogAppend | MetricName::StoreTransactions => MetricKind::Histogram,
            _ => MetricKind::Gauge,
        }
    }

    /// The name as it is scraped.
    pub fn exposed(self) -> String {
        let end = if self.kind() == MetricKind::Counter {
            "_total"
        } else {
            ""
        };
        format!("{}{end}", self.stem())
    }

    /// What it says, in a few words.
    pub fn help(self) -> &'static str {
        match self {
            MetricName::Redirects => "Requests for short links by answer",
            MetricName::Repairs => "Clicks whose path was mended before the link was found",
            MetricName::Clicks => "Clicks written to the store by class",
            MetricName::ClicksLost => "Clicks answered although no log took them, by what failed",
            MetricName::LinkLookups => "Links looked up by where they were found",
            MetricName::Webhooks => "Webhook requests by source and what became of them",
            MetricName::WebhooksRejected => "Webhook requests refused by code",
            MetricName::SourceLastDelivery => "When a source last sent a request that was accepted",
            MetricName::Conversions => {
                "Conversions reported by source, kind and whether they were new"
            }
            MetricName::InboxBacklog => {
                "Webhook requests that could not be read and wait for a replay"
            }
            MetricName::ApiErrors => "API errors answered by code",
            MetricName::Limited => "Requests refused by a limit",
            MetricName::Connections => "Connections to the public listener",
            MetricName::ConnectionsLimit => "Most connections to the public listener",
            MetricName::ConnectionsClosed => "Connections closed to make room for others",
            MetricName::HiddenOrigins => "Clicks from a proxy outside server.trusted_proxies",
            MetricName::Ingested => "Log entries processed by kind",
            MetricName::IngestRetries => "Ingest steps that failed and are tried again",
            MetricName::IngestLag => {
                "Age of the oldest entry that ingest took last, in milliseconds"
            }
            MetricName::UnreadAge => "Most time that the oldest unread log entry can have waited",
            MetricName::LogDepth => "Log entries waiting to be processed",
            MetricName::SpillDepth => "Log entries kept on disk until Redis takes them",
            MetricName::DeadLetters => "Dead letters kept in the log",
            MetricName::RedisTakesEntries => {
                "Whether Redis takes log entries (1) or the disk keeps them (0)"
            }
            MetricName::RedisMayEvict => "Whether Redis may evict the log when its memory is full",
            MetricName::LogLost => "Log entries that Redis had confirmed and lost, at most",
            MetricName::LogCutOff => "Bytes cut off the end of the log on disk at the start",
            MetricName::LogAppend => "How long a write of a batch to the log took",
            MetricName::StoreTransactions => "How long transactions of the store took by operation",
            MetricName::BuildInfo => "Always 1; the label names the version",
            MetricName::ProcessMemory => "Resident memory",
            MetricName::ProcessCpu => "Processor time used",
            MetricName::ProcessFiles => "Open files",
            MetricName::ProcessMaxFiles => "Most files that may be open",
            MetricName::ProcessStart => "When the process was started, in Unix seconds",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_end_with_their_unit() {
        for (at, name) in MetricName::ALL.into_iter().enumerate() {
            assert!(!MetricName::ALL[..at].contains(&name), "{name:?} twice");
            let same = MetricName::ALL
                .iter()
                .filter(|other| other.stem() == name.stem());
            assert_eq!(same.count(), 1, "{name:?}");
            if name.kind() == MetricKind::Histogram {
                assert!(name.stem().ends_with("_seconds"), "{name:?}");
            }
        }
    }
}
