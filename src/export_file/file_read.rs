//! What is reported of a file that was read: how it was read, and the lines that were skipped.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::day::DateOrder;
use crate::money::number_text::DecimalMark;

/// A line that nothing was taken from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub struct PassedOver {
    /// Its number in the file.
    pub line: u64,
    /// Why.
    pub cause: String,
}

/// How a column was read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_sheets: Vec<String>,
    /// The line of its header.
    pub header_line: u64,
    /// What stands before its decimals, where that is decided.
    pub decimal: Option<DecimalMark>,
    /// How its days are written, where that is decided.
    pub dates: Option<DateOrder>,
    /// Which of these two nothing in the file decides, so that they are as an earlier request said
    /// for the network's files in this language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub as_before: Vec<String>,
    /// Its columns.
    pub columns: Vec<ColumnRead>,
}
