//! Mail gateways: hosts that stand between a mail and its links.
//!
//! # Invariants
//! Hosts of machines that open links by themselves mean a scanner. Hosts that rewrite links in
//! mails also send the reader on, so a browser that comes from them is most likely a person's.
//!
//! # Out of scope
//! Which of both a click is; `verdict.rs` decides.

use super::referrer::{host, is_below};

/// Hosts of machines that open links: host and rule code.
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

/// The rule of the machine that opens links by itself, where this referrer is one.
pub fn scanner(referrer: &str) -> Option<&'static str> {
    find(&SCANNERS, referrer)
}

/// Whether a rule is one of those of [`scanner`].
pub fn is_scanner(code: &str) -> bool {
    SCANNERS.iter().any(|(_, known)| *known == code)
}

/// The rule of the gateway that sent a reader on, where this referrer is one.
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
