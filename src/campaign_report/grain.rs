//! How finely clicks and credits must be told apart for a report, and where each of them stands
//! then.
//!
//! Holds: what no dimension and no filter asks for is told apart by nobody, so a report costs what
//! it shows. Units of time are those of the campaign's zone. Must not know: how sums are stored.

use compact_str::CompactString;
use jiff::tz::TimeZone;

use super::by::{By, Dimension, Filter};
use crate::clock::{Millis, day};
use crate::id::LinkId;

/// A unit of time that rows are made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Time {
    /// A day.
    Day,
    /// An hour of the week.
    HourOfWeek,
    /// The week of the click.
    CohortWeek,
}

impl Time {
    /// The number of the unit that a moment lies in: days since 1970-01-01, that of the week's
    /// Monday, or the hour of the week from 0 to 167.
    pub fn bucket(self, at: Millis, zone: &TimeZone) -> i64 {
        let local = at.timestamp().to_zoned_datetime(zone.clone());
        let weekday = i64::from(local.weekday().to_monday_zero_offset());
        let date = day::number(local.date()).unwrap_or_default();
        match self {
            Time::Day => date,
            Time::HourOfWeek => weekday * 24 + i64::from(local.hour()),
            Time::CohortWeek => date - weekday,
        }
    }

    /// The Monday of the week that a day lies in, both in days since 1970-01-01, which was a
    /// Thursday.
    pub fn monday(day: i64) -> i64 {
        day - (day + 3).rem_euclid(7)
    }

    /// The date of that many days since 1970-01-01.
    pub fn date(days: i64) -> String {
        Millis::of_day(days).date()
    }
}

/// Where clicks and credits stand, in what a report asks for; the rest is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// Canonical name of the network of the link, if it has one.
    pub network: Option<CompactString>,
    /// The network that it was seen on, if known.
    pub network_seen: Option<CompactString>,
    /// The link, if known.
    pub link: Option<LinkId>,
    /// ISO code of the country, if known.
    pub country: Option<CompactString>,
    /// Kind of device, if known.
    pub device: Option<CompactString>,
    /// Units of time, as [`Grain::times`] has them.
    pub times: [Option<i64>; 2],
}

impl Spot {
    /// That of a network, of which nothing else is known.
    pub fn of(network: &str) -> Spot {
        Spot {
            network: Some(network.into()),
            ..Spot::default()
        }
    }
}

/// How finely things must be told apart.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is asked for or not, by itself"
)]
pub struct Grain {
    /// By the network seen.
    pub network_seen: bool,
    /// By the link.
    pub link: bool,
    /// By country.
    pub country: bool,
    /// By device.
    pub device: bool,
    /// By these units of time; two at most.
    pub times: Vec<Time>,
    zone: TimeZone,
}

impl Default for Grain {
    /// Nothing is told apart but networks.
    fn default() -> Self {
        Grain::new(&By::default(), &Filter::default(), TimeZone::UTC)
    }
}

impl Grain {
    /// What rows made by `by` and narrowed to `filter` need; days are cut in `zone`.
    pub fn new(by: &By, filter: &Filter, zone: TimeZone) -> Grain {
        let asked: Vec<Dimension> = by
            .dimensions()
            .iter()
            .copied()
            .chain(filter.dimensions())
            .collect();
        let any = |of: &[Dimension]| asked.iter().any(|it| of.contains(it));
        let time = |it: &Dimension| match it {
            Dimension::Time(time) => Some(*time),
            _ => None,
        };
        Grain {
            network_seen: any(&[Dimension::NetworkSeen]),
            link: any(&[Dimension::Link, Dimension::Intent, Dimension::Post]),
            country: any(&[Dimension::Country]),
            device: any(&[Dimension::Device]),
            times: by.dimensions().iter().filter_map(time).collect(),
            zone,
        }
    }

    /// The zone in which days are cut.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether clicks of one link are told apart by anything but their class.
    pub fn tells_clicks_apart(&self) -> bool {
        self.network_seen || self.country || self.device || !self.times.is_empty()
    }

    /// Whether the moment that the report's axis goes by is asked for.
    pub fn needs_moment(&self) -> bool {
        self.times.iter().any(|time| *time != Time::CohortWeek)
    }

    /// Whether the click's moment is asked for, whatever the axis.
    pub fn needs_clicked(&self) -> bool {
        self.times.contains(&Time::CohortWeek)
    }

    /// The units of time of something at `moment`, of a click at `clicked`.
    pub fn buckets(&self, moment: Millis, clicked: Option<Millis>) -> [Option<i64>; 2] {
        let mut buckets = [None; 2];
        for (bucket, time) in buckets.iter_mut().zip(&self.times) {
            let at = match time {
                Time::CohortWeek => clicked,
                Time::Day | Time::HourOfWeek => Some(moment),
            };
            *bucket = at.map(|at| time.bucket(at, &self.zone));
        }
        buckets
    }

    /// The spot's unit of that time, if it has one.
    pub fn bucket_of(&self, spot: &Spot, time: Time) -> Option<i64> {
        let at = self.times.iter().position(|it| *it == time)?;
        spot.times.get(at).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_those_of_the_zone() {
        let zone = TimeZone::get("Asia/Kathmandu").unwrap();
        // Monday 00:00 in Kathmandu, UTC+05:45.
        let at = Millis::parse("2026-03-29T18:15:00Z").unwrap();
        assert_eq!(Time::date(Time::Day.bucket(at, &zone)), "2026-03-30");
        assert_eq!(Time::HourOfWeek.bucket(at, &zone), 0);
        assert_eq!(Time::date(Time::CohortWeek.bucket(at, &zone)), "2026-03-30");
        let before = at.plus_ms(-1);
        assert_eq!(Time::HourOfWeek.bucket(before, &zone), 167);
        assert_eq!(
            Time::date(Time::CohortWeek.bucket(before, &zone)),
            "2026-03-23"
        );
    }

    #[test]
    fn only_what_is_asked_for_is_told_apart() {
        let grain = |by: &str| {
            let by: By = by.parse().unwrap();
            Grain::new(&by, &Filter::default(), TimeZone::UTC)
        };
        let plain = grain("network");
        assert!(!plain.link && !plain.country && !plain.needs_moment());
        assert!(grain("intent").link);
        let cohort = grain("cohort_week,day");
        assert!(cohort.needs_clicked() && cohort.needs_moment());
        let both = cohort.buckets(Millis(0), None);
        assert_eq!(both, [None, Some(0)]);
    }
}
