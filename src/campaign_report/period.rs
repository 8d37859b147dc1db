//! The period a report covers: half-open, made of whole quarter-hours, its days cut in the
//! campaign's own time zone.

use std::ops::{Range, RangeInclusive};

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::time_unit::TimeUnit;
use crate::campaign::{self, Campaign};
use crate::clock::{Millis, QUARTER_HOUR_MS};

/// From (inclusive) to (exclusive), both on a quarter-hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First moment.
    pub from: Millis,
    /// The moment after the last one.
    pub to: Millis,
}

/// Why a period is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Neither a date nor a time with an offset.
    #[error(
        "`{name}` is {value:?}; give a day like 2026-03-29 or a time like \
         2026-03-29T12:00:00Z"
    )]
    Unreadable {
        /// `from` or `to`.
        name: &'static str,
        /// What was given, cut at 64 characters.
        value: String,
    },
    /// Not a date.
    #[error("`{name}` is {value:?}; give a day like 2026-03-29 (UTC)")]
    Day {
        /// `from` or `to`.
        name: &'static str,
        /// What was given, cut at 64 characters.
        value: String,
    },
    /// It ends before it starts.
    #[error("`to` must be later than `from`")]
    Reversed,
    /// The campaign's own zone is not known any more.
    #[error(transparent)]
    Zone(#[from] campaign::Error),
}

impl Period {
    /// All time.
    pub const ALL_TIME: Period = Period {
        from: Millis(i64::MIN),
        to: Millis(i64::MAX),
    };

    /// The period asked for. A day given as `to` is part of it; a time given as `to` is not.
    /// Without `from` it starts with the campaign, without `to` it ends with it, or now.
    ///
    /// # Errors
    /// When a bound cannot be read, or the given ones are in the wrong order.
    pub fn of(
        campaign: &Campaign,
        from: Option<&str>,
        to: Option<&str>,
        now: Millis,
    ) -> Result<Period, Error> {
        let zone = campaign::time_zone(&campaign.time_zone)?;
        let start = campaign.starts_at;
        let start = start.unwrap_or_else(|| day_start(campaign.created_at, &zone));
        let end = campaign.ends_at.unwrap_or(now.plus_ms(1));
        Period::between((from, to), (start, end), &zone)
    }

    /// The period between these bounds, as [`Period::of`] reads them; without one it is `start` or
    /// `end`.
    ///
    /// # Errors
    /// When a bound cannot be read, or the given ones are in the wrong order.
    pub fn between(
        (from, to): (Option<&str>, Option<&str>),
        (start, end): (Millis, Millis),
        zone: &TimeZone,
    ) -> Result<Period, Error> {
        let given = from.is_some() && to.is_some();
        let from = match from {
            Some(text) => bound("from", text, zone, false)?,
            None => start.quarter_hour(),
        };
        let to = match to {
            Some(text) => bound("to", text, zone, true)?,
            None => round_up(end),
        };
        if given && to <= from {
            return Err(Error::Reversed);
        }
        Ok(Period {
            from,
            to: to.max(from),
        })
    }

    /// The period of the same length right before: as many days where it is whole days of `zone`,
    /// whatever clocks do in between, else as many quarter-hours.
    #[must_use]
    pub fn before(self, zone: &TimeZone) -> Period {
        let day = |at: Millis| TimeUnit::Day.bucket(at, zone);
        let is_midnight = |at: Millis| day(at) != day(at.plus_ms(-1));
        let Period { from, to } = self;
        let earlier = if is_midnight(from) && is_midnight(to) {
            plus_days(from, day(from) - day(to), zone)
        } else {
            from.plus_ms(from.0 - to.0)
        };
        Period {
            from: earlier,
            to: from,
        }
    }
}

/// The same local time so many days later (earlier where negative).
pub fn plus_days(at: Millis, days: i64, zone: &TimeZone) -> Millis {
    let local = at.timestamp().to_zoned_datetime(zone.clone());
    let plus_days = local.checked_add(days.days());
    plus_days.map_or(at, |moved| Millis(moved.timestamp().as_millisecond()))
}

/// Days of UTC, since 1970-01-01; both ends are part of it, and one that is not given leaves it
/// open.
///
/// # Errors
/// When an end cannot be read, or they are in the wrong order.
pub fn utc_days(from: Option<&str>, to: Option<&str>) -> Result<RangeInclusive<i64>, Error> {
    let day = |name, text: &str| -> Result<i64, Error> {
        let unreadable = || Error::Day {
            name,
            value: text.chars().take(64).collect(),
        };
        let zoned = date(text).and_then(|day| TimeZone::UTC.to_zoned_datetime(day.into()).ok());
        let start = zoned.ok_or_else(unreadable)?.timestamp();
        Ok(Millis(start.as_millisecond()).day())
    };
    let from = from.map_or(Ok(i64::MIN), |text| day("from", text))?;
    let to = to.map_or(Ok(i64::MAX), |text| day("to", text))?;
    if to < from {
        return Err(Error::Reversed);
    }
    Ok(from..=to)
}

/// The parser takes anything that a date begins, such as a time without an offset.
fn date(text: &str) -> Option<Date> {
    let day = text.parse().ok()?;
    (text.len() == "2026-03-29".len()).then_some(day)
}

/// The moments between these bounds, which are read as [`Period::of`] reads them and are not
/// widened: from the first until before the last. A bound that is not given leaves its side open.
///
/// # Errors
/// When a bound cannot be read, or they are in the wrong order.
pub fn time_range(
    from: Option<&str>,
    to: Option<&str>,
    zone: &TimeZone,
) -> Result<Range<Millis>, Error> {
    let read = |name, text: &str, end| match Millis::parse(text) {
        Ok(at) => Ok(at),
        Err(_) => day_bound(name, text, zone, end),
    };
    let start = from.map_or(Ok(Millis(i64::MIN)), |text| read("from", text, false))?;
    let end = to.map_or(Ok(Millis(i64::MAX)), |text| read("to", text, true))?;
    if end <= start {
        return Err(Error::Reversed);
    }
    Ok(start..end)
}

fn bound(name: &'static str, text: &str, zone: &TimeZone, end: bool) -> Result<Millis, Error> {
    match Millis::parse(text) {
        Ok(at) if end => Ok(round_up(at)),
        Ok(at) => Ok(at.quarter_hour()),
        Err(_) => day_bound(name, text, zone, end),
    }
}

/// Where a day starts, or the one after it.
fn day_bound(name: &'static str, text: &str, zone: &TimeZone, end: bool) -> Result<Millis, Error> {
    let unreadable = || Error::Unreadable {
        name,
        value: text.chars().take(64).collect(),
    };
    let day = date(text).ok_or_else(unreadable)?;
    let day = if end {
        day.tomorrow().map_err(|_| unreadable())?
    } else {
        day
    };
    let start = zone
        .to_zoned_datetime(day.at(0, 0, 0, 0))
        .map_err(|_| unreadable())?;
    Ok(Millis(start.timestamp().as_millisecond()))
}

/// When the day of `zone` began that the moment lies in.
pub fn day_start(at: Millis, zone: &TimeZone) -> Millis {
    let zoned = at.timestamp().to_zoned_datetime(zone.clone());
    zoned.start_of_day().map_or_else(
        |_| at.quarter_hour(),
        |start| Millis(start.timestamp().as_millisecond()),
    )
}

fn round_up(at: Millis) -> Millis {
    at.plus_ms(QUARTER_HOUR_MS - 1).quarter_hour()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_include_both_ends_and_may_be_open() {
        assert_eq!(utc_days(Some("1970-01-02"), Some("1970-01-02")), Ok(1..=1));
        assert_eq!(utc_days(None, Some("1970-02-01")), Ok(i64::MIN..=31));
        assert_eq!(utc_days(Some("1970-01-01"), None), Ok(0..=i64::MAX));
        let reversed = utc_days(Some("2026-03-02"), Some("2026-03-01"));
        assert_eq!(reversed, Err(Error::Reversed));
        for wrong in ["2026-02-30", "2026-03-01T00:00:00Z", "yesterday", ""] {
            assert!(utc_days(Some(wrong), None).is_err(), "{wrong}");
        }
    }
    use crate::campaign::GoalOrWaiver;
    use crate::clock::DAY_MS;
    use crate::id::{CampaignId, WorkspaceId};

    fn campaign(zone: &str) -> Campaign {
        let created = Millis::parse("2026-03-01T10:07:00Z").unwrap();
        Campaign {
            id: CampaignId::new(created),
            workspace_id: WorkspaceId::new(created),
            name: "Spring".into(),
            utm_campaign: "spring".into(),
            aim: GoalOrWaiver::Waived("test".into()),
            currency: "EUR".parse().unwrap(),
            time_zone: zone.into(),
            starts_at: None,
            ends_at: None,
            hourly_rate: None,
            lead_window_days: None,
            sale_window_days: None,
            created_at: created,
            updated_at: created,
            archived_at: None,
        }
    }

    fn days(zone: &str, from: &str, to: &str) -> (String, String) {
        let period = Period::of(&campaign(zone), Some(from), Some(to), Millis(0)).unwrap();
        (period.from.to_string(), period.to.to_string())
    }

    #[test]
    fn days_are_those_of_the_zone() {
        let (from, to) = days("Asia/Kathmandu", "2026-03-29", "2026-03-29");
        assert_eq!(from, "2026-03-28T18:15:00.000Z");
        assert_eq!(to, "2026-03-29T18:15:00.000Z");
    }

    #[test]
    fn the_day_of_a_clock_change_is_as_long_as_it_is() {
        let (from, to) = days("Europe/Berlin", "2026-03-29", "2026-03-29");
        assert_eq!(from, "2026-03-28T23:00:00.000Z");
        assert_eq!(to, "2026-03-29T22:00:00.000Z");
    }

    #[test]
    fn times_grow_to_whole_quarter_hours() {
        let (from, to) = days("UTC", "2026-03-29T10:07:00Z", "2026-03-29T12:00:01+02:00");
        assert_eq!(from, "2026-03-29T10:00:00.000Z");
        assert_eq!(to, "2026-03-29T10:15:00.000Z");
    }

    #[test]
    fn moments_are_not_widened_and_may_be_open() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let at = |text: &str| Millis::parse(text).unwrap();
        let read = |from, to| time_range(from, to, &zone);
        let both = read(Some("2026-03-29"), Some("2026-03-29T12:00:01.5+02:00"));
        let wanted = at("2026-03-28T23:00:00Z")..at("2026-03-29T10:00:01.500Z");
        assert_eq!(both, Ok(wanted));
        let day = read(None, Some("2026-03-29"));
        assert_eq!(day, Ok(Millis(i64::MIN)..at("2026-03-29T22:00:00Z")));
        let open = read(Some("2026-03-29T10:00:00Z"), None);
        assert_eq!(open, Ok(at("2026-03-29T10:00:00Z")..Millis(i64::MAX)));
        let nothing = Some("2026-03-29T10:00:00Z");
        assert_eq!(read(nothing, nothing), Err(Error::Reversed));
        assert!(read(Some("yesterday"), None).is_err());
    }

    #[test]
    fn without_bounds_it_runs_from_the_first_day_until_now() {
        let now = Millis::parse("2026-03-02T00:00:00Z").unwrap();
        let period = Period::of(&campaign("UTC"), None, None, now).unwrap();
        assert_eq!(period.from.to_string(), "2026-03-01T00:00:00.000Z");
        assert_eq!(period.to, period.from.plus_ms(DAY_MS + QUARTER_HOUR_MS));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let campaign = campaign("UTC");
        let of = |from, to| Period::of(&campaign, Some(from), Some(to), Millis(0));
        assert!(matches!(
            of("yesterday", "2026-03-29"),
            Err(Error::Unreadable { .. })
        ));
        assert!(matches!(
            of("2026-03-29", "2026-03-29T12:00:00"),
            Err(Error::Unreadable { name: "to", .. })
        ));
        assert_eq!(
            of("2026-03-29T12:00:00Z", "2026-03-28"),
            Err(Error::Reversed)
        );
    }

    #[test]
    fn the_period_before_has_as_many_days_whatever_clocks_do() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let at = |text: &str| Millis::parse(text).unwrap();
        let week = Period {
            from: at("2026-03-30T00:00:00+02:00"),
            to: at("2026-04-06T00:00:00+02:00"),
        };
        let before = week.before(&zone);
        assert_eq!(before.from, at("2026-03-23T00:00:00+01:00"));
        assert_eq!(before.to, week.from);
        let hours = Period {
            from: at("2026-03-29T04:00:00+02:00"),
            to: at("2026-03-29T10:00:00+02:00"),
        };
        assert_eq!(hours.before(&zone).from, at("2026-03-28T21:00:00+01:00"));
    }
}
