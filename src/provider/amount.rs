//! Amounts as shops write them: decimal texts, or minor units with the provider's own exponent.
//!
//! # Invariants
//! Reading is exact. Only digits beyond the currency's decimal places are rounded, half away from
//! zero.
//!
//! # Out of scope
//! The fields of a provider.

use rust_decimal::{Decimal, RoundingStrategy};

use super::report_error::ReportError;
use crate::money::{self, Currency, Money};

/// Largest amount, in minor units.
pub const MAX: i64 = money::MAX_AMOUNT;

/// A currency by its three letters, upper or lower case.
///
/// # Errors
/// [`ReportError::UnknownCurrency`].
pub fn currency(text: &str) -> Result<Currency, ReportError> {
    let upper = text.trim().to_ascii_uppercase();
    upper
        .parse()
        .map_err(|_| ReportError::UnknownCurrency(upper.chars().take(16).collect()))
}

/// Money from a decimal text such as `409.94` or `-10.00`.
///
/// # Errors
/// [`ReportError::AmountMalformed`] or [`ReportError::AmountTooLarge`].
pub fn decimal(text: &str, currency: Currency) -> Result<Money, ReportError> {
    let malformed = || ReportError::AmountMalformed(text.chars().take(32).collect());
    let amount = Decimal::from_str_exact(text.trim())
        .or_else(|_| Decimal::from_scientific(text.trim()))
        .map_err(|_| malformed())?;
    minor(amount, currency.exponent(), currency)
}

/// Money from minor units with the provider's own exponent: 500 with exponent 2 is 5 ISK.
///
/// # Errors
/// [`ReportError::AmountTooLarge`].
pub fn scaled(units: i64, exponent: u32, currency: Currency) -> Result<Money, ReportError> {
    if units.unsigned_abs() > MAX.unsigned_abs() * 1000 {
        return Err(ReportError::AmountTooLarge);
    }
    minor(Decimal::new(units, exponent), currency.exponent(), currency)
}

fn minor(amount: Decimal, places: u32, currency: Currency) -> Result<Money, ReportError> {
    let rounded = amount.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    let units = rounded.checked_mul(Decimal::from(10u64.pow(places)));
    let units = units.and_then(|units| i64::try_from(units).ok());
    match units {
        Some(amount) if amount.abs() <= MAX => Ok(Money { amount, currency }),
        _ => Err(ReportError::AmountTooLarge),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, code: &str) -> Result<String, &'static str> {
        decimal(text, code.parse().unwrap())
            .map(|money| money.to_string())
            .map_err(|error| error.code())
    }

    #[test]
    fn decimal_texts_are_exact() {
        for (text, code, shown) in [
            ("409.94", "EUR", "409.94 EUR"),
            ("0.1", "EUR", "0.10 EUR"),
            ("-10.00", "EUR", "-10.00 EUR"),
            ("1e2", "EUR", "100.00 EUR"),
            ("4999", "JPY", "4999 JPY"),
            ("5.1245", "KWD", "5.125 KWD"),
            ("19.995", "EUR", "20.00 EUR"),
            ("-19.995", "EUR", "-20.00 EUR"),
        ] {
            assert_eq!(read(text, code).as_deref(), Ok(shown));
        }
        for odd in ["", "12,50", "NaN", "1.2.3", "€5"] {
            assert_eq!(read(odd, "EUR"), Err("amount_malformed"), "{odd}");
        }
        assert_eq!(read("1e20", "EUR"), Err("amount_too_large"));
    }

    #[test]
    fn units_of_another_exponent_are_brought_to_the_currency_s() {
        let read = |units, exponent, code: &str| {
            scaled(units, exponent, code.parse().unwrap())
                .unwrap()
                .to_string()
        };
        assert_eq!(read(500, 2, "ISK"), "5 ISK");
        assert_eq!(read(500, 0, "MGA"), "500.00 MGA");
        assert_eq!(read(5120, 3, "KWD"), "5.120 KWD");
        assert_eq!(read(-4999, 2, "EUR"), "-49.99 EUR");
    }
}
