//! Mail gateways: services between a mail and its links.
//!
//! # Invariants
//! Some hosts open links themselves: their clicks come from a scanner. Other hosts rewrite links
//! and send the reader on: a browser that comes from them most likely belongs to a person.
//!
//! # Out of scope
//! The class of such a click; `verdict.rs` decides it.

use super::referrer::{host, is_below};

/// Hosts of services that open links themselves: host and rule code.
const SCANNERS: [(&str, &str); 4] = [
    ("urlsand.com", "scanner:libraesva"),
    ("urlsand.esvalabs.com", "scanner:libraesva"),
    ("mimecastprotect.com", "scanner:mimecast"),
    ("statics.teams.cdn.office.net", "scanner:teams"),
];

/// Hosts that rewrite links and send the reader on: host and rule code.
const SAFE_LINKS: [(&str, &str); 14] = [
    ("safelinks.protection.outlook.com", "safe_link:outlook"),
    ("safelinks.protection.office365.us", "safe_link:outlook"),
    ("urldefense.com", "safe_link:proofpoint"),
    ("urldefense.proofpoint.com", "safe_link:proofpoint"),
    ("mimecast.com", "safe_link:mimecast"),
    ("linkprotect.cudasvc.com", "safe_link:barracuda"),
    ("secure-web.cisco.com", "safe_link:cisco"),
    ("clicktime.symantec.com", "safe_link:symantec"),
    ("url.emailprotection.link", "safe_link:intermedia"),
    ("protection.sophos.com", "safe_link:sophos"),
    ("scanmail.trustwave.com", "safe_link:trustwave"),
    ("url.avanan.click", "safe_link:avanan"),
    ("linklock.titanhq.com", "safe_link:titanhq"),
    ("ctp.trendmicro.com", "safe_link:trendmicro"),
];

/// The rule of a service that opens links itself, if this referrer is one.
pub fn scanner(referrer: &str) -> Option<&'static str> {
    find(&SCANNERS, referrer)
}

/// Whether [`scanner`] returns this rule.
pub fn is_scanner(code: &str) -> bool {
    SCANNERS.iter().any(|(_, known)| *known == code)
}

/// The rule of a gateway that sent a reader on, if this referrer is one.
pub fn safe_link(referrer: &str) -> Option<&'static str> {
    find(&SAFE_LINKS, referrer)
}

fn find(hosts: &[(&'static str, &'static str)], referrer: &str) -> Option<&'static str> {
    let host = host(referrer)?;
    let (_, code) = hosts.iter().find(|(domain, _)| is_below(host, domain))?;
    Some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_compared_by_whole_labels() {
        for (referrer, code) in [
            ("https://urlsand.com/?u=x", Some("scanner:libraesva")),
            (
                "https://security-eu.mimecastprotect.com/x",
                Some("scanner:mimecast"),
            ),
            ("https://noturlsand.com/", None),
            ("https://nam02.safelinks.protection.outlook.com/", None),
        ] {
            assert_eq!(scanner(referrer), code, "{referrer}");
        }
        for (referrer, code) in [
            (
                "https://nam02.safelinks.protection.outlook.com/",
                Some("safe_link:outlook"),
            ),
            ("https://urldefense.com/v3/x", Some("safe_link:proofpoint")),
            ("https://outlook.com/", None),
        ] {
            assert_eq!(safe_link(referrer), code, "{referrer}");
        }
    }
}
