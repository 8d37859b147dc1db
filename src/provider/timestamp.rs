//! Times as senders write them: RFC 3339, or seconds or milliseconds since 1970.
//!
//! # Invariants
//! A time without an offset is refused, because its time zone is unknown.
//!
//! # Out of scope
//! The fields of a provider.

use rust_decimal::Decimal;

use crate::clock::Millis;

/// From this number on, a number is in milliseconds: in seconds it would be the year 5138.
const FIRST_MS: i64 = 100_000_000_000;

/// The time of a text or number: `2026-03-29T12:00:00Z`, `1774785600`, `1774785600.25` or
/// `1774785600000`.
pub fn read(text: &str) -> Option<Millis> {
    let text = text.trim();
    let Ok(number) = Decimal::from_str_exact(text) else {
        return Millis::parse(text).ok();
    };
    let whole = i64::try_from(number.trunc()).ok()?;
    if whole >= FIRST_MS {
        return Some(Millis(whole));
    }
    let ms = number.checked_mul(Decimal::ONE_THOUSAND)?;
    i64::try_from(ms.trunc()).ok().map(Millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_form_is_read() {
        for text in [
            "2026-03-29T12:00:00Z",
            "2026-03-29T14:00:00.000000+02:00",
            " 1774785600 ",
            "1774785600.0",
            "1774785600000",
        ] {
            assert_eq!(read(text), Some(Millis(1_774_785_600_000)), "{text}");
        }
        for odd in [
            "",
            "soon",
            "2026-03-29 12:00:00",
            "2026-03-29",
            "99999999999999999999",
            "NaN",
        ] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
