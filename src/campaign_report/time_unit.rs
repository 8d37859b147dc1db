//! Units of time that rows of a report can be made by.

use jiff::tz::TimeZone;

use crate::clock::{Millis, day};

/// A unit of time that rows are made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimeUnit {
    /// A day.
    Day,
    /// An hour of the week.
    HourOfWeek,
    /// The week of the click.
    CohortWeek,
}

impl TimeUnit {
    /// The number of the unit that a timestamp falls in, in the given zone.
    ///
    /// A day is counted from 1970-01-01, a week by its Monday, an hour of the week from 0 to 167.
    pub fn bucket(self, at: Millis, zone: &TimeZone) -> i64 {
        let local = at.timestamp().to_zoned_datetime(zone.clone());
        let weekday = i64::from(local.weekday().to_monday_zero_offset());
        let date = day::number(local.date()).unwrap_or_default();
        match self {
            TimeUnit::Day => date,
            TimeUnit::HourOfWeek => weekday * 24 + i64::from(local.hour()),
            TimeUnit::CohortWeek => date - weekday,
        }
    }

    /// The Monday of a day's week. Both are days since 1970-01-01, which was a Thursday.
    pub fn monday(day: i64) -> i64 {
        day - (day + 3).rem_euclid(7)
    }

    /// The date of a day since 1970-01-01, such as `2026-03-29`.
    pub fn date(days: i64) -> String {
        Millis::of_day(days).date()
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
        let date = |unit: TimeUnit, at| TimeUnit::date(unit.bucket(at, &zone));
        assert_eq!(date(TimeUnit::Day, at), "2026-03-30");
        assert_eq!(TimeUnit::HourOfWeek.bucket(at, &zone), 0);
        assert_eq!(date(TimeUnit::CohortWeek, at), "2026-03-30");
        let before = at.plus_ms(-1);
        assert_eq!(TimeUnit::HourOfWeek.bucket(before, &zone), 167);
        assert_eq!(date(TimeUnit::CohortWeek, before), "2026-03-23");
    }
}
