//! The sections of the configuration and their keys.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::shown;
use crate::drivers::sql::PreparedStatements;
use crate::event_log;
use crate::http::extract::client::ForwardedHeader;
use crate::worker::retention;

/// All settings. `config/default.toml` explains their units and meanings.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "each key is explained in config/default.toml, once"
)]
pub struct Config {
    pub server: ServerConfig,
    pub admin: AdminConfig,
    pub data: DataConfig,
    pub store: StoreConfig,
    pub log: LogConfig,
    pub cache: CacheConfig,
    pub limits: LimitsConfig,
    pub worker: WorkerConfig,
    pub visitor: VisitorConfig,
    pub privacy: PrivacyConfig,
    pub geo: GeoConfig,
    pub conversion: ConversionConfig,
    pub attribution: AttributionConfig,
    pub retention: RetentionConfig,
    pub telemetry: TelemetryConfig,
    /// Warnings about the layers, which stop nothing.
    #[serde(skip)]
    pub warnings: Vec<String>,
}

macro_rules! sections {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$attribute:meta])* $key:ident: $type:ty,)*
    })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, Deserialize, Serialize)]
            #[serde(deny_unknown_fields)]
            #[expect(missing_docs, reason = "each key is explained in config/default.toml, once")]
            pub struct $name { $($(#[$attribute])* pub $key: $type,)* }
        )*
    };
}

sections! {
    /// `[server]`
    ServerConfig {
        listen: SocketAddr,
        public_url: String,
        domains: Vec<String>,
        #[serde(deserialize_with = "networks")]
        trusted_proxies: Vec<IpNet>,
        forwarded_header: ForwardedHeader,
        workers: usize,
        max_connections: usize,
        body_limit_bytes: usize,
        prefetch: PrefetchPolicy,
        shutdown_deadline_s: u64,
    }
    /// `[admin]`
    AdminConfig { listen: String, }
    /// `[data]`
    DataConfig { dir: PathBuf, }
    /// `[store]`
    StoreConfig {
        #[serde(serialize_with = "shown::without_secrets")]
        url: SecretString,
        pool_size: u32,
        statements: PreparedStatements,
        statement_timeout_ms: u64,
        lock_timeout_ms: u64,
    }
    /// `[log]`
    LogConfig {
        #[serde(serialize_with = "shown::without_secrets")]
        url: SecretString,
        tls_root: PathBuf,
        prefix: String,
        sync: event_log::SyncMode,
        deadline_ms: u64,
        shards: usize,
        claim_after_ms: u64,
    }
    /// `[cache]`
    CacheConfig { links_bytes: u64, unknown_ttl_s: u64, shared_ttl_s: u64, preload_links: usize, }
    /// `[limits]`
    LimitsConfig {
        unknown_slugs_per_minute: u32,
        api_per_minute: u32,
        leads_per_minute: u32,
        clicks_per_minute: u32,
        body_grace_s: u64,
        body_bytes_per_s: u32,
        bodies: usize,
        bodies_bytes: usize,
        streams_per_key: usize,
        stream_idle_s: u64,
    }
    /// `[worker]`
    WorkerConfig { ingest: bool, batch: usize, }
    /// `[visitor]`
    VisitorConfig {
        cookie: bool,
        #[serde(deserialize_with = "networks")]
        own_networks: Vec<IpNet>,
    }
    /// `[privacy]`
    PrivacyConfig { preset: PrivacyPreset, }
    /// `[geo]`
    GeoConfig { database: PathBuf, asn_database: PathBuf, }
    /// `[conversion]`
    ConversionConfig { answer_deadline_ms: u64, }
    /// `[attribution]`
    AttributionConfig { window_days: u32, sale_window_days: u32, half_life_days: u32, }
    /// `[retention]`
    RetentionConfig { orphans_days: u32, inbox_days: u32, clicks_days: retention::ClicksDays, }
    /// `[telemetry]`
    TelemetryConfig { filter: String, format: LogFormat, }
}

/// The answer to a prefetching browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PrefetchPolicy {
    /// 503, so that it asks again.
    Refuse,
    /// The redirect, not counted.
    Answer,
}

/// How much of a person's click is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PrivacyPreset {
    /// What reports and later rules need, for the retention times.
    Standard,
    /// What reports need, coarse and for a short time.
    Strict,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Reads networks. A bare address is a network of one address.
fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let network = |text: &String| {
        let text = text.trim();
        let address = || text.parse::<IpAddr>().map(IpNet::from);
        text.parse().or_else(|_| address()).map_err(|_| {
            de::Error::custom(format!(
                "{text:?} is neither an address nor a network such as 10.0.0.0/8"
            ))
        })
    };
    Vec::<String>::deserialize(deserializer)?
        .iter()
        .map(network)
        .collect()
}
