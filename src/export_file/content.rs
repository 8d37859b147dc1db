//! What a file holds as lines of cells: a text whose cells a separator divides, or the sheets of a
//! workbook.
//!
//! # Invariants
//! A line is known by its number in the file, and in a sheet by that of its row.

use super::TableError;
use super::decode::{self, Encoding};
use super::lines::{Lines, named_separator};
use super::workbook::{self, Sheet};

/// A file that was read.
#[derive(Debug)]
pub struct Content(Kind);

#[derive(Debug)]
enum Kind {
    Text(String, Encoding),
    Workbook(&'static str, Vec<Sheet>),
}

/// One of the ways in which a file may be read as lines of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// That divides the cells.
    Separator(u8),
    /// The number of the sheet.
    Sheet(usize),
}

impl Content {
    /// Reads a file, whatever its name; a workbook takes a while.
    ///
    /// # Errors
    /// When it is neither text nor a workbook that can be read within its bounds.
    pub fn read(raw: &[u8]) -> Result<Content, TableError> {
        if let Some((kind, sheets)) = workbook::read(raw)? {
            return Ok(Content(Kind::Workbook(kind, sheets)));
        }
        let (text, encoding) = decode::decode(raw)?;
        Ok(Content(Kind::Text(text, encoding)))
    }

    /// Whether reading that file takes long enough to do it beside everything else.
    pub fn is_slow(raw: &[u8]) -> bool {
        workbook::is_one(raw)
    }

    /// What it is written in: an encoding, or the kind of workbook.
    pub(super) fn encoding(&self) -> &'static str {
        match &self.0 {
            Kind::Text(_, encoding) => encoding.name(),
            Kind::Workbook(kind, _) => kind,
        }
    }

    /// The ways in which it may be read; of a workbook only by one sheet where that is said.
    ///
    /// # Errors
    /// When there is no such sheet.
    pub(super) fn ways(&self, sheet: Option<&str>) -> Result<Vec<Way>, TableError> {
        let sheets = match &self.0 {
            Kind::Text(text, _) => {
                let named = named_separator(text);
                let separators = named.map_or_else(|| b",;\t".to_vec(), |named| vec![named]);
                return Ok(separators.into_iter().map(Way::Separator).collect());
            }
            Kind::Workbook(_, sheets) => sheets,
        };
        let is_wanted = |it: &Sheet| sheet.is_none_or(|name| it.name.trim() == name.trim());
        let ways = (0..).zip(sheets).filter(|(_, it)| is_wanted(it));
        let ways: Vec<Way> = ways.map(|(at, _)| Way::Sheet(at)).collect();
        match sheet {
            Some(name) if ways.is_empty() => Err(TableError::new(format!(
                "it has no sheet {name:?}; it has {}",
                super::header::listed(&self.sheets())
            ))),
            _ => Ok(ways),
        }
    }

    /// Its lines from the first one.
    pub(super) fn lines(&self, way: Way) -> ContentLines<'_> {
        match (&self.0, way) {
            (Kind::Text(text, _), Way::Separator(separator)) => {
                ContentLines::Text(Lines::new(text, separator))
            }
            (Kind::Workbook(_, sheets), Way::Sheet(at)) => {
                let rows = sheets.get(at).map_or(&[][..], |sheet| &sheet.rows);
                ContentLines::Sheet(rows.iter())
            }
            _ => ContentLines::Sheet([].iter()),
        }
    }

    /// The name of the sheet, and the day 0 of its numbers, since 1970-01-01.
    pub(super) fn sheet(&self, way: Way) -> Option<(&str, i64)> {
        match (&self.0, way) {
            (Kind::Workbook(_, sheets), Way::Sheet(at)) => {
                let sheet = sheets.get(at)?;
                Some((sheet.name.as_str(), sheet.day_zero))
            }
            _ => None,
        }
    }

    /// Names of all sheets.
    pub(super) fn sheets(&self) -> Vec<String> {
        match &self.0 {
            Kind::Text(..) => Vec::new(),
            Kind::Workbook(_, sheets) => sheets.iter().map(|it| it.name.clone()).collect(),
        }
    }
}

/// Lines of a file.
pub(super) enum ContentLines<'a> {
    Text(Lines<'a>),
    Sheet(std::slice::Iter<'a, (u64, Vec<String>)>),
}

impl ContentLines<'_> {
    /// The next line that is not empty.
    pub(super) fn read(&mut self) -> Result<Option<(u64, Vec<String>)>, TableError> {
        match self {
            ContentLines::Text(lines) => lines.read(),
            ContentLines::Sheet(rows) => Ok(rows.next().cloned()),
        }
    }
}
