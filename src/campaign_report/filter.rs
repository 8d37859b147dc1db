//! What the rows of a report are narrowed to.

use super::dimension::{Dimension, UNKNOWN};
use super::segment::{LinkIndex, Segment};

/// For each filtered dimension the values that pass. An empty filter lets everything pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SegmentFilter(Vec<(Dimension, Vec<String>)>);

impl SegmentFilter {
    /// Lets only these values of the dimension pass.
    pub fn only(&mut self, dimension: Dimension, names: Vec<String>) {
        self.0.push((dimension, names));
    }

    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The filtered dimensions.
    pub fn dimensions(&self) -> impl Iterator<Item = Dimension> + '_ {
        self.0.iter().map(|(dimension, _)| *dimension)
    }

    /// Whether the segment passes.
    pub fn allows(&self, segment: &Segment, links: &LinkIndex) -> bool {
        let facts = segment.link.and_then(|id| links.get(&id));
        self.0.iter().all(|(dimension, names)| {
            let link;
            let name = match dimension {
                Dimension::Network => segment.network.as_deref(),
                Dimension::NetworkSeen => Some(segment.network_seen.as_deref().unwrap_or(UNKNOWN)),
                Dimension::Link => {
                    link = segment.link.map(|id| id.to_string());
                    link.as_deref()
                }
                Dimension::Intent => facts.map(|facts| facts.intent.as_str()),
                Dimension::Post => facts.and_then(|facts| facts.post.as_deref()),
                Dimension::Country => Some(segment.country.as_deref().unwrap_or(UNKNOWN)),
                Dimension::Device => Some(segment.device.as_deref().unwrap_or(UNKNOWN)),
                Dimension::Time(_) => None,
            };
            name.is_some_and(|name| names.iter().any(|allowed| allowed == name))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_values_pass() {
        let mut filter = SegmentFilter::default();
        filter.only(Dimension::Network, vec!["x".into(), "linkedin".into()]);
        filter.only(Dimension::Country, vec![UNKNOWN.into()]);
        let segment = |network: &str, country: Option<&str>| Segment {
            network: Some(network.into()),
            country: country.map(Into::into),
            ..Segment::default()
        };
        let allows = |segment| filter.allows(&segment, &LinkIndex::new());
        assert!(allows(segment("linkedin", None)));
        assert!(!allows(segment("linkedin", Some("DE"))));
        assert!(!allows(segment("reddit", None)));
    }
}
