//! The decimal places of Stripe's amounts, which differ from ISO 4217.
//!
//! # Invariants
//! Every currency has one exponent here: that of Stripe's amounts of charges and refunds.
//!
//! # Out of scope
//! Stripe's objects.

use crate::money::{Currency, Money};
use crate::provider::amount;
use crate::provider::report_error::ReportError;

/// Amounts in whole units. ISK and UGX also have no smaller unit, but their amounts have two
/// places.
const WHOLE: [&str; 15] = [
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
    "XOF", "XPF",
];

/// Amounts in thousandths.
const THOUSANDTHS: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];

/// The decimal places of Stripe's amounts.
pub(super) fn of(currency: Currency) -> u32 {
    let code = currency.code();
    if WHOLE.contains(&code) {
        0
    } else if THOUSANDTHS.contains(&code) {
        3
    } else {
        2
    }
}

/// Money from an amount and a currency as Stripe writes them.
///
/// # Errors
/// [`ReportError::UnknownCurrency`], [`ReportError::AmountNegative`] or
/// [`ReportError::AmountTooLarge`].
pub(super) fn money(units: i64, currency: &str) -> Result<Money, ReportError> {
    let currency = amount::currency(currency)?;
    if units < 0 {
        return Err(ReportError::AmountNegative);
    }
    amount::scaled(units, of(currency), currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_go_by_stripe_s_own_exponents() {
        let shown = |units, code: &str| money(units, code).unwrap().to_string();
        for (code, exponent) in [
            ("BIF", 0),
            ("CLP", 0),
            ("DJF", 0),
            ("GNF", 0),
            ("JPY", 0),
            ("KMF", 0),
            ("KRW", 0),
            ("MGA", 0),
            ("PYG", 0),
            ("RWF", 0),
            ("VND", 0),
            ("VUV", 0),
            ("XAF", 0),
            ("XOF", 0),
            ("XPF", 0),
            ("BHD", 3),
            ("JOD", 3),
            ("KWD", 3),
            ("OMR", 3),
            ("TND", 3),
            ("ISK", 2),
            ("UGX", 2),
            ("HUF", 2),
            ("TWD", 2),
            ("EUR", 2),
            ("USD", 2),
        ] {
            let currency: Currency = code.parse().unwrap();
            assert_eq!(of(currency), exponent, "{code}");
            let five = 5 * 10i64.pow(exponent);
            let whole = Money {
                amount: 5 * 10i64.pow(currency.exponent()),
                currency,
            };
            assert_eq!(shown(five, &code.to_lowercase()), whole.to_string());
        }
        assert_eq!(shown(500, "mga"), "500.00 MGA");
        assert_eq!(shown(500, "isk"), "5 ISK");
        assert_eq!(shown(500, "ugx"), "5 UGX");
        assert_eq!(shown(5130, "kwd"), "5.130 KWD");
        assert_eq!(shown(4999, "jpy"), "4999 JPY");
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        let code = |units, currency| money(units, currency).unwrap_err().code();
        assert_eq!(code(1, "eurocent"), "unknown_currency");
        assert_eq!(code(-1, "eur"), "amount_negative");
        assert_eq!(code(i64::MAX, "eur"), "amount_too_large");
        assert_eq!(code(i64::MIN, "mga"), "amount_negative");
    }
}
