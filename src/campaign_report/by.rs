//! What a report's rows are made by: one or two dimensions, and what rows are narrowed to.
//!
//! Holds: what has no place in a dimension that is about our own links stands under unattributed;
//! what nobody tells of a click (where it was seen, its country) has a row "unknown". Must not
//! know: how sums are stored.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use compact_str::{CompactString, ToCompactString, format_compact};
use serde::{Deserialize, Serialize};

use super::grain::{Grain, Spot, Time};
use crate::id::LinkId;

/// Name of the row of clicks about which nobody tells.
pub const UNKNOWN: &str = "unknown";

const UNKNOWN_TEXT: CompactString = CompactString::const_new(UNKNOWN);

/// Most dimensions of a report.
const MOST: usize = 2;

/// Something that clicks and credits differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// The network that the link was made for.
    Network,
    /// The network that the click was seen on.
    NetworkSeen,
    /// The link.
    Link,
    /// Why the link was posted.
    Intent,
    /// The post that the link stands in.
    Post,
    /// The country that the click came from.
    Country,
    /// The kind of device.
    Device,
    /// A unit of time.
    Time(Time),
}

impl Dimension {
    /// Every dimension.
    pub const ALL: [Dimension; 10] = [
        Dimension::Network,
        Dimension::NetworkSeen,
        Dimension::Link,
        Dimension::Intent,
        Dimension::Post,
        Dimension::Country,
        Dimension::Device,
        Dimension::Time(Time::Day),
        Dimension::Time(Time::HourOfWeek),
        Dimension::Time(Time::CohortWeek),
    ];

    /// Whether it tells links of one network apart.
    pub fn is_of_links(self) -> bool {
        matches!(self, Dimension::Link | Dimension::Intent | Dimension::Post)
    }

    /// The word used outside.
    pub fn as_str(self) -> &'static str {
        match self {
            Dimension::Network => "network",
            Dimension::NetworkSeen => "network_seen",
            Dimension::Link => "link",
            Dimension::Intent => "intent",
            Dimension::Post => "post",
            Dimension::Country => "country",
            Dimension::Device => "device",
            Dimension::Time(Time::Day) => "day",
            Dimension::Time(Time::HourOfWeek) => "hour_of_week",
            Dimension::Time(Time::CohortWeek) => "cohort_week",
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
    "{0:?} is nothing to make rows by; use one or two different ones, with a comma between them, of network, \
     network_seen, link, intent, post, country, device, day, hour_of_week, cohort_week"
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

/// What a link is in dimensions that are about our own links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkFacts {
    /// Why it was posted.
    pub intent: CompactString,
    /// The post it stands in, if any.
    pub post: Option<CompactString>,
    /// Its short address without the scheme.
    pub short: CompactString,
}

/// Facts of links, as far as a report asks for them.
pub type Links = HashMap<LinkId, LinkFacts>;

/// Which row something belongs to; what the report is not made by stays `None`.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
pub struct RowKey {
    /// Canonical name of the network that links were made for; `null` in the rows `unattributed`
    /// and `total`, and where rows are not made by it.
    #[schema(value_type = Option<String>)]
    pub network: Option<CompactString>,
    /// Canonical name of the network that clicks were seen on, or `unknown`; `null` as above.
    #[schema(value_type = Option<String>)]
    pub network_seen: Option<CompactString>,
    /// Id of the link; left out where rows are not made by it, as everything below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub link_id: Option<CompactString>,
    /// Short address of the link, beside its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub short: Option<CompactString>,
    /// Why links were posted: `promotion`, `helpful` or `conversation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub intent: Option<CompactString>,
    /// Id of the post, whose links on several networks stand in one row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub post_id: Option<CompactString>,
    /// ISO code of the country, or `unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub country: Option<CompactString>,
    /// Kind of device, or `unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub device: Option<CompactString>,
    /// Day in the campaign's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date, example = "2026-03-29")]
    pub day: Option<CompactString>,
    /// Hour of the week in the campaign's time zone: 0 is Monday from 00:00, 167 Sunday from 23:00.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 167)]
    pub hour_of_week: Option<i64>,
    /// Monday of the week in which the click came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date, example = "2026-03-23")]
    pub cohort_week: Option<CompactString>,
}

impl RowKey {
    /// What the row is called: `x`, or `x, seen on linkedin`.
    pub fn name(&self) -> String {
        let seen = self.network_seen.as_ref().map(|seen| match self.network {
            Some(_) => format_compact!("seen on {seen}"),
            None => seen.clone(),
        });
        let hour = self.hour_of_week.map(|hour| {
            let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
            let day = usize::try_from(hour / 24).ok().and_then(|at| days.get(at));
            format_compact!("{} {:02}:00", day.copied().unwrap_or("?"), hour % 24)
        });
        let week = self
            .cohort_week
            .as_ref()
            .map(|it| format_compact!("week of {it}"));
        let parts = [
            self.network.clone(),
            seen,
            self.short.clone().or_else(|| self.link_id.clone()),
            self.intent.clone(),
            self.post_id.clone(),
            self.country.clone(),
            self.device.clone(),
            self.day.clone(),
            hour,
            week,
        ];
        let parts: Vec<CompactString> = parts.into_iter().flatten().collect();
        if parts.is_empty() {
            return "-".to_owned();
        }
        parts.join(", ")
    }
}

impl By {
    /// The dimensions.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.0
    }

    /// Whether rows are made by the links' networks alone, so that each of these has one.
    pub fn is_network(&self) -> bool {
        self.0 == [Dimension::Network]
    }

    /// Whether visitors are counted once for each link, and not for each network.
    pub fn is_by_link(&self) -> bool {
        self.0.iter().any(|it| it.is_of_links())
    }

    /// The row of that spot; `None` for what stands under unattributed.
    pub fn key(&self, spot: &Spot, links: &Links, grain: &Grain) -> Option<RowKey> {
        let mut key = RowKey::default();
        let link = spot.link.and_then(|id| Some((id, links.get(&id)?)));
        let known = |name: &Option<CompactString>| name.clone().unwrap_or(UNKNOWN_TEXT);
        for dimension in &self.0 {
            match dimension {
                Dimension::Network => key.network = Some(spot.network.clone()?),
                Dimension::NetworkSeen => key.network_seen = Some(known(&spot.network_seen)),
                Dimension::Link => {
                    key.link_id = Some(spot.link?.to_compact_string());
                    key.short = link.map(|(_, facts)| facts.short.clone());
                }
                Dimension::Intent => key.intent = Some(link?.1.intent.clone()),
                Dimension::Post => key.post_id = Some(link?.1.post.clone()?),
                Dimension::Country => key.country = Some(known(&spot.country)),
                Dimension::Device => key.device = Some(known(&spot.device)),
                Dimension::Time(time) => {
                    let bucket = grain.bucket_of(spot, *time)?;
                    match time {
                        Time::Day => key.day = Some(Time::date(bucket).into()),
                        Time::HourOfWeek => key.hour_of_week = Some(bucket),
                        Time::CohortWeek => key.cohort_week = Some(Time::date(bucket).into()),
                    }
                }
            }
        }
        Some(key)
    }
}

/// What a report is narrowed to: for each dimension the names that are let through; none lets all
/// through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter(Vec<(Dimension, Vec<String>)>);

impl Filter {
    /// Lets only these of the dimension through.
    pub fn only(&mut self, dimension: Dimension, names: Vec<String>) {
        self.0.push((dimension, names));
    }

    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The dimensions it looks at.
    pub fn dimensions(&self) -> impl Iterator<Item = Dimension> + '_ {
        self.0.iter().map(|(dimension, _)| *dimension)
    }

    /// Whether the spot is let through.
    pub fn allows(&self, spot: &Spot, links: &Links) -> bool {
        let facts = spot.link.and_then(|id| links.get(&id));
        self.0.iter().all(|(dimension, names)| {
            let link;
            let name = match dimension {
                Dimension::Network => spot.network.as_deref(),
                Dimension::NetworkSeen => Some(spot.network_seen.as_deref().unwrap_or(UNKNOWN)),
                Dimension::Link => {
                    link = spot.link.map(|id| id.to_string());
                    link.as_deref()
                }
                Dimension::Intent => facts.map(|facts| facts.intent.as_str()),
                Dimension::Post => facts.and_then(|facts| facts.post.as_deref()),
                Dimension::Country => Some(spot.country.as_deref().unwrap_or(UNKNOWN)),
                Dimension::Device => Some(spot.device.as_deref().unwrap_or(UNKNOWN)),
                Dimension::Time(_) => None,
            };
            name.is_some_and(|name| names.iter().any(|it| it == name))
        })
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
            assert_eq!(text.parse::<By>().unwrap().to_string(), text);
        }
        let repeated = "network,network";
        for text in ["", "city", repeated, "network,", "day,link,post"] {
            assert!(text.parse::<By>().is_err(), "{text}");
        }
    }

    fn key(by: &str, spot: &Spot) -> Option<RowKey> {
        let by: By = by.parse().unwrap();
        let grain = Grain::new(&by, &Filter::default(), jiff::tz::TimeZone::UTC);
        by.key(spot, &Links::new(), &grain)
    }

    #[test]
    fn clicks_seen_nowhere_have_a_row_and_links_for_no_network_have_none() {
        let on_x = Spot {
            network: Some("x".into()),
            ..Spot::default()
        };
        let both = key("network,network_seen", &on_x).unwrap();
        assert_eq!(both.network.as_deref(), Some("x"));
        assert_eq!(both.network_seen.as_deref(), Some(UNKNOWN));
        let nowhere = Spot {
            network_seen: Some("x".into()),
            ..Spot::default()
        };
        assert_eq!(key("network,network_seen", &nowhere), None);
        assert_eq!(key("link", &on_x), None, "UTM tags name no link");
    }

    #[test]
    fn names_read_well() {
        let key = RowKey {
            network: Some("x".into()),
            network_seen: Some("linkedin".into()),
            ..RowKey::default()
        };
        assert_eq!(key.name(), "x, seen on linkedin");
        let hour = RowKey {
            hour_of_week: Some(38),
            ..RowKey::default()
        };
        assert_eq!(hour.name(), "Tue 14:00");
    }

    #[test]
    fn only_what_is_named_is_let_through() {
        let mut filter = Filter::default();
        filter.only(Dimension::Network, vec!["x".into(), "linkedin".into()]);
        filter.only(Dimension::Country, vec![UNKNOWN.into()]);
        let spot = |network: &str, country: Option<&str>| Spot {
            network: Some(network.into()),
            country: country.map(Into::into),
            ..Spot::default()
        };
        let allows = |spot| filter.allows(&spot, &Links::new());
        assert!(allows(spot("linkedin", None)));
        assert!(!allows(spot("linkedin", Some("DE"))));
        assert!(!allows(spot("reddit", None)));
    }
}
