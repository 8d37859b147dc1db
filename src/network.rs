//! The registry of networks: where posts are published, and what Leadline knows of each network.
//!
//! # Invariants
//! Every name, alias and default `utm_source` means one network only. The networks are data
//! (`config/networks.toml`), so a new one is added there and nowhere else.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};

const EMBEDDED: &str = include_str!("../config/networks.toml");

/// A network on which posts are published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Canonical name.
    #[schema(example = "x")]
    pub name: String,
    /// Display name.
    #[schema(example = "X")]
    pub title: String,
    /// Other names that are understood.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Default `utm_source`.
    pub utm_source: String,
    /// Default `utm_medium`.
    pub utm_medium: String,
    /// Hosts that clicks come from. Each includes its subdomains; with a path, only URLs below that
    /// path.
    #[serde(default)]
    pub referrer_hosts: Vec<String>,
    /// Ids in `android-app://` referrers.
    #[serde(default)]
    pub android_packages: Vec<String>,
    /// Marks in the user agent of the network's own in-app browser.
    #[serde(default)]
    pub in_app: Vec<String>,
    /// The length rule of posts, if the network has one.
    #[serde(default)]
    pub post: Option<PostLengthRule>,
}

/// How long a post may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostLengthRule {
    /// Largest number of units.
    pub limit: u32,
    /// What to count.
    pub unit: LengthUnit,
    /// Largest number of bytes in UTF-8, if there is also such a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u32>,
    /// What a link counts for: a number of units, `full` or `shortened`. `full` is its own length.
    /// `shortened` is the length that the network's app shows.
    #[schema(schema_with = link_length)]
    pub link: LinkLength,
}

/// A number of units, `full` or `shortened`.
fn link_length() -> Schema {
    let units = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .maximum(Some(u32::MAX));
    let word = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(["full", "shortened"]));
    Schema::OneOf(OneOfBuilder::new().item(units).item(word).build())
}

/// The unit of a post's length on a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LengthUnit {
    /// X: most of the world's scripts count 1, others and emoji 2.
    Weighted,
    /// What a reader sees as one character. Where a link counts a fixed number, the host of a
    /// mention (`@ann@mastodon.social`) does not count: Mastodon's rule.
    Graphemes,
    /// Unicode code points.
    Characters,
}

/// What a link counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkLength {
    /// Always this many units.
    Fixed(u32),
    /// As many units as the link has.
    Full,
    /// As many units as Bluesky's app shows: host and path, with a long path cut.
    Shortened,
}

impl Serialize for LinkLength {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            LinkLength::Fixed(units) => serializer.serialize_u32(*units),
            LinkLength::Full => serializer.serialize_str("full"),
            LinkLength::Shortened => serializer.serialize_str("shortened"),
        }
    }
}

impl<'de> Deserialize<'de> for LinkLength {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Units(u32),
            Word(String),
        }
        match Form::deserialize(deserializer)? {
            Form::Units(units) => Ok(LinkLength::Fixed(units)),
            Form::Word(word) if word == "full" => Ok(LinkLength::Full),
            Form::Word(word) if word == "shortened" => Ok(LinkLength::Shortened),
            Form::Word(word) => Err(de::Error::custom(format!(
                "{word:?} is not a number, \"full\" or \"shortened\""
            ))),
        }
    }
}

/// Why a registry is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text is not TOML of the expected form.
    #[error("the network registry cannot be read: {0}")]
    Form(#[from] toml::de::Error),
    /// Two networks have the same name, alias, `utm_source`, host or package.
    #[error(
        "the network registry has {0:?} twice; names, aliases, sources, hosts and packages are unique"
    )]
    Double(String),
}

/// No network has this name or alias.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no network is called {name:?}; {hint}")]
pub struct UnknownNetwork {
    /// The requested name, cut to 40 characters.
    pub name: String,
    hint: String,
}

/// All networks.
#[derive(Clone, Debug)]
pub struct NetworkRegistry {
    networks: Vec<Network>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    network: Vec<Network>,
}

impl NetworkRegistry {
    /// The registry built into the program.
    ///
    /// # Errors
    /// Never in a released program: a test reads the registry.
    pub fn embedded() -> Result<NetworkRegistry, Error> {
        NetworkRegistry::parse(EMBEDDED)
    }

    /// Reads a registry from TOML.
    ///
    /// # Errors
    /// When the text cannot be read, or two networks share a name, alias, source, host or package.
    pub fn parse(text: &str) -> Result<NetworkRegistry, Error> {
        let Document { network: networks } = toml::from_str(text)?;
        let registry = NetworkRegistry { networks };
        for (place, network) in registry.networks.iter().enumerate() {
            for other in &registry.networks[place + 1..] {
                let word = words(network).find(|word| words(other).any(|known| known == *word));
                let origin =
                    origins(network).find(|from| origins(other).any(|known| known == *from));
                if let Some(double) = word.or(origin) {
                    return Err(Error::Double(double.to_owned()));
                }
            }
        }
        Ok(registry)
    }

    /// The network with this canonical name.
    pub fn get(&self, name: &str) -> Option<&Network> {
        self.networks.iter().find(|network| network.name == name)
    }

    /// The network with this name or alias, in upper or lower case.
    ///
    /// # Errors
    /// [`UnknownNetwork`], with similar names.
    pub fn find(&self, text: &str) -> Result<&Network, UnknownNetwork> {
        let wanted = text.trim().to_lowercase();
        let found = self
            .networks
            .iter()
            .find(|network| network.name == wanted || network.aliases.contains(&wanted));
        found.ok_or_else(|| {
            let near = self.near(&wanted);
            UnknownNetwork {
                name: text.chars().take(40).collect(),
                hint: if near.is_empty() {
                    "`leadline networks` lists them all".to_owned()
                } else {
                    format!("did you mean {}?", near.join(" or "))
                },
            }
        })
    }

    /// All networks, in the registry's order.
    pub fn iter(&self) -> impl Iterator<Item = &Network> {
        self.networks.iter()
    }

    /// The network that a `utm_source` stands for, by its default source, name or alias.
    pub fn by_utm_source(&self, source: &str) -> Option<&Network> {
        let source = source.to_lowercase();
        self.networks
            .iter()
            .find(|network| words(network).any(|word| word == source))
    }

    /// Names that differ from `wanted` in at most two letters, or that begin like it.
    fn near(&self, wanted: &str) -> Vec<&str> {
        let mut near: Vec<(usize, &str)> = self
            .networks
            .iter()
            .filter_map(|network| {
                let name = network.name.as_str();
                let slips = words(network).map(|word| distance(word, wanted)).min()?;
                let alike = wanted.len() >= 3
                    && (name.starts_with(wanted) || wanted.starts_with(name) && name.len() >= 3);
                (slips <= 2 && slips * 2 < wanted.len() || alike).then_some((slips, name))
            })
            .collect();
        near.sort_unstable();
        near.into_iter().take(3).map(|(_, name)| name).collect()
    }
}

fn words(network: &Network) -> impl Iterator<Item = &str> {
    let source = (network.utm_source != network.name
        && !network.aliases.contains(&network.utm_source))
    .then_some(network.utm_source.as_str());
    std::iter::once(network.name.as_str())
        .chain(network.aliases.iter().map(String::as_str))
        .chain(source)
}

/// All hosts and packages that clicks of a network come from.
fn origins(network: &Network) -> impl Iterator<Item = &str> {
    let hosts = network.referrer_hosts.iter();
    hosts.chain(&network.android_packages).map(String::as_str)
}

/// Levenshtein distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let cost = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_registry_is_whole() {
        let registry = NetworkRegistry::embedded().unwrap();
        let x = registry.get("x").unwrap().post.unwrap();
        assert_eq!(
            (x.limit, x.unit, x.link),
            (280, LengthUnit::Weighted, LinkLength::Fixed(23))
        );
        assert!(registry.iter().count() >= 20);
    }

    #[test]
    fn people_may_use_aliases_and_any_case() {
        let registry = NetworkRegistry::embedded().unwrap();
        for (text, name) in [
            ("Twitter", "x"),
            ("FB", "facebook"),
            (" linkedin ", "linkedin"),
        ] {
            assert_eq!(registry.find(text).unwrap().name, name);
        }
    }

    #[test]
    fn a_slip_gets_a_hint() {
        let registry = NetworkRegistry::embedded().unwrap();
        let hint = |text| registry.find(text).unwrap_err().to_string();
        assert!(
            hint("linkdin").contains("did you mean linkedin?"),
            "{}",
            hint("linkdin")
        );
        assert!(hint("insta").contains("instagram"), "{}", hint("insta"));
        assert!(
            hint("zzzz").contains("leadline networks"),
            "{}",
            hint("zzzz")
        );
    }

    #[test]
    fn doubles_are_refused() {
        let one = "[[network]]\nname=\"a\"\ntitle=\"A\"\nutm_source=\"a\"\nutm_medium=\"m\"\n";
        let two = "[[network]]\nname=\"b\"\ntitle=\"B\"\naliases=[\"a\"]\nutm_source=\"b\"\nutm_medium=\"m\"\n";
        assert!(matches!(
            NetworkRegistry::parse(&format!("{one}{two}")),
            Err(Error::Double(word)) if word == "a"
        ));
        let host = "referrer_hosts=[\"a.example\"]\n";
        let two = two.replace("aliases=[\"a\"]\n", "");
        assert!(matches!(
            NetworkRegistry::parse(&format!("{one}{host}{two}{host}")),
            Err(Error::Double(place)) if place == "a.example"
        ));
    }
}
