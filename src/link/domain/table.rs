//! The table of domains: which domains exist, and on which of them a link answers.
//!
//! # Invariants
//! A slug is first looked up on its own domain. If that domain has no such link, the lookup
//! continues on the domains to which its links moved. On the default domain it also continues on
//! former domains, which the configuration no longer names. An unknown host counts as the default
//! domain.
//!
//! # Out of scope
//! Storage of links.

use std::collections::HashMap;

use super::reach::{self, Reachability};
use super::{
    Domain, DomainAddress, DomainOrigin, HostBuffer, MAX_HOST, Scheme, fold, parse_host, split_port,
};
use crate::id::WorkspaceId;

/// The domains that the configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredDomains {
    /// `server.public_url`: where links are created unless a request names another domain.
    pub default: DomainAddress,
    /// The hosts of `server.domains`.
    pub further: Vec<String>,
}

impl ConfiguredDomains {
    /// Whether the configuration names this host.
    pub fn names(&self, host: &str) -> bool {
        self.default.host == host || self.further.iter().any(|further| further == host)
    }
}

/// A domain, and on which domains its slugs are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedDomain {
    /// The address at which its short links begin.
    pub address: DomainAddress,
    /// The only workspace that may create links on it; `None`: every workspace.
    pub workspace_id: Option<WorkspaceId>,
    /// Whether neither the configuration nor a command names it now. It may have links.
    pub is_former: bool,
    /// Domains on which a slug is looked up next if this domain does not have it.
    pub fallbacks: Vec<String>,
    /// Domains that look up slugs here if they do not have them.
    pub dependents: Vec<String>,
}

impl ServedDomain {
    /// The part of a path after the domain's own path.
    pub fn behind<'p>(&self, path: &'p str) -> &'p str {
        let own = &self.address.path;
        let behind = path.strip_prefix(own.as_str()).filter(|_| !own.is_empty());
        let behind = behind.and_then(|path| path.strip_prefix('/'));
        behind.unwrap_or(path.strip_prefix('/').unwrap_or(path))
    }

    /// The slug that a path asks for, with or without the domain's own path before it; `None` if
    /// the path cannot hold a slug.
    pub fn slug<'p>(&self, path: &'p str) -> Option<&'p str> {
        let trimmed = |text: &'p str| text.strip_suffix('/').unwrap_or(text);
        let slug = trimmed(path.strip_prefix('/').unwrap_or(path));
        if !slug.contains('/') {
            return Some(slug).filter(|slug| !slug.is_empty());
        }
        let prefix = Some(&self.address.path).filter(|prefix| !prefix.is_empty())?;
        let slug = trimmed(path.strip_prefix(prefix.as_str())?.strip_prefix('/')?);
        (!slug.is_empty() && !slug.contains('/')).then_some(slug)
    }
}

/// Every domain of a service. It is never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainTable {
    /// The default domain is first.
    domains: Vec<ServedDomain>,
    by_host: HashMap<Box<[u8]>, usize>,
    own_addresses: Vec<String>,
}

impl DomainTable {
    /// Combines the domains in the store with those that the configuration names.
    pub fn new(configured: &ConfiguredDomains, known: &[Domain]) -> DomainTable {
        let default = &configured.default;
        let mut domains = vec![served(default.clone(), None, false)];
        for domain in known
            .iter()
            .filter(|domain| domain.address.host != default.host)
        {
            let is_former =
                domain.origin != DomainOrigin::Command && !configured.names(&domain.address.host);
            let address = domain.address.clone();
            domains.push(served(address, domain.workspace_id, is_former));
        }
        for host in &configured.further {
            if !domains.iter().any(|domain| domain.address.host == *host) {
                domains.push(served(further(configured, host), None, false));
            }
        }
        let former: Vec<&str> = domains
            .iter()
            .filter(|domain| domain.is_former)
            .map(|domain| domain.address.host.as_str())
            .collect();
        let mut moves: HashMap<&str, Vec<&str>> = HashMap::new();
        for domain in known {
            let taken_by = domain.moved_to.iter().map(String::as_str);
            moves
                .entry(&domain.address.host)
                .or_default()
                .extend(taken_by);
        }
        moves.entry(&default.host).or_default().extend(former);
        let fallbacks: Vec<_> = domains
            .iter()
            .map(|domain| reachable(&domain.address.host, &moves))
            .collect();
        for (at, fallbacks) in fallbacks.into_iter().enumerate() {
            let host = domains[at].address.host.clone();
            for domain in &mut domains {
                if fallbacks.contains(&domain.address.host) {
                    domain.dependents.push(host.clone());
                }
            }
            domains[at].fallbacks = fallbacks;
        }
        let by_host = domains.iter().enumerate();
        let by_host = by_host.map(|(at, domain)| (domain.address.host.as_bytes().into(), at));
        DomainTable {
            by_host: by_host.collect(),
            own_addresses: domains
                .iter()
                .map(|domain| format!("{}{}", domain.address.host, domain.address.path))
                .collect(),
            domains,
        }
    }

    /// The domain of links for which no domain was requested.
    pub fn default_domain(&self) -> &ServedDomain {
        &self.domains[0]
    }

    /// Every domain; the default domain is first.
    pub fn iter(&self) -> impl Iterator<Item = &ServedDomain> {
        self.domains.iter()
    }

    /// The domain of this host, which must be in normal form.
    pub fn get(&self, host: &str) -> Option<&ServedDomain> {
        self.find(host.as_bytes())
    }

    /// The domain that the `Host` of a request names. Does not allocate memory for an ASCII host.
    pub fn asked(&self, host: &[u8]) -> Option<&ServedDomain> {
        let default = self.default_domain();
        if default.address.host.as_bytes() == host {
            return Some(default);
        }
        let mut buffer: HostBuffer = [0; MAX_HOST + 8];
        let Some(folded) = fold(host, &mut buffer) else {
            let host = parse_host(str::from_utf8(host).ok()?).ok()?;
            return self.get(&host);
        };
        self.find(folded).or_else(|| {
            // Behind a proxy, the port may be the one that the service listens on.
            let (name, port) = split_port(folded);
            port.and_then(|_| self.find(name))
        })
    }

    fn find(&self, host: &[u8]) -> Option<&ServedDomain> {
        self.by_host.get(host).map(|at| &self.domains[*at])
    }

    /// Domains on which a slug is looked up, in this order, if `host` does not have it.
    pub fn fallbacks(&self, host: &str) -> &[String] {
        let domain = self.get(host);
        domain.map_or(&[], |domain| domain.fallbacks.as_slice())
    }

    /// Domains that look up slugs on `host` if they do not have them.
    pub fn dependents(&self, host: &str) -> &[String] {
        let domain = self.get(host);
        domain.map_or(&[], |domain| domain.dependents.as_slice())
    }

    /// Hosts, with their paths, to which a destination must not lead back.
    pub fn own_addresses(&self) -> &[String] {
        &self.own_addresses
    }

    /// The short link that users paste.
    pub fn short_url(&self, host: &str, slug: &str) -> String {
        if let Some(domain) = self.get(host) {
            return format!("{}/{slug}", domain.address.base());
        }
        let scheme = self.default_domain().address.scheme.as_str();
        format!("{scheme}://{host}/{slug}")
    }
}

fn served(
    address: DomainAddress,
    workspace_id: Option<WorkspaceId>,
    is_former: bool,
) -> ServedDomain {
    ServedDomain {
        address,
        workspace_id,
        is_former,
        fallbacks: Vec::new(),
        dependents: Vec::new(),
    }
}

/// A domain of `server.domains` for which no address is stored.
pub fn further(configured: &ConfiguredDomains, host: &str) -> DomainAddress {
    DomainAddress {
        scheme: configured.default.scheme,
        host: host.to_owned(),
        path: String::new(),
    }
}

/// Domains that are reached from one domain by moves, nearest first, without repeats.
fn reachable(from: &str, moves: &HashMap<&str, Vec<&str>>) -> Vec<String> {
    let mut found = vec![from.to_owned()];
    let mut at = 0;
    while let Some(host) = found.get(at).cloned() {
        for next in moves.get(host.as_str()).into_iter().flatten() {
            if !found.iter().any(|known| known == next) {
                found.push((*next).to_owned());
            }
        }
        at += 1;
    }
    found.remove(0);
    found
}

/// The scheme of a domain without a stored one: https if everybody can reach it.
pub fn scheme_of_links(configured: &ConfiguredDomains, host: &str) -> Scheme {
    let default = &configured.default;
    match (reach::reach(host), reach::reach(&default.host)) {
        (Reachability::Everybody, Reachability::Everybody) => default.scheme,
        (Reachability::Everybody, _) => Scheme::Https,
        _ => Scheme::Http,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Millis;
    use crate::id::DomainId;

    fn domain(host: &str, origin: DomainOrigin, moved_to: &[&str]) -> Domain {
        Domain {
            id: DomainId::from_parts(Millis(0), [0; 10]),
            workspace_id: None,
            address: DomainAddress::parse(host, Scheme::Http).unwrap(),
            origin,
            moved_to: moved_to.iter().map(|&host| host.to_owned()).collect(),
            created_at: Millis(0),
        }
    }

    fn configured(default: &str, further: &[&str]) -> ConfiguredDomains {
        ConfiguredDomains {
            default: DomainAddress::parse(default, Scheme::Https).unwrap(),
            further: further.iter().map(|&host| host.to_owned()).collect(),
        }
    }

    fn fallbacks(table: &DomainTable, host: &str) -> String {
        table.fallbacks(host).join(" ")
    }

    #[test]
    fn former_domains_answer_on_the_default_one_only() {
        let known = [
            domain("127.0.0.1:8080", DomainOrigin::Configuration, &[]),
            domain("old.example", DomainOrigin::Links, &["new.example"]),
            domain("new.example", DomainOrigin::Command, &[]),
        ];
        let table = DomainTable::new(&configured("go.example", &["s.example"]), &known);
        assert_eq!(
            fallbacks(&table, "go.example"),
            "127.0.0.1:8080 old.example new.example"
        );
        assert_eq!(fallbacks(&table, "s.example"), "");
        assert_eq!(fallbacks(&table, "old.example"), "new.example");
        assert_eq!(fallbacks(&table, "nobody.example"), "");
        assert_eq!(
            table.dependents("new.example"),
            ["go.example", "old.example"]
        );
        assert!(table.dependents("go.example").is_empty());
        assert!(table.get("old.example").unwrap().is_former);
        assert!(!table.get("new.example").unwrap().is_former);
        let url = table.short_url("127.0.0.1:8080", "abc");
        assert_eq!(url, "http://127.0.0.1:8080/abc");
    }

    #[test]
    fn moves_there_and_back_end() {
        let known = [
            domain("a.example", DomainOrigin::Configuration, &["b.example"]),
            domain(
                "b.example",
                DomainOrigin::Configuration,
                &["a.example", "c.example"],
            ),
        ];
        let table = DomainTable::new(&configured("a.example", &["b.example"]), &known);
        assert_eq!(fallbacks(&table, "a.example"), "b.example c.example");
        assert_eq!(fallbacks(&table, "b.example"), "a.example c.example");
    }

    #[test]
    fn a_request_finds_its_domain_however_the_host_is_written() {
        let table = DomainTable::new(
            &configured(
                "https://go.example",
                &["xn--gre-6ka8i.example", "s.example:8080"],
            ),
            &[],
        );
        let host = |text: &str| {
            let found = table.asked(text.as_bytes());
            found.map_or("-", |domain| domain.address.host.as_str())
        };
        for (asked, found) in [
            ("go.example", "go.example"),
            ("GO.example:443", "go.example"),
            ("go.example.", "go.example"),
            ("go.example:8443", "go.example"),
            ("xn--gre-6ka8i.example:80", "xn--gre-6ka8i.example"),
            ("größe.example", "xn--gre-6ka8i.example"),
            ("s.example:8080", "s.example:8080"),
            ("s.example", "-"),
            ("other.example", "-"),
            ("", "-"),
        ] {
            assert_eq!(host(asked), found, "{asked}");
        }
    }

    #[test]
    fn a_slug_is_found_with_the_path_before_it_and_without() {
        let table = DomainTable::new(&configured("https://www.shop.example/l/go", &[]), &[]);
        let domain = table.default_domain();
        for (path, slug) in [
            ("/abc", Some("abc")),
            ("/abc/", Some("abc")),
            ("/l/go/abc", Some("abc")),
            ("/l/go/abc/", Some("abc")),
            ("/l/go/", None),
            ("/l/goabc", None),
            ("/l/go/a/b", None),
            ("/x/abc", None),
            ("/", None),
        ] {
            assert_eq!(domain.slug(path), slug, "{path}");
        }
        assert_eq!(
            table.short_url("www.shop.example", "abc"),
            "https://www.shop.example/l/go/abc"
        );
        assert_eq!(table.own_addresses(), ["www.shop.example/l/go"]);
    }
}
