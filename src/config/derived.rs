//! Settings of the parts, derived from the configuration with defaults filled in.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::sections::{Config, PrivacyPreset};
use super::shown;
use crate::attribution::AttributionSettings;
use crate::click::ClickClass;
use crate::drivers::redis::RedisEndpoint;
use crate::worker::retention;
use crate::{event_log, link_resolver, redis_links, visitor_key};

/// Days for which clicks are kept at most with the strict preset.
const STRICT_DAYS: u32 = 90;

impl Config {
    /// Where the log is, without secrets.
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

    /// The Redis for everything that is shared. Without one its address is empty.
    pub fn redis_server(&self) -> RedisEndpoint {
        RedisEndpoint::new(self.log.url.clone(), self.log.tls_root.clone())
    }

    /// Where the event log is. `consumer` is this program's name among its readers.
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

    /// How long clicks are kept, by class: as configured, but 90 days at most with the strict
    /// preset.
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

    /// How credits are calculated.
    pub fn terms(&self) -> AttributionSettings {
        AttributionSettings {
            window_days: self.attribution.window_days,
            sale_window_days: self.attribution.sale_window_days,
            half_life_days: self.attribution.half_life_days,
        }
    }

    /// The files of places and of networks; `None` where none is given.
    pub fn geo_databases(&self) -> [Option<PathBuf>; 2] {
        let given = |path: &PathBuf| Some(path.clone()).filter(|path| !path.as_os_str().is_empty());
        [&self.geo.database, &self.geo.asn_database].map(given)
    }

    /// How long a stopping server waits for open requests.
    pub fn shutdown_deadline(&self) -> Duration {
        Duration::from_secs(self.server.shutdown_deadline_s)
    }
}
