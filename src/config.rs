//! Configuration: embedded defaults, then a file, then the environment.
//!
//! Holds: `config/default.toml` is the only place where a default lives; an unknown key is an
//! error, wherever it comes from; addresses that may hold a password are never shown. The one
//! place that reads the environment.

mod check;
mod environment;
mod layers;
mod nearest;
mod preflight;
mod shown;
mod store;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::attribution::AttributionSettings;
use crate::click::ClickClass;
use crate::drivers::redis::Endpoint;
use crate::drivers::sql::PreparedStatements;
use crate::event_log;
use crate::http::extract::client::ForwardedHeader;
use crate::visitor_key;
use crate::worker::retention;
use crate::{link_resolver, redis_links};

use layers::Layers;
pub use preflight::PreflightFindings;

/// Days for which clicks are kept at most with the strict preset.
const STRICT_DAYS: u32 = 90;

/// The base layer.
const DEFAULTS: &str = include_str!("../config/default.toml");

/// Everything that can be set. Units and meanings stand in `config/default.toml`.
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
    /// What is odd about the layers and stops nothing.
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

/// What a prefetching browser gets.
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
    /// What reports and better rules need, for as long as `retention` says.
    Standard,
    /// What reports need, coarse and not for long.
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

/// Networks, of which one that is a bare address holds that address alone.
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

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("the configuration cannot be read: {0}")]
    Read(String),
    /// A key that is not known, or a value that its key cannot have.
    #[error("`{key}` {problem}")]
    Value {
        /// The key, or the variable that should set one.
        key: String,
        /// What is wrong and how to fix it.
        problem: String,
    },
    /// Several of these.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  "))]
    Several(Vec<Error>),
}

impl Error {
    fn value(key: impl Into<String>, problem: impl Into<String>) -> Error {
        Error::Value {
            key: key.into(),
            problem: problem.into(),
        }
    }

    /// What is refused, as one error; `Ok` where nothing is.
    fn unless_none(mut refused: Vec<Error>) -> Result<(), Error> {
        match refused.len() {
            0 => Ok(()),
            1 => Err(refused.remove(0)),
            _ => Err(Error::Several(refused)),
        }
    }
}

impl Config {
    /// Reads all layers and checks them.
    ///
    /// # Errors
    /// When a layer cannot be read, or a value cannot be.
    pub fn load(file: Option<&Path>) -> Result<Config, Error> {
        Config::from_layers(file, environment::all())
    }

    fn from_layers(
        file: Option<&Path>,
        environment: BTreeMap<String, Result<String, ()>>,
    ) -> Result<Config, Error> {
        let layers = Layers::merge(DEFAULTS, file, environment)?;
        let read = layers.read::<Config>();
        let mut refused = layers.refused;
        match read {
            Ok(mut config) => {
                refused.extend(config.check());
                Error::unless_none(refused)?;
                config.warnings = layers.warnings;
                // So that what is shown is what is in force.
                config.retention.clicks_days = config.clicks_days();
                config.visitor.cookie &= config.privacy.preset == PrivacyPreset::Standard;
                Ok(config)
            }
            Err(error) => {
                refused.push(error);
                Err(Error::Several(refused))
            }
        }
    }

    /// Where the log is, as it may be shown.
    pub fn shown_log(&self) -> String {
        if self.shares_log() {
            shown::url(self.log.url.expose_secret())
        } else {
            self.data.dir.join("log").display().to_string()
        }
    }

    /// Whether the log is in Redis, so that several programs can share it.
    pub fn shares_log(&self) -> bool {
        !self.log.url.expose_secret().is_empty()
    }

    /// Which Redis everything that is shared is in; its address is empty without one.
    pub fn redis_server(&self) -> Endpoint {
        Endpoint::new(self.log.url.clone(), self.log.tls_root.clone())
    }

    /// Where the event log is, with its default filled in; `consumer` is this program's name among
    /// those that read it.
    pub fn log_settings(&self, consumer: &str) -> event_log::LogSettings {
        let dir = self.data.dir.join("log");
        let target = if self.shares_log() {
            event_log::LogTarget::Spilling {
                redis: event_log::redis::RedisLogSettings {
                    server: self.redis_server(),
                    prefix: self.log.prefix.clone(),
                    shards: self.log.shards,
                    consumer: consumer.to_owned(),
                    claim_after: Duration::from_millis(self.log.claim_after_ms),
                },
                dir,
                deadline: Duration::from_millis(self.log.deadline_ms),
            }
        } else {
            event_log::LogTarget::Local { dir }
        };
        event_log::LogSettings {
            target,
            sync: self.log.sync,
        }
    }

    /// Where links are in Redis; `None` without one.
    pub fn redis_links(&self) -> Option<redis_links::RedisLinksSettings> {
        self.shares_log().then(|| redis_links::RedisLinksSettings {
            server: self.redis_server(),
            prefix: self.log.prefix.clone(),
            deadline: Duration::from_millis(self.log.deadline_ms),
            ttl: Duration::from_secs(self.cache.shared_ttl_s),
            version: link_resolver::VERSION,
        })
    }

    /// Where the day's visitor key is in Redis; `None` without one.
    pub fn shared_keys(&self) -> Option<visitor_key::shared::SharedKeySettings> {
        self.shares_log()
            .then(|| visitor_key::shared::SharedKeySettings {
                server: self.redis_server(),
                prefix: self.log.prefix.clone(),
                deadline: Duration::from_millis(self.log.deadline_ms),
            })
    }

    /// How long clicks are kept, by class: as configured, with the strict preset 90 days at most.
    pub fn clicks_days(&self) -> retention::ClicksDays {
        let mut days = self.retention.clicks_days.clone();
        if self.privacy.preset == PrivacyPreset::Strict {
            for class in ClickClass::ALL {
                let kept = days.entry(class).or_insert(STRICT_DAYS);
                *kept = if *kept == 0 {
                    STRICT_DAYS
                } else {
                    STRICT_DAYS.min(*kept)
                };
            }
        }
        days
    }

    /// What credits are made by.
    pub fn terms(&self) -> AttributionSettings {
        AttributionSettings {
            window_days: self.attribution.window_days,
            sale_window_days: self.attribution.sale_window_days,
            half_life_days: self.attribution.half_life_days,
        }
    }

    /// The files of places and of networks; `None` where none is given.
    pub fn geo_databases(&self) -> [Option<PathBuf>; 2] {
        let given = |path: &PathBuf| Some(path.clone()).filter(|it| !it.as_os_str().is_empty());
        [&self.geo.database, &self.geo.asn_database].map(given)
    }

    /// How long a stopping server waits for requests under way.
    pub fn shutdown_deadline(&self) -> Duration {
        Duration::from_secs(self.server.shutdown_deadline_s)
    }
}

/// The value of one environment variable that is not configuration, such as `LEADLINE_KEY`.
pub fn environment(name: &str) -> Option<String> {
    environment::one(name)
}

/// The value in a file that holds one secret, such as `LEADLINE_KEY_FILE` names.
///
/// # Errors
/// When the file cannot be read or holds nothing; the message names it.
pub fn secret_file(variable: &str, path: &Path) -> Result<SecretString, Error> {
    environment::value_of_file(path)
        .map(SecretString::from)
        .map_err(|problem| Error::value(variable, problem))
}

#[cfg(test)]
mod tests;
