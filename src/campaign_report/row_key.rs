//! Which row of a report a segment belongs to.
//!
//! # Invariants
//! - A segment without a value in a dimension of our own links (network, link, intent, post)
//!   belongs to no row: it is unattributed.
//! - A segment without a value that only the click could tell (network seen, country, device)
//!   belongs to the row `unknown`.

use compact_str::{CompactString, ToCompactString, format_compact};
use serde::{Deserialize, Serialize};

use super::breakdown::Breakdown;
use super::dimension::{Dimension, UNKNOWN};
use super::granularity::Granularity;
use super::segment::{LinkIndex, Segment};
use super::time_unit::TimeUnit;

const UNKNOWN_TEXT: CompactString = CompactString::const_new(UNKNOWN);

/// The key of a row; a dimension that the report does not use is `null` or absent.
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
    /// Canonical name of the links' network; `null` in `unattributed` and `total`, and unless rows
    /// are by it.
    #[schema(value_type = Option<String>)]
    pub network: Option<CompactString>,
    /// Canonical name of the network that clicks were seen on, or `unknown`; `null` like `network`.
    #[schema(value_type = Option<String>)]
    pub network_seen: Option<CompactString>,
    /// Id of the link. This and all further keys are absent unless rows are by them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub link_id: Option<CompactString>,
    /// Short address of the link, together with its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub short: Option<CompactString>,
    /// Intent of the links: `promotion`, `helpful` or `conversation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub intent: Option<CompactString>,
    /// Id of the post; its links on several networks are one row.
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
    /// Monday of the week of the click.
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
            .map(|monday| format_compact!("week of {monday}"));
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

impl Breakdown {
    /// The row of a segment; `None` for what is unattributed.
    pub fn row_key(
        &self,
        segment: &Segment,
        links: &LinkIndex,
        granularity: &Granularity,
    ) -> Option<RowKey> {
        let mut key = RowKey::default();
        let link = segment.link.and_then(|id| Some((id, links.get(&id)?)));
        let known = |name: &Option<CompactString>| name.clone().unwrap_or(UNKNOWN_TEXT);
        for dimension in self.dimensions() {
            match dimension {
                Dimension::Network => key.network = Some(segment.network.clone()?),
                Dimension::NetworkSeen => key.network_seen = Some(known(&segment.network_seen)),
                Dimension::Link => {
                    key.link_id = Some(segment.link?.to_compact_string());
                    key.short = link.map(|(_, facts)| facts.short.clone());
                }
                Dimension::Intent => key.intent = Some(link?.1.intent.clone()),
                Dimension::Post => key.post_id = Some(link?.1.post.clone()?),
                Dimension::Country => key.country = Some(known(&segment.country)),
                Dimension::Device => key.device = Some(known(&segment.device)),
                Dimension::Time(time) => {
                    let bucket = granularity.bucket_of(segment, *time)?;
                    match time {
                        TimeUnit::Day => key.day = Some(TimeUnit::date(bucket).into()),
                        TimeUnit::HourOfWeek => key.hour_of_week = Some(bucket),
                        TimeUnit::CohortWeek => {
                            key.cohort_week = Some(TimeUnit::date(bucket).into());
                        }
                    }
                }
            }
        }
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign_report::filter::SegmentFilter;

    fn row_key(by: &str, segment: &Segment) -> Option<RowKey> {
        let breakdown: Breakdown = by.parse().unwrap();
        let filter = SegmentFilter::default();
        let granularity = Granularity::new(&breakdown, &filter, jiff::tz::TimeZone::UTC);
        breakdown.row_key(segment, &LinkIndex::new(), &granularity)
    }

    #[test]
    fn clicks_seen_nowhere_have_a_row_and_links_for_no_network_have_none() {
        let on_x = Segment::of("x");
        let both = row_key("network,network_seen", &on_x).unwrap();
        assert_eq!(both.network.as_deref(), Some("x"));
        assert_eq!(both.network_seen.as_deref(), Some(UNKNOWN));
        let nowhere = Segment {
            network_seen: Some("x".into()),
            ..Segment::default()
        };
        assert_eq!(row_key("network,network_seen", &nowhere), None);
        assert_eq!(row_key("link", &on_x), None, "UTM tags name no link");
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
}
