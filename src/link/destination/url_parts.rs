//! The parts of a URL's text: what stands before its query, the query, and the fragment.
//!
//! # Invariants
//! The parts are slices of the text as it was given; nothing is rewritten.

use std::borrow::Cow;

use url::form_urlencoded;

/// The names and values of a URL's query, decoded.
pub(super) fn parameters(url: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    query_pairs(parts(url).1.unwrap_or_default())
}

pub(super) fn query_pairs(query: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(query.as_bytes())
}

/// Whether the URL's query has this parameter.
pub(in crate::link) fn has_parameter(url: &str, wanted: &str) -> bool {
    parameters(url).any(|(name, _)| name == wanted)
}

/// Splits a URL: everything before the query, the query without `?`, the fragment with `#`.
pub(super) fn parts(url: &str) -> (&str, Option<&str>, &str) {
    let (front, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    match front.split_once('?') {
        Some((path, query)) => (path, Some(query), fragment),
        None => (front, None, fragment),
    }
}

/// The separator between a URL without a fragment and one more parameter.
pub(super) fn glue(front: &str) -> &'static str {
    match front.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    }
}
