//! Money as whole minor units of one ISO 4217 currency.
//!
//! Holds: no fraction of a minor unit exists, amounts of different currencies are never added, and
//! no sum wraps. What turns one currency into another stands in [`rate`], where its rates come from
//! in [`ecb`], and how exports write amounts in [`number_text`].

pub mod ecb;
pub mod number_text;
pub mod rate;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The largest amount that is taken in, in minor units: ten thousand million euros.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000;

/// The largest amount that one becomes in another currency. Thousands of them can be summed; sums
/// that are larger still stay at the largest number there is and never wrap.
pub const MAX_CONVERTED: i64 = 1000 * MAX_AMOUNT;

/// An ISO 4217 currency by its three letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// How many decimal places the minor unit has: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn exponent(self) -> u32 {
        u32::from(self.0.exponent().unwrap_or(0))
    }

    /// Whether it is the one that rates are given for.
    pub fn is_euro(self) -> bool {
        self.0 == iso_currency::Currency::EUR
    }

    /// The three letters, upper case.
    pub fn code(self) -> &'static str {
        self.0.code()
    }
}

/// The text is not the code of a currency.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an ISO 4217 currency code; use three upper-case letters like EUR")]
pub struct UnknownCurrency(pub String);

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        iso_currency::Currency::from_code(text)
            .map(Currency)
            .ok_or_else(|| UnknownCurrency(text.chars().take(16).collect()))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// An amount in minor units (cents for EUR), signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Money {
    /// Minor units: 4999 is 49.99 EUR, or 4999 JPY.
    pub amount: i64,
    /// What the units are of.
    #[schema(value_type = String, example = "EUR")]
    pub currency: Currency,
}

impl Money {
    /// The amount in the currency's own places, without its code: `49.99`, `4999`, `-0.05`.
    pub fn number(self) -> String {
        let places = self.currency.exponent();
        let unit = 10u64.pow(places);
        let absolute = self.amount.unsigned_abs();
        let sign = if self.amount < 0 { "-" } else { "" };
        let whole = absolute / unit;
        if places == 0 {
            return format!("{sign}{whole}");
        }
        let part = absolute % unit;
        format!("{sign}{whole}.{part:0width$}", width = places as usize)
    }
}

impl fmt::Display for Money {
    /// `49.99 EUR`, `4999 JPY`, `-0.05 EUR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(amount: i64, code: &str) -> String {
        Money {
            amount,
            currency: code.parse().unwrap(),
        }
        .to_string()
    }

    #[test]
    fn prints_with_the_currency_s_own_places() {
        assert_eq!(shown(4999, "EUR"), "49.99 EUR");
        assert_eq!(shown(4999, "JPY"), "4999 JPY");
        assert_eq!(shown(4999, "KWD"), "4.999 KWD");
        assert_eq!(shown(-5, "EUR"), "-0.05 EUR");
        assert_eq!(shown(i64::MIN, "EUR"), "-92233720368547758.08 EUR");
    }

    #[test]
    fn unknown_codes_are_refused() {
        assert!("EURO".parse::<Currency>().is_err());
        assert!("eur".parse::<Currency>().is_err());
    }
}
