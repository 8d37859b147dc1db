//! Reads the exported files of networks, ad managers and people as tables of named columns.
//!
//! Reading a file has these steps:
//! 1. [`decode`] its bytes, or read the sheets of a workbook;
//! 2. split the text into [`csv_lines`];
//! 3. find the header by the names of the known [`format`](mod@format)s;
//! 4. decide how the file writes numbers and days;
//! 5. separate its [`totals`] from its rows.
//!
//! # Invariants
//! - A line is identified by its number in the file. A skipped line is reported with its cause.
//! - The whole file has one decimal mark and one order of days. If nothing decides them, the user
//!   is asked; they are never guessed.
//!
//! # Out of scope
//! What becomes of the rows, and which campaigns there are.

pub mod column_name;
mod content;
pub mod csv_lines;
pub mod dates;
pub mod decode;
mod error;
mod file_read;
pub mod format;
mod header;
pub mod number;
mod options;
mod prepare;
mod read;
mod remembered_marks;
mod shown_names;
mod table;
#[cfg(test)]
mod tests;
pub mod totals;
mod workbook;

pub use content::FileContent;
pub use error::TableError;
pub use file_read::{ColumnRead, FileRead, PassedOver};
pub use header::column_called;
pub use options::ReadOptions;
pub use remembered_marks::RememberedMarks;
pub use table::{ExportRow, ExportTable};
