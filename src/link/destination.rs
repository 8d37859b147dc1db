//! Destinations: the URL that a short link leads to, and what is added to it.
//!
//! # Invariants
//! Path, query and fragment stay byte for byte as given, because shops sign, cache and count by
//! them. UTM tags and the click id are added at the end of the query, before the fragment. Two
//! exceptions exist because a `Location` header holds ASCII only: an international host is written
//! in its ASCII form (IDN), and characters outside ASCII are percent-encoded.

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

/// Characters that stay unescaped in a tag's value (RFC 3986, unreserved).
const VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// What happens to a UTM tag if the URL already has it with another value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UtmConflict {
    /// Keep the value of the URL.
    Keep,
    /// Replace the value of the URL.
    Replace,
    /// Refuse the link.
    #[default]
    Error,
}

/// Why a destination is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is not an absolute URL.
    #[error("a browser cannot open this URL ({0}); write it like https://shop.example/lamp")]
    Malformed(String),
    /// The scheme is neither http nor https.
    #[error("a destination must begin with http:// or https://, not with {0:?}")]
    Scheme(String),
    /// The URL has a user name or password, which everybody who clicks would see.
    #[error("a destination must not have a user name or password; remove them")]
    Credentials,
    /// The URL is longer than [`MAX_LENGTH`].
    #[error("a destination may have at most {MAX_LENGTH} bytes; this one has {0}")]
    TooLong(usize),
    /// The URL leads back to this service.
    #[error(
        "{0} is a domain of this service, so the link would lead back to it; give the final address"
    )]
    Loop(String),
    /// The URL already has a tag with another value.
    #[error(
        "the URL has {parameter}={existing:?} already, and {wanted:?} is wanted; send \
         `utm_conflict` as keep or replace"
    )]
    TagConflict {
        /// The parameter.
        parameter: &'static str,
        /// Its value in the URL.
        existing: String,
        /// The requested value.
        wanted: String,
    },
    /// The URL has one tag twice.
    #[error("the URL has {0} twice; leave one")]
    RepeatedTag(String),
    /// The parameter name cannot carry the click id.
    #[error("{0:?} cannot carry the click id; use 1 to 40 of A-Z a-z 0-9 - _, and no utm_ name")]
    ClickIdParam(String),
    /// The URL already has the parameter of the click id.
    #[error("the URL has {0}= already; remove it, or send another `click_id_param`")]
    ClickIdConflict(String),
}

impl Error {
    /// The stable error code.
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

/// Whether a host and path belong to an address of short links.
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
    /// Checks a URL as a user gave it. `own_domains` are the hosts of short links, with their path
    /// if they have one; a destination must not lead back to them.
    ///
    /// # Errors
    /// The first rule that the URL breaks.
    pub fn parse(text: &str, own_domains: &[String]) -> Result<Destination, Error> {
        let (text, _) = clean(text);
        let text = text.as_ref();
        if text.len() > MAX_LENGTH {
            return Err(Error::TooLong(text.len()));
        }
        // The parser silently drops some of these, and browsers read a backslash as a slash.
        if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
            return Err(Error::Malformed(
                "it has a space, a control character or a backslash".to_owned(),
            ));
        }
        let url = Url::parse(text).map_err(|error| {
            Error::Malformed(match error {
                url::ParseError::RelativeUrlWithoutBase => {
                    "it does not begin with https://".to_owned()
                }
                error => error.to_string(),
            })
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Error::Scheme(url.scheme().to_owned()));
        }
        let host = url
            .host_str()
            .ok_or_else(|| Error::Malformed("it has no host".to_owned()))?;
        // The parser also accepts `https:host` and `https:///host`, but finds other parts in them.
        let rest = text[url.scheme().len()..]
            .strip_prefix("://")
            .filter(|rest| !rest.starts_with(['/', '?', '#']))
            .ok_or_else(|| Error::Malformed("its host does not follow two slashes".to_owned()))?;
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

    /// Whether a parameter signs the URL, so that any addition would break the signature.
    pub fn is_signed(&self) -> bool {
        is_signed(&self.text)
    }

    /// Whether the query has this parameter.
    pub fn has_param(&self, wanted: &str) -> bool {
        self.parameters().any(|(name, _)| name == wanted)
    }

    /// The UTM tags that the URL has.
    ///
    /// # Errors
    /// [`Error::RepeatedTag`] when a tag occurs twice.
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

    /// Adds these tags. Returns the new URL and the tags that it has then.
    ///
    /// # Errors
    /// [`Error::TagConflict`] when a tag has another value and `conflict` is
    /// [`UtmConflict::Error`]; [`Error::RepeatedTag`]; [`Error::TooLong`] when the URL becomes too
    /// long.
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
/// [`Error::ClickIdParam`] when it must not.
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

/// A destination prepared for the redirect, which then only concatenates strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClickTarget<'a> {
    /// The destination.
    pub destination: &'a str,
    /// Byte offset at which the click id is inserted: before the fragment.
    pub at: usize,
    /// What precedes the click id, such as `&ll_click=`; if empty, no click id is added.
    pub front: Cow<'a, str>,
}

impl<'a> ClickTarget<'a> {
    /// Prepares a destination. Without a parameter, the redirect never adds a click id.
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

    /// The address for the `Location` header. It has the click id, if one is given and wanted, and
    /// then the query parameters that are passed on.
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
