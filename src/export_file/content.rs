//! What a file holds as lines of cells: a text whose cells a separator divides, or the sheets of a
//! workbook.
//!
//! # Invariants
//! A line is known by its number in the file, and in a sheet by that of its row.

use super::csv_lines::{CsvLines, named_separator};
use super::decode::{self, TextEncoding};
use super::error::TableError;
use super::shown_names::listed;
use super::workbook::{self, WorkbookSheet};

/// A file that was read.
#[derive(Debug)]
pub struct FileContent(ContentKind);

#[derive(Debug)]
enum ContentKind {
    Text(String, TextEncoding),
    Workbook(&'static str, Vec<WorkbookSheet>),
}

/// One of the ways in which a file may be read as lines of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellLayout {
    /// That divides the cells.
    Separator(u8),
    /// The number of the sheet.
    Sheet(usize),
}

impl FileContent {
    /// Reads a file, whatever its name; a workbook takes a while.
    ///
    /// # Errors
    /// When it is neither text nor a workbook that can be read within its bounds.
    pub fn read(raw: &[u8]) -> Result<FileContent, TableError> {
        if let Some((kind, sheets)) = workbook::read(raw)? {
            return Ok(FileContent(ContentKind::Workbook(kind, sheets)));
        }
        let (text, encoding) = decode::decode(raw)?;
        Ok(FileContent(ContentKind::Text(text, encoding)))
    }

    /// Whether reading that file takes long enough to do it beside everything else.
    pub fn is_slow(raw: &[u8]) -> bool {
        workbook::is_one(raw)
    }

    /// What it is written in: an encoding, or the kind of workbook.
    pub(super) fn encoding(&self) -> &'static str {
        match &self.0 {
            ContentKind::Text(_, encoding) => encoding.name(),
            ContentKind::Workbook(kind, _) => kind,
        }
    }

    /// The ways in which it may be read; of a workbook only by one sheet where that is said.
    ///
    /// # Errors
    /// When there is no such sheet.
    pub(super) fn layouts(&self, sheet: Option<&str>) -> Result<Vec<CellLayout>, TableError> {
        let sheets = match &self.0 {
            ContentKind::Text(text, _) => {
                let named = named_separator(text);
                let separators = named.map_or_else(|| b",;\t".to_vec(), |named| vec![named]);
                return Ok(separators.into_iter().map(CellLayout::Separator).collect());
            }
            ContentKind::Workbook(_, sheets) => sheets,
        };
        let is_wanted = |candidate: &WorkbookSheet| {
            sheet.is_none_or(|name| candidate.name.trim() == name.trim())
        };
        let layouts = (0..)
            .zip(sheets)
            .filter(|(_, candidate)| is_wanted(candidate));
        let layouts: Vec<CellLayout> = layouts.map(|(at, _)| CellLayout::Sheet(at)).collect();
        match sheet {
            Some(name) if layouts.is_empty() => Err(TableError::new(format!(
                "it has no sheet {name:?}; it has {}",
                listed(&self.sheets())
            ))),
            _ => Ok(layouts),
        }
    }

    /// Its lines from the first one.
    pub(super) fn lines(&self, layout: CellLayout) -> FileLines<'_> {
        match (&self.0, layout) {
            (ContentKind::Text(text, _), CellLayout::Separator(separator)) => {
                FileLines::Text(CsvLines::new(text, separator))
            }
            (ContentKind::Workbook(_, sheets), CellLayout::Sheet(at)) => {
                let rows = sheets.get(at).map_or(&[][..], |sheet| &sheet.rows);
                FileLines::Sheet(rows.iter())
            }
            _ => FileLines::Sheet([].iter()),
        }
    }

    /// The name of the sheet, and the day 0 of its numbers, since 1970-01-01.
    pub(super) fn sheet(&self, layout: CellLayout) -> Option<(&str, i64)> {
        match (&self.0, layout) {
            (ContentKind::Workbook(_, sheets), CellLayout::Sheet(at)) => {
                let sheet = sheets.get(at)?;
                Some((sheet.name.as_str(), sheet.day_zero))
            }
            _ => None,
        }
    }

    /// Names of all sheets.
    pub(super) fn sheets(&self) -> Vec<String> {
        match &self.0 {
            ContentKind::Text(..) => Vec::new(),
            ContentKind::Workbook(_, sheets) => {
                sheets.iter().map(|sheet| sheet.name.clone()).collect()
            }
        }
    }
}

/// Lines of a file.
pub(super) enum FileLines<'a> {
    Text(CsvLines<'a>),
    Sheet(std::slice::Iter<'a, (u64, Vec<String>)>),
}

impl FileLines<'_> {
    /// The next line that is not empty.
    pub(super) fn read(&mut self) -> Result<Option<(u64, Vec<String>)>, TableError> {
        match self {
            FileLines::Text(lines) => lines.read(),
            FileLines::Sheet(rows) => Ok(rows.next().cloned()),
        }
    }
}
