//! What a report's rows are made by: one or two dimensions.
//!
//! Holds: what has no place in a dimension that is about our own links stands under unattributed; where
//! a click was seen is told by nobody for most clicks, so there "unknown" is a row of its own.

use std::fmt;
use std::str::FromStr;

/// Name of the row of clicks about which nobody says where they were seen.
pub const UNKNOWN: &str = "unknown";

/// Most dimensions of a report.
const MOST: usize = 2;

/// Something that clicks and credits differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// The network that the link was made for.
    Network,
    /// The network that the click was seen on.
    NetworkSeen,
}

impl Dimension {
    /// Every dimension.
    pub const ALL: [Dimension; 2] = [Dimension::Network, Dimension::NetworkSeen];

    /// The word used outside.
    pub fn as_str(self) -> &'static str {
        match self {
            Dimension::Network => "network",
            Dimension::NetworkSeen => "network_seen",
        }
    }
}

/// The dimensions of a report, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By(Vec<Dimension>);

impl Default for By {
    fn default() -> Self {
        By(vec![Dimension::Network])
    }
}

/// The text names no dimensions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is nothing to make rows by; use network, network_seen, or both: network,network_seen"
)]
pub struct UnknownBy(pub String);

impl FromStr for By {
    type Err = UnknownBy;

    fn from_str(text: &str) -> Result<Self, UnknownBy> {
        let unknown = || UnknownBy(text.chars().take(64).collect());
        let mut dimensions = Vec::new();
        for name in text.split(',') {
            let mut all = Dimension::ALL.into_iter();
            let dimension = all.find(|it| it.as_str() == name).ok_or_else(unknown)?;
            if dimensions.contains(&dimension) || dimensions.len() == MOST {
                return Err(unknown());
            }
            dimensions.push(dimension);
        }
        Ok(By(dimensions))
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|it| it.as_str()).collect();
        f.write_str(&names.join(","))
    }
}

/// Which row something belongs to; what the report is not made by stays `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The network that the link was made for.
    pub network: Option<String>,
    /// The network that the click was seen on.
    pub network_seen: Option<String>,
}

impl By {
    /// Whether rows are made by the links' networks alone, so that each of these has one.
    pub fn is_network(&self) -> bool {
        self.0 == [Dimension::Network]
    }

    /// The row of that network and network seen; `None` for what stands under unattributed.
    pub fn key(&self, network: Option<&str>, network_seen: Option<&str>) -> Option<Key> {
        let mut key = Key::default();
        for dimension in &self.0 {
            match dimension {
                Dimension::Network => key.network = Some(network?.to_owned()),
                Dimension::NetworkSeen => {
                    key.network_seen = Some(network_seen.unwrap_or(UNKNOWN).to_owned());
                }
            }
        }
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_two_dimensions_once_each() {
        for text in ["network", "network_seen", "network_seen,network"] {
            assert_eq!(text.parse::<By>().unwrap().to_string(), text);
        }
        for text in ["", "city", "network,network", "network,", " network"] {
            assert!(text.parse::<By>().is_err(), "{text}");
        }
    }

    #[test]
    fn clicks_seen_nowhere_have_a_row_and_links_for_no_network_have_none() {
        let both: By = "network,network_seen".parse().unwrap();
        let key = both.key(Some("x"), None).unwrap();
        assert_eq!(key.network.as_deref(), Some("x"));
        assert_eq!(key.network_seen.as_deref(), Some(UNKNOWN));
        assert_eq!(both.key(None, Some("x")), None);
    }
}
