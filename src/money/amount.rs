//! Amounts of money in minor units.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::currency::Currency;

/// The largest amount that is accepted, in minor units: ten thousand million euros.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000;

/// The largest amount that a conversion to another currency may give. Thousands of them can be
/// summed; larger sums saturate and never wrap.
pub const MAX_CONVERTED: i64 = 1000 * MAX_AMOUNT;

/// An amount in minor units (cents for EUR), signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Money {
    /// Minor units: 4999 is 49.99 EUR, or 4999 JPY.
    pub amount: i64,
    /// ISO 4217 code of the currency.
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
    fn prints_with_the_places_of_the_currency() {
        assert_eq!(shown(4999, "EUR"), "49.99 EUR");
        assert_eq!(shown(4999, "JPY"), "4999 JPY");
        assert_eq!(shown(4999, "KWD"), "4.999 KWD");
        assert_eq!(shown(-5, "EUR"), "-0.05 EUR");
        assert_eq!(shown(i64::MIN, "EUR"), "-92233720368547758.08 EUR");
    }
}
