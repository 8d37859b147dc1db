//! Destinations: the URL that a short link leads to, and what is added to it.
//!
//! # Invariants
//! Path, query and fragment are kept byte for byte, because shops sign, cache and count by them;
//! tags and the click id go behind the query and before the fragment. Two exceptions: the host is
//! written in its ASCII form (IDN), and characters outside ASCII are percent-encoded, because a
//! `Location` header holds ASCII only.

mod clean;
mod signed;
mod url_parts;

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use url::Url;

pub use self::clean::{PasteDefect, clean};
pub(super) use self::signed::is_signed;
pub(super) use self::url_parts::has_parameter;
use self::url_parts::{glue, parameters, parts, query_pairs};
use super::domain;
use super::utm::UtmTags;
use crate::id::ClickId;

/// Longest destination, in bytes; browsers and proxies cut longer ones.
pub const MAX_LENGTH: usize = 2048;

/// Bytes of a click id.
const CLICK_ID: usize = 30;

/// What stands unescaped in a tag's value (RFC 3986, unreserved).
const VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// What becomes of a UTM tag that the URL has already with another value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UtmConflict {
    /// It stays.
    Keep,
    /// Ours takes its place.
    Replace,
    /// The link is refused.
    #[default]
    Error,
}

/// Why a destination is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not an absolute URL.
    #[error(
        "this is no URL that a browser can open ({0}); write it like https://shop.example/lamp"
    )]
    Malformed(String),
    /// Another scheme than http and https.
    #[error("a destination begins with http:// or https://, not with {0:?}")]
    Scheme(String),
    /// A user or password in it, which everybody who clicks would get.
    #[error("a destination holds no user name or password; take them out")]
    Credentials,
    /// Longer than [`MAX_LENGTH`].
    #[error("a destination has at most {MAX_LENGTH} bytes, this one has {0}")]
    TooLong(usize),
    /// It leads back here.
    #[error(
        "{0} is a domain of this service, so the link would lead back to it; give the final address"
    )]
    Loop(String),
    /// A tag that it has already with another value.
    #[error(
        "the URL has {parameter}={existing:?} already, and {wanted:?} is wanted; send \
         `utm_conflict` as keep or replace"
    )]
    TagConflict {
        /// The parameter.
        parameter: &'static str,
        /// Its value in the URL.
        existing: String,
        /// The value wanted.
        wanted: String,
    },
    /// One tag twice in the URL.
    #[error("the URL has {0} twice; leave one")]
    RepeatedTag(String),
    /// A parameter name that cannot carry the click id.
    #[error("{0:?} cannot carry the click id; use 1 to 40 of A-Z a-z 0-9 - _, and no utm_ name")]
    ClickIdParam(String),
    /// The URL has the click id's parameter already.
    #[error("the URL has {0}= already; take it out, or send another `click_id_param`")]
    ClickIdConflict(String),
}

impl Error {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Malformed(_) => "url_malformed",
            Error::Scheme(_) => "url_scheme",
            Error::Credentials => "url_credentials",
            Error::TooLong(_) => "url_too_long",
            Error::Loop(_) => "url_loop",
            Error::TagConflict { .. } => "utm_conflict",
            Error::RepeatedTag(_) => "utm_repeated",
            Error::ClickIdParam(_) => "click_id_param",
            Error::ClickIdConflict(_) => "click_id_conflict",
        }
    }
}

/// Whether a host and path lie below an address of short links.
fn is_below(own: &str, host: &str, path: &str) -> bool {
    let (own_host, own_path) = own.split_at(own.find('/').unwrap_or(own.len()));
    let rest = path.strip_prefix(own_path);
    own_host.eq_ignore_ascii_case(host)
        && rest.is_some_and(|rest| own_path.is_empty() || rest.is_empty() || rest.starts_with('/'))
}

/// A checked destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    text: String,
}

impl Destination {
    /// Checks a URL as somebody gave it; `own_domains` are those it must not lead back to: hosts,
    /// with the path before their slugs where they have one.
    ///
    /// # Errors
    /// The first rule broken.
    pub fn parse(text: &str, own_domains: &[String]) -> Result<Destination, Error> {
        let (text, _) = clean(text);
        let text = text.as_ref();
        if text.len() > MAX_LENGTH {
            return Err(Error::TooLong(text.len()));
        }
        // The parser drops some of these in silence, and browsers read a backslash as a slash.
        if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
            return Err(Error::Malformed(
                "it holds a space, control sign or backslash".to_owned(),
            ));
        }
        let url = Url::parse(text).map_err(|error| {
            Error::Malformed(match error {
                url::ParseError::RelativeUrlWithoutBase => "no https:// before it".to_owned(),
                error => error.to_string(),
            })
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Error::Scheme(url.scheme().to_owned()));
        }
        let host = url
            .host_str()
            .ok_or_else(|| Error::Malformed("no host".to_owned()))?;
        // The parser also takes `https:host` and `https:///host`, whose parts it finds elsewhere.
        let rest = text[url.scheme().len()..]
            .strip_prefix("://")
            .filter(|rest| !rest.starts_with(['/', '?', '#']))
            .ok_or_else(|| Error::Malformed("not two slashes before its host".to_owned()))?;
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(Error::Credentials);
        }
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let asked = domain::parse_host(&authority).unwrap_or_else(|_| authority.clone());
        let path = &rest[..rest.find(['?', '#']).unwrap_or(rest.len())];
        if own_domains.iter().any(|own| is_below(own, &asked, path)) {
            return Err(Error::Loop(authority));
        }
        let mut whole = format!("{}://{authority}", url.scheme());
        for c in rest.chars() {
            if c.is_ascii() {
                whole.push(c);
            } else {
                whole.extend(utf8_percent_encode(
                    c.encode_utf8(&mut [0; 4]),
                    NON_ALPHANUMERIC,
                ));
            }
        }
        Ok(Destination { text: whole })
    }

    /// The destination as it goes into a `Location` header.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a parameter signs the URL, so that any addition would break it.
    pub fn is_signed(&self) -> bool {
        is_signed(&self.text)
    }

    /// Whether the query has this parameter.
    pub fn has_param(&self, wanted: &str) -> bool {
        self.parameters().any(|(name, _)| name == wanted)
    }

    /// The UTM tags it has.
    ///
    /// # Errors
    /// [`Error::RepeatedTag`] when one stands there twice.
    pub fn tags(&self) -> Result<UtmTags, Error> {
        let mut tags = UtmTags::default();
        for (name, value) in self.parameters() {
            if tags.get(&name).is_some() {
                return Err(Error::RepeatedTag(name.into_owned()));
            }
            tags.set(&name, value.into_owned());
        }
        Ok(tags)
    }

    /// The URL with these tags, and the tags then in force.
    ///
    /// # Errors
    /// [`Error::TagConflict`] where a tag has another value already and `conflict` says so;
    /// [`Error::RepeatedTag`]; [`Error::TooLong`] when the tags make it too long.
    pub fn with_utm(
        &self,
        wanted: &UtmTags,
        conflict: UtmConflict,
    ) -> Result<(String, UtmTags), Error> {
        let existing = self.tags()?;
        let mut in_force = existing.clone();
        let mut added = Vec::new();
        let mut removed = Vec::new();
        for (parameter, value) in wanted.pairs() {
            match existing.get(parameter) {
                Some(same) if same == value => continue,
                Some(_) if conflict == UtmConflict::Keep => continue,
                Some(other) if conflict == UtmConflict::Error => {
                    return Err(Error::TagConflict {
                        parameter,
                        existing: other.to_owned(),
                        wanted: value.to_owned(),
                    });
                }
                Some(_) => removed.push(parameter),
                None => {}
            }
            in_force.set(parameter, value.to_owned());
            added.push(format!("{parameter}={}", utf8_percent_encode(value, VALUE)));
        }
        let (path, query, fragment) = parts(&self.text);
        let mut whole = match query {
            Some(query) if !removed.is_empty() => {
                let kept: Vec<&str> = query
                    .split('&')
                    .filter(|pair| !query_pairs(pair).any(|(name, _)| removed.contains(&&*name)))
                    .collect();
                if kept.is_empty() {
                    path.to_owned()
                } else {
                    format!("{path}?{}", kept.join("&"))
                }
            }
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        };
        if !added.is_empty() {
            whole.push_str(glue(&whole));
            whole.push_str(&added.join("&"));
        }
        whole.push_str(fragment);
        if whole.len() > MAX_LENGTH {
            return Err(Error::TooLong(whole.len()));
        }
        Ok((whole, in_force))
    }

    fn parameters(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        parameters(&self.text)
    }
}

/// Whether a query parameter of this name may carry the click id.
///
/// # Errors
/// [`Error::ClickIdParam`] when it may not.
pub fn check_click_id_param(name: &str) -> Result<(), Error> {
    let plain = (1..=40).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if plain && !name.to_ascii_lowercase().starts_with("utm_") {
        Ok(())
    } else {
        Err(Error::ClickIdParam(name.chars().take(40).collect()))
    }
}

/// A destination prepared for the redirect, which then only joins strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClickTarget<'a> {
    /// The destination.
    pub destination: &'a str,
    /// Where the click id goes in: before the fragment. Between two characters.
    pub at: usize,
    /// What stands before the click id, such as `&ll_click=`; empty adds none.
    pub front: Cow<'a, str>,
}

impl<'a> ClickTarget<'a> {
    /// Prepares a destination; without a parameter no click id is ever added.
    pub fn new(destination: &'a str, click_id_param: Option<&str>) -> ClickTarget<'a> {
        let at = destination.find('#').unwrap_or(destination.len());
        let front = click_id_param
            .map(|param| format!("{}{param}=", glue(&destination[..at])))
            .unwrap_or_default();
        ClickTarget {
            destination,
            at,
            front: front.into(),
        }
    }

    /// Where to send somebody; with the click's id, where one is given and wanted, and behind it
    /// what is handed on.
    pub fn location(&self, click: Option<ClickId>, handed_on: &[&str]) -> String {
        let click = click.filter(|_| !self.front.is_empty());
        if click.is_none() && handed_on.is_empty() {
            return self.destination.to_owned();
        }
        let (front, fragment) = self.destination.split_at(self.at);
        let further: usize = handed_on.iter().map(|pair| pair.len() + 1).sum();
        let mut location =
            String::with_capacity(self.destination.len() + self.front.len() + CLICK_ID + further);
        location.push_str(front);
        if let Some(click) = click {
            location.push_str(&self.front);
            location.push_str(click.text().as_str());
        }
        for pair in handed_on {
            location.push_str(glue(&location));
            location.push_str(pair);
        }
        location.push_str(fragment);
        location
    }
}

#[cfg(test)]
mod tests;
