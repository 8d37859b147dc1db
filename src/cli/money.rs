//! Money at the command line: in major units, with the decimals of its currency.
//!
//! # Invariants
//! An amount that is ambiguous, or would have to be rounded, is refused with an example.

use anyhow::Context;

use crate::money::{Currency, Money, number_text};

/// The money in the value of an option, in that currency.
///
/// # Errors
/// For an unknown currency, and an amount that it does not have.
pub(super) fn given(option: &str, amount: &str, currency: &str) -> anyhow::Result<Money> {
    let currency: Currency = currency.to_ascii_uppercase().parse()?;
    let units = number_text::amount(amount, currency).with_context(|| {
        let example = Money {
            amount: 4990,
            currency,
        };
        format!("{option} is {amount:?}; give it in major units, such as {example}")
    })?;
    Ok(Money {
        amount: units,
        currency,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_in_major_units_with_the_decimals_of_their_currency() {
        for (amount, currency, shown) in [
            ("49.90", "EUR", "49.90 EUR"),
            ("49,9", "eur", "49.90 EUR"),
            ("1000", "EUR", "1000.00 EUR"),
            ("1,234.50", "USD", "1234.50 USD"),
            ("4990", "JPY", "4990 JPY"),
            ("1.234", "KWD", "1.234 KWD"),
            ("5", "KWD", "5.000 KWD"),
        ] {
            let money = given("--amount", amount, currency).unwrap();
            assert_eq!(money.to_string(), shown, "{amount}");
        }
        for (amount, currency, why) in [
            ("1.234", "EUR", "may be a thousand times as much"),
            ("49.999", "EUR", "may be a thousand times as much"),
            ("49.9999", "EUR", "more than the 2 places"),
            ("49.90", "JPY", "more than the 0 places"),
            ("4.9991", "KWD", "more than the 3 places"),
            ("-5", "EUR", "not a number of zero or more"),
            ("lots", "EUR", "not a number"),
            ("5", "EURO", "EURO"),
        ] {
            let error = given("--amount", amount, currency).unwrap_err();
            let message = format!("{error:#}");
            assert!(message.contains(why), "{amount} {currency}: {message}");
        }
    }
}
