//! A row of costs, read from JSON or a table.

use std::ops::RangeInclusive;

use crate::export_file::ExportRow;
use crate::export_file::format::ExportKind;
use crate::export_file::number::{self, CurrencySign};
use crate::money::number_text::{self, NumberError};
use crate::operations::cost::amount::{MajorAmount, ONE_OF_TWO, StatedCost};
use crate::operations::cost::body::NewCost;
use crate::operations::import::bad_rows::{RowError, bad};
use crate::operations::import::days::days;
use crate::operations::import::query::ImportQuery;
use crate::operations::import::rows::ImportRow;
use crate::operations::import::target::RowNames;

/// A row before its names are resolved.
#[derive(Debug)]
pub(super) struct CostRow {
    pub(super) line: u64,
    pub(super) names: RowNames,
    pub(super) days: RangeInclusive<i64>,
    pub(super) stated: StatedCost,
    pub(super) note: Option<String>,
    pub(super) event_id: Option<String>,
    /// Whether it gets an id from its content, so that the same file sent again does not count
    /// twice.
    pub(super) is_of_table: bool,
}

impl ImportRow for CostRow {
    type Json = NewCost;

    const KIND: ExportKind = ExportKind::Costs;

    const FIGURES: &'static [&'static str] = &["amount", "minutes"];

    // Lines of sums have no hours, because hours are minutes in another unit.
    const LEVELS: &'static [&'static str] = &["hours"];

    fn from_json(line: u64, row: NewCost, query: &ImportQuery) -> Result<CostRow, RowError> {
        let days = days(
            row.day.as_deref(),
            row.from.as_deref(),
            row.to.as_deref(),
            query.dates,
        )?;
        let Some(stated) = StatedCost::of(row.money, row.minutes)? else {
            return bad("money", ONE_OF_TWO);
        };
        let names = RowNames {
            campaigns: row.campaign_id.into_iter().collect(),
            network: row.network,
            link: row.link_id,
            permalink: None,
        };
        Ok(CostRow {
            line,
            names: query.override_names(names),
            days,
            stated,
            note: row.note,
            event_id: row.event_id,
            is_of_table: false,
        })
    }

    fn from_table(line: u64, row: ExportRow<'_>, query: &ImportQuery) -> Result<CostRow, RowError> {
        let days = match row.range_of_file() {
            Some(days) => days,
            None => days(row.get("day"), row.get("from"), row.get("to"), query.dates)?,
        };
        Ok(CostRow {
            line,
            names: query.override_names(RowNames::from_table(row)),
            days,
            stated: stated(line, row)?,
            note: row.text("note"),
            event_id: row.text("event_id"),
            is_of_table: true,
        })
    }

    fn line(&self) -> u64 {
        self.line
    }

    fn names(&self) -> &RowNames {
        &self.names
    }
}

/// The stated cost of a row in a table.
fn stated(line: u64, row: ExportRow<'_>) -> Result<StatedCost, RowError> {
    let number = |field, read: fn(&str) -> Result<i64, NumberError>| {
        let read = row.get(field).map(read).transpose();
        read.or_else(|error| bad(field, error.to_string()))
    };
    let minutes = match number("minutes", number_text::count)? {
        Some(minutes) => Some(minutes),
        None => number("hours", number_text::hours)?,
    };
    let minutes = minutes.filter(|minutes| *minutes > 0);
    let is_zero = |text: &str| !text.contains(|c: char| ('1'..='9').contains(&c));
    match (row.money("amount"), minutes) {
        (Some((amount, _)), Some(_)) if !is_zero(amount) => {
            bad("amount", "is next to work; give each its own row")
        }
        (_, Some(minutes)) => Ok(StatedCost::Minutes(minutes)),
        (Some((amount, column_currency)), None) => {
            let currency = row.text("currency");
            let currency = currency.or_else(|| Some(column_currency?.code().to_owned()));
            let column = row.called("amount").filter(|_| currency.is_none());
            Ok(StatedCost::Major(MajorAmount {
                text: amount.to_owned(),
                currency,
                column_sign: column.map_or(CurrencySign::None, number::sign_in_name),
                decimal: row.decimal().ok_or_else(|| {
                    let column = row.called("amount").unwrap_or_default();
                    format!("line {line} has {amount:?} in the column {column:?}")
                }),
            }))
        }
        (None, None) => bad("amount", "is missing, and so are minutes or hours of work"),
    }
}
