//! Values that a key cannot have, with the key's name and a remedy.

use std::net::SocketAddr;

use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::EnvFilter;

use super::error::Error;
use super::sections::Config;
use super::shown;
use crate::campaign::MAX_WINDOW_DAYS;
use crate::link::domain::table::ConfiguredDomains;
use crate::link::domain::{self, DomainAddress, Scheme};

/// A key, its number, and the least and the greatest allowed one.
type AllowedRange = (&'static str, u64, u64, u64);

/// Most days of a retention time that is not for ever.
const MOST_DAYS: u64 = 36_500;

/// The schemes of a store.
const STORES: [&str; 3] = ["sqlite:", "postgres://", "postgresql://"];

/// The schemes of a log.
const LOGS: [&str; 2] = ["redis://", "rediss://"];

fn value(key: &'static str, problem: impl Into<String>) -> Error {
    Error::value(key, problem)
}

/// Levels of log lines in a filter.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// What is wrong with the scheme of an address.
fn check_scheme(key: &'static str, url: &SecretString, known: &[&str]) -> Result<(), Error> {
    let url = url.expose_secret();
    if url.is_empty() || known.iter().any(|scheme| url.starts_with(scheme)) {
        return Ok(());
    }
    let shown = shown::url(url);
    let known = known.join(", ");
    Err(value(
        key,
        format!(
            "is {shown:?}; begin it with one of {known}, or leave it empty for a file in the data folder"
        ),
    ))
}

impl Config {
    /// Everything that is wrong with the values.
    pub(super) fn check(&self) -> Vec<Error> {
        let mut refused: Vec<Error> = [
            self.public_url().err(),
            self.check_listen().err(),
            self.check_filter().err(),
            check_scheme("store.url", &self.store.url, &STORES).err(),
            check_scheme("log.url", &self.log.url, &LOGS).err(),
        ]
        .into_iter()
        .flatten()
        .collect();
        refused.extend(self.check_domains());
        let ranges = [
            self.ranges_from_zero(),
            self.ranges_from_one(),
            self.ranges_of_intake(),
        ]
        .concat();
        for (key, number, least, most) in ranges {
            if number < least || number > most {
                let problem = format!("is {number}; give {least} to {most}");
                refused.push(value(key, problem));
            }
        }
        refused
    }

    fn check_domains(&self) -> Vec<Error> {
        let mut refused = Vec::new();
        for domain in &self.server.domains {
            if domain::parse_host(domain).is_err() {
                let problem = format!("holds {domain:?}; write host names such as go.example.com");
                refused.push(value("server.domains", problem));
            }
        }
        refused
    }

    fn check_listen(&self) -> Result<(), Error> {
        let public = self.server.listen;
        let same = self.admin_listen()?.is_some_and(|admin| {
            let ip = admin.ip() == public.ip() || admin.ip().is_unspecified();
            admin.port() != 0
                && admin.port() == public.port()
                && (ip || public.ip().is_unspecified())
        });
        if same {
            let problem =
                format!("is the port of `server.listen` as well ({public}); give another");
            return Err(value("admin.listen", problem));
        }
        Ok(())
    }

    fn check_filter(&self) -> Result<(), Error> {
        let filter = &self.telemetry.filter;
        let refused = |why: String| {
            let hint = "write a level (off, error, warn, info, debug, trace) or MODULE=LEVEL";
            value("telemetry.filter", format!("is {filter:?}; {why}; {hint}"))
        };
        EnvFilter::try_new(filter).map_err(|error| refused(error.to_string()))?;
        // The filter reads a misspelled level as the name of a module, and would log nothing.
        for word in filter.split(',').map(str::trim) {
            let is_level = LEVELS.contains(&word.to_ascii_lowercase().as_str())
                || word.parse::<u8>().is_ok_and(|level| level < 6);
            let is_module = word.contains(['=', ':', '[']) || word == "leadline" || word.is_empty();
            if !is_level && !is_module {
                return Err(refused(format!("{word:?} is no level")));
            }
        }
        Ok(())
    }

    /// Numbers for which 0 has a meaning.
    fn ranges_from_zero(&self) -> Vec<AllowedRange> {
        let (server, cache, retention) = (&self.server, &self.cache, &self.retention);
        let mut ranges = vec![
            ("server.workers", server.workers as u64, 0, 1024),
            (
                "server.shutdown_deadline_s",
                server.shutdown_deadline_s,
                0,
                3600,
            ),
            ("cache.unknown_ttl_s", cache.unknown_ttl_s, 0, 86_400),
            (
                "cache.preload_links",
                cache.preload_links as u64,
                0,
                100_000_000,
            ),
            (
                "conversion.answer_deadline_ms",
                self.conversion.answer_deadline_ms,
                0,
                60_000,
            ),
            (
                "store.statement_timeout_ms",
                self.store.statement_timeout_ms,
                0,
                3_600_000,
            ),
            (
                "store.lock_timeout_ms",
                self.store.lock_timeout_ms,
                0,
                3_600_000,
            ),
            (
                "retention.orphans_days",
                retention.orphans_days.into(),
                0,
                MOST_DAYS,
            ),
            (
                "retention.inbox_days",
                retention.inbox_days.into(),
                0,
                MOST_DAYS,
            ),
        ];
        for days in retention.clicks_days.values() {
            ranges.push(("retention.clicks_days", u64::from(*days), 0, MOST_DAYS));
        }
        ranges
    }

    /// Numbers that are at least one.
    fn ranges_from_one(&self) -> Vec<AllowedRange> {
        let attribution = &self.attribution;
        let window = u64::from(MAX_WINDOW_DAYS);
        vec![
            (
                "attribution.window_days",
                attribution.window_days.into(),
                1,
                window,
            ),
            (
                "attribution.sale_window_days",
                attribution.sale_window_days.into(),
                1,
                window,
            ),
            (
                "attribution.half_life_days",
                attribution.half_life_days.into(),
                1,
                window,
            ),
            ("worker.batch", self.worker.batch as u64, 1, 10_000),
            ("store.pool_size", u64::from(self.store.pool_size), 1, 1_000),
            ("log.deadline_ms", self.log.deadline_ms, 1, 60_000),
            ("log.shards", self.log.shards as u64, 1, 1024),
            ("log.claim_after_ms", self.log.claim_after_ms, 1, 3_600_000),
            ("cache.shared_ttl_s", self.cache.shared_ttl_s, 1, 31_536_000),
            (
                "server.body_limit_bytes",
                self.server.body_limit_bytes as u64,
                1,
                64 << 20,
            ),
        ]
    }

    /// Bounds of connections, bodies and streams.
    fn ranges_of_intake(&self) -> Vec<AllowedRange> {
        let (server, limits) = (&self.server, &self.limits);
        vec![
            (
                "server.max_connections",
                server.max_connections as u64,
                1,
                1_000_000,
            ),
            ("limits.body_grace_s", limits.body_grace_s, 1, 3_600),
            (
                "limits.body_bytes_per_s",
                limits.body_bytes_per_s.into(),
                1,
                u32::MAX.into(),
            ),
            ("limits.bodies", limits.bodies as u64, 1, 1_000_000),
            (
                "limits.bodies_bytes",
                limits.bodies_bytes as u64,
                1,
                1 << 40,
            ),
            (
                "limits.streams_per_key",
                limits.streams_per_key as u64,
                0,
                1_000_000,
            ),
            ("limits.stream_idle_s", limits.stream_idle_s, 1, 86_400),
        ]
    }

    /// The public address of short links, without a slash at the end.
    ///
    /// # Errors
    /// When `server.public_url` is not such an address.
    pub fn public_url(&self) -> Result<String, Error> {
        self.public_address().map(|address| address.base())
    }

    fn public_address(&self) -> Result<DomainAddress, Error> {
        let text = match self.server.public_url.trim() {
            "" => format!("http://{}", self.server.listen),
            text => text.to_owned(),
        };
        let refused = |why: &str| {
            let shown = shown::url(&text);
            let problem = format!("is {shown:?}: {why}; write https://go.example.com");
            value("server.public_url", problem)
        };
        if !text.contains("://") {
            return Err(refused("it begins with neither http:// nor https://"));
        }
        DomainAddress::parse(&text, Scheme::Https).map_err(|error| match error {
            // An unreadable address may hold a password.
            domain::Error::Host(_) => refused("it has no host that can be asked"),
            error => refused(&error.to_string()),
        })
    }

    /// The domains of short links, in the form that links have them.
    ///
    /// # Errors
    /// When `server.public_url` or one of `server.domains` cannot be read.
    pub fn domains(&self) -> Result<ConfiguredDomains, Error> {
        let default = self.public_address()?;
        let mut further = Vec::new();
        for domain in &self.server.domains {
            let host = domain::parse_host(domain).map_err(|_| {
                let problem = format!("holds {domain:?}; write host names such as go.example.com");
                value("server.domains", problem)
            })?;
            if host != default.host && !further.contains(&host) {
                further.push(host);
            }
        }
        Ok(ConfiguredDomains { default, further })
    }

    /// Where metrics are served, if anywhere.
    ///
    /// # Errors
    /// When `admin.listen` is not an address and port.
    pub fn admin_listen(&self) -> Result<Option<SocketAddr>, Error> {
        match self.admin.listen.as_str() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| {
                value(
                    "admin.listen",
                    format!("is {text:?}; write 127.0.0.1:9090, or leave it empty"),
                )
            }),
        }
    }
}
