//! Splits text into lines of cells.
//!
//! # Invariants
//! A line is identified by its number in the file. `\n`, `\r\n` and `\r` alone each end a line,
//! also inside quotes.

use csv::{ByteRecord, ReaderBuilder, Trim};

use super::error::TableError;

/// The lines of a table, with their numbers.
pub struct CsvLines<'a> {
    text: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    seen: usize,
    line: u64,
}

impl<'a> CsvLines<'a> {
    /// The lines of a text whose cells are separated by `separator`.
    pub fn new(text: &'a str, separator: u8) -> CsvLines<'a> {
        let text = text.as_bytes();
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .trim(Trim::All)
            .from_reader(text);
        CsvLines {
            text,
            reader,
            seen: 0,
            line: 1,
        }
    }

    /// The next line that is not empty.
    ///
    /// Lines are counted here, because the reader itself does not count empty lines. It counts the
    /// `\n` of a `\r\n` only when it reads on.
    ///
    /// # Errors
    /// When the line cannot be read as CSV.
    pub fn read(&mut self) -> Result<Option<(u64, Vec<String>)>, TableError> {
        let begin = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX);
        let blank = self.text.iter().skip(begin);
        let blank = blank
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        let begin = (begin + blank).min(self.text.len());
        self.line += ends(self.text, self.seen, begin);
        self.seen = begin;
        let mut record = ByteRecord::new();
        let broken = |line| TableError::new(format!("line {line} cannot be read as CSV"));
        let there = self.reader.read_byte_record(&mut record);
        if !there.map_err(|_| broken(self.line))? {
            return Ok(None);
        }
        let end = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX);
        if self.is_open(begin, end) {
            return Err(TableError::new(format!(
                "a quotation mark that opens in the row of line {} is never closed; close it, or remove \
                 it",
                self.line
            )));
        }
        let cells = record
            .iter()
            .map(|cell| cleaned(&String::from_utf8_lossy(cell)).to_owned());
        Ok(Some((self.line, cells.collect())))
    }

    /// Whether a quoted cell is never closed, so that it contains the rest of the text.
    fn is_open(&self, begin: usize, end: usize) -> bool {
        let row = self.text.get(begin..).unwrap_or_default();
        let is_last = end >= self.text.len();
        let is_odd = || row.iter().fold(false, |odd, byte| odd != (*byte == b'"'));
        is_last && ends(self.text, begin, self.text.trim_ascii_end().len()) > 0 && is_odd()
    }
}

/// How many lines end in a part of the text.
fn ends(text: &[u8], from: usize, to: usize) -> u64 {
    let is_end = |at: usize| match text[at] {
        b'\n' => true,
        b'\r' => text.get(at + 1) != Some(&b'\n'),
        _ => false,
    };
    (from..to).filter(|at| is_end(*at)).count() as u64
}

/// A cell without the characters around its value: spaces, byte order marks, and an apostrophe
/// before a number. Spreadsheets keep a long id as text by this apostrophe.
pub(super) fn cleaned(cell: &str) -> &str {
    let cell = cell.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}');
    match cell.strip_prefix('\'') {
        Some(id) if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) => id,
        _ => cell,
    }
}

/// The separator that the first line names, as in `sep=,`.
pub fn named_separator(text: &str) -> Option<u8> {
    let first = text.split(['\r', '\n']).next()?.trim_matches('"');
    match first.strip_prefix("sep=")?.as_bytes() {
        [separator @ (b',' | b';' | b'\t' | b'|')] => Some(*separator),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a,b", "", "\"x", "y\",'123", "", "", "c,d"].join(end);
            let mut lines = CsvLines::new(&text, b',');
            let mut found = Vec::new();
            while let Some((line, cells)) = lines.read().unwrap() {
                found.push((line, cells.len(), cells[1].clone()));
            }
            let expected = [(1, 2, "b"), (3, 2, "123"), (7, 2, "d")];
            let expected = expected.map(|(line, cells, text)| (line, cells, text.to_owned()));
            assert_eq!(found, expected, "{end:?}");
        }
    }

    #[test]
    fn a_quote_that_is_never_closed_is_named_with_its_line() {
        let text =
            "day,note,cost\n2026-03-01,a 5\" lamp,1.20\n2026-03-02,\"lamp,2.40\n2026-03-03,x,1\n";
        let mut lines = CsvLines::new(text, b',');
        assert_eq!(lines.read().unwrap().unwrap().0, 1);
        assert_eq!(lines.read().unwrap().unwrap().1[1], "a 5\" lamp");
        let error = lines.read().unwrap_err().to_string();
        assert!(error.contains("line 3 is never closed"), "{error}");
        let mut lines = CsvLines::new("a,5\" lamp", b',');
        assert_eq!(lines.read().unwrap().unwrap().1[1], "5\" lamp");
    }

    #[test]
    fn a_first_line_may_name_the_separator() {
        assert_eq!(named_separator("sep=;\r\na;b"), Some(b';'));
        assert_eq!(named_separator("\"sep=,\"\na,b"), Some(b','));
        assert_eq!(named_separator("September;b"), None);
    }
}
