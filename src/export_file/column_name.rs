//! Names of columns, as they are compared.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::decode::repaired;
use crate::money::Currency;

/// A name as columns are compared, and the currency behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnName {
    /// Lower case without accents, words joined by `_`.
    pub plain: String,
    /// `EUR` of `Amount spent (EUR)`.
    pub currency: Option<Currency>,
}

impl ColumnName {
    /// The name that a cell of a header holds.
    pub fn of(cell: &str) -> ColumnName {
        let repaired = repaired(cell);
        let cell = repaired.as_deref().unwrap_or(cell);
        let bare = cell.trim().trim_end_matches([')', ']']);
        let split = bare.rsplit_once(['(', '[']);
        let currency = split.and_then(|(_, behind)| behind.trim().parse().ok());
        let name = match (split, currency) {
            (Some((before, _)), Some(_)) => before,
            _ => bare,
        };
        ColumnName {
            plain: folded(name),
            currency,
        }
    }
}

/// Lower case without accents, words joined by `_`.
pub fn folded(text: &str) -> String {
    let letters: String = text
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect();
    let words: Vec<&str> = letters
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_accents_signs_and_currency() {
        for (cell, plain, currency) in [
            ("\u{feff}Amount spent (EUR)", "amount_spent", Some("EUR")),
            ("Coût", "cout", None),
            ("Montant dÃ©pensÃ© (EUR)", "montant_depense", Some("EUR")),
            ("Start Date (in UTC)", "start_date_in_utc", None),
            ("Impr.", "impr", None),
            ("Clicks (all)", "clicks_all", None),
            ("Cost\u{a0}[USD]", "cost", Some("USD")),
        ] {
            let name = ColumnName::of(cell);
            assert_eq!(name.plain, plain, "{cell}");
            assert_eq!(
                name.currency
                    .map(|currency| currency.code().to_owned())
                    .as_deref(),
                currency
            );
        }
    }
}
