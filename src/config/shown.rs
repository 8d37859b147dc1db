//! Addresses without secrets, for messages.
//!
//! # Invariants
//! No part of an address that could be a secret reaches the output: neither the user information,
//! nor a parameter of the query, nor an address that cannot be read at all.

use secrecy::{ExposeSecret, SecretString};
use serde::Serializer;
use url::Url;

/// The placeholder of a secret.
pub(super) const HIDDEN: &str = "hidden";

/// Parts of the names of secret parameters.
const SECRET_NAMES: [&str; 8] = [
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "credential",
    "auth",
    "sslcert",
];

/// The address at `url` without its secrets.
pub(super) fn url(url: &str) -> String {
    if url.is_empty() {
        return String::new();
    }
    let Ok(mut parsed) = Url::parse(url) else {
        return HIDDEN.to_owned();
    };
    // A password with an unescaped `/`, `?` or `#` continues behind the host.
    let behind_host = [Some(parsed.path()), parsed.query(), parsed.fragment()];
    if parsed.has_host() && behind_host.iter().flatten().any(|part| part.contains('@')) {
        return HIDDEN.to_owned();
    }
    // In an address of Redis, a name alone before the host is often a password without its colon.
    let lone_name = parsed.scheme().starts_with("redis") && !parsed.username().is_empty();
    let masked = if parsed.password().is_some() {
        parsed.set_password(Some(HIDDEN))
    } else if lone_name {
        parsed.set_username(HIDDEN)
    } else {
        Ok(())
    };
    if masked.is_err() {
        return HIDDEN.to_owned();
    }
    if parsed.query().is_some_and(holds_secret) {
        let pairs: Vec<(String, String)> = parsed
            .query_pairs()
            .map(|(name, value)| {
                let secret = is_secret(&name);
                (
                    name.into_owned(),
                    if secret {
                        HIDDEN.to_owned()
                    } else {
                        value.into_owned()
                    },
                )
            })
            .collect();
        parsed.query_pairs_mut().clear().extend_pairs(pairs);
    }
    parsed.to_string()
}

fn holds_secret(query: &str) -> bool {
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| is_secret(&name))
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// Serializes an address without its secrets.
pub(super) fn without_secrets<S: Serializer>(
    secret: &SecretString,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&url(secret.expose_secret()))
}

#[cfg(test)]
mod tests {
    use super::url;

    #[test]
    fn secrets_of_an_address_are_hidden_wherever_they_stand() {
        for (given, shown) in [
            ("", ""),
            ("sqlite:./data/leadline.db", "sqlite:./data/leadline.db"),
            ("postgres://u:hunter2@h/d", "postgres://u:hidden@h/d"),
            (
                "postgres://u@h/d?sslmode=require",
                "postgres://u@h/d?sslmode=require",
            ),
            (
                "postgres://u@h/d?password=hunter2&sslmode=require",
                "postgres://u@h/d?password=hidden&sslmode=require",
            ),
            (
                "postgres://h/d?SSLPassword=hunter2",
                "postgres://h/d?SSLPassword=hidden",
            ),
            (
                "postgres://h/d?%70assword=hunter2",
                "postgres://h/d?password=hidden",
            ),
            ("redis://:hunter2@h:6379/0", "redis://:hidden@h:6379/0"),
            ("redis://hunter2@h:6379/0", "redis://hidden@h:6379/0"),
            ("redis://app:hunter2@h/0", "redis://app:hidden@h/0"),
            ("postgres://u:hunter2@a,b/d", "postgres://u:hidden@a,b/d"),
            ("postgres://u:hunter2@[::1/d", "hidden"),
            ("postgres://u:hun@ter/2@h/d", "hidden"),
            ("postgres://u:1/hunter2@h/d", "hidden"),
            ("postgres://u:1?hunter2@h/d", "hidden"),
            ("redis://u:1#hunter2@h/0", "hidden"),
            (
                "sqlite:/home/u@h/leadline.db",
                "sqlite:/home/u@h/leadline.db",
            ),
            (
                "sqlite:///home/u@h/leadline.db",
                "sqlite:///home/u@h/leadline.db",
            ),
            ("hunter2 with blanks", "hidden"),
        ] {
            assert_eq!(url(given), shown);
        }
    }
}
