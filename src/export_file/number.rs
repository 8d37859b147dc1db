//! Numbers of a file: what marks their money, and which decimal mark the file has.
//!
//! # Invariants
//! The decimal mark belongs to the file. Numbers that can be read in one way only decide it.

use super::format::FORMATS;
use crate::money::Currency;
use crate::money::number_text::DecimalMark;

/// What stands where a network reports nothing.
const NOT_REPORTED: [&str; 7] = ["--", "-", "—", "–", "n/a", "undefined", "not available"];

/// Whether a cell says that its value is not reported, which is not zero.
pub fn is_not_reported(text: &str) -> bool {
    let text = text.trim();
    let below = text.strip_prefix('<').map(str::trim_start);
    below.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        || NOT_REPORTED
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word))
}

/// What a cell says of its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurrencySign {
    /// Nothing.
    None,
    /// A dollar or peso of some country.
    Dollar,
    /// This one.
    Of(Currency),
}

/// The number in a cell without the sign of its currency: `US$5.00`, `5,00 EUR`, `R$ 4.250,90`.
///
/// A cell with a sign that is not known is left as it is.
pub fn unsigned(text: &str) -> (String, CurrencySign) {
    let is_digit = |c: char| c.is_ascii_digit();
    let (Some(first), Some(last)) = (text.find(is_digit), text.rfind(is_digit)) else {
        return (text.to_owned(), CurrencySign::None);
    };
    let (before, rest) = text.split_at(first);
    let (number, behind) = rest.split_at(last + 1 - first);
    let is_sign = |c: &char| {
        c.is_alphabetic() || matches!(c, '$' | '£' | '¥' | '฿' | '￥' | '\u{20a0}'..='\u{20cf}')
    };
    let marked: String = before
        .chars()
        .chain(behind.chars())
        .filter(is_sign)
        .collect();
    if marked.is_empty() {
        return (text.to_owned(), CurrencySign::None);
    }
    let sign = match marked.as_str() {
        "$" => CurrencySign::Dollar,
        "¥" | "￥" => CurrencySign::None,
        marked => {
            let of_code = || marked.to_ascii_uppercase().parse().ok();
            match FORMATS.sign(marked).or_else(of_code) {
                Some(currency) => CurrencySign::Of(currency),
                None => return (text.to_owned(), CurrencySign::None),
            }
        }
    };
    let kept = |part: &str| -> String {
        let is_kept = |c: &char| !is_sign(c) && !c.is_whitespace();
        part.chars().filter(is_kept).collect()
    };
    (format!("{}{number}{}", kept(before), kept(behind)), sign)
}

/// What the name of a column says of a currency that a sign does not tell alone: `Cost ($)`.
pub fn sign_in_name(name: &str) -> CurrencySign {
    let last = name.split_whitespace().next_back().unwrap_or_default();
    let is_dollar = last.trim_matches(['(', ')', '[', ']']) == "$";
    if is_dollar {
        CurrencySign::Dollar
    } else {
        CurrencySign::None
    }
}

/// A number or day with digits, decimal mark and minus of another script, in those of ASCII; none
/// where it has none.
pub fn in_ascii(text: &str) -> Option<String> {
    let of_sign = |c: char| match c {
        '٫' => Some("."),
        '٬' => Some(","),
        '\u{2212}' => Some("-"),
        '\u{2bc}' => Some("'"),
        // Raised ones are letters in a wrong encoding.
        '¹' | '²' | '³' => None,
        c if !c.is_ascii() && c.is_numeric() => {
            let digit = any_ascii::any_ascii_char(c);
            (digit.len() == 1 && digit.as_bytes()[0].is_ascii_digit()).then_some(digit)
        }
        _ => None,
    };
    if !text.contains(|c: char| of_sign(c).is_some()) {
        return None;
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match of_sign(c) {
            Some(sign) => plain.push_str(sign),
            None => plain.push(c),
        }
    }
    Some(plain)
}

/// Whether money with a sign may be in that currency.
pub fn fits(sign: CurrencySign, currency: Currency) -> bool {
    match sign {
        CurrencySign::None => true,
        CurrencySign::Of(named) => named == currency,
        CurrencySign::Dollar => !matches!(
            currency.code(),
            "EUR"
                | "GBP"
                | "JPY"
                | "CNY"
                | "INR"
                | "CHF"
                | "SEK"
                | "NOK"
                | "DKK"
                | "PLN"
                | "CZK"
                | "HUF"
                | "RON"
                | "BGN"
                | "TRY"
                | "ILS"
                | "KRW"
                | "KWD"
                | "AED"
                | "SAR"
                | "EGP"
        ),
    }
}

/// The decimal mark that a number can have, where there is only one; a count has no decimals.
pub(super) fn vote(text: &str, is_count: bool) -> Option<DecimalMark> {
    let (number, _) = unsigned(text);
    let is_part = |c: &char| c.is_ascii_digit() || matches!(c, '.' | ',');
    let bare: String = number.chars().filter(is_part).collect();
    let at = bare.rfind(['.', ','])?;
    let (last, other) = if bare[at..].starts_with('.') {
        (DecimalMark::Point, DecimalMark::Comma)
    } else {
        (DecimalMark::Comma, DecimalMark::Point)
    };
    let count = |mark: char| bare.matches(mark).count();
    let (points, commas) = (count('.'), count(','));
    if points + commas == 1 {
        let (whole, fraction) = (&bare[..at], &bare[at + 1..]);
        let may_be_groups = fraction.len() == 3 && (1..=3).contains(&whole.len());
        return match may_be_groups && !whole.starts_with('0') {
            false => Some(last),
            true if is_count => Some(other),
            true => None,
        };
    }
    match (points, commas) {
        (0, _) => Some(DecimalMark::Point),
        (_, 0) => Some(DecimalMark::Comma),
        _ => Some(last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_money_are_told_from_numbers() {
        for (text, number, code) in [
            ("US$5.00", "5.00", Some("USD")),
            ("A$5", "5", Some("AUD")),
            ("5,00 EUR", "5,00", Some("EUR")),
            ("5,00\u{a0}€", "5,00", Some("EUR")),
            ("R$ 4.250,90", "4.250,90", Some("BRL")),
            ("CHF 1'234.50", "1'234.50", Some("CHF")),
            ("-£5", "-5", Some("GBP")),
            ("500 ₴", "500", Some("UAH")),
            ("5,00 ₽", "5,00", Some("RUB")),
            ("￥500", "500", None),
            ("1.2K", "1.2K", None),
            ("12", "12", None),
            ("many", "many", None),
        ] {
            let (found, sign) = unsigned(text);
            assert_eq!(found, number, "{text}");
            let expected = code.map_or(CurrencySign::None, |code| {
                CurrencySign::Of(code.parse().unwrap())
            });
            assert_eq!(sign, expected, "{text}");
        }
        assert_eq!(unsigned("$5").1, CurrencySign::Dollar);
        assert!(fits(CurrencySign::Dollar, "CAD".parse().unwrap()));
        assert!(!fits(CurrencySign::Dollar, "EUR".parse().unwrap()));
    }

    #[test]
    fn digits_of_all_scripts_are_read() {
        for (text, plain) in [
            ("١٬٢٣٤٫٥٠", "1,234.50"),
            ("۲۰۲۶/۰۹/۰۱", "2026/09/01"),
            ("५.५०", "5.50"),
            ("５.００", "5.00"),
            ("\u{2212}5", "-5"),
        ] {
            assert_eq!(in_ascii(text).as_deref(), Some(plain), "{text}");
        }
        for text in ["5.00", "½", "②", "五", ""] {
            let plain = in_ascii(text);
            assert!(plain.is_none() || text == "②", "{text}: {plain:?}");
        }
    }

    #[test]
    fn some_numbers_decide_their_decimal_mark() {
        let (point, comma) = (Some(DecimalMark::Point), Some(DecimalMark::Comma));
        for (number, expected) in [
            ("5,50", comma),
            ("0.125", point),
            ("1.234.567", comma),
            ("1234.567", point),
            ("12.345678", point),
            ("1.234,5", comma),
            ("1.234", None),
            ("12", None),
        ] {
            assert_eq!(vote(number, false), expected, "{number}");
        }
        assert_eq!(vote("12.345", true), comma);
    }

    #[test]
    fn what_is_not_reported_is_known() {
        for text in ["--", " --", "—", "N/A", "<5", "< 10 %", "undefined"] {
            assert!(is_not_reported(text), "{text}");
        }
        for text in ["0", "-5", "<b>", "", "n"] {
            assert!(!is_not_reported(text), "{text}");
        }
    }
}
