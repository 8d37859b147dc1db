//! Referrers: stored without anything that could name a person.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memrchr};

/// Longest stored referrer, in bytes.
const MAX: usize = 512;

/// Scheme, host and path of a referrer; `None` if it is not a URL. The path stays, because
/// `t.co/XXXX` identifies a post. Query, fragment and credentials are removed. An Android app keeps
/// its package id.
pub fn trim(raw: &str) -> Option<Cow<'_, str>> {
    let raw = raw.trim_ascii();
    let colon = memchr(b':', raw.as_bytes())?;
    let (scheme, rest) = (&raw[..colon], raw[colon..].strip_prefix("://")?);
    let rest = &rest[..memchr2(b'?', b'#', rest.as_bytes()).unwrap_or(rest.len())];
    let (authority, path) = rest.split_at(memchr(b'/', rest.as_bytes()).unwrap_or(rest.len()));
    let host = memrchr(b'@', authority.as_bytes()).map_or(authority, |at| &authority[at + 1..]);
    if host.is_empty() {
        return None;
    }
    let is = |known: &str| scheme.eq_ignore_ascii_case(known);
    let path = if is("https") || is("http") {
        path
    } else if is("android-app") {
        ""
    } else {
        return None;
    };
    let front = &raw[..colon + "://".len() + authority.len()];
    let mut whole = if host.len() == authority.len() && !has_capitals(front) {
        // The usual form, as browsers write it.
        Cow::Borrowed(&raw[..front.len() + path.len()])
    } else {
        let mut whole = format!("{scheme}://{host}");
        whole.make_ascii_lowercase();
        whole.push_str(path);
        Cow::Owned(whole)
    };
    let kept = whole.floor_char_boundary(MAX);
    match &mut whole {
        Cow::Borrowed(text) => *text = &text[..kept],
        Cow::Owned(text) => text.truncate(kept),
    }
    Some(whole)
}

fn has_capitals(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// The host of a trimmed referrer, or the package id of an Android app.
pub fn host(trimmed: &str) -> Option<&str> {
    let (_, rest) = trimmed.split_once("://")?;
    let authority = rest.split('/').next()?;
    Some(authority.split(':').next().unwrap_or(authority)).filter(|host| !host.is_empty())
}

/// Whether a host is a domain or one of its subdomains. Whole labels are compared: `m.t.co` is
/// below `t.co`, `about.com` is not.
pub fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain)
        .is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scheme_host_and_path_stay() {
        for (raw, kept) in [
            ("https://t.co/AbC123", Some("https://t.co/AbC123")),
            (
                "https://L.Facebook.com/l.php?u=secret#x",
                Some("https://l.facebook.com/l.php"),
            ),
            (
                "HTTPS://a.example:8443/P?q#f",
                Some("https://a.example:8443/P"),
            ),
            (
                "android-app://com.slack/https/x",
                Some("android-app://com.slack"),
            ),
            ("https:/a.example://b.example/", None),
            ("https://user:pw@a.example/p", Some("https://a.example/p")),
            (
                "android-app://com.Slack/https/x",
                Some("android-app://com.slack"),
            ),
            ("about:blank", None),
            ("https://", None),
            ("ftp://a.example/", None),
        ] {
            assert_eq!(trim(raw).as_deref(), kept, "{raw}");
        }
        assert_eq!(
            trim(&format!("https://a.example/{}", "ä".repeat(600)))
                .unwrap()
                .len(),
            512
        );
    }

    #[test]
    fn hosts_are_found() {
        assert_eq!(host("https://lnkd.in:443/x"), Some("lnkd.in"));
        assert_eq!(host("android-app://com.slack"), Some("com.slack"));
    }
}
