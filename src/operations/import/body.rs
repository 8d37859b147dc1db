//! The body of an import: JSON rows, or a table.

use crate::export_file::FileContent;
use crate::operations::error::Error;
use crate::operations::import::query::ImportQuery;
use crate::operations::repeat::RepeatKey;

/// Content types of tables, besides text types.
const TABLE_TYPES: [&str; 3] = [
    "application/csv",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
];

/// Rows as they were sent.
#[derive(Debug)]
pub enum ImportBody<'a> {
    /// JSON: an array of rows, or an object with `rows`.
    Json(&'a [u8]),
    /// The content of a table's file.
    Table(FileContent),
}

/// A request to import rows.
#[derive(Debug)]
pub struct ImportRequest<'a> {
    /// The values for all rows.
    pub query: &'a ImportQuery,
    /// The rows.
    pub body: ImportBody<'a>,
    /// How a repeat is recognised. A dry run has none.
    pub repeat: Option<RepeatKey>,
}

/// Whether a body of this content type is a table, not JSON.
pub fn is_table(content_type: &str) -> bool {
    content_type.starts_with("text/")
        || TABLE_TYPES
            .iter()
            .any(|known| content_type.starts_with(known))
}

/// Reads the file of a table. A workbook ([`FileContent::is_slow`]) takes a while.
///
/// # Errors
/// [`Error::Table`] when the file cannot be read.
pub fn read_table(file: &[u8]) -> Result<FileContent, Error> {
    FileContent::read(file).map_err(|error| Error::Table(error.to_string()))
}
