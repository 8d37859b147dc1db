//! Configuration: embedded defaults, then a file, then the environment.
//!
//! Holds: `config/default.toml` is the only place where a default lives; an unknown key is an
//! error, wherever it comes from; addresses that may hold a password are never shown. The one
//! place that reads the environment.

mod check;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use config::{Environment, File, FileFormat};
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use url::Url;

use crate::attribution::Terms;
use crate::click::Class;
use crate::enrich::visitor;
use crate::event_log;
use crate::http::client::ForwardedHeader;
use crate::worker::retention;
use crate::{link_cache, resolver};

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
    pub server: Server,
    pub admin: Admin,
    pub data: Data,
    pub store: Store,
    pub log: Log,
    pub cache: Cache,
    pub limits: Limits,
    pub worker: Worker,
    pub visitor: Visitor,
    pub privacy: Privacy,
    pub geo: Geo,
    pub conversion: Conversion,
    pub attribution: Attribution,
    pub retention: Retention,
    pub telemetry: Telemetry,
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
    Server {
        listen: SocketAddr,
        public_url: String,
        domains: Vec<String>,
        trusted_proxies: Vec<IpNet>,
        forwarded_header: ForwardedHeader,
        workers: usize,
        body_limit_bytes: usize,
        prefetch: Prefetch,
        shutdown_deadline_s: u64,
    }
    /// `[admin]`
    Admin { listen: String, }
    /// `[data]`
    Data { dir: PathBuf, }
    /// `[store]`
    Store {
        #[serde(serialize_with = "without_password")]
        url: SecretString,
        pool_size: u32,
    }
    /// `[log]`
    Log {
        #[serde(serialize_with = "without_password")]
        url: SecretString,
        prefix: String,
        sync: event_log::Sync,
        deadline_ms: u64,
        shards: usize,
        claim_after_ms: u64,
    }
    /// `[cache]`
    Cache { links_bytes: u64, unknown_ttl_s: u64, shared_ttl_s: u64, preload_links: usize, }
    /// `[limits]`
    Limits { unknown_slugs_per_minute: u32, api_per_minute: u32, leads_per_minute: u32, }
    /// `[worker]`
    Worker { ingest: bool, batch: usize, }
    /// `[visitor]`
    Visitor { cookie: bool, own_networks: Vec<IpNet>, }
    /// `[privacy]`
    Privacy { preset: Preset, }
    /// `[geo]`
    Geo { database: PathBuf, asn_database: PathBuf, }
    /// `[conversion]`
    Conversion { answer_deadline_ms: u64, }
    /// `[attribution]`
    Attribution { window_days: u32, sale_window_days: u32, half_life_days: u32, }
    /// `[retention]`
    Retention { orphans_days: u32, inbox_days: u32, clicks_days: retention::ClicksDays, }
    /// `[telemetry]`
    Telemetry { filter: String, format: Format, }
}

/// What a prefetching browser gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Prefetch {
    /// 503, so that it asks again.
    Refuse,
    /// The redirect, not counted.
    Answer,
}

/// How much of a person's click is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// What reports and better rules need, for as long as `retention` says.
    Standard,
    /// What reports need, coarse and not for long.
    Strict,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// An address as it may be shown: what could be a password is left out.
fn without_password<S: Serializer>(url: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    let shown = match Url::parse(url.expose_secret()) {
        Ok(mut url) if url.password().is_some() => {
            let hidden = url.set_password(Some("hidden")).is_ok();
            if hidden {
                url.to_string()
            } else {
                "hidden".to_owned()
            }
        }
        Ok(url) => url.to_string(),
        Err(_) if url.expose_secret().is_empty() => String::new(),
        Err(_) => "hidden".to_owned(),
    };
    serializer.serialize_str(&shown)
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A layer cannot be read, or holds an unknown key or a value of the wrong kind.
    #[error("the configuration cannot be read: {0}")]
    Read(String),
    /// A value that its key cannot have.
    #[error("`{key}` {problem}")]
    Value {
        /// The key.
        key: &'static str,
        /// What is wrong and how to mend it.
        problem: String,
    },
}

impl From<config::ConfigError> for Error {
    fn from(error: config::ConfigError) -> Self {
        Error::Read(error.to_string())
    }
}

impl Config {
    /// Reads all layers and checks them.
    ///
    /// # Errors
    /// When a layer cannot be read, or a value cannot be.
    pub fn load(file: Option<&Path>) -> Result<Config, Error> {
        // Lists are read as such only for these keys; elsewhere a comma is part of the value.
        let environment = Environment::with_prefix("LEADLINE")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("server.domains")
            .with_list_parse_key("server.trusted_proxies")
            .with_list_parse_key("visitor.own_networks");
        let mut layers =
            config::Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(file) = file {
            layers = layers.add_source(File::from(file).format(FileFormat::Toml));
        }
        let mut config: Config = layers.add_source(environment).build()?.try_deserialize()?;
        config.check()?;
        // So that what is shown is what is in force.
        config.retention.clicks_days = config.clicks_days();
        config.visitor.cookie &= config.privacy.preset == Preset::Standard;
        Ok(config)
    }

    /// Where the store is, with its default filled in.
    pub fn store_url(&self) -> SecretString {
        if self.store.url.expose_secret().is_empty() {
            format!("sqlite:{}", self.data.dir.join("leadline.db").display()).into()
        } else {
            self.store.url.clone()
        }
    }

    /// The file that SQLite keeps the store in; `None` for another database.
    pub fn store_file(&self) -> Option<PathBuf> {
        let url = self.store_url();
        let path = url.expose_secret().strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
    }

    /// Whether the log is in Redis, so that several programs can share it.
    pub fn shares_log(&self) -> bool {
        !self.log.url.expose_secret().is_empty()
    }

    /// Where the event log is, with its default filled in; `consumer` is this program's name among
    /// those that read it.
    pub fn log_settings(&self, consumer: &str) -> event_log::Settings {
        let dir = self.data.dir.join("log");
        let target = if self.shares_log() {
            event_log::Target::Spilling {
                redis: event_log::redis::Settings {
                    url: self.log.url.clone(),
                    prefix: self.log.prefix.clone(),
                    shards: self.log.shards,
                    consumer: consumer.to_owned(),
                    claim_after: Duration::from_millis(self.log.claim_after_ms),
                },
                dir,
                deadline: Duration::from_millis(self.log.deadline_ms),
            }
        } else {
            event_log::Target::Local { dir }
        };
        event_log::Settings {
            target,
            sync: self.log.sync,
        }
    }

    /// Where links are in Redis; `None` without one.
    pub fn link_cache(&self) -> Option<link_cache::Settings> {
        self.shares_log().then(|| link_cache::Settings {
            url: self.log.url.clone(),
            prefix: self.log.prefix.clone(),
            deadline: Duration::from_millis(self.log.deadline_ms),
            ttl: Duration::from_secs(self.cache.shared_ttl_s),
            version: resolver::VERSION,
        })
    }

    /// Where the day's visitor key is in Redis; `None` without one.
    pub fn shared_keys(&self) -> Option<visitor::shared::Settings> {
        self.shares_log().then(|| visitor::shared::Settings {
            url: self.log.url.clone(),
            prefix: self.log.prefix.clone(),
            deadline: Duration::from_millis(self.log.deadline_ms),
        })
    }

    /// How long clicks are kept, by class: as configured, with the strict preset 90 days at most.
    pub fn clicks_days(&self) -> retention::ClicksDays {
        let mut days = self.retention.clicks_days.clone();
        if self.privacy.preset == Preset::Strict {
            for class in Class::ALL {
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
    pub fn terms(&self) -> Terms {
        Terms {
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
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests;
