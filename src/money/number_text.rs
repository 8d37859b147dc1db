//! Numbers as exports and people write them: `1,234.56`, `1.234,56`, `€ 12`, `1 234`.
//!
//! # Invariants
//! A number that may be read in two ways is refused, and so is one that would have to be rounded.

use serde::{Deserialize, Serialize};

use super::amount::MAX_AMOUNT;
use super::currency::Currency;

/// The text is not such a number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// None at all, or a negative one.
    #[error("{0:?} is not a number of zero or more; write it like 1234.50")]
    Unreadable(String),
    /// Two of them.
    #[error("{0:?} may be a thousand times as much; write it with two places, like 1234.00")]
    Ambiguous(String),
    /// More places than the currency has.
    #[error("{text:?} has more than the {places} places that {currency} has")]
    Places {
        /// What stands there.
        text: String,
        /// How many there may be.
        places: u32,
        /// The currency.
        currency: Currency,
    },
    /// A count with a fraction.
    #[error("{0:?} is not a whole number")]
    Fraction(String),
    /// Above what anything costs.
    #[error("{0:?} is more than a million millions")]
    TooLarge(String),
}

/// Minor units of an amount that is written in major units. Currency signs and blanks are ignored.
///
/// # Errors
/// When it is not an amount, may be two amounts, or has more places than the currency.
pub fn amount(text: &str, currency: Currency) -> Result<i64, NumberError> {
    let places = currency.exponent();
    let parts = parts(text, places)?;
    let fraction = parts.fraction.trim_end_matches('0');
    let width = places as usize;
    if fraction.len() > width {
        return Err(NumberError::Places {
            text: short(text),
            places,
            currency,
        });
    }
    units(&format!("{}{fraction:0<width$}", parts.whole), text)
}

/// The decimal mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    /// `1,234.50`.
    Point,
    /// `1.234,50`.
    Comma,
}

/// An amount in minor units, with what is left of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExactAmount {
    /// Whole minor units.
    pub units: i64,
    /// Billionths of a unit besides.
    pub rest: i64,
}

/// The same as [`amount`], with as many places as there are, in a file whose decimal mark may be
/// known.
///
/// # Errors
/// When it is not an amount, or may be two amounts.
pub fn exact(
    text: &str,
    currency: Currency,
    decimal: Option<DecimalMark>,
) -> Result<ExactAmount, NumberError> {
    let places = currency.exponent();
    let parts = match decimal {
        Some(mark) => parts_by(text, mark)?,
        None => parts(text, places)?,
    };
    let width = places as usize;
    let fraction: String = parts.fraction.chars().take(width + 9).collect();
    let fraction = format!("{fraction:0<all$}", all = width + 9);
    let (minor, rest) = fraction.split_at(width);
    Ok(ExactAmount {
        units: units(&format!("{}{minor}", parts.whole), text)?,
        rest: units(rest, text)?,
    })
}

/// A whole number.
///
/// # Errors
/// When it is not a whole number.
pub fn count(text: &str) -> Result<i64, NumberError> {
    // Without places, three digits behind a mark are thousands.
    let parts = parts(text, 0)?;
    if parts.fraction.contains(|digit| digit != '0') {
        return Err(NumberError::Fraction(short(text)));
    }
    units(&parts.whole, text)
}

/// Hours with a fraction, such as `1.5` or `1,25`, in whole minutes.
///
/// # Errors
/// When the text is not a number of hours.
pub fn hours(text: &str) -> Result<i64, NumberError> {
    let parts = parts(text, 3)?;
    let fraction: String = parts.fraction.chars().take(6).collect();
    let whole = units(&format!("{}{fraction:0<6}", parts.whole), text)?;
    Ok((whole * 60 + 500_000) / 1_000_000)
}

/// The digits before and behind the decimal mark.
struct Parts {
    whole: String,
    fraction: String,
}

/// The number without blanks, signs of currencies and apostrophes.
fn bare(text: &str) -> String {
    let is_part = |c: &char| !c.is_whitespace() && !"€$£¥₹'’\u{feff}".contains(*c);
    text.chars().filter(is_part).collect()
}

/// The parts of a number whose decimal mark is known.
fn parts_by(text: &str, decimal: DecimalMark) -> Result<Parts, NumberError> {
    let bare = bare(text);
    let (between, mark) = match decimal {
        DecimalMark::Point => (',', '.'),
        DecimalMark::Comma => ('.', ','),
    };
    let parts = if bare.contains(between) {
        grouped(&bare, between, mark)
    } else {
        plain(&bare)
    };
    parts.ok_or_else(|| NumberError::Unreadable(short(text)))
}

/// The parts of a number that has about `places` behind its mark: three digits behind the only one
/// are thousands where it has none, and a fraction where it has as many.
fn parts(text: &str, places: u32) -> Result<Parts, NumberError> {
    let bare = bare(text);
    let in_groups = grouped(&bare, ',', '.').or_else(|| grouped(&bare, '.', ','));
    match (plain(&bare), in_groups) {
        (Some(_), Some(parts)) if places == 0 => Ok(parts),
        (Some(parts), Some(_)) if places >= 3 || bare.starts_with('0') => Ok(parts),
        (Some(_), Some(_)) => Err(NumberError::Ambiguous(short(text))),
        (Some(parts), None) | (None, Some(parts)) => Ok(parts),
        (None, None) => Err(NumberError::Unreadable(short(text))),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Digits, and a fraction behind either mark.
fn plain(bare: &str) -> Option<Parts> {
    let (whole, fraction) = bare.split_once(['.', ',']).unwrap_or((bare, "0"));
    (is_digits(whole) && is_digits(fraction)).then(|| Parts {
        whole: whole.to_owned(),
        fraction: fraction.to_owned(),
    })
}

/// Groups of three digits, or as India groups: the last of three, those before of two.
fn grouped(bare: &str, between: char, decimal: char) -> Option<Parts> {
    let (whole, fraction) = bare.split_once(decimal).unwrap_or((bare, "0"));
    let groups: Vec<&str> = whole.split(between).collect();
    let [first, middle @ .., last] = &groups[..] else {
        return None;
    };
    let fits = first.len() <= 3
        && last.len() == 3
        && middle.iter().all(|group| (2..=3).contains(&group.len()));
    let all_digits = groups.iter().all(|group| is_digits(group)) && is_digits(fraction);
    (fits && all_digits).then(|| Parts {
        whole: groups.concat(),
        fraction: fraction.to_owned(),
    })
}

fn units(digits: &str, text: &str) -> Result<i64, NumberError> {
    let units = digits
        .parse::<i64>()
        .ok()
        .filter(|units| *units <= MAX_AMOUNT);
    units.ok_or_else(|| NumberError::TooLarge(short(text)))
}

fn short(text: &str) -> String {
    text.trim().chars().take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, code: &str) -> Result<i64, NumberError> {
        amount(text, code.parse().unwrap())
    }

    #[test]
    fn amounts_of_many_forms_are_read() {
        for (text, code, units) in [
            ("12", "EUR", 1_200),
            ("12.5", "EUR", 1_250),
            ("12,50", "EUR", 1_250),
            ("€ 1,234.56", "EUR", 123_456),
            ("1.234,56", "EUR", 123_456),
            ("1 234,5", "EUR", 123_450),
            ("1'234.50", "CHF", 123_450),
            ("1,234,567.80", "USD", 123_456_780),
            ("1,23,456.00", "INR", 12_345_600),
            ("12.3400", "EUR", 1_234),
            ("0.125000", "KWD", 125),
            ("1.234", "KWD", 1_234),
            ("1,234", "JPY", 1_234),
            ("0", "EUR", 0),
            ("0.120", "EUR", 12),
        ] {
            assert_eq!(read(text, code), Ok(units), "{text} {code}");
        }
    }

    #[test]
    fn what_may_be_two_amounts_or_none_is_refused() {
        for text in ["1.234", "1,234"] {
            let refused = read(text, "EUR").unwrap_err();
            assert_eq!(refused, NumberError::Ambiguous(text.to_owned()));
        }
        for text in [
            "",
            "-5",
            "(5.00)",
            "5 EUR",
            "1e3",
            "1.2K",
            "1,2,3",
            "1.234.56",
            "12,34,5.0",
            ".5",
            "1.23,456.7,8",
        ] {
            let refused = read(text, "EUR").unwrap_err();
            assert!(
                matches!(refused, NumberError::Unreadable(_)),
                "{text}: {refused}"
            );
        }
        let refused = read("0.125", "EUR").unwrap_err().to_string();
        assert!(refused.contains("more than the 2 places"), "{refused}");
        assert!(matches!(
            read("12.5", "JPY"),
            Err(NumberError::Places { .. })
        ));
        let large = read("10000000000.01", "EUR");
        assert!(matches!(large, Err(NumberError::TooLarge(_))), "{large:?}");
    }

    #[test]
    fn counts_and_hours_are_read() {
        for (text, number) in [("0", 0), ("1,234", 1_234), ("1.234", 1_234), ("12.0", 12)] {
            assert_eq!(count(text), Ok(number), "{text}");
        }
        assert_eq!(count("12.5"), Err(NumberError::Fraction("12.5".to_owned())));
        assert!(count("many").is_err());
        for (text, minutes) in [
            ("1.5", 90),
            ("0,25", 15),
            ("0.333", 20),
            ("1.125", 68),
            ("8", 480),
        ] {
            assert_eq!(hours(text), Ok(minutes), "{text}");
        }
    }
}
