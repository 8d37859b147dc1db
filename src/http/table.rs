//! Tables that people exported: CSV with commas, semicolons or tabs, its columns by any of their
//! usual names, in UTF-8 or UTF-16, with or without lines before the header.
//!
//! Holds: a line is known by its number in the file; a column that nobody asked for is told, not
//! dropped in silence. Must not know: what the columns mean.

pub mod bad;
pub mod cell;
pub mod place;
pub mod totals;

use std::collections::HashMap;

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use csv::{ByteRecord, ReaderBuilder, Trim};
use serde::de::DeserializeOwned;

use super::error::Problem;
use crate::money::Currency;
use crate::provider;
use bad::{BadRows, RowError};
use totals::RowKind;

/// Largest table, in bytes.
pub const MAX: usize = 16 * 1024 * 1024;

/// Most lines that may stand before the header.
const BEFORE_HEADER: usize = 30;

/// Fewest known columns that make a line a header.
const FEWEST: usize = 2;

/// A column, with the names that it may have: lower case, words joined by `_`; the first that a row
/// has a value for is taken.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// What it is called here.
    pub name: &'static str,
    /// Its names in files.
    pub names: &'static [&'static str],
}

/// Gives rows that were made in one moment their ids in the order of the rows.
pub fn sort_ids<T, I: Ord + Copy>(rows: &mut [T], id: impl Fn(&mut T) -> &mut I) {
    let mut ids: Vec<I> = rows.iter_mut().map(|row| *id(row)).collect();
    ids.sort_unstable();
    for (row, sorted) in rows.iter_mut().zip(ids) {
        *id(row) = sorted;
    }
}

/// Whether a request brings a table, and no JSON.
pub fn is_one(request: &HttpRequest) -> bool {
    let kind = request.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/") || kind.starts_with("application/csv")
}

/// Reads the rows of a JSON body: an array, or an object with `rows`. They are numbered from 1.
///
/// # Errors
/// When it is neither, a row is not of the form of `N`, or nothing can be taken now.
pub fn json_rows<N: DeserializeOwned, T>(
    body: &[u8],
    bad: &mut BadRows,
    read: impl Fn(u64, N) -> Result<T, RowError>,
) -> Result<ReadRows<T>, Problem> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Rows<N> {
        rows: Vec<N>,
    }
    let given: Vec<N> = if body.trim_ascii_start().starts_with(b"[") {
        provider::json::read(body)?
    } else {
        provider::json::read::<Rows<N>>(body)?.rows
    };
    let count = given.len();
    let mut rows = Vec::new();
    for (line, new) in (1..).zip(given) {
        rows.extend(bad.sift(line, read(line, new))?);
    }
    Ok(ReadRows {
        rows,
        count,
        columns_left_out: Vec::new(),
        totals_left_out: Vec::new(),
    })
}

/// A table.
#[derive(Debug)]
pub struct Table {
    places: HashMap<&'static str, Vec<Place>>,
    rows: Vec<(u64, Vec<String>)>,
    /// Names of columns that nobody asked for.
    pub left_out: Vec<String>,
}

/// What was read of a body: its rows, and what of a table was passed over.
#[derive(Debug)]
pub struct ReadRows<T> {
    /// The rows that can be read.
    pub rows: Vec<T>,
    /// How many rows there are, sums left out.
    pub count: usize,
    /// Names of columns that nobody asked for.
    pub columns_left_out: Vec<String>,
    /// Lines that are sums of other lines.
    pub totals_left_out: Vec<u64>,
}

/// Reads the rows of a table that are no sums of others; `figures` are the columns whose values add
/// up.
///
/// # Errors
/// [`Problem::Table`] where it is none, and where nothing can be taken now.
pub fn own_rows<T>(
    raw: &[u8],
    columns: &[Column],
    figures: &[&'static str],
    bad: &mut BadRows,
    read: impl Fn(u64, Row<'_>) -> Result<T, RowError>,
) -> Result<ReadRows<T>, Problem> {
    let table = Table::read(raw, columns)?;
    let mut rows = Vec::new();
    let mut totals_left_out = Vec::new();
    let mut count = 0;
    for ((line, row), kind) in table.rows().zip(totals::kinds(&table, figures)) {
        let row = match kind {
            RowKind::Total => {
                totals_left_out.push(line);
                continue;
            }
            RowKind::Own => read(line, row),
            RowKind::Unclear(field, problem) => Err(RowError::Bad(field, problem)),
        };
        count += 1;
        rows.extend(bad.sift(line, row)?);
    }
    Ok(ReadRows {
        rows,
        count,
        columns_left_out: table.left_out,
        totals_left_out,
    })
}

/// Where a column stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    at: usize,
    /// What its name says of its money, as in `Amount spent (EUR)`.
    currency: Option<Currency>,
}

/// A row of a table.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    table: &'a Table,
    cells: &'a [String],
}

impl<'a> Row<'a> {
    /// Values of a column's names, the first name's first; empty ones are left out.
    pub fn all(self, column: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.found(column).map(|(text, _)| text)
    }

    /// The value of a column.
    pub fn get(self, column: &str) -> Option<&'a str> {
        self.all(column).next()
    }

    /// The same as a text of its own.
    pub fn text(self, column: &str) -> Option<String> {
        self.get(column).map(str::to_owned)
    }

    /// The value of a column, with the currency that its name has.
    pub fn money(self, column: &str) -> Option<(&'a str, Option<Currency>)> {
        self.found(column).next()
    }

    fn found(self, column: &str) -> impl Iterator<Item = (&'a str, Option<Currency>)> + use<'a> {
        let places: &'a [Place] = self.table.places.get(column).map_or(&[], Vec::as_slice);
        let cells = self.cells;
        places.iter().filter_map(move |place| {
            let text = cells.get(place.at)?.as_str();
            (!text.is_empty()).then_some((text, place.currency))
        })
    }
}

impl Table {
    /// Its rows with their lines, in order.
    pub fn rows(&self) -> impl Iterator<Item = (u64, Row<'_>)> {
        self.rows.iter().map(|(line, cells)| {
            let row = Row { table: self, cells };
            (*line, row)
        })
    }

    /// Reads a table of these columns.
    ///
    /// # Errors
    /// [`Problem::Table`] where it is no text, or no line of it names two of the columns.
    pub fn read(body: &[u8], columns: &[Column]) -> Result<Table, Problem> {
        if body.starts_with(b"PK\x03\x04") {
            let mend = "this is a workbook or a zip file; save it as CSV";
            return Err(Problem::Table(mend.to_owned()));
        }
        let text = decoded(body)?;
        let headers = [b',', b';', b'\t'].map(|mark| header(&text, mark, columns));
        let best = headers.into_iter().flatten().max_by_key(|it| it.known);
        let Some(header) = best else {
            let names: Vec<&str> = columns.iter().map(|column| column.names[0]).collect();
            return Err(Problem::Table(format!(
                "no line names two of its columns, which are {}; docs/costs.md lists what else they may \
                 be called",
                names.join(", ")
            )));
        };
        let mut lines = Lines::new(&text, header.mark);
        let mut rows = Vec::new();
        while let Some((number, cells)) = lines.next()? {
            if number > header.line && cells.iter().any(|cell| !cell.is_empty()) {
                rows.push((number, cells));
            }
        }
        Ok(Table {
            places: header.places,
            rows,
            left_out: header.left_out,
        })
    }
}

/// The text of a file in UTF-8 or, with its mark, in UTF-16.
fn decoded(body: &[u8]) -> Result<String, Problem> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|pair| unit([pair[0], pair[1]]))
            .collect();
        String::from_utf16(&units).ok()
    };
    let text = match body {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => std::str::from_utf8(rest).ok().map(str::to_owned),
    };
    let text = text.filter(|text| !text.contains('\0'));
    text.ok_or_else(|| {
        Problem::Table("this is no text in UTF-8; save it as CSV in UTF-8".to_owned())
    })
}

struct Header {
    mark: u8,
    line: u64,
    known: usize,
    places: HashMap<&'static str, Vec<Place>>,
    left_out: Vec<String>,
}

/// The line that names most of the columns, among the first ones.
fn header(text: &str, mark: u8, columns: &[Column]) -> Option<Header> {
    let mut lines = Lines::new(text, mark);
    let mut best: Option<Header> = None;
    for _ in 0..BEFORE_HEADER {
        let Ok(Some((line, cells))) = lines.next() else {
            break;
        };
        let names: Vec<(String, Option<Currency>)> =
            cells.iter().map(|cell| normal(cell)).collect();
        let mut places: HashMap<&'static str, Vec<Place>> = HashMap::new();
        for column in columns {
            let found: Vec<Place> = column
                .names
                .iter()
                .filter_map(|name| {
                    let at = names.iter().position(|(cell, _)| cell == name)?;
                    let currency = names[at].1;
                    Some(Place { at, currency })
                })
                .collect();
            if !found.is_empty() {
                places.insert(column.name, found);
            }
        }
        if places.len() < FEWEST || best.as_ref().is_some_and(|best| best.known >= places.len()) {
            continue;
        }
        let taken = |at: usize| places.values().flatten().any(|place| place.at == at);
        let left_out = cells
            .iter()
            .enumerate()
            .filter(|(at, cell)| !cell.is_empty() && !taken(*at))
            .map(|(_, cell)| cell.chars().take(64).collect())
            .collect();
        best = Some(Header {
            mark,
            line,
            known: places.len(),
            places,
            left_out,
        });
    }
    best
}

/// A name as columns are compared, and the currency behind it: `Amount spent (EUR)` is
/// `amount_spent`.
fn normal(cell: &str) -> (String, Option<Currency>) {
    let cell = cell.trim().trim_end_matches([')', ']']);
    let split = cell.rsplit_once(['(', '[']);
    let currency = split.and_then(|(_, behind)| behind.trim().parse().ok());
    let name = match (split, currency) {
        (Some((before, _)), Some(_)) => before,
        _ => cell,
    };
    let words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    (words.join("_"), currency)
}

/// The lines of a table, with their numbers.
struct Lines<'a> {
    text: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    seen: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str, mark: u8) -> Lines<'a> {
        let text = text.as_bytes();
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(mark)
            .trim(Trim::All)
            .from_reader(text);
        Lines {
            text,
            reader,
            seen: 0,
            line: 1,
        }
    }

    /// The next line that is not empty. The reader itself counts neither empty lines nor, before it
    /// reads on, the second half of a `\r\n`.
    fn next(&mut self) -> Result<Option<(u64, Vec<String>)>, Problem> {
        let begin = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX);
        let blank = self.text.iter().skip(begin);
        let blank = blank
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        let begin = (begin + blank).min(self.text.len());
        let passed = &self.text[self.seen..begin];
        self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.seen = begin;
        let mut record = ByteRecord::new();
        let broken = |line| Problem::Table(format!("line {line} cannot be read as CSV"));
        let there = self.reader.read_byte_record(&mut record);
        if !there.map_err(|_| broken(self.line))? {
            return Ok(None);
        }
        let cells = record
            .iter()
            .map(|cell| String::from_utf8_lossy(cell).into_owned());
        Ok(Some((self.line, cells.collect())))
    }
}

#[cfg(test)]
mod tests;
