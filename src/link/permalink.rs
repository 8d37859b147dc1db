//! Permalinks: the address of a published post in a normal form.
//!
//! # Invariants
//! Two addresses of one post become the same text. Everything that a network needs to find the post
//! stays.
//!
//! # Out of scope
//! Storage of posts.

use url::Url;

/// Longest address, in bytes.
const MAX: usize = 2048;

/// Query parameters that say who shared an address and do not change where it leads.
const TRAILS: &[&str] = &[
    "s", "si", "ref_src", "ref_url", "fbclid", "igsh", "igshid", "rcm", "share_id", "mibextid",
];

/// The text is not the address of a post.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not the address of a post; write it like https://x.com/ann/status/1780000000000000001"
)]
pub struct NoPermalink(pub String);

/// The normal form: https; a lower-case host without `www.`, `m.` or `mobile.`; `x.com` for
/// `twitter.com`; no fragment, no final slash, and no parameters that say who shared it.
///
/// # Errors
/// When it is not an http address, or has more than 2048 bytes.
pub fn normal(text: &str) -> Result<String, NoPermalink> {
    let refused = || NoPermalink(text.chars().take(64).collect());
    let url = Url::parse(text.trim()).map_err(|_| refused())?;
    let host = url
        .host_str()
        .filter(|_| matches!(url.scheme(), "http" | "https") && text.len() <= MAX)
        .ok_or_else(refused)?;
    let bare = ["www.", "mobile.", "m."]
        .iter()
        .find_map(|prefix| host.strip_prefix(prefix))
        .unwrap_or(host);
    let host = if bare == "twitter.com" { "x.com" } else { bare };
    let path = url.path().trim_end_matches('/');
    if path.is_empty() && url.query().is_none() {
        return Err(refused());
    }
    let kept: Vec<&str> = url
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !name.is_empty() && !name.starts_with("utm_") && !TRAILS.contains(&name)
        })
        .collect();
    let query = if kept.is_empty() { "" } else { "?" };
    Ok(format!("https://{host}{path}{query}{}", kept.join("&")))
}

/// The host of an address in normal form.
pub fn host(permalink: &str) -> &str {
    let rest = permalink.strip_prefix("https://").unwrap_or(permalink);
    rest.split(['/', '?']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_copy_an_address_ends_in_one_form() {
        let one = "https://x.com/ann/status/1";
        for text in [
            one,
            "https://x.com/ann/status/1?s=20",
            "http://www.twitter.com/ann/status/1/",
            " https://mobile.twitter.com/ann/status/1?ref_src=a&utm_source=b#c ",
        ] {
            assert_eq!(normal(text).as_deref(), Ok(one), "{text}");
        }
        assert_eq!(host(one), "x.com");
        let needed = "https://facebook.com/permalink.php?story_fbid=1&id=2";
        let shared = "https://m.facebook.com/permalink.php?story_fbid=1&fbclid=a&id=2";
        assert_eq!(normal(shared).as_deref(), Ok(needed));
    }

    #[test]
    fn what_is_no_post_is_refused() {
        for text in [
            "",
            "ann/status/1",
            "ftp://x.com/a",
            "https://x.com/",
            "mailto:a@b.example",
        ] {
            assert!(normal(text).is_err(), "{text}");
        }
    }
}
