//! The European Central Bank's lists of rates: the history (`eurofxref-hist.csv`) and that of one
//! day (`eurofxref.csv`).
//!
//! # Invariants
//! - A list is read as a whole, or refused with the line that is wrong.
//! - Each currency has one rate for a day.
//!
//! # Out of scope
//! Where the list is stored, and what is done with it.

use std::collections::{BTreeSet, HashSet};

use csv::{ByteRecord, ReaderBuilder, Trim};
use jiff::civil::Date;

use super::currency::{Currency, UnknownCurrency};
use super::rate::{DayRate, InvalidRate};

/// The source of these rates, as it is stored.
pub const SOURCE: &str = "ecb";

/// The text in place of a missing rate.
const NONE: &str = "N/A";

/// The rates of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EcbRateList {
    /// In the order of the list.
    pub rates: Vec<DayRate>,
    /// Columns of currencies that are no more, such as CYP, or that ISO 4217 does not have: nothing
    /// can be reported in them, and their rates are left out.
    pub left_out: Vec<String>,
}

impl EcbRateList {
    /// The currencies that have rates in it, by code.
    pub fn currencies(&self) -> BTreeSet<&'static str> {
        let rates = self.rates.iter();
        rates.map(|rate| rate.currency.code()).collect()
    }
}

/// Why a text is not a list of rates.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A packed file.
    #[error("this is a zip file; unpack it, and give the .csv in it")]
    Zip,
    /// Another first line.
    #[error(
        "line 1 is not what the ECB's lists begin with, which is `Date,USD,JPY,…`: {0}; take \
         eurofxref-hist.csv or eurofxref.csv"
    )]
    Header(String),
    /// A line that is not text, or breaks off in quotes.
    #[error("line {0} cannot be read as CSV in UTF-8")]
    Broken(u64),
    /// A line with more or fewer cells than the first one.
    #[error("line {line} has {found} cells and the first line has {wanted}")]
    Width {
        /// Which line.
        line: u64,
        /// How many there are.
        found: usize,
        /// How many there should be.
        wanted: usize,
    },
    /// No day.
    #[error(
        "line {line} begins with {text:?}; a day is written like 2026-11-24 or 24 November 2026"
    )]
    Day {
        /// Which line.
        line: u64,
        /// What stands there.
        text: String,
    },
    /// A day that came before.
    #[error("line {line} is of {day}, as an earlier line is")]
    DayTwice {
        /// Which line.
        line: u64,
        /// The day.
        day: String,
    },
    /// No rate.
    #[error("line {line}, {currency}: {reason}")]
    ExchangeRate {
        /// Which line.
        line: u64,
        /// Of which currency.
        currency: Currency,
        /// What is wrong.
        reason: InvalidRate,
    },
    /// A first line, and nothing that follows.
    #[error("there is no rate in it")]
    Empty,
}

/// Reads a list in either form.
///
/// # Errors
/// When it is no such list; the first line that is wrong is named.
pub fn read(text: &[u8]) -> Result<EcbRateList, Error> {
    if text.starts_with(b"PK\x03\x04") {
        return Err(Error::Zip);
    }
    let mut lines = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(text);
    let mut next = || CsvLine::read(&mut lines, text);
    let header = next()?.ok_or(Error::Empty)?;
    let (columns, left_out) = columns(&header.cells)?;
    let mut list = EcbRateList {
        rates: Vec::new(),
        left_out,
    };
    let mut days = HashSet::new();
    while let Some(line) = next()? {
        let day = line.day(header.cells.len())?;
        if !days.insert(day) {
            return Err(Error::DayTwice {
                line: line.number(),
                day: line.cells[0].clone(),
            });
        }
        line.add_rates(day, &columns, &mut list.rates)?;
    }
    if list.rates.is_empty() {
        return Err(Error::Empty);
    }
    Ok(list)
}

/// A line of a list.
struct CsvLine<'a> {
    text: &'a [u8],
    /// Where in the text the one before it ends.
    begin: u64,
    cells: Vec<String>,
}

impl<'a> CsvLine<'a> {
    fn read(lines: &mut csv::Reader<&[u8]>, text: &'a [u8]) -> Result<Option<CsvLine<'a>>, Error> {
        let mut record = ByteRecord::new();
        let mut line = CsvLine {
            text,
            begin: lines.position().byte(),
            cells: Vec::new(),
        };
        let Ok(there) = lines.read_byte_record(&mut record) else {
            return Err(Error::Broken(line.number()));
        };
        if !there {
            return Ok(None);
        }
        line.cells = cells(&record).ok_or_else(|| Error::Broken(line.number()))?;
        Ok(Some(line))
    }

    /// Counted from 1. The reader itself counts neither empty lines nor, before it reads on, the
    /// second half of a `\r\n`.
    fn number(&self) -> u64 {
        let begin = usize::try_from(self.begin).unwrap_or(usize::MAX);
        let rest = self.text.iter().skip(begin);
        let blank = rest.take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let before = self.text.iter().take(begin).chain(blank);
        1 + before.filter(|byte| **byte == b'\n').count() as u64
    }

    /// The day that it is of, as days since 1970-01-01; it must have as many cells as the first
    /// line.
    fn day(&self, wanted: usize) -> Result<i64, Error> {
        let found = self.cells.len();
        if found != wanted {
            return Err(Error::Width {
                line: self.number(),
                found,
                wanted,
            });
        }
        day(&self.cells[0]).ok_or_else(|| Error::Day {
            line: self.number(),
            text: short(&self.cells[0]),
        })
    }

    fn add_rates(
        &self,
        day: i64,
        columns: &[Option<Currency>],
        rates: &mut Vec<DayRate>,
    ) -> Result<(), Error> {
        for (currency, cell) in columns.iter().zip(&self.cells[1..]) {
            let Some(currency) = *currency else { continue };
            if cell.is_empty() || cell == NONE {
                continue;
            }
            let rate = cell.parse().map_err(|reason| Error::ExchangeRate {
                line: self.number(),
                currency,
                reason,
            })?;
            rates.push(DayRate {
                day,
                currency,
                rate,
            });
        }
        Ok(())
    }
}

/// The cells of a line, without the one behind its trailing comma; `None` when they are no text.
fn cells(record: &ByteRecord) -> Option<Vec<String>> {
    let mut cells: Vec<String> = record
        .iter()
        .map(|cell| std::str::from_utf8(cell).map(str::to_owned))
        .collect::<Result<_, _>>()
        .ok()?;
    cells.pop_if(|last| last.is_empty());
    Some(cells)
}

/// The currency of each column but the first, where there is such a one, and the codes of the
/// others.
fn columns(header: &[String]) -> Result<(Vec<Option<Currency>>, Vec<String>), Error> {
    if header.first().is_none_or(|first| first != "Date") || header.len() < 2 {
        return Err(Error::Header(short(&header.join(","))));
    }
    let mut columns = Vec::new();
    let mut left_out = Vec::new();
    let mut codes = HashSet::new();
    for code in &header[1..] {
        let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        // The euro's own rate is one, whatever somebody writes.
        if !is_code || code == "EUR" || !codes.insert(code) {
            return Err(Error::Header(format!(
                "{:?} is no column of it, or stands twice",
                short(code)
            )));
        }
        let currency = code.parse::<Currency>();
        if let Err(UnknownCurrency(code)) = &currency {
            left_out.push(code.clone());
        }
        columns.push(currency.ok());
    }
    Ok((columns, left_out))
}

/// Days since 1970-01-01.
fn day(text: &str) -> Option<i64> {
    let iso = text.parse::<Date>().ok();
    let date = iso
        .filter(|_| text.len() == "2026-11-24".len())
        .or_else(|| Date::strptime("%d %B %Y", text).ok())?;
    let since = date.since(Date::constant(1970, 1, 1)).ok()?;
    Some(i64::from(since.get_days()))
}

fn short(text: &str) -> String {
    text.chars().take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HISTORY: &str = "Date,USD,JPY,CYP,GBP,\n\
        2026-11-24,1.0521,163.20,N/A,0.8312,\n2026-11-23,1.0500,N/A,0.58,0.8300,\n";

    fn shown(list: &EcbRateList) -> Vec<String> {
        let rates = list.rates.iter();
        rates
            .map(|rate| format!("{} {} {}", rate.day, rate.currency, rate.rate))
            .collect()
    }

    #[test]
    fn both_forms_are_read() {
        let history = read(HISTORY.as_bytes()).unwrap();
        let expected = [
            "20781 USD 1.0521",
            "20781 JPY 163.20",
            "20781 GBP 0.8312",
            "20780 USD 1.0500",
            "20780 GBP 0.8300",
        ];
        assert_eq!(shown(&history), expected);
        assert_eq!(history.left_out, ["CYP"]);
        let daily =
            "\u{feff}Date, USD, JPY, GBP, \r\n24 November 2026, 1.0521, 163.20, 0.8312, \r\n";
        let daily = read(daily.as_bytes()).unwrap();
        assert_eq!(shown(&daily), expected[..3]);
        let old = read(b"Date,USD\n1969-12-31,1\n").unwrap();
        assert_eq!(shown(&old), ["-1 USD 1"]);
    }

    #[test]
    fn what_is_no_list_is_refused_with_its_line() {
        for (text, reason) in [
            ("", "there is no rate in it"),
            ("Date,USD,\n", "there is no rate in it"),
            ("Date,USD,\n2026-11-24,N/A,\n", "there is no rate in it"),
            ("PK\u{3}\u{4}…", "this is a zip file"),
            ("<html>\n", "line 1 is not what the ECB's lists begin with"),
            (
                "Date,USD,USD\n",
                "\"USD\" is no column of it, or stands twice",
            ),
            ("Date,EUR\n", "\"EUR\" is no column of it"),
            ("Date,usd\n", "\"usd\" is no column of it"),
            (
                "Date,USD,JPY,\n2026-11-24,1,2,\n2026-11-23,1,\n",
                "line 3 has 2 cells and the first line has 3",
            ),
            (
                "Date,USD,\n24.11.2026,1,\n",
                "line 2 begins with \"24.11.2026\"",
            ),
            (
                "Date,USD,\n2026-02-30,1,\n",
                "line 2 begins with \"2026-02-30\"",
            ),
            (
                "Date,USD,\n2026-11-24,1,\n24 November 2026,1,\n",
                "line 3 is of 24 November 2026",
            ),
            (
                "Date,USD,\n\n2026-11-24,-1,\n",
                "line 3, USD: \"-1\" is not a rate",
            ),
        ] {
            let refused = read(text.as_bytes()).unwrap_err().to_string();
            assert!(refused.contains(reason), "{text}: {refused}");
        }
        let broken = read(b"Date,USD,\r\n2026-11-24,\xff,\r\n");
        assert_eq!(broken, Err(Error::Broken(2)));
    }
}
