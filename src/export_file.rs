//! Files that networks, ad managers and people export: read as tables of named columns.
//!
//! A file goes through small steps: [`decode`] its bytes, or read the sheets of a workbook; split
//! the text into [`csv_lines`]; find the header by the names of the known
//! [`format`](mod@format)s; decide how the file writes numbers and days; tell its [`totals`] from
//! its rows.
//!
//! # Invariants
//! - A line is known by its number in the file. A line that is skipped is reported with its cause.
//! - The decimal mark and the order of days are one for the whole file. What nothing decides is
//!   asked, never guessed.
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
