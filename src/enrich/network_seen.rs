//! The network on which a click was seen, which may differ from the network of its link.
//!
//! # Invariants
//! The strongest evidence decides, and the answer names it. Hosts are compared by whole labels
//! through one hash table, so a lookup costs one access for each label, however many networks
//! exist. Without evidence the network is unknown; it is never guessed.

use std::collections::HashMap;

use super::referrer::host;
use crate::click::NetworkEvidence;
use crate::network::NetworkRegistry;

/// The network of a person's page (`/@name`) on an unlisted host: most servers of the fediverse are
/// not listed.
const FEDIVERSE: &str = "mastodon";

/// A network with its evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkMatch<'a> {
    /// Canonical name of the network.
    pub network: &'a str,
    /// The evidence for it.
    pub by: NetworkEvidence,
}

/// Finds networks by every kind of evidence.
#[derive(Clone, Debug)]
pub struct NetworkMatcher {
    /// By name and alias.
    words: HashMap<String, String>,
    /// By host: its paths, longest first, and the network of each.
    hosts: HashMap<String, Vec<(String, String)>>,
    packages: HashMap<String, String>,
}

impl NetworkMatcher {
    /// The matcher for the networks in the registry.
    pub fn new(registry: &NetworkRegistry) -> NetworkMatcher {
        let mut words = HashMap::new();
        let mut hosts: HashMap<String, Vec<(String, String)>> = HashMap::new();
        let mut packages = HashMap::new();
        for network in registry.iter() {
            let name = &network.name;
            for word in std::iter::once(name).chain(&network.aliases) {
                words.insert(word.clone(), name.clone());
            }
            for place in &network.referrer_hosts {
                let (host, path) = place.split_at(place.find('/').unwrap_or(place.len()));
                let paths = hosts.entry(host.to_owned()).or_default();
                paths.push((path.to_owned(), name.clone()));
                paths.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
            }
            for package in &network.android_packages {
                packages.insert(package.to_lowercase(), name.clone());
            }
        }
        NetworkMatcher {
            words,
            hosts,
            packages,
        }
    }

    /// The network of a click. The evidence is the word of the private parameter, the network of
    /// the in-app browser and the trimmed referrer.
    pub fn find<'a>(
        &'a self,
        parameter: Option<&str>,
        in_app: Option<&'a str>,
        referrer: Option<&str>,
    ) -> Option<NetworkMatch<'a>> {
        let given = || {
            let network = self.words.get(&parameter?.trim().to_lowercase())?;
            Some(seen(network, NetworkEvidence::Parameter))
        };
        let app = || Some(seen(in_app?, NetworkEvidence::InApp));
        given().or_else(app).or_else(|| self.by_referrer(referrer?))
    }

    fn by_referrer(&self, referrer: &str) -> Option<NetworkMatch<'_>> {
        let host = host(referrer)?;
        if referrer.starts_with("android-app://") {
            let network = self.packages.get(&host.to_lowercase())?;
            return Some(seen(network, NetworkEvidence::AndroidApp));
        }
        let path = path(referrer);
        let mut domain = host;
        loop {
            let paths = self.hosts.get(domain).into_iter().flatten();
            let mut fitting = paths.filter(|(begin, _)| begins(path, begin));
            if let Some((_, network)) = fitting.next() {
                return Some(seen(network, NetworkEvidence::Referrer));
            }
            match domain.split_once('.') {
                Some((_, above)) => domain = above,
                None => break,
            }
        }
        let personal = path.len() > 2 && path.starts_with("/@");
        personal.then(|| seen(FEDIVERSE, NetworkEvidence::Path))
    }
}

/// The part of a `t.co` referrer that identifies a post: X makes one for each link of a post.
pub fn post_hint(referrer: &str) -> Option<&str> {
    let hint = path(referrer).trim_matches('/');
    (host(referrer)? == "t.co" && !hint.is_empty()).then_some(hint)
}

fn seen(network: &str, by: NetworkEvidence) -> NetworkMatch<'_> {
    NetworkMatch { network, by }
}

/// The path of a trimmed referrer, with its slash; empty if it has none.
fn path(trimmed: &str) -> &str {
    let rest = trimmed.split_once("://").map_or("", |(_, rest)| rest);
    rest.find('/').map_or("", |at| &rest[at..])
}

/// Whether a path begins with these whole segments.
fn begins(path: &str, begin: &str) -> bool {
    path.strip_prefix(begin)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || begin.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidences() -> NetworkMatcher {
        NetworkMatcher::new(&NetworkRegistry::embedded().unwrap())
    }

    fn referred(referrer: &str) -> Option<(String, NetworkEvidence)> {
        let evidences = evidences();
        let seen = evidences.find(None, None, Some(referrer))?;
        Some((seen.network.to_owned(), seen.by))
    }

    #[test]
    fn hosts_are_compared_by_whole_labels() {
        for (referrer, network) in [
            ("https://t.co/AbC123", "x"),
            ("https://mobile.x.com/home", "x"),
            ("https://x.com/i/grok", "grok"),
            ("https://x.com/i/grok/share/1", "grok"),
            ("https://x.com/i/groking", "x"),
            ("https://lm.facebook.com/l.php", "facebook"),
            ("http://m.facebook.com", "facebook"),
            ("https://l.instagram.com/", "instagram"),
            ("https://l.threads.com/", "threads"),
            ("https://lnkd.in:443/x", "linkedin"),
            ("https://go.bsky.app/", "bluesky"),
            ("https://out.reddit.com/", "reddit"),
            ("https://www.pinterest.co.uk/", "pinterest"),
            ("https://away.vk.com/", "vk"),
            ("https://chatgpt.com/", "chatgpt"),
            ("https://news.ycombinator.com/", "hackernews"),
            ("https://mp.weixin.qq.com/", "wechat"),
        ] {
            let expected = Some((network.to_owned(), NetworkEvidence::Referrer));
            assert_eq!(referred(referrer), expected, "{referrer}");
        }
        for host in [
            "microsoft.com",
            "about.com",
            "walmart.com",
            "netflix.com",
            "dropbox.com",
            "fedex.com",
            "notx.com",
            "co",
        ] {
            assert_eq!(referred(&format!("https://{host}/")), None, "{host}");
        }
    }

    #[test]
    fn android_apps_are_known_in_any_case() {
        for (referrer, network) in [
            ("android-app://com.linkedin.android", "linkedin"),
            ("android-app://com.Slack/", "slack"),
            ("android-app://m.facebook.com/", "facebook"),
            ("android-app://org.telegram.messenger/", "telegram"),
            ("android-app://com.google.android.gm/", "email"),
        ] {
            let expected = Some((network.to_owned(), NetworkEvidence::AndroidApp));
            assert_eq!(referred(referrer), expected, "{referrer}");
        }
        let search = "android-app://com.google.android.googlequicksearchbox/https/www.google.com";
        assert_eq!(referred(search), None);
    }

    #[test]
    fn a_personal_page_elsewhere_is_the_fediverse() {
        let expected = Some(("mastodon".to_owned(), NetworkEvidence::Path));
        assert_eq!(referred("https://social.example/@ann/1"), expected);
        assert_eq!(referred("https://social.example/@"), None);
        for (referrer, network) in [
            ("https://www.youtube.com/@ann", "youtube"),
            ("https://medium.com/@ann", "medium"),
        ] {
            let expected = Some((network.to_owned(), NetworkEvidence::Referrer));
            assert_eq!(referred(referrer), expected, "{referrer}");
        }
    }

    #[test]
    fn the_strongest_evidence_decides() {
        let evidences = evidences();
        let referrer = Some("https://lnkd.in/x");
        let find = |parameter, in_app| evidences.find(parameter, in_app, referrer);
        assert_eq!(
            find(Some("Twitter"), Some("facebook")),
            Some(seen("x", NetworkEvidence::Parameter))
        );
        assert_eq!(
            find(Some("nowhere"), Some("facebook")),
            Some(seen("facebook", NetworkEvidence::InApp))
        );
        assert_eq!(
            find(None, None),
            Some(seen("linkedin", NetworkEvidence::Referrer))
        );
        assert_eq!(evidences.find(None, None, None), None);
    }

    #[test]
    fn posts_are_told_apart_by_their_wrapped_link() {
        assert_eq!(post_hint("https://t.co/AbC123"), Some("AbC123"));
        for other in ["https://t.co/", "https://t.co", "https://x.com/AbC123"] {
            assert_eq!(post_hint(other), None, "{other}");
        }
    }
}
