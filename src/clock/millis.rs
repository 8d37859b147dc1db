//! Times as Unix milliseconds.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Milliseconds in a quarter of an hour, the granularity of every roll-up.
///
/// All offsets of the IANA zones in use today are multiples of it (+05:30, +05:45), so days of any
/// zone can be summed from it.
pub const QUARTER_HOUR_MS: i64 = 15 * 60 * 1000;

/// One day in milliseconds.
pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The first time that RFC 3339 can write: 0000-01-01T00:00:00Z.
const EARLIEST: i64 = -62_167_219_200_000;

/// A time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

impl Millis {
    /// The quarter-hour this time falls in (its start).
    #[must_use]
    pub fn quarter_hour(self) -> Millis {
        Millis(self.0.div_euclid(QUARTER_HOUR_MS) * QUARTER_HOUR_MS)
    }

    /// The day this time falls in: days since 1970-01-01, UTC.
    #[must_use]
    pub fn day(self) -> i64 {
        self.0.div_euclid(DAY_MS)
    }

    /// The start of a day, given by days since 1970-01-01, UTC.
    #[must_use]
    pub fn of_day(day: i64) -> Millis {
        Millis(day.saturating_mul(DAY_MS))
    }

    /// The day this time falls in as it is written outside, such as `2026-03-29`, UTC.
    pub fn date(self) -> String {
        self.timestamp().strftime("%Y-%m-%d").to_string()
    }

    /// This time, `ms` milliseconds later (earlier when negative).
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Millis {
        Millis(self.0.saturating_add(ms))
    }

    /// Reads an RFC 3339 time such as `2026-03-29T12:00:00+02:00`.
    ///
    /// # Errors
    /// When `text` is not a time with an offset.
    pub fn parse(text: &str) -> Result<Millis, jiff::Error> {
        text.parse::<Timestamp>()
            .map(|at| Millis(at.as_millisecond()))
    }

    /// The same time for `jiff`; clamped to what RFC 3339 can write (years 0 to 9999).
    pub fn timestamp(self) -> Timestamp {
        let written = self.0.max(EARLIEST);
        Timestamp::from_millisecond(written).unwrap_or(Timestamp::MAX)
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.timestamp())
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return i64::deserialize(deserializer).map(Millis);
        }
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Millis::parse(&text).map_err(|_| {
            de::Error::custom("not an RFC 3339 time with an offset, like 2026-03-29T12:00:00Z")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarter_hours_floor_towards_the_past() {
        assert_eq!(
            Millis(QUARTER_HOUR_MS + 1).quarter_hour(),
            Millis(QUARTER_HOUR_MS)
        );
        assert_eq!(Millis(-1).quarter_hour(), Millis(-QUARTER_HOUR_MS));
    }

    #[test]
    fn days_are_counted_and_written() {
        let at = Millis::parse("2026-11-24T23:59:59Z").unwrap();
        assert_eq!(at.date(), "2026-11-24");
        assert_eq!(Millis::of_day(at.day()).date(), "2026-11-24");
        assert_eq!(Millis::of_day(-1).date(), "1969-12-31");
    }

    #[test]
    fn times_travel_as_rfc_3339() {
        let at = Millis::parse("2026-03-29T12:00:00+02:00").unwrap();
        assert_eq!(at.to_string(), "2026-03-29T10:00:00.000Z");
        let json = serde_json::to_string(&at).unwrap();
        assert_eq!(serde_json::from_str::<Millis>(&json).unwrap(), at);
        assert!(Millis::parse("2026-03-29").is_err());
    }

    /// As of a period that lies before one of thousands of years.
    #[test]
    fn what_rfc_3339_cannot_write_is_its_first_or_last_year() {
        let first = "0000-01-01T00:00:00.000Z";
        for (at, year) in [
            (i64::MIN, first),
            (EARLIEST - 1, first),
            (EARLIEST, first),
            (i64::MAX, "9999-12-30T22:00:00.999Z"),
        ] {
            assert_eq!(Millis(at).to_string(), year);
        }
    }
}
