//! How finely clicks and credits must be separated for a report.
//!
//! # Invariants
//! - Nothing is separated by what no dimension and no filter asks for, so a report costs what it
//!   shows.
//! - Units of time are those of the report's zone.
//!
//! # Out of scope
//! How sums are stored.

use jiff::tz::TimeZone;

use super::breakdown::Breakdown;
use super::dimension::Dimension;
use super::filter::SegmentFilter;
use super::segment::Segment;
use super::time_unit::TimeUnit;
use crate::clock::Millis;

/// How finely clicks and credits are separated.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is asked for or not, independently of the others"
)]
pub struct Granularity {
    /// By the network seen.
    pub network_seen: bool,
    /// By the link.
    pub link: bool,
    /// By country.
    pub country: bool,
    /// By device.
    pub device: bool,
    /// By these units of time; two at most.
    pub times: Vec<TimeUnit>,
    zone: TimeZone,
}

impl Default for Granularity {
    /// Only networks are separated.
    fn default() -> Self {
        Granularity::new(
            &Breakdown::default(),
            &SegmentFilter::default(),
            TimeZone::UTC,
        )
    }
}

impl Granularity {
    /// What a report by `breakdown`, narrowed to `filter`, needs; days are cut in `zone`.
    pub fn new(breakdown: &Breakdown, filter: &SegmentFilter, zone: TimeZone) -> Granularity {
        let needed: Vec<Dimension> = breakdown
            .dimensions()
            .iter()
            .copied()
            .chain(filter.dimensions())
            .collect();
        let needs = |any_of: &[Dimension]| needed.iter().any(|one| any_of.contains(one));
        let time_unit = |dimension: &Dimension| match dimension {
            Dimension::Time(unit) => Some(*unit),
            _ => None,
        };
        Granularity {
            network_seen: needs(&[Dimension::NetworkSeen]),
            link: needs(&[Dimension::Link, Dimension::Intent, Dimension::Post]),
            country: needs(&[Dimension::Country]),
            device: needs(&[Dimension::Device]),
            times: breakdown
                .dimensions()
                .iter()
                .filter_map(time_unit)
                .collect(),
            zone,
        }
    }

    /// The zone in which days are cut.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether clicks of one link are separated by anything but their class.
    pub fn splits_clicks(&self) -> bool {
        self.network_seen || self.country || self.device || !self.times.is_empty()
    }

    /// Whether the click's timestamp is needed, whatever the axis.
    pub fn needs_clicked(&self) -> bool {
        self.times.contains(&TimeUnit::CohortWeek)
    }

    /// The units of time of something at `timestamp`, of a click at `clicked`.
    pub fn buckets(&self, timestamp: Millis, clicked: Option<Millis>) -> [Option<i64>; 2] {
        let mut buckets = [None; 2];
        for (bucket, time) in buckets.iter_mut().zip(&self.times) {
            let at = match time {
                TimeUnit::CohortWeek => clicked,
                TimeUnit::Day | TimeUnit::HourOfWeek => Some(timestamp),
            };
            *bucket = at.map(|at| time.bucket(at, &self.zone));
        }
        buckets
    }

    /// The segment's number of that unit of time, if it has one.
    pub fn bucket_of(&self, segment: &Segment, time: TimeUnit) -> Option<i64> {
        let at = self.times.iter().position(|own| *own == time)?;
        segment.times.get(at).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_for_is_separated() {
        let granularity = |text: &str| {
            let breakdown: Breakdown = text.parse().unwrap();
            Granularity::new(&breakdown, &SegmentFilter::default(), TimeZone::UTC)
        };
        let plain = granularity("network");
        assert!(!plain.link && !plain.country);
        assert!(granularity("intent").link);
        let cohort = granularity("cohort_week,day");
        assert!(cohort.needs_clicked());
        let both = cohort.buckets(Millis(0), None);
        assert_eq!(both, [None, Some(0)]);
    }
}
