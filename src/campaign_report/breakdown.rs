//! What the rows of a report are made by: one or two dimensions.

use std::fmt;
use std::str::FromStr;

use super::dimension::Dimension;

/// Most dimensions of a report.
const MAX_DIMENSIONS: usize = 2;

/// The dimensions of a report, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breakdown(Vec<Dimension>);

impl Default for Breakdown {
    fn default() -> Self {
        Breakdown(vec![Dimension::Network])
    }
}

/// The text names no dimensions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a breakdown; give one or two different dimensions, with a comma between them: network, \
     network_seen, link, intent, post, country, device, day, hour_of_week, cohort_week"
)]
pub struct UnknownBreakdown(pub String);

impl FromStr for Breakdown {
    type Err = UnknownBreakdown;

    fn from_str(text: &str) -> Result<Self, UnknownBreakdown> {
        let unknown = || UnknownBreakdown(text.chars().take(64).collect());
        let mut dimensions = Vec::new();
        for name in text.split(',') {
            let mut all = Dimension::ALL.into_iter();
            let dimension = all
                .find(|dimension| dimension.as_str() == name)
                .ok_or_else(unknown)?;
            if dimensions.contains(&dimension) || dimensions.len() == MAX_DIMENSIONS {
                return Err(unknown());
            }
            dimensions.push(dimension);
        }
        Ok(Breakdown(dimensions))
    }
}

impl fmt::Display for Breakdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|dimension| dimension.as_str()).collect();
        f.write_str(&names.join(","))
    }
}

impl Breakdown {
    /// The dimensions.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.0
    }

    /// Whether rows are made by the links' networks alone. Then each network has a row.
    pub fn is_network(&self) -> bool {
        self.0 == [Dimension::Network]
    }

    /// Whether visitors are counted once for each link instead of once for each network.
    pub fn is_by_link(&self) -> bool {
        self.0.iter().any(|dimension| dimension.is_of_links())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_two_dimensions_once_each() {
        for text in [
            "network",
            "network_seen",
            "network_seen,network",
            "day,country",
        ] {
            assert_eq!(text.parse::<Breakdown>().unwrap().to_string(), text);
        }
        let repeated = "network,network";
        for text in ["", "city", repeated, "network,", "day,link,post"] {
            assert!(text.parse::<Breakdown>().is_err(), "{text}");
        }
    }
}
