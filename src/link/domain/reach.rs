//! Who can open an address: everybody, one local network, or one machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::split_port;

/// Names that public name servers do not resolve.
const NETWORK_NAMES: [&str; 5] = [".local", ".lan", ".internal", ".home.arpa", ".localdomain"];

/// Who can open an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reachability {
    /// Everybody, as far as the address shows.
    Everybody,
    /// Machines of one local network.
    Network,
    /// Only the machine itself.
    Machine,
}

/// Who can open this host.
pub fn reach(host: &str) -> Reachability {
    let (name, _) = split_port(host.as_bytes());
    let name = str::from_utf8(name).unwrap_or_default();
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return reach_of(address);
    }
    if name == "localhost" || name.ends_with(".localhost") {
        return Reachability::Machine;
    }
    let is_private = !name.contains('.') || NETWORK_NAMES.iter().any(|end| name.ends_with(end));
    if is_private {
        Reachability::Network
    } else {
        Reachability::Everybody
    }
}

/// Who can open this address.
pub fn reach_of(address: IpAddr) -> Reachability {
    match address.to_canonical() {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reachability {
    let [first, second, ..] = address.octets();
    let is_carriers = first == 100 && (64..128).contains(&second);
    if address.is_loopback() || address.is_unspecified() {
        Reachability::Machine
    } else if address.is_private() || address.is_link_local() || is_carriers {
        Reachability::Network
    } else {
        Reachability::Everybody
    }
}

fn reach_v6(address: Ipv6Addr) -> Reachability {
    if address.is_loopback() || address.is_unspecified() {
        Reachability::Machine
    } else if address.is_unique_local() || address.is_unicast_link_local() {
        Reachability::Network
    } else {
        Reachability::Everybody
    }
}

/// A warning for users before they share an address on this host; `None` if everybody can open it.
pub fn warning(host: &str) -> Option<String> {
    let who = match reach(host) {
        Reachability::Everybody => return None,
        Reachability::Network => "only machines of your own network can open",
        Reachability::Machine => "only this machine can open",
    };
    Some(format!(
        "{who} {host}; set `server.public_url` to the address at which others reach this service"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_others_cannot_open_are_known() {
        for host in [
            "127.0.0.1:8080",
            "0.0.0.0",
            "[::1]:8080",
            "localhost:80",
            "a.localhost",
            "[::]",
        ] {
            assert_eq!(reach(host), Reachability::Machine, "{host}");
        }
        for host in [
            "192.168.1.5",
            "10.0.0.1:8080",
            "172.16.0.9",
            "169.254.1.1",
            "[fe80::1]",
            "[fd00::1]",
            "100.64.0.1",
            "nas.local",
            "leadline",
            "Host.LAN.",
            "app.internal:3000",
        ] {
            assert_eq!(reach(host), Reachability::Network, "{host}");
        }
        for host in [
            "go.example.com",
            "8.8.8.8",
            "[2001:db8::1]:8080",
            "xn--ls8h.la",
            "local.example",
        ] {
            assert_eq!(reach(host), Reachability::Everybody, "{host}");
            assert_eq!(warning(host), None);
        }
    }
}
