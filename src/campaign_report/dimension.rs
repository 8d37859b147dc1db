//! The dimensions that clicks and credits differ in.

use super::time_unit::TimeUnit;

/// Name of the row, or of the filter value, for clicks whose dimension is not known.
pub const UNKNOWN: &str = "unknown";

/// A dimension that clicks and credits differ in.
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
    /// The post that carries the link.
    Post,
    /// The country that the click came from.
    Country,
    /// The kind of device.
    Device,
    /// A unit of time.
    Time(TimeUnit),
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
        Dimension::Time(TimeUnit::Day),
        Dimension::Time(TimeUnit::HourOfWeek),
        Dimension::Time(TimeUnit::CohortWeek),
    ];

    /// Whether it separates links of one network.
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
            Dimension::Time(TimeUnit::Day) => "day",
            Dimension::Time(TimeUnit::HourOfWeek) => "hour_of_week",
            Dimension::Time(TimeUnit::CohortWeek) => "cohort_week",
        }
    }
}
