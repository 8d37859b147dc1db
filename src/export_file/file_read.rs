//! What is reported of a file that was read: how it was read, and the lines that were skipped.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::day::DateOrder;
use crate::money::number_text::DecimalMark;

/// A skipped line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct PassedOver {
    /// Its number in the file.
    pub line: u64,
    /// The reason.
    pub cause: String,
}

/// How a column was read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct ColumnRead {
    /// Its meaning.
    pub column: String,
    /// Its name in the file.
    pub header: String,
    /// Its first value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
}

/// How a file was read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct FileRead {
    /// Whose format it has.
    pub format: String,
    /// The language of its header.
    pub language: Option<String>,
    /// Its encoding; for a workbook, `xlsx` or `xls`.
    pub encoding: String,
    /// The separator of its cells: `,`, `;` or a tab; absent in workbooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
    /// The sheet of a workbook: the one whose header matches best, unless the request named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Its other sheets, which were ignored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_sheets: Vec<String>,
    /// The line of its header.
    pub header_line: u64,
    /// Its decimal mark, if it is known.
    pub decimal: Option<DecimalMark>,
    /// The order of its days, if it is known.
    pub dates: Option<DateOrder>,
    /// Which of `dates` and `decimal` the file does not show, so that the value of an earlier
    /// request for this network's files in this language was used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub as_before: Vec<String>,
    /// Its columns.
    pub columns: Vec<ColumnRead>,
}
