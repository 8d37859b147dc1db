//! Finds the totals of an exported table: rows that are sums of other rows. Counting them would
//! count every figure twice.
//!
//! # Invariants
//! A total is recognised by its label and its empty cells. If these do not decide, its figures must
//! be the sums of other rows. A row that stays unclear is neither dropped nor counted: the user is
//! asked.
//!
//! # Out of scope
//! What rows stand for, and what becomes of totals.

mod label;

use std::collections::HashMap;

use super::number;
use super::table::{ExportRow, ExportTable};
use crate::money::Currency;
use crate::money::number_text::{self, DecimalMark};
pub(super) use label::TotalLabel;

/// Columns that name the campaign, link or post of a row.
const WHAT: [&str; 3] = ["campaign", "link", "permalink"];

/// Further columns that distinguish rows.
const MORE: [&str; 3] = ["network", "note", "event_id"];

/// Largest rounding error of a row, in minor units.
const ROUNDING: i64 = 1;

/// What a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// Not a total.
    Own,
    /// The sum of other rows.
    Total,
    /// It may be either. The fields are the column that causes the doubt, and what to do.
    Unclear(&'static str, String),
}

/// The properties of a row that decide whether it is a total.
struct RowShape<'a> {
    label: TotalLabel,
    /// Its cells in [`WHAT`] and [`MORE`].
    names: [&'a str; 6],
    day: Option<&'a str>,
    /// Whether its day is written without a digit, so that it cannot be a date.
    is_day_worded: bool,
    range: Option<(&'a str, &'a str)>,
    figures: Vec<Option<i64>>,
}

impl<'a> RowShape<'a> {
    fn of(row: ExportRow<'a>, figures: &[&'static str]) -> RowShape<'a> {
        let mut names = [""; 6];
        for (name, column) in names.iter_mut().zip(WHAT.iter().chain(&MORE)) {
            *name = row.get(column).unwrap_or_default();
        }
        // A total may have its label in the column of permalinks.
        if TotalLabel::of(names[2]) == TotalLabel::Total {
            names[2] = "";
        }
        let figure = |column: &&'static str| match *column {
            "amount" => {
                let (text, currency) = row.money("amount")?;
                let currency = currency.or_else(|| row.get("currency")?.parse().ok());
                amount(text, currency, row.decimal())
            }
            count => number_text::count(row.get(count)?).ok(),
        };
        RowShape {
            label: label(row),
            names,
            // A total may have its label in this column.
            day: row
                .get("day")
                .filter(|day| TotalLabel::of(day) == TotalLabel::None),
            is_day_worded: row.get("day").is_some_and(|day| !day.contains(is_digit)),
            range: row.get("from").zip(row.get("to")),
            figures: figures.iter().map(figure).collect(),
        }
    }

    /// Whether it names its campaign, link or post.
    fn says_what(&self) -> bool {
        self.names[..WHAT.len()].iter().any(|name| !name.is_empty())
    }

    fn is_named(&self) -> bool {
        self.names.iter().any(|name| !name.is_empty())
    }

    /// Whether it covers several days together.
    fn spans_days(&self) -> bool {
        self.range.is_some_and(|(from, to)| from != to)
    }
}

/// The sums of the figures of some rows.
#[derive(Clone, Debug, Default)]
struct FigureSums {
    figures: Vec<i64>,
    rows: i64,
}

impl FigureSums {
    fn add(&mut self, shape: &RowShape<'_>) {
        self.rows += 1;
        self.figures.resize(shape.figures.len(), 0);
        for (sum, figure) in self.figures.iter_mut().zip(&shape.figures) {
            *sum = sum.saturating_add(figure.unwrap_or(0));
        }
    }

    /// The sums without one of the rows.
    fn without(&self, shape: &RowShape<'_>) -> FigureSums {
        let figures = self.figures.iter().zip(&shape.figures);
        FigureSums {
            figures: figures
                .map(|(sum, figure)| sum.saturating_sub(figure.unwrap_or(0)))
                .collect(),
            rows: self.rows - 1,
        }
    }

    /// Whether the row has these sums, apart from rounding.
    fn are(&self, shape: &RowShape<'_>) -> bool {
        let compared = shape.figures.iter().zip(&self.figures);
        let mut compared = compared.filter_map(|(figure, sum)| figure.map(|figure| (figure, *sum)));
        self.rows > 0
            && shape.figures.iter().flatten().any(|figure| *figure != 0)
            && compared.all(|(figure, sum)| (figure - sum).abs() <= ROUNDING * (self.rows - 1))
    }
}

/// Whether the character is a digit of any script. Superscripts do not count, because a wrong
/// encoding turns letters into them.
fn is_digit(sign: char) -> bool {
    sign.is_numeric() && !matches!(sign, '¹' | '²' | '³')
}

fn amount(text: &str, currency: Option<Currency>, decimal: Option<DecimalMark>) -> Option<i64> {
    let currency = currency.or_else(|| "EUR".parse().ok())?;
    let (text, _) = number::unsigned(text);
    let exact = number_text::exact(&text, currency, decimal).ok()?;
    Some(exact.units)
}

/// The clearest label among the row's first cell, its campaigns and its note.
fn label(row: ExportRow<'_>) -> TotalLabel {
    let first = row.cells.iter().find(|cell| !cell.is_empty());
    let named = row.all("campaign").chain(row.get("note"));
    let labels = first.map(String::as_str).into_iter().chain(named);
    labels.map(TotalLabel::of).max().unwrap_or(TotalLabel::None)
}

/// What each row of the table is; `figures` are the columns whose values add up.
pub fn kinds(table: &ExportTable, figures: &[&'static str]) -> Vec<RowKind> {
    let shapes: Vec<RowShape<'_>> = table
        .rows()
        .map(|(_, row)| RowShape::of(row, figures))
        .collect();
    let all = RowShapes::of(&shapes);
    (0..shapes.len()).map(|at| all.kind(at)).collect()
}

/// The rows, and facts about all of them, which are computed in one pass.
struct RowShapes<'a> {
    rows: &'a [RowShape<'a>],
    /// Whether any row has a value in [`WHAT`] or [`MORE`].
    have_names: bool,
    /// How many rows name their campaign, link or post, and how many have no name at all.
    saying_what: usize,
    unnamed: usize,
    /// The plain rows, which neither a label nor a missing name makes totals.
    plain: FigureSums,
    /// How many plain rows cover several days.
    spanning: usize,
    /// How many plain rows have a day, and the sums of these rows by name.
    with_day: usize,
    of_name: HashMap<[&'a str; 6], FigureSums>,
}

impl<'a> RowShapes<'a> {
    fn of(shapes: &'a [RowShape<'a>]) -> RowShapes<'a> {
        let mut all = RowShapes {
            rows: shapes,
            have_names: shapes.iter().any(RowShape::is_named),
            saying_what: 0,
            unnamed: 0,
            plain: FigureSums::default(),
            spanning: 0,
            with_day: 0,
            of_name: HashMap::new(),
        };
        for shape in shapes
            .iter()
            .filter(|shape| shape.label != TotalLabel::Total)
        {
            all.saying_what += usize::from(shape.says_what());
            all.unnamed += usize::from(!shape.is_named());
            if all.is_plain(shape) {
                all.plain.add(shape);
                all.spanning += usize::from(shape.spans_days());
                if shape.day.is_some() {
                    all.with_day += 1;
                    all.of_name.entry(shape.names).or_default().add(shape);
                }
            }
        }
        all
    }

    fn is_plain(&self, shape: &RowShape<'_>) -> bool {
        let may_be = shape.label != TotalLabel::Total && !shape.is_day_worded;
        may_be && (shape.is_named() || !self.have_names)
    }

    fn kind(&self, at: usize) -> RowKind {
        let shape = &self.rows[at];
        match shape.label {
            TotalLabel::Total => self.labelled(shape),
            TotalLabel::MayBe
                if self.is_sum(shape) && shape.day.is_none() && shape.range.is_none() =>
            {
                RowKind::Total
            }
            TotalLabel::MayBe if self.is_sum(shape) && self.others(shape).rows > 1 => RowKind::Unclear(
                "campaign_id",
                "has the name of a total, and its figures are the sums of the other rows; remove the line if it \
                 is a total, else give the campaign's id or utm_campaign"
                    .to_owned(),
            ),
            // Not all languages of labels are known here.
            TotalLabel::None
                if shape.is_day_worded && self.others(shape).rows > 1 && self.is_sum(shape) =>
            {
                RowKind::Total
            }
            TotalLabel::None if !shape.is_named() => self.unnamed(at),
            TotalLabel::MayBe | TotalLabel::None => self.dayless(shape),
        }
    }

    /// The sums of the plain rows without this one.
    fn others(&self, shape: &RowShape<'_>) -> FigureSums {
        if self.is_plain(shape) {
            self.plain.without(shape)
        } else {
            self.plain.clone()
        }
    }

    fn is_sum(&self, shape: &RowShape<'_>) -> bool {
        self.others(shape).are(shape)
    }

    /// The kind of a row with a clear label, such as `Total` or `Results from 3 campaigns`.
    fn labelled(&self, shape: &RowShape<'_>) -> RowKind {
        let [_, link, permalink, ..] = shape.names;
        if !link.is_empty() || !permalink.is_empty() {
            return RowKind::Own;
        }
        if shape.day.is_none() || self.is_sum(shape) || self.plain.rows == 0 {
            return RowKind::Total;
        }
        RowKind::Unclear(
            "campaign_id",
            "has the name of a total, but the row has a day, and its figures are not the sums of the other \
             rows; remove the line if it is a total, else give the campaign's id or utm_campaign"
                .to_owned(),
        )
    }

    /// The kind of a row without any name.
    fn unnamed(&self, at: usize) -> RowKind {
        let shape = &self.rows[at];
        if self.saying_what == 0 {
            // No row names a campaign, link or post. So this row is not a total, unless its
            // figures are the sums.
            let spans = self.spanning == 1 && shape.spans_days();
            let may_be = self.have_names || spans;
            return if may_be && self.others(shape).rows > 1 && self.is_sum(shape) {
                RowKind::Total
            } else {
                self.dayless(shape)
            };
        }
        if self.is_sum(shape) {
            return RowKind::Total;
        }
        if self.unnamed >= self.saying_what {
            return RowKind::Own;
        }
        let is_end = at == 0 || at + 1 == self.rows.len();
        if self.unnamed == 1 && is_end && shape.day.is_none() {
            return RowKind::Total;
        }
        RowKind::Unclear(
            "campaign_id",
            "is empty in this row, but other rows have it; remove the line if it is a total, else name its \
             campaign"
                .to_owned(),
        )
    }

    /// The kind of a row by its day. A row without a day may be a sum over days.
    fn dayless(&self, shape: &RowShape<'_>) -> RowKind {
        if shape.day.is_some() || self.with_day == 0 {
            return RowKind::Own;
        }
        // `of_name` has only rows with a day, so it does not include this row.
        let alike = self.of_name.get(&shape.names);
        if alike.is_some_and(|alike| alike.are(shape)) || self.is_sum(shape) {
            return RowKind::Total;
        }
        if shape.range.is_none() {
            return RowKind::Own;
        }
        RowKind::Unclear(
            "day",
            "is empty in this row, but other rows have it; remove the line if it is a total over days, else \
             give its day"
                .to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export_file::format::ExportKind;
    use crate::export_file::{FileContent, ReadOptions};

    fn kinds_of(text: &str) -> Vec<RowKind> {
        let content = FileContent::read(text.as_bytes()).unwrap();
        let table = ExportTable::read(&content, &ReadOptions::of(ExportKind::Costs)).unwrap();
        kinds(&table, &["amount"])
    }

    #[test]
    fn a_sum_in_an_unknown_language_is_known_by_its_figure() {
        use RowKind::{Own, Total};
        let head = "Day,Campaign,Cost\n2026-03-01,Lampa,49.20\n2026-03-02,Lampa,38.22\n";
        let sums = "Ukupno: kampanje,--,87.42\nUkupno: račun,--,87.42\n";
        assert_eq!(kinds_of(&format!("{head}{sums}")), [Own, Own, Total, Total]);
        let without_names = "Day,Cost\n2026-03-01,1.20\n2026-03-02,2.40\nUkupno,3.60\n";
        assert_eq!(kinds_of(without_names), [Own, Own, Total]);
        // `Łącznie`, written in Windows-1250 and read as Windows-1252.
        assert_eq!(
            kinds_of(&without_names.replace("Ukupno", "£¹cznie"))[2],
            Total
        );
        // With other figures, or with too few rows to decide, the row is not a total.
        let other = kinds_of(&format!("{head}jučer,Lampa,1.00\n"));
        assert_eq!(other, [Own, Own, Own]);
        assert_eq!(kinds_of("Day,Cost\n2026-03-01,5\njučer,5\n"), [Own, Own]);
    }
}
