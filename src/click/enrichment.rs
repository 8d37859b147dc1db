//! What enrichment finds out about a click.

use std::borrow::Cow;
use std::sync::Arc;

use super::class::ClickClass;

/// Where an address is, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GeoLocation {
    /// Continent: AF, AN, AS, EU, NA, OC or SA.
    pub continent: Option<String>,
    /// Country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Largest subdivision: its ISO 3166-2 code, or its English name where the database has no
    /// code.
    pub region: Option<String>,
    /// City, in English.
    pub city: Option<String>,
    /// Number of the autonomous system: the network that brings the address to the internet.
    pub asn: Option<u32>,
    /// Name of the network's operator.
    pub as_name: Option<String>,
    /// Whether it belongs to a known data centre.
    pub hosting: Option<bool>,
}

/// The browser, system and device of a click.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentFamilies {
    /// Family of the browser, such as `Firefox`; an app's name for its in-app browser.
    pub browser: Option<String>,
    /// Family of the operating system.
    pub os: Option<String>,
    /// Kind of device: `desktop`, `mobile`, `tablet`, `bot` or `other`.
    pub device: Cow<'static, str>,
}

/// What names the network that a click was seen on, strongest first.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum NetworkEvidence {
    /// A parameter of the short link's own request.
    Parameter,
    /// The in-app browser.
    InApp,
    /// The referrer's host.
    Referrer,
    /// The Android app that the referrer names.
    AndroidApp,
    /// Only the form of the referrer's path.
    Path,
}

impl NetworkEvidence {
    /// The word outside and in the store.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The network that a click was seen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenNetwork {
    /// Canonical name.
    pub network: String,
    /// What names it.
    pub by: NetworkEvidence,
}

impl SeenNetwork {
    /// The network of two stored words; `None` where either is missing, or no program writes the
    /// second.
    pub fn from_stored(network: Option<String>, by: Option<&str>) -> Option<SeenNetwork> {
        let (network, by) = (network?, by?.parse().ok()?);
        Some(SeenNetwork { network, by })
    }
}

/// What enrichment found out about a click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrichment {
    /// Who made it.
    pub class: ClickClass,
    /// Code of the rule that decided the class, such as `preview:twitterbot` or `default`.
    pub rule: Cow<'static, str>,
    /// Version of the rules.
    pub rules: u32,
    /// What decided the class besides agent and referrer, packed by enrichment.
    pub traits: i64,
    /// The network it was seen on.
    pub seen_on: Option<SeenNetwork>,
    /// Where it came from; `None` if nothing is known.
    pub place: Option<Arc<GeoLocation>>,
    /// Its browser, system and device.
    pub families: Arc<AgentFamilies>,
}
