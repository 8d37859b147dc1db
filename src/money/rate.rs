//! Exchange rates as the European Central Bank publishes them, and the conversion of amounts.
//!
//! # Invariants
//! - A rate is the decimal number of the source, not a float.
//! - An amount is converted in whole numbers and rounded once, half away from zero. So an amount
//!   and its refund convert to the same number.
//! - Both rates of a quote are of one day.
//!
//! # Out of scope
//! Where rates come from, and where they are stored.

use std::fmt;
use std::str::FromStr;

use super::amount::MAX_CONVERTED;
use super::currency::Currency;

/// How many days a rate stays valid if no newer one follows, as over weekends and holidays.
pub const RATE_VALID_DAYS: i64 = 7;

/// Most digits of a rate; a number with more is not a rate.
const MOST_DIGITS: usize = 18;

/// Units of a currency for one euro, such as `1.0521`. A rate is above zero, and keeps the decimal
/// places of its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExchangeRate {
    digits: i128,
    places: u32,
}

impl ExchangeRate {
    /// The rate of the euro itself.
    const ONE: ExchangeRate = ExchangeRate {
        digits: 1,
        places: 0,
    };
}

impl ExchangeRate {
    /// Whether both are the same number, apart from zeros at the end.
    pub fn has_value_of(self, other: ExchangeRate) -> bool {
        let scaled = |rate: ExchangeRate, places: u32| rate.digits * 10i128.pow(places);
        // At most 18 digits and 18 places each: no product overflows.
        scaled(self, other.places) == scaled(other, self.places)
    }
}

/// The text is not a rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a rate; give a number above zero with at most 18 digits, like 1.0521")]
pub struct InvalidRate(pub String);

impl FromStr for ExchangeRate {
    type Err = InvalidRate;

    fn from_str(text: &str) -> Result<Self, InvalidRate> {
        let no_rate = || InvalidRate(text.chars().take(32).collect());
        let (whole, part) = match text.split_once('.') {
            Some((_, "")) => return Err(no_rate()),
            Some(halves) => halves,
            None => (text, ""),
        };
        let digits = [whole, part].concat();
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        // `01.5` would be shown as `1.5`, which is not the text that was read.
        let bare = whole == "0" || !whole.is_empty() && !whole.starts_with('0');
        if !plain || !bare || digits.len() > MOST_DIGITS {
            return Err(no_rate());
        }
        let digits: i128 = digits.parse().map_err(|_| no_rate())?;
        let places = u32::try_from(part.len()).map_err(|_| no_rate())?;
        (digits > 0)
            .then_some(ExchangeRate { digits, places })
            .ok_or_else(no_rate)
    }
}

impl fmt::Display for ExchangeRate {
    /// Writes the rate as it was read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = self.places as usize;
        let digits = format!("{:0>width$}", self.digits, width = places + 1);
        let (whole, part) = digits.split_at(digits.len() - places);
        match part {
            "" => f.write_str(whole),
            part => write!(f, "{whole}.{part}"),
        }
    }
}

/// A currency's rate of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRate {
    /// Days since 1970-01-01.
    pub day: i64,
    /// The currency.
    pub currency: Currency,
    /// Its units for one euro.
    pub rate: ExchangeRate,
}

/// The value of one currency in another on a day, computed through the euro.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateQuote {
    /// The rates' day: days since 1970-01-01.
    pub day: i64,
    /// Rate of the currency that is converted.
    pub from: ExchangeRate,
    /// Rate of the currency that it is converted to.
    pub to: ExchangeRate,
}

impl RateQuote {
    /// The quote of the last day up to `day` on which both currencies have a rate among `rates`.
    /// That day is at most [`RATE_VALID_DAYS`] before `day`.
    pub fn among(rates: &[DayRate], from: Currency, to: Currency, day: i64) -> Option<RateQuote> {
        let rate = |currency: Currency, day: i64| {
            if currency.is_euro() {
                return Some(ExchangeRate::ONE);
            }
            let mut rates = rates.iter();
            let found = rates.find(|rate| rate.day == day && rate.currency == currency);
            found.map(|rate| rate.rate)
        };
        let mut days = (day.saturating_sub(RATE_VALID_DAYS)..=day).rev();
        days.find_map(|day| {
            let (from, to) = (rate(from, day)?, rate(to, day)?);
            Some(RateQuote { day, from, to })
        })
    }

    /// Converts `amount` minor units of `from` to minor units of `to`, rounded half away from zero.
    /// `None` if the result is above [`MAX_CONVERTED`].
    pub fn convert(&self, amount: i64, from: Currency, to: Currency) -> Option<i64> {
        // The factors have at most 64 and 60 bits, so the product does not overflow.
        let mut left = i128::from(amount.unsigned_abs()) * self.to.digits;
        let mut divisor = self.from.digits;
        // How many powers of ten the dividend still needs; if negative, the divisor needs them.
        let mut tens = i64::from(self.from.places) + i64::from(to.exponent())
            - i64::from(self.to.places)
            - i64::from(from.exponent());
        while tens < 0 {
            divisor = divisor.checked_mul(10)?;
            tens += 1;
        }
        let mut quotient = left / divisor;
        left %= divisor;
        // Long division, digit by digit. No step needs a number above ten times the divisor.
        for _ in 0..tens {
            left *= 10;
            quotient = quotient.checked_mul(10)?.checked_add(left / divisor)?;
            left %= divisor;
        }
        if left * 2 >= divisor {
            quotient += 1;
        }
        let turned = i64::try_from(quotient).ok()?;
        if turned > MAX_CONVERTED {
            return None;
        }
        Some(if amount < 0 { -turned } else { turned })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    fn rate(day: i64, code: &str, rate: &str) -> DayRate {
        DayRate {
            day,
            currency: currency(code),
            rate: rate.parse().unwrap(),
        }
    }

    fn turned(amount: i64, (from, of): (&str, &str), (to, into): (&str, &str)) -> Option<i64> {
        let quote = RateQuote {
            day: 0,
            from: of.parse().unwrap(),
            to: into.parse().unwrap(),
        };
        quote.convert(amount, currency(from), currency(to))
    }

    #[test]
    fn rates_are_shown_as_they_were_written() {
        for text in ["1", "1.0521", "163.20", "0.0078", "999999999999999999"] {
            assert_eq!(text.parse::<ExchangeRate>().unwrap().to_string(), text);
        }
        for text in [
            "", "0", "0.00", "-1", "+1", "1,5", "1.", ".5", "01.5", "1e3", "N/A", "１",
        ] {
            assert!(text.parse::<ExchangeRate>().is_err(), "{text}");
        }
        assert!("1.0000000000000000000".parse::<ExchangeRate>().is_err());
    }

    #[test]
    fn zeros_at_the_end_are_no_other_rate() {
        let same = |one: &str, other: &str| {
            let [one, other]: [ExchangeRate; 2] = [one, other].map(|text| text.parse().unwrap());
            assert_eq!(one.has_value_of(other), other.has_value_of(one));
            one.has_value_of(other)
        };
        assert!(same("136.00", "136"));
        assert!(same("0.5", "0.50000000000000000"));
        assert!(same("999999999999999999", "999999999999999999"));
        assert!(!same("136.00", "136.01"));
        assert!(!same("136", "1360"));
        assert!(!same("0.00000000000000001", "100000000000000000"));
    }

    #[test]
    fn minor_units_differ_by_currency() {
        let euro = ("EUR", "1");
        assert_eq!(turned(12_000, ("USD", "1.0521"), euro), Some(11_406));
        assert_eq!(turned(16_320, ("JPY", "163.20"), euro), Some(10_000));
        assert_eq!(turned(10_000, euro, ("JPY", "163.20")), Some(16_320));
        assert_eq!(
            turned(4999, ("KWD", "0.3234"), ("JPY", "163.2")),
            Some(2523)
        );
        assert_eq!(turned(i64::MAX, euro, ("IDR", "17000.5")), None);
    }

    #[test]
    fn halves_go_away_from_zero() {
        let (euro, two) = (("EUR", "1"), ("USD", "2"));
        assert_eq!(turned(3, two, euro), Some(2));
        assert_eq!(turned(-3, two, euro), Some(-2));
        assert_eq!(turned(0, two, euro), Some(0));
    }

    #[test]
    fn the_day_s_rate_or_the_last_within_a_week_on_which_both_had_one() {
        let rates = [
            rate(10, "USD", "1.1"),
            rate(10, "JPY", "160"),
            rate(12, "USD", "1.2"),
        ];
        let quote = |from, to, day| {
            let quote = RateQuote::among(&rates, currency(from), currency(to), day);
            quote.map(|quote| quote.day)
        };
        assert_eq!(quote("USD", "EUR", 9), None);
        assert_eq!(quote("USD", "EUR", 11), Some(10));
        assert_eq!(quote("EUR", "USD", 12), Some(12));
        assert_eq!(quote("USD", "EUR", 19), Some(12));
        assert_eq!(quote("USD", "EUR", 20), None);
        assert_eq!(quote("USD", "JPY", 13), Some(10));
        assert_eq!(quote("GBP", "EUR", 10), None);
    }

    proptest! {
        /// The definition, in fractions: no whole number is nearer to the exact value.
        #[test]
        fn nothing_is_nearer(
            amount in -1_000_000_000i64..1_000_000_000,
            from in 1i64..10_000_000, to in 1i64..10_000_000,
            places in 0u32..5,
        ) {
            let unit = 10i128.pow(places);
            let shown = |digits: i64| ExchangeRate { digits: digits.into(), places };
            let quote = RateQuote { day: 0, from: shown(from), to: ExchangeRate { digits: to.into(), places: 0 } };
            let turned = quote.convert(amount, currency("USD"), currency("EUR"));
            prop_assume!(turned.is_some());
            let turned = turned.unwrap();
            // |turned - exact| * 2 <= 1, and a half is rounded away from zero.
            let exact = i128::from(amount) * i128::from(to) * unit;
            let off = (i128::from(turned) * i128::from(from) - exact) * i128::from(amount.signum());
            prop_assert!(off * 2 <= i128::from(from) && off * 2 > -i128::from(from));
        }

        /// Each part is rounded separately, and so is the whole.
        #[test]
        fn parts_miss_the_whole_by_half_a_unit_each_at_most(
            parts in prop::collection::vec(1i64..1_000_000_000, 1..9),
            from in 1i64..1_000_000, to in 1i64..1_000_000,
        ) {
            let quote = RateQuote {
                day: 0,
                from: ExchangeRate { digits: from.into(), places: 4 },
                to: ExchangeRate { digits: to.into(), places: 4 },
            };
            let convert = |amount| quote.convert(amount, currency("USD"), currency("GBP"));
            prop_assume!(convert(parts.iter().sum()).is_some());
            let convert = |amount| convert(amount).unwrap();
            let refunded: i64 = parts.iter().map(|part| convert(-part)).sum();
            let off = convert(parts.iter().sum()) + refunded;
            prop_assert!(off.unsigned_abs() * 2 <= parts.len() as u64 + 1);
        }

        #[test]
        fn what_is_taken_back_comes_to_nothing(
            amount in any::<i64>(), from in 1i64..1_000_000_000, to in 1i64..1_000_000_000,
        ) {
            let quote = RateQuote {
                day: 0,
                from: ExchangeRate { digits: from.into(), places: 4 },
                to: ExchangeRate { digits: to.into(), places: 2 },
            };
            prop_assume!(amount != i64::MIN);
            let [dollar, yen] = [currency("USD"), currency("JPY")];
            let there = quote.convert(amount, dollar, yen);
            prop_assert_eq!(there.map(|amount| -amount), quote.convert(-amount, dollar, yen));
        }
    }

    proptest! {
        #[test]
        fn whatever_the_rates_an_amount_keeps_its_sign_and_can_be_counted(
            amount in -crate::money::MAX_AMOUNT..=crate::money::MAX_AMOUNT,
            from in "[1-9][0-9]{0,8}\\.[0-9]{0,8}[1-9]",
            to in "[1-9][0-9]{0,8}\\.[0-9]{0,8}[1-9]",
            codes in prop::sample::subsequence(vec!["JPY", "KWD", "IDR", "USD"], 2),
        ) {
            let there = |amount| turned(amount, (codes[0], &from), (codes[1], &to));
            if let Some(into) = there(amount) {
                prop_assert!(into.abs() <= MAX_CONVERTED);
                prop_assert!(into == 0 || into.signum() == amount.signum());
            }
            prop_assert_eq!(there(amount).map(|amount| -amount), there(-amount));
        }
    }
}
