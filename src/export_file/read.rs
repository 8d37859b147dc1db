//! Reads a table from the content of a file.

use super::content::FileContent;
use super::error::TableError;
use super::file_read::PassedOver;
use super::options::ReadOptions;
use super::table::ExportTable;
use super::{header, prepare};

impl ExportTable {
    /// Reads a table.
    ///
    /// # Errors
    /// When no line of it is a header, it has no rows, or its rows are of more than a day each.
    pub fn read(content: &FileContent, options: &ReadOptions) -> Result<ExportTable, TableError> {
        let header = header::find(content, options)?;
        let mut lines = content.lines(header.layout);
        let sheet = content.sheet(header.layout);
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
        let mut table = ExportTable {
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
}
