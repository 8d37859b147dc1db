//! Days as people and exports write them, counted since 1970-01-01 and without a zone.
//!
//! # Invariants
//! A day that may be read in two ways is refused, unless the order of day and month is given.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The order of days such as `03/04/2026`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[schema(as = Order)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// The month first, as in the United States.
    Mdy,
    /// The day first.
    Dmy,
}

/// The text is not a day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DayError {
    /// None at all.
    #[error("{0:?} is not a day; write it like 2026-03-29")]
    Unreadable(String),
    /// Two of them.
    #[error(
        "{0:?} may be two days; write it like 2026-03-29, or say `dates=mdy` or `dates=dmy` (--dates) \
         for the whole file"
    )]
    Ambiguous(String),
}

/// The day of `text`, since 1970-01-01. A time of the day and an offset may follow; they are
/// ignored.
///
/// Reads `2026-03-29`, `2026/03/29`, `2026.03.29`, `2026年3月29日`, `29.03.2026`,
/// `29 March 2026`, `Mar 29, 2026` and `Sun, Mar 29, 2026`; `03/29/2026` or `29-03-2026` in the
/// given order, or in the only one that is possible.
///
/// # Errors
/// When it is not a day, or may be two days.
pub fn parse(text: &str, order: Option<DateOrder>) -> Result<i64, DayError> {
    let text = text.trim();
    let shown = || text.chars().take(32).collect::<String>();
    let unreadable = || DayError::Unreadable(shown());
    if years(text) > 1 {
        return Err(unreadable());
    }
    if let Some(day) = year_first(text) {
        return Ok(day);
    }
    let first = text.split([' ', 'T']).next().unwrap_or_default();
    let numbers: Option<Vec<i64>> = first
        .split(['-', '/', '.'])
        .map(|part| part.parse().ok())
        .collect();
    let marks: Vec<char> = first.chars().filter(|c| !c.is_ascii_digit()).collect();
    match (numbers.as_deref(), &marks[..]) {
        (Some(&[year, month, day]), ['-', '-'] | ['/', '/']) if year > 31 => {
            date(year, month, day).ok_or_else(unreadable)
        }
        (Some(&[day, month, year]), ['.', '.']) => date(year, month, day).ok_or_else(unreadable),
        (Some(&[one, two, year]), ['/', '/'] | ['-', '-']) => {
            let month_first = date(year, one, two);
            let day_first = date(year, two, one);
            match (month_first, day_first, order) {
                (found, _, Some(DateOrder::Mdy)) | (_, found, Some(DateOrder::Dmy)) => found,
                (Some(one), Some(other), None) if one != other => {
                    return Err(DayError::Ambiguous(shown()));
                }
                (found, other, None) => found.or(other),
            }
            .ok_or_else(unreadable)
        }
        _ => worded(text).ok_or_else(unreadable),
    }
}

/// A day as China, Japan and Korea write it: `2026年3月29日`, `2026. 3. 29.`, `2026.03.29`.
fn year_first(text: &str) -> Option<i64> {
    let day = match text.split_once(':') {
        Some((before, _)) => before.rsplit_once(' ')?.0,
        None => text,
    };
    let is_mark = |c: char| matches!(c, ' ' | '.' | '年' | '月' | '日' | '년' | '월' | '일');
    if day.contains(|c: char| !c.is_ascii_digit() && !is_mark(c)) {
        return None;
    }
    let numbers = day.split(is_mark).filter(|part| !part.is_empty());
    let numbers: Vec<i64> = numbers.filter_map(|part| part.parse().ok()).collect();
    match numbers[..] {
        [year, month, day] if year > 31 => date(year, month, day),
        _ => None,
    }
}

/// How many years a text names: a range names two.
fn years(text: &str) -> usize {
    let numbers = text.split(|c: char| !c.is_ascii_digit());
    let years = numbers
        .filter(|number| number.len() == 4 && number.starts_with(['1', '2']) && *number >= "1900");
    years.count()
}

/// A day with its month in words.
fn worded(text: &str) -> Option<i64> {
    let text = match text.split_once(',') {
        // A day of the week has no digit.
        Some((before, rest)) if !before.contains(|c: char| c.is_ascii_digit()) => rest.trim(),
        _ => text,
    };
    let words: Vec<&str> = text
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .take(3)
        .collect();
    // A form splits digits if blanks are missing: `March 2026` would be the 20th.
    if words.len() < 3 {
        return None;
    }
    let text = words.join(" ");
    ["%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y"]
        .iter()
        .find_map(|form| Date::strptime(form, &text).ok())
        .and_then(number)
}

fn date(year: i64, month: i64, day: i64) -> Option<i64> {
    let (year, month, day) = (
        i16::try_from(year).ok().filter(|year| *year > 999)?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    );
    Date::new(year, month, day).ok().and_then(number)
}

/// The number of a date; `None` for one too far away.
pub fn number(date: Date) -> Option<i64> {
    let since = date.since(Date::constant(1970, 1, 1)).ok()?;
    Some(i64::from(since.get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Millis;

    fn shown(text: &str, order: Option<DateOrder>) -> String {
        match parse(text, order) {
            Ok(day) => Millis::of_day(day).date(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn days_of_many_forms_are_read() {
        for text in [
            "2026-03-29",
            " 2026-03-29 ",
            "2026-03-29 12:30",
            "2026-03-29T23:59:59Z",
            "2026-03-29 12:30 +0000",
            "2026/03/29",
            "2026.03.29",
            "2026.03.29 12:30",
            "2026. 3. 29.",
            "2026년 3월 29일",
            "2026年3月29日",
            "2026年3月29日 12:30",
            "29.03.2026",
            "29.3.2026 12:30",
            "03/29/2026",
            "3/29/2026 09:30",
            "29/03/2026",
            "29-3-2026",
            "29 March 2026",
            "29 Mar 2026",
            "March 29, 2026",
            "Mar 29, 2026 10:15",
            "Sun, Mar 29, 2026",
        ] {
            assert_eq!(shown(text, None), "2026-03-29", "{text}");
        }
        assert_eq!(shown("1969-12-31", None), "1969-12-31");
        assert_eq!(shown("03/03/2026", None), "2026-03-03");
    }

    #[test]
    fn what_may_be_two_days_is_asked_about() {
        assert!(shown("03/04/2026", None).contains("`dates=mdy`"));
        assert_eq!(shown("03/04/2026", Some(DateOrder::Mdy)), "2026-03-04");
        assert_eq!(shown("03/04/2026", Some(DateOrder::Dmy)), "2026-04-03");
        assert!(shown("03/29/2026", Some(DateOrder::Dmy)).contains("is not a day"));
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-02-30",
            "2026-3",
            "29.03.26",
            "Lifetime",
            "20260329",
            "2026-03-29-1",
            "March 2026",
            "Total: 3",
            "2026-03-23 - 2026-03-29",
            "Mar 23, 2026 - Mar 29, 2026",
        ] {
            assert!(shown(text, None).contains("is not a day"), "{text}");
        }
    }
}
