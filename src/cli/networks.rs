//! `leadline networks`: the registry as a table.

use super::terminal::{lines, plain_table, print};
use crate::network::{LengthUnit, LinkLength, Network, NetworkRegistry};

pub(super) fn run() -> anyhow::Result<()> {
    let registry = NetworkRegistry::embedded()?;
    let mut table = plain_table([
        "Network",
        "Also called",
        "utm_source",
        "utm_medium",
        "Post",
        "A link counts",
    ]);
    for network in registry.iter() {
        let (post, link) = rule(network);
        table.add_row([
            network.name.clone(),
            network.aliases.join(", "),
            network.utm_source.clone(),
            network.utm_medium.clone(),
            post,
            link,
        ]);
    }
    print(&lines(&table))
}

/// The API's word for the unit of a length rule.
pub(super) fn unit_word(unit: LengthUnit) -> &'static str {
    match unit {
        LengthUnit::Weighted => "weighted",
        LengthUnit::Graphemes => "graphemes",
        LengthUnit::Characters => "characters",
    }
}

fn rule(network: &Network) -> (String, String) {
    let Some(rule) = network.post else {
        return (String::new(), String::new());
    };
    let unit = unit_word(rule.unit);
    let link = match rule.link {
        LinkLength::Fixed(units) => units.to_string(),
        LinkLength::Full => "its length".to_owned(),
        LinkLength::Shortened => "as shown".to_owned(),
    };
    (format!("{} {unit}", rule.limit), link)
}
