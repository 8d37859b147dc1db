//! The address of a Redis server and its root certificates: `log.url` and `log.tls_root`.
//!
//! # Invariants
//! - Only [`RedisEndpoint::client`] creates a client for the address.
//! - The certificate and its host name are always checked. No part of the address turns the check
//!   off.

use std::path::{Path, PathBuf};

use redis::io::tcp::TcpSettings;
use redis::{Client, IntoConnectionInfo, TlsCertificates};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// How an address is written.
const EXAMPLE: &str = "write redis://user:password@host:6379/0, or rediss:// for TLS";

/// The address of a Redis server, and the root certificates for its certificate.
#[derive(Clone, Debug)]
pub struct RedisEndpoint {
    url: SecretString,
    /// The file of root certificates; if empty, the public roots.
    tls_root: PathBuf,
}

/// Why an address or a root certificate cannot be used. The address itself is not shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` {problem}")]
pub struct RedisEndpointError {
    /// The configuration key.
    pub key: &'static str,
    /// What is wrong and what to write instead.
    pub problem: String,
}

fn url_problem(problem: impl std::fmt::Display) -> RedisEndpointError {
    RedisEndpointError {
        key: "log.url",
        problem: format!("{problem}; {EXAMPLE}"),
    }
}

impl From<SecretString> for RedisEndpoint {
    /// Trusts the public roots.
    fn from(url: SecretString) -> RedisEndpoint {
        RedisEndpoint::new(url, PathBuf::new())
    }
}

impl From<&str> for RedisEndpoint {
    fn from(url: &str) -> RedisEndpoint {
        RedisEndpoint::from(SecretString::from(url))
    }
}

impl RedisEndpoint {
    /// The Redis server at `url`. Over TLS, its certificate must chain to a root in the file
    /// `tls_root`. If `tls_root` is empty, it must chain to a public root. Nothing is checked yet.
    pub fn new(url: SecretString, tls_root: PathBuf) -> RedisEndpoint {
        RedisEndpoint { url, tls_root }
    }

    /// Checks the address and the root certificates, without connecting.
    ///
    /// # Errors
    /// [`RedisEndpointError`] names the key and the remedy.
    pub fn check(&self) -> Result<(), RedisEndpointError> {
        self.client().map(drop)
    }

    /// A client for the address; it does not connect yet.
    ///
    /// # Errors
    /// [`RedisEndpointError`] names the key and the remedy.
    pub fn client(&self) -> Result<Client, RedisEndpointError> {
        let url = self.parse()?;
        let tls = url.scheme() == "rediss";
        let roots = self.roots(tls)?;
        let settings = TcpSettings::default().set_nodelay(true);
        let info = url
            .into_connection_info()
            .map_err(|error| url_problem(format_args!("cannot be used: {error}")))?
            .set_tcp_settings(settings);
        // Without the library's name, the user needs one permission less, and connecting takes one
        // round trip less.
        let unnamed = info.redis_settings().clone().set_skip_set_lib_name();
        let info = info.set_redis_settings(unnamed);
        if !tls {
            return Client::open(info)
                .map_err(|error| url_problem(format_args!("cannot be used: {error}")));
        }
        let certificates = TlsCertificates {
            client_tls: None,
            root_cert: roots,
        };
        Client::build_with_tls(info, certificates).map_err(|error| RedisEndpointError {
            key: "log.tls_root",
            problem: format!(
                "does not contain a usable root certificate: {error}; give a PEM file"
            ),
        })
    }

    fn parse(&self) -> Result<Url, RedisEndpointError> {
        let text = self.url.expose_secret();
        let url = Url::parse(text)
            .map_err(|error| url_problem(format_args!("is not an address ({error}); in a password, percent-encode characters such as # and @ (%23 and %40)")))?;
        if !matches!(url.scheme(), "redis" | "rediss") {
            return Err(url_problem(format_args!("begins with {}:", url.scheme())));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(url_problem("does not name a host"));
        }
        let database = url.path().trim_matches('/');
        if !database.is_empty() && database.parse::<u16>().is_err() {
            return Err(url_problem("does not end in a database number"));
        }
        if let Some((name, _)) = url.query_pairs().next() {
            return Err(url_problem(format_args!(
                "has the parameter `{name}`, which Leadline does not know"
            )));
        }
        match url.fragment() {
            Some("insecure") => Err(url_problem(
                "ends in #insecure: Leadline always checks the certificate; set `log.tls_root` \
                 for a certificate of your own",
            )),
            Some(_) => Err(url_problem("contains a #; in a password, write %23")),
            None => Ok(url),
        }
    }

    fn roots(&self, tls: bool) -> Result<Option<Vec<u8>>, RedisEndpointError> {
        let path = self.tls_root.as_path();
        let problem = |problem: String| RedisEndpointError {
            key: "log.tls_root",
            problem,
        };
        if path == Path::new("") {
            return Ok(None);
        }
        if !tls {
            return Err(problem(
                "is set, but `log.url` does not use TLS; write rediss:// there".to_owned(),
            ));
        }
        let shown = path.display();
        let pem = std::fs::read(path)
            .map_err(|error| problem(format!("cannot be read: {shown}: {error}")))?;
        let marks = b"-----BEGIN CERTIFICATE-----";
        if !pem.windows(marks.len()).any(|at| at == marks) {
            return Err(problem(format!(
                "does not contain a certificate: {shown}; give a PEM file, which has the line \
                 -----BEGIN CERTIFICATE-----"
            )));
        }
        Ok(Some(pem))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(url: &str) -> String {
        RedisEndpoint::from(url).check().unwrap_err().to_string()
    }

    #[test]
    fn good_addresses_are_taken() {
        for url in [
            "redis://127.0.0.1",
            "redis://127.0.0.1:6379/0",
            "redis://:secret@[::1]:6379/15",
            "rediss://user:p%23w@redis.example.com:6380",
        ] {
            assert_eq!(RedisEndpoint::from(url).check(), Ok(()), "{url}");
        }
    }

    #[test]
    fn a_bad_address_is_named_without_its_password() {
        for (url, names) in [
            ("http://:secret@host", "begins with http:"),
            ("redis:///0", "does not name a host"),
            (
                "redis://:secret@host/zero",
                "does not end in a database number",
            ),
            ("redis://host/0?password=secret", "the parameter `password`"),
            ("rediss://:secret@host/0#insecure", "always checks"),
            ("redis://host/0#secret", "%23"),
            ("redis://:sec#ret@host", "%23"),
            ("not an address", "redis://user:password@host"),
        ] {
            let problem = problem(url);
            assert!(problem.contains(names), "{url}: {problem}");
            assert!(problem.starts_with("`log.url` "), "{problem}");
            assert!(!problem.contains("secret"), "{problem}");
        }
        let shown = format!("{:?}", RedisEndpoint::from("redis://:secret@host"));
        assert!(!shown.contains("secret"), "{shown}");
    }

    #[test]
    fn root_certificates_are_a_file_of_certificates() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("root.pem");
        let over = |url: &str| RedisEndpoint::new(url.into(), path.clone()).check();
        let error = over("rediss://host").unwrap_err().to_string();
        assert!(error.contains("cannot be read"), "{error}");
        std::fs::write(&path, "no certificate").unwrap();
        let error = over("rediss://host").unwrap_err().to_string();
        assert!(error.contains("BEGIN CERTIFICATE"), "{error}");
        let error = over("redis://host").unwrap_err().to_string();
        assert!(error.contains("write rediss://"), "{error}");
    }
}
