//! How a file is to be read, as the request and earlier requests say.

use std::collections::BTreeMap;

use super::dates;
use super::format::ExportKind;
use super::remembered_marks::RememberedMarks;
use crate::clock::day::DateOrder;
use crate::money::number_text::DecimalMark;

/// How somebody wants a file to be read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// What it is sent as.
    pub kind: ExportKind,
    /// Names in the header by our columns, from the request: each has to be there.
    pub columns: BTreeMap<String, String>,
    /// The same from earlier requests: they hold where they are there.
    pub kept: BTreeMap<String, String>,
    /// What earlier requests said of decimal marks and the order of days.
    pub kept_marks: RememberedMarks,
    /// The decimal mark, where it is said.
    pub decimal: Option<DecimalMark>,
    /// The order of days, where it is said.
    pub dates: Option<DateOrder>,
    /// The year of the last day, where days have none.
    pub year: Option<i16>,
    /// First and last day of all rows, since 1970-01-01, where no column has them.
    pub range: Option<dates::DayRange>,
    /// The sheet of a workbook, where it is said.
    pub sheet: Option<String>,
}

impl ReadOptions {
    /// Those of a file of which nothing is said.
    pub fn of(kind: ExportKind) -> ReadOptions {
        ReadOptions {
            kind,
            columns: BTreeMap::new(),
            kept: BTreeMap::new(),
            kept_marks: RememberedMarks::default(),
            decimal: None,
            dates: None,
            year: None,
            range: None,
            sheet: None,
        }
    }
}
