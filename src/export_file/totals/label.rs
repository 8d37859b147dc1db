//! The labels of totals in exported files.

/// Words that the label of a total begins with, in lower case.
const WORDS: [&str; 31] = [
    "grand total",
    "subtotal",
    "sub-total",
    "sous-total",
    "totals",
    "totale",
    "total général",
    "total general",
    "total",
    "gesamtsumme",
    "gesamtergebnis",
    "gesamt",
    "insgesamt",
    "zwischensumme",
    "summe",
    "somme",
    "suma",
    "soma",
    "totaal",
    "totalt",
    "합계",
    "łącznie",
    "razem",
    "celkem",
    "összesen",
    "toplam",
    "yhteensä",
    "итого",
    "всего",
    "合計",
    "总计",
];

/// The words before the number of campaigns in Meta's labels of totals.
const RESULTS: [&str; 5] = [
    "results from",
    "ergebnisse aus",
    "ergebnisse von",
    "résultats de",
    "resultados de",
];

/// How much a name looks like the label of a total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TotalLabel {
    /// Not at all.
    None,
    /// It begins with such a word, but so may a campaign's name: `Total control`.
    MayBe,
    /// Only a total has such a label: `Total`, `Total: Account`, `Results from 3 campaigns`.
    Total,
}

impl TotalLabel {
    pub fn of(name: &str) -> TotalLabel {
        let name = name.trim().to_lowercase();
        let begins_with_number =
            |text: &str| text.trim_start().starts_with(|c: char| c.is_ascii_digit());
        let mut results = RESULTS.iter().filter_map(|word| name.strip_prefix(word));
        if results.any(begins_with_number) {
            return TotalLabel::Total;
        }
        let mut label = TotalLabel::None;
        for rest in WORDS.iter().filter_map(|word| name.strip_prefix(word)) {
            let behind = rest.trim_start();
            let of_so_many = ["of ", "from ", "aus ", "von ", "de "]
                .iter()
                .filter_map(|word| behind.strip_prefix(word))
                .any(begins_with_number);
            if behind.is_empty() || behind.starts_with([':', '(']) || of_so_many {
                return TotalLabel::Total;
            }
            // `Totally` and `Summer` are other words.
            if !rest.starts_with(char::is_alphanumeric) {
                label = TotalLabel::MayBe;
            }
        }
        label
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_known_by_their_names_and_campaigns_are_left_alone() {
        for name in [
            "Total",
            " TOTALS ",
            "Total: Account",
            "Gesamt: Konto",
            "Total : compte",
            "Total: N resultados",
            "Total of 1 results",
            "Results from 1 campaign",
            "Ergebnisse aus 3 Kampagnen",
            "Résultats de 2 campagnes",
            "Summe",
            "Gesamtsumme",
            "Grand total",
            "Total (3 campaigns)",
            "합계",
            "Łącznie: kampanie",
            "Итого: аккаунт",
        ] {
            assert_eq!(TotalLabel::of(name), TotalLabel::Total, "{name}");
        }
        for name in [
            "Total control",
            "Total - Brand",
            "Gesamt Marke",
            "Suma cum laude",
        ] {
            assert_eq!(TotalLabel::of(name), TotalLabel::MayBe, "{name}");
        }
        for name in [
            "Summer sale",
            "Totally new",
            "Spring",
            "",
            "Results fromage",
            "Sumatra",
        ] {
            assert_eq!(TotalLabel::of(name), TotalLabel::None, "{name}");
        }
    }
}
