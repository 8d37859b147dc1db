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
    /// Name of who runs it.
    pub as_name: Option<String>,
    /// Whether it is a known data centre's.
    pub hosting: Option<bool>,
}

/// What a click was made in and on.
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
    /// The form of the referrer's path alone.
    Path,
}

impl NetworkEvidence {
    /// The word used outside and at rest.
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
    /// What the class rests on besides agent and referrer, packed by enrichment.
    pub traits: i64,
    /// The network it was seen on.
    pub seen_on: Option<SeenNetwork>,
    /// Where it came from; `None` where nothing is known.
    pub place: Option<Arc<GeoLocation>>,
    /// What it was made in and on.
    pub families: Arc<AgentFamilies>,
}
