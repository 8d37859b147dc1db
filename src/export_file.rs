//! Files that networks, ad managers and people export: read as tables of named columns.
//!
//! A file goes through small steps: [`decode`] its bytes, or read the sheets of a workbook; split
//! the text into [`lines`]; find the header by the names of the known [`format`](mod@format)s;
//! decide how the file writes numbers and days; tell its [`totals`] from its rows.
//!
//! # Invariants
//! A line is known by its number in the file. What is passed over is named with its line and cause.
//! The decimal mark and the order of days belong to the file; what nothing decides is asked about.
//!
//! # Out of scope
//! What becomes of the rows, and which campaigns there are.

mod content;
pub mod dates;
pub mod decode;
pub mod format;
mod header;
mod kept;
pub mod lines;
pub mod name;
pub mod number;
mod prepare;
pub mod totals;
mod workbook;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::day::DateOrder;
use crate::money::Currency;
use crate::money::number_text::DecimalMark;
use content::Way;
use format::{Format, Kind};
use header::{Header, Place};

pub use content::Content;
pub use header::column_called;
pub use kept::KeptMarks;

/// Why a whole file cannot be read: the line where there is one, the cause, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TableError(String);

impl TableError {
    fn new(text: impl Into<String>) -> TableError {
        TableError(text.into())
    }
}

/// How somebody wants a file to be read.
#[derive(Clone, Debug)]
pub struct Options {
    /// What it is sent as.
    pub kind: Kind,
    /// Names in the header by our columns, from the request: each has to be there.
    pub columns: BTreeMap<String, String>,
    /// The same from earlier requests: they hold where they are there.
    pub kept: BTreeMap<String, String>,
    /// What earlier requests said of decimal marks and the order of days.
    pub kept_marks: KeptMarks,
    /// The decimal mark, where it is said.
    pub decimal: Option<DecimalMark>,
    /// The order of days, where it is said.
    pub dates: Option<DateOrder>,
    /// The year of the last day, where days have none.
    pub year: Option<i16>,
    /// First and last day of all rows, since 1970-01-01, where no column has them.
    pub range: Option<dates::Range>,
    /// The sheet of a workbook, where it is said.
    pub sheet: Option<String>,
}

impl Options {
    /// Those of a file of which nothing is said.
    pub fn of(kind: Kind) -> Options {
        Options {
            kind,
            columns: BTreeMap::new(),
            kept: BTreeMap::new(),
            kept_marks: KeptMarks::default(),
            decimal: None,
            dates: None,
            year: None,
            range: None,
            sheet: None,
        }
    }
}

/// A line that nothing was taken from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PassedOver {
    /// Its number in the file.
    pub line: u64,
    /// Why.
    pub cause: String,
}

/// How a column was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ColumnRead {
    /// What it is taken for.
    pub column: String,
    /// Its name in the file.
    pub header: String,
    /// The first value that it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
}

/// How a file was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FileRead {
    /// Whose form it has.
    pub format: String,
    /// The language of its header.
    pub language: Option<String>,
    /// Its encoding; of a workbook `xlsx` or `xls`.
    pub encoding: String,
    /// What stands between its cells: `,`, `;` or a tab; absent in workbooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
    /// The sheet of a workbook: the one whose header fits best, unless the request says one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Its other sheets, which nothing was taken from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_sheets: Vec<String>,
    /// The line of its header.
    pub header_line: u64,
    /// What stands before its decimals, where that is decided.
    pub decimal: Option<DecimalMark>,
    /// How its days are written, where that is decided.
    pub dates: Option<DateOrder>,
    /// Which of these two nothing in the file decides, so that they are as an earlier request said
    /// for the network's files in this language.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub as_before: Vec<String>,
    /// Its columns.
    pub columns: Vec<ColumnRead>,
}

/// A table.
#[derive(Debug)]
pub struct Table {
    header: Header,
    rows: Vec<(u64, Vec<String>)>,
    encoding: &'static str,
    /// The sheet of a workbook, and its other ones.
    sheet: Option<String>,
    other_sheets: Vec<String>,
    /// The day 0 of the numbers of a workbook, since 1970-01-01.
    day_zero: Option<i64>,
    decimal: Option<DecimalMark>,
    dates: Option<DateOrder>,
    /// The days of all rows, where no column has them.
    range: Option<dates::Range>,
    /// What an earlier request said, and nothing else.
    as_before: Vec<&'static str>,
    passed_over: Vec<PassedOver>,
}

/// A row of a table.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    table: &'a Table,
    cells: &'a [String],
}

impl<'a> Row<'a> {
    /// Values of a column's names, the first name's first; those that are empty or not reported are
    /// left out.
    pub fn all(self, column: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.found(column).map(|(text, _)| text)
    }

    /// The value of a column.
    pub fn get(self, column: &str) -> Option<&'a str> {
        self.all(column).next()
    }

    /// First and last day of the whole file, where its rows have none.
    pub fn range_of_file(self) -> Option<RangeInclusive<i64>> {
        let (first, last) = self.table.range?;
        Some(first..=last)
    }

    /// The same as a text of its own.
    pub fn text(self, column: &str) -> Option<String> {
        self.get(column).map(str::to_owned)
    }

    /// The value of a column, with the currency that its name has.
    pub fn money(self, column: &str) -> Option<(&'a str, Option<Currency>)> {
        self.found(column).next()
    }

    /// The name in the file of the column that has the value.
    pub fn called(self, column: &str) -> Option<&'a str> {
        let places = self.table.header.places.get(column)?;
        let has_value = |at: usize| self.cells.get(at).is_some_and(|it| !it.is_empty());
        let place = places.iter().find(|place| has_value(place.at))?;
        Some(self.table.header.cells[place.at].as_str())
    }

    /// The decimal mark of the file.
    pub fn decimal(self) -> Option<DecimalMark> {
        self.table.decimal
    }

    /// Whether the file itself says that none of these figures is reported: by a dash, or, in a
    /// network's own form, by an empty cell.
    pub fn reports_none(self, figures: &[&str]) -> bool {
        let all_empty = figures.iter().all(|figure| self.get(figure).is_none());
        let has_dash = || {
            let places = figures
                .iter()
                .filter_map(|it| self.table.header.places.get(*it));
            let mut cells = places.flatten().filter_map(|it| self.cells.get(it.at));
            cells.any(|cell| number::is_not_reported(cell))
        };
        all_empty && (!self.table.format().is_any() || has_dash())
    }

    fn found(self, column: &str) -> impl Iterator<Item = (&'a str, Option<Currency>)> + use<'a> {
        let places: &'a [Place] = self
            .table
            .header
            .places
            .get(column)
            .map_or(&[], Vec::as_slice);
        let cells = self.cells;
        places.iter().filter_map(move |place| {
            let text = cells.get(place.at)?.as_str();
            let is_value = !text.is_empty() && !number::is_not_reported(text);
            is_value.then_some((text, place.currency))
        })
    }
}

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// When no line of it is a header, it has no rows, or its rows are of more than a day each.
    pub fn read(content: &Content, options: &Options) -> Result<Table, TableError> {
        let header = header::find(content, options)?;
        let mut lines = content.lines(header.way);
        let sheet = content.sheet(header.way);
        let (mut rows, mut passed_over) = (Vec::new(), Vec::new());
        while let Some((line, cells)) = lines.read()? {
            if line <= header.line || cells.iter().all(String::is_empty) {
                continue;
            }
            if cells == header.cells {
                let cause = "it is the header again".to_owned();
                passed_over.push(PassedOver { line, cause });
            } else {
                header.fits(line, &cells)?;
                rows.push((line, cells));
            }
        }
        let mut table = Table {
            rows,
            encoding: content.encoding(),
            sheet: sheet.map(|(name, _)| name.to_owned()),
            other_sheets: content.sheets(),
            day_zero: sheet.map(|(_, day_zero)| day_zero),
            header,
            decimal: None,
            dates: None,
            range: None,
            as_before: Vec::new(),
            passed_over,
        };
        let own = table.sheet.as_ref();
        table.other_sheets.retain(|sheet| Some(sheet) != own);
        prepare::prepare(&mut table, options)?;
        Ok(table)
    }

    /// Its rows with their lines, in order.
    pub fn rows(&self) -> impl Iterator<Item = (u64, Row<'_>)> {
        self.rows.iter().map(|(line, cells)| {
            let row = Row { table: self, cells };
            (*line, row)
        })
    }

    /// Lines that are no rows.
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
    }

    /// Names of columns that nothing is taken from.
    pub fn left_out(&self) -> Vec<String> {
        self.header.left_out()
    }

    /// The form that it has.
    pub fn format(&self) -> &'static Format {
        self.header.format
    }

    /// How it was read.
    pub fn how(&self) -> FileRead {
        let mut columns: Vec<(usize, ColumnRead)> = Vec::new();
        for (column, places) in &self.header.places {
            for place in places {
                let example = self.rows.iter().find_map(|(_, cells)| {
                    let cell = cells.get(place.at)?;
                    (!cell.is_empty()).then(|| header::short(cell))
                });
                let read = ColumnRead {
                    column: column.clone(),
                    header: header::short(&self.header.cells[place.at]),
                    example,
                };
                columns.push((place.at, read));
            }
        }
        columns.sort_by_key(|(at, _)| *at);
        let separator = match self.header.way {
            Way::Separator(separator) => Some(char::from(separator).to_string()),
            Way::Sheet(_) => None,
        };
        FileRead {
            format: self.format().title.clone(),
            language: self.format().language.clone(),
            encoding: self.encoding.to_owned(),
            separator,
            sheet: self.sheet.as_deref().map(header::short),
            other_sheets: self
                .other_sheets
                .iter()
                .map(|it| header::short(it))
                .collect(),
            header_line: self.header.line,
            decimal: self.decimal,
            dates: self.dates,
            as_before: self.as_before.iter().map(|it| (*it).to_owned()).collect(),
            columns: columns.into_iter().map(|(_, read)| read).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
