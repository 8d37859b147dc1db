//! Referrers: kept without anything that could name a person.

/// Most of a referrer that is kept, in bytes.
const MAX: usize = 512;

/// Scheme, host and path of a referrer; `None` for what is none. The path stays, because
/// `t.co/XXXX` tells posts apart; query, fragment and credentials go. Of an Android app the
/// package id stays.
pub fn trim(raw: &str) -> Option<String> {
    let raw = raw.trim();
    let (scheme, rest) = raw.split_once("://")?;
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    if host.is_empty() {
        return None;
    }
    let is = |known: &str| scheme.eq_ignore_ascii_case(known);
    let (scheme, path) = match scheme {
        _ if is("https") => ("https", path),
        _ if is("http") => ("http", path),
        _ if is("android-app") => ("android-app", ""),
        _ => return None,
    };
    let mut whole = String::with_capacity(scheme.len() + 3 + host.len() + path.len());
    for part in [scheme, "://", host] {
        whole.push_str(part);
    }
    whole.make_ascii_lowercase();
    whole.push_str(path);
    whole.truncate(whole.floor_char_boundary(MAX));
    Some(whole)
}

/// The host of a trimmed referrer, or the package id of an Android app.
pub fn host(trimmed: &str) -> Option<&str> {
    let (_, rest) = trimmed.split_once("://")?;
    let authority = rest.split('/').next()?;
    Some(authority.split(':').next().unwrap_or(authority)).filter(|host| !host.is_empty())
}

/// Whether a host is a domain or stands below it. Whole labels are compared: `m.t.co` is below
/// `t.co`, `about.com` is not.
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
