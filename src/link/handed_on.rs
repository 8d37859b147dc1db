//! Query parameters of a click that are passed on to the destination, such as an ad network's click
//! id, which the tags of a shop look for.
//!
//! # Invariants
//! Only listed names are passed on. Each keeps the form in which it was sent, and follows the
//! destination's own query. A parameter that the destination already has is not passed on. Nothing
//! else of a request reaches a destination.
//!
//! # Out of scope
//! Storage of these parameters.

use super::destination;

/// Click ids of ad and affiliate networks, which are passed on by default. Sources: the networks'
/// own guides for their tags.
pub const AD_NETWORKS: [&str; 25] = [
    "gclid",
    "gbraid",
    "wbraid",
    "gad_source",
    "gad_campaignid",
    "gclsrc",
    "dclid",
    "fbclid",
    "msclkid",
    "ttclid",
    "twclid",
    "li_fat_id",
    "ScCid",
    "rdt_cid",
    "epik",
    "yclid",
    "qclid",
    "ndclid",
    "tblci",
    "dicbo",
    "irclickid",
    "cjevent",
    "awc",
    "tduid",
    "clickref",
];

/// Most names in a list: all of the above and some more.
pub const MOST: usize = 40;

/// Most bytes that one click may pass on.
const MOST_BYTES: usize = 1024;

/// Why a list is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The list has too many names.
    #[error("may have at most {MOST} names, not {0}")]
    Many(usize),
    /// A text is not a valid parameter name.
    #[error(
        "{0:?} cannot be handed on; a name has 1 to 40 of A-Z a-z 0-9 - _ and is no `utm_` or `ll_` name"
    )]
    Name(String),
}

/// Which parameters are passed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum HandedOn {
    /// Those of [`AD_NETWORKS`], unless the destination is signed.
    #[default]
    AdNetworks,
    /// These, for every destination.
    Listed(Vec<String>),
}

impl HandedOn {
    /// Checks a list that a user gave.
    ///
    /// # Errors
    /// [`Error`] when the list is too long or a name is not valid.
    pub fn listed(names: Vec<String>) -> Result<HandedOn, Error> {
        if names.len() > MOST {
            return Err(Error::Many(names.len()));
        }
        for name in &names {
            let lower = name.to_ascii_lowercase();
            let is_ours = lower.starts_with("utm_") || lower.starts_with("ll_");
            if is_ours || !is_name(name) {
                return Err(Error::Name(name.chars().take(40).collect()));
            }
        }
        Ok(HandedOn::Listed(names))
    }

    /// The stored form: nothing, or the names separated by commas.
    pub fn stored(&self) -> Option<String> {
        match self {
            HandedOn::AdNetworks => None,
            HandedOn::Listed(names) => Some(names.join(",")),
        }
    }

    /// Reads the form of [`HandedOn::stored`].
    pub fn from_stored(text: Option<&str>) -> HandedOn {
        text.map_or(HandedOn::AdNetworks, |text| {
            let names = text.split(',').filter(|name| !name.is_empty());
            HandedOn::Listed(names.map(str::to_owned).collect())
        })
    }

    /// The names that apply to a destination.
    pub fn names(&self, destination: &str) -> Vec<String> {
        match self {
            HandedOn::AdNetworks if destination::is_signed(destination) => Vec::new(),
            HandedOn::AdNetworks => AD_NETWORKS.map(str::to_owned).to_vec(),
            HandedOn::Listed(names) => names.clone(),
        }
    }
}

fn is_name(name: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=40).contains(&name.len()) && name.bytes().all(is_plain)
}

/// The pairs of a click's query that are passed on to a destination, as they were sent.
pub fn pairs<'q>(
    query: &'q str,
    destination: &str,
    is_listed: impl Fn(&str) -> bool,
) -> Vec<&'q str> {
    let mut left = MOST_BYTES;
    let mut found: Vec<&str> = Vec::new();
    let name = |pair: &'q str| pair.split_once('=').unwrap_or((pair, "")).0;
    for pair in query.split('&') {
        let is_new = !found.iter().any(|other| name(other) == name(pair));
        if is_new
            && is_name(name(pair))
            && is_listed(name(pair))
            && pair.len() < left
            && pair
                .bytes()
                .all(|b| b.is_ascii_graphic() && b != b'"' && b != b'#')
            && !destination::has_parameter(destination, name(pair))
        {
            left -= pair.len();
            found.push(pair);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handed(query: &str, destination: &str) -> String {
        let is_listed = |name: &str| {
            AD_NETWORKS
                .iter()
                .any(|listed| listed.eq_ignore_ascii_case(name))
        };
        pairs(query, destination, is_listed).join("&")
    }

    #[test]
    fn only_what_is_listed_is_handed_on_and_once() {
        let shop = "https://shop.example/?a=1#gclid=0";
        for (query, expected) in [
            ("", ""),
            ("gclid=Ab-1_%2B", "gclid=Ab-1_%2B"),
            ("x=1&fbclid=2&utm_source=evil&ll_network=x", "fbclid=2"),
            ("gclid=1&gclid=2&sccid=3", "gclid=1&sccid=3"),
            ("a=2&msclkid", "msclkid"),
            ("gcl%69d=1", ""),
        ] {
            assert_eq!(handed(query, shop), expected, "{query}");
        }
        assert_eq!(handed("gclid=2", "https://shop.example/?gclid=1"), "");
        let long = format!("gclid={}&fbclid=1", "a".repeat(2000));
        assert_eq!(handed(&long, shop), "fbclid=1");
    }

    #[test]
    fn lists_are_checked_and_kept() {
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        for list in [names(&[]), names(&["gclid"]), names(&["a", "B-c_1"])] {
            let listed = HandedOn::listed(list).unwrap();
            assert_eq!(HandedOn::from_stored(listed.stored().as_deref()), listed);
        }
        assert_eq!(HandedOn::from_stored(None), HandedOn::AdNetworks);
        for bad in [
            "",
            "utm_source",
            "LL_click",
            "a b",
            "a&b",
            "é",
            &"a".repeat(41),
        ] {
            assert!(HandedOn::listed(names(&[bad])).is_err(), "{bad}");
        }
        assert!(HandedOn::listed(names(&["a"; MOST + 1])).is_err());
        assert_eq!(
            HandedOn::AdNetworks.names("https://s.example/?X-Amz-Signature=1"),
            [""; 0]
        );
    }
}
