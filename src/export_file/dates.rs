//! Days of a file: their order, the range in the lines before the header, and years that are left
//! out.
//!
//! # Invariants
//! The order of day and month belongs to the file.

use jiff::civil::Date;

use super::column_name::folded;
use super::format::FORMATS;
use crate::clock::day::{self, DateOrder, DayError};

/// First and last day, since 1970-01-01.
pub type DayRange = (i64, i64);

/// The only order that a day such as `29/03/2026` can have.
pub(super) fn vote(text: &str) -> Option<DateOrder> {
    let first = text.split([' ', 'T', '|']).next()?;
    let mut parts = first.split(['/', '-']);
    let mut number = || parts.next()?.parse::<i64>().ok();
    let (one, two, year) = (number()?, number()?, number()?);
    match (one, two) {
        _ if year < 1000 => None,
        (13..=31, 1..=12) => Some(DateOrder::Dmy),
        (1..=12, 13..=31) => Some(DateOrder::Mdy),
        _ => None,
    }
}

/// The order in which all days lie in the file's range, where only one does.
pub fn of_range<'a>(
    days: &(impl Iterator<Item = &'a str> + Clone),
    range: Option<DayRange>,
) -> Option<DateOrder> {
    let (first, last) = range?;
    let fits = |order: DateOrder| {
        let mut found = days
            .clone()
            .filter_map(|text| day::parse(text, Some(order)).ok());
        found.all(|day| (first..=last).contains(&day))
    };
    match (fits(DateOrder::Mdy), fits(DateOrder::Dmy)) {
        (true, false) => Some(DateOrder::Mdy),
        (false, true) => Some(DateOrder::Dmy),
        _ => None,
    }
}

/// The range that the lines before a header say: two days in one line, or the first two lines with
/// one each.
pub fn range<'a>(lines: impl Iterator<Item = &'a str>) -> Option<DayRange> {
    let mut single = Vec::new();
    for line in lines {
        match days_in(line)[..] {
            [first, last] if first <= last => return Some((first, last)),
            [day] => single.push(day),
            _ => {}
        }
    }
    match single[..] {
        [first, last, ..] if first <= last => Some((first, last)),
        _ => None,
    }
}

/// The days in a text, with their months in words of any language, or as in `2026-09-01`.
fn days_in(text: &str) -> Vec<i64> {
    let iso = text
        .split(|c: char| !c.is_ascii_digit() && c != '-')
        .filter(|word| word.len() == 10);
    let found: Vec<i64> = iso.filter_map(|word| day::parse(word, None).ok()).collect();
    if found.is_empty() {
        worded(text)
    } else {
        found
    }
}

/// Days such as `September 1, 2026`, `1. September 2026`, `1 de setembro de 2026`.
fn worded(text: &str) -> Vec<i64> {
    let folded = folded(text);
    let words: Vec<&str> = folded
        .split('_')
        .filter(|word| !matches!(*word, "de" | "of"))
        .collect();
    // `1er`, `2nd`.
    let digits = |word: &str| word.trim_end_matches(char::is_alphabetic).parse::<i16>();
    let number = |at: Option<usize>| digits(words.get(at?)?).ok();
    let mut found = Vec::new();
    let mut free = 0;
    for (at, word) in words.iter().enumerate() {
        let Some(month) = FORMATS.month(word) else {
            continue;
        };
        let is_day = |day: &i16| (1..=31).contains(day);
        let before = at.checked_sub(1).filter(|before| *before >= free);
        let (day, year_at) = match number(before).filter(is_day) {
            Some(day) => (Some(day), at + 1),
            None => (number(Some(at + 1)).filter(is_day), at + 2),
        };
        let year = number(Some(year_at)).filter(|year| *year > 999);
        if let (Some(day), Some(year)) = (day, year)
            && let Ok(date) = Date::new(year, month, i8::try_from(day).unwrap_or_default())
        {
            found.extend(day::number(date));
            free = year_at + 1;
        }
    }
    found
}

/// Whether a cell's day may be two days, and which: with the day first, and with the month first.
pub fn two_days(text: &str) -> Option<(i64, i64)> {
    let text = text.split('|').next().unwrap_or_default();
    let of = |order| day::parse(text, order);
    match (of(None), of(Some(DateOrder::Dmy)), of(Some(DateOrder::Mdy))) {
        (Err(DayError::Ambiguous(_)), Ok(day_first), Ok(month_first)) => {
            Some((day_first, month_first))
        }
        _ => None,
    }
}

/// The day of a cell.
pub fn read(text: &str, order: Option<DateOrder>) -> Option<i64> {
    // Microsoft writes the hour behind a bar.
    let text = text.split('|').next().unwrap_or_default();
    if let Ok(day) = day::parse(text, order) {
        return Some(day);
    }
    if let Some((from, to)) = text.split_once(" - ") {
        let (from, to) = (day::parse(from, order).ok()?, day::parse(to, order).ok()?);
        return (from == to).then_some(from);
    }
    match worded(text)[..] {
        [day] => Some(day),
        _ => None,
    }
}

/// Whether a cell has a time, and it is midnight.
pub fn is_midnight(text: &str) -> bool {
    let time = text.split_once([' ', 'T']).map(|(_, time)| time);
    time.is_some_and(|time| time.starts_with("00:00") || time.starts_with("12:00:00 AM"))
}

/// Month and day of a cell without a year, such as `August 31` or `24 August`.
pub fn without_year(text: &str) -> Option<(i8, i8)> {
    let folded = folded(text);
    let (one, two) = folded.split_once('_')?;
    let (month, day) = match (FORMATS.month(one), FORMATS.month(two)) {
        (Some(month), None) => (month, two),
        (None, Some(month)) => (month, one),
        _ => return None,
    };
    let day = day.parse().ok()?;
    (1..=31).contains(&day).then_some((month, day))
}

/// The days of months and days in the order of a file whose last day is in that year: where the
/// month goes from December to January or back, the year does too.
pub fn with_years(days: &[(i8, i8)], last: i16) -> Vec<Option<i64>> {
    let mut years = Vec::with_capacity(days.len());
    let (mut year, mut before) = (0_i16, None);
    for (month, _) in days {
        let step = before.map_or(0, |before| month - before);
        year += i16::from(step < -6) - i16::from(step > 6);
        years.push(year);
        before = Some(*month);
    }
    let latest = years.iter().max().copied().unwrap_or_default();
    let dated = years.iter().zip(days).map(|(year, (month, day))| {
        Date::new(last.saturating_add(year - latest), *month, *day)
            .ok()
            .and_then(day::number)
    });
    dated.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Millis;

    fn shown(days: &[i64]) -> Vec<String> {
        days.iter().map(|day| Millis::of_day(*day).date()).collect()
    }

    #[test]
    fn ranges_are_read_in_the_language_of_the_file() {
        for lines in [
            &["Campaign report", "September 1, 2026 - September 3, 2026"][..],
            &["1. September 2026 - 3. September 2026"],
            &["1 sept. 2026 - 3 sept. 2026"],
            &["1 de septiembre de 2026 - 3 de septiembre de 2026"],
            &["1 de setembro de 2026 - 3 de setembro de 2026"],
            &["2026-09-01 - 2026-09-03"],
            &[
                "Ad Performance Report (in UTC)",
                "Report Start: September 1, 2026, 12:00 AM",
                "Report End: September 3, 2026, 11:59 PM",
                "Date Generated: September 9, 2026, 1:00 PM",
            ],
        ] {
            let (first, last) = range(lines.iter().copied()).unwrap();
            assert_eq!(
                shown(&[first, last]),
                ["2026-09-01", "2026-09-03"],
                "{lines:?}"
            );
        }
        assert_eq!(range(["Report of March 2026"].into_iter()), None);
    }

    #[test]
    fn the_file_decides_the_order_of_its_days() {
        assert_eq!(vote("5/9/2026"), None);
        assert_eq!(vote("29/9/2026"), Some(DateOrder::Dmy));
        assert_eq!(vote("9/29/2026 10:30"), Some(DateOrder::Mdy));
        assert_eq!(vote("2026-09-23"), None);
        let range = range(["September 1, 2026 - September 9, 2026"].into_iter());
        let days = ["9/5/2026", "9/7/2026"];
        assert_eq!(of_range(&days.into_iter(), range), Some(DateOrder::Mdy));
        assert_eq!(of_range(&["9/9/2026"].into_iter(), range), None);
    }

    #[test]
    fn years_that_are_left_out_step_over_new_year() {
        let texts = ["December 30", "31 December", "January 1", "Jan 2"];
        let mut days: Vec<(i8, i8)> = texts.iter().filter_map(|text| without_year(text)).collect();
        let expected = ["2025-12-30", "2025-12-31", "2026-01-01", "2026-01-02"];
        let dated: Vec<i64> = with_years(&days, 2026).into_iter().flatten().collect();
        assert_eq!(shown(&dated), expected);
        days.reverse();
        let mut dated: Vec<i64> = with_years(&days, 2026).into_iter().flatten().collect();
        dated.reverse();
        assert_eq!(shown(&dated), expected);
        assert_eq!(without_year("March 2026"), None);
    }

    #[test]
    fn cells_of_networks_are_read() {
        for text in [
            "2026-03-15|7",
            "3/15/2026 12:00:00 AM|7",
            "15 mars 2026",
            "15th March 2026",
            "March 15th, 2026",
            "2026-03-15 - 2026-03-15",
        ] {
            let day = read(text, None).unwrap();
            assert_eq!(shown(&[day]), ["2026-03-15"], "{text}");
        }
        assert_eq!(read("2026-03-15 - 2026-03-21", None), None);
    }
}
