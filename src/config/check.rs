//! Values that a key cannot have, with the key's name and how to mend it.

use std::net::SocketAddr;

use secrecy::ExposeSecret;
use url::Url;

use super::{Config, Error};
use crate::campaign::MAX_WINDOW_DAYS;

fn value(key: &'static str, problem: impl Into<String>) -> Error {
    Error::Value {
        key,
        problem: problem.into(),
    }
}

impl Config {
    pub(super) fn check(&self) -> Result<(), Error> {
        self.public_url()?;
        self.admin_listen()?;
        for domain in &self.server.domains {
            let host = Url::parse(&format!("http://{domain}/"));
            if host.is_err() || domain.contains(['/', '@']) {
                return Err(value(
                    "server.domains",
                    format!("holds {domain:?}; write host names such as go.example.com"),
                ));
            }
        }
        let store = self.store.url.expose_secret();
        let known = ["sqlite:", "postgres://", "postgresql://"];
        if !store.is_empty() && !known.iter().any(|scheme| store.starts_with(scheme)) {
            return Err(value(
                "store.url",
                "begins with sqlite: or postgres://, or is empty",
            ));
        }
        let log = self.log.url.expose_secret();
        if !log.is_empty() && !log.starts_with("redis://") && !log.starts_with("rediss://") {
            return Err(value(
                "log.url",
                "begins with redis://, or is empty for the local log",
            ));
        }
        let attribution = &self.attribution;
        for (key, number, most) in [
            (
                "attribution.window_days",
                attribution.window_days.into(),
                MAX_WINDOW_DAYS.into(),
            ),
            (
                "attribution.sale_window_days",
                attribution.sale_window_days.into(),
                MAX_WINDOW_DAYS.into(),
            ),
            (
                "attribution.half_life_days",
                attribution.half_life_days.into(),
                MAX_WINDOW_DAYS.into(),
            ),
            ("worker.batch", self.worker.batch as u64, 10_000),
            ("store.pool_size", u64::from(self.store.pool_size), 1_000),
            ("log.deadline_ms", self.log.deadline_ms, 60_000),
            ("log.shards", self.log.shards as u64, 1024),
            ("log.claim_after_ms", self.log.claim_after_ms, 3_600_000),
            (
                "server.body_limit_bytes",
                self.server.body_limit_bytes as u64,
                64 << 20,
            ),
        ] {
            if number == 0 || number > most {
                return Err(value(key, format!("is {number}; give 1 to {most}")));
            }
        }
        Ok(())
    }

    /// What short links begin with, without a slash at the end.
    ///
    /// # Errors
    /// When `server.public_url` is not an address of a whole host.
    pub fn public_url(&self) -> Result<String, Error> {
        let text = match self.server.public_url.trim_end_matches('/') {
            "" => format!("http://{}", self.server.listen),
            text => text.to_owned(),
        };
        let url = Url::parse(&text).map_err(|error| {
            value(
                "server.public_url",
                format!("is {text:?}: {error}; write https://go.example.com"),
            )
        })?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !plain {
            return Err(value(
                "server.public_url",
                "is http:// or https:// and a host, without a path; write https://go.example.com",
            ));
        }
        Ok(url.as_str().trim_end_matches('/').to_owned())
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
