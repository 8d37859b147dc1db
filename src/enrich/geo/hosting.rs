//! Networks of data centres: the list `config/hosting.toml`, built into the program.
//!
//! # Invariants
//! Each network is listed once. The result is only a hint: people also come from data centres.

use std::collections::HashSet;

use serde::Deserialize;

const EMBEDDED: &str = include_str!("../../../config/hosting.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    name_marks: Vec<String>,
    operator: Vec<Operator>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Operator {
    #[expect(dead_code, reason = "for those who read the file")]
    name: String,
    asn: Vec<u32>,
}

/// The networks of data centres.
pub struct HostingNetworks {
    numbers: HashSet<u32>,
    name_marks: Vec<String>,
}

impl HostingNetworks {
    /// The list built into the program.
    ///
    /// # Errors
    /// Never in a released program: a test reads the list.
    pub fn embedded() -> Result<HostingNetworks, toml::de::Error> {
        let Document {
            name_marks,
            operator,
        } = toml::from_str(EMBEDDED)?;
        Ok(HostingNetworks {
            numbers: operator.into_iter().flat_map(|entry| entry.asn).collect(),
            name_marks,
        })
    }

    /// Whether the autonomous system with this number and name belongs to a data centre.
    pub fn holds(&self, number: u32, name: Option<&str>) -> bool {
        self.numbers.contains(&number)
            || name.is_some_and(|name| {
                let name = name.to_lowercase();
                self.name_marks.iter().any(|mark| name.contains(mark))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read_and_names_each_network_once() {
        let document: Document = toml::from_str(EMBEDDED).unwrap();
        let listed: Vec<u32> = document
            .operator
            .iter()
            .flat_map(|entry| entry.asn.clone())
            .collect();
        let hosting = HostingNetworks::embedded().unwrap();
        assert_eq!(listed.len(), hosting.numbers.len(), "one is there twice");
        assert!(
            hosting
                .name_marks
                .iter()
                .all(|mark| *mark == mark.to_lowercase())
        );
    }

    #[test]
    fn data_centres_are_told_from_networks_that_people_come_from() {
        let hosting = HostingNetworks::embedded().unwrap();
        for (number, name, is) in [
            (16509, Some("AMAZON-02"), true),
            (24940, None, true),
            (64496, Some("Web HOSTING of Examples"), true),
            (64496, Some("Example Data Center LLC"), true),
            (64496, Some("Example Telecom"), false),
            (64496, None, false),
            // People come from these networks, for example with Private Relay.
            (13335, Some("CLOUDFLARENET"), false),
            (36183, Some("AKAMAI-AS"), false),
            (20940, Some("Akamai International B.V."), false),
            (54113, Some("FASTLY"), false),
        ] {
            assert_eq!(hosting.holds(number, name), is, "{number} {name:?}");
        }
    }
}
