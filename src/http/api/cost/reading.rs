//! Reads told costs, from JSON or a table, and makes rows of them.
//!
//! Holds: a row is read whole or refused with the field that is wrong. Must not know: what is there
//! already.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

use crate::campaign::Campaign;
use crate::campaign_report::cost::CostAmount;
use crate::export_file::format::FORMATS;
use crate::export_file::number::{self, CurrencySign};
use crate::export_file::{ExportRow, FileContent, ReadOptions};
use crate::http::api::cost::MOST_TEXT;
use crate::http::api::cost::body::NewCost;
use crate::http::api::table::asked::ImportQuery;
use crate::http::api::table::place::{Found, Named, days};
use crate::http::api::table::{ReadRows, json_rows, own_rows};
use crate::id::CampaignId;
use crate::money::number_text::{DecimalMark, ExactAmount, NumberError};
use crate::money::{Currency, Money, number_text};
use crate::operations::error::Error;
use crate::operations::import::bad_rows::{BadRows, RowError, bad};
use crate::vault;

/// Largest amount, in minor units.
const MOST: i64 = crate::money::MAX_AMOUNT;

/// Most minutes: more than a thousand people work in a lifetime.
const MOST_MINUTES: i64 = 1_000_000_000;

/// What a row says was spent.
#[derive(Debug)]
pub(super) enum Said {
    Money(Money),
    /// In major units, as the file has it.
    Major(Major),
    Minutes(i64),
}

/// An amount of a file, in major units.
#[derive(Debug)]
pub(super) struct Major {
    text: String,
    /// The currency, where the row or its column says one.
    currency: Option<String>,
    /// What the name of its column says, where neither row nor column says the currency.
    of_column: CurrencySign,
    /// The decimal mark of the file, or where the amount stands in one that decides none.
    decimal: Result<DecimalMark, String>,
}

/// A row, before anything it names was found.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) line: u64,
    pub(super) named: Named,
    pub(super) days: RangeInclusive<i64>,
    pub(super) said: Said,
    pub(super) note: Option<String>,
    pub(super) event_id: Option<String>,
    /// Whether an id is made for it, so that the same file told again doubles nothing.
    pub(super) needs_id: bool,
}

/// Columns of a table whose values add up.
const FIGURES: &[&str] = &["amount", "minutes"];

/// The same in another unit, which no line of sums has.
const HOURS: &[&str] = &["hours"];

/// The rows of a body.
pub(super) fn read(
    raw: &[u8],
    table: Option<(&FileContent, &ReadOptions)>,
    query: &ImportQuery,
    bad: &mut BadRows,
) -> Result<ReadRows<Told>, Error> {
    if let Some((content, options)) = table {
        let read = |line, row: ExportRow<'_>| of_row(line, row, query);
        return own_rows(content, options, (FIGURES, HOURS), bad, read);
    }
    json_rows(raw, bad, |line, new: NewCost| of_json(line, new, query))
}

fn of_json(line: u64, new: NewCost, query: &ImportQuery) -> Result<Told, RowError> {
    let days = days(
        new.day.as_deref(),
        new.from.as_deref(),
        new.to.as_deref(),
        query.dates(),
    )?;
    let said = match (new.money, new.minutes) {
        (Some(money), None) => Said::Money(money),
        (None, Some(minutes)) => Said::Minutes(minutes),
        _ => {
            return bad(
                "money",
                "is money or `minutes` of work: give one of the two",
            );
        }
    };
    let named = Named {
        campaigns: new.campaign_id.into_iter().collect(),
        network: new.network,
        link: new.link_id,
        permalink: None,
    };
    Ok(Told {
        line,
        named: query.over(named),
        days,
        said,
        note: new.note,
        event_id: new.event_id,
        needs_id: false,
    })
}

fn of_row(line: u64, row: ExportRow<'_>, query: &ImportQuery) -> Result<Told, RowError> {
    let days = match row.range_of_file() {
        Some(days) => days,
        None => days(
            row.get("day"),
            row.get("from"),
            row.get("to"),
            query.dates(),
        )?,
    };
    let number = |field, read: fn(&str) -> Result<i64, number_text::NumberError>| {
        let read = row.get(field).map(read).transpose();
        read.or_else(|error| bad(field, error.to_string()))
    };
    let minutes = match number("minutes", number_text::count)? {
        Some(minutes) => Some(minutes),
        None => number("hours", number_text::hours)?,
    };
    let minutes = minutes.filter(|minutes| *minutes > 0);
    let is_nothing = |text: &str| !text.contains(|c: char| ('1'..='9').contains(&c));
    let said = match (row.money("amount"), minutes) {
        (Some((amount, _)), Some(_)) if !is_nothing(amount) => {
            return bad("amount", "stands beside work; give each a row of its own");
        }
        (_, Some(minutes)) => Said::Minutes(minutes),
        (Some((amount, of_column)), None) => {
            let currency = row.text("currency");
            let currency = currency.or_else(|| of_column.map(|it| it.code().to_owned()));
            let column = row.called("amount").filter(|_| currency.is_none());
            Said::Major(Major {
                text: amount.to_owned(),
                currency,
                of_column: column.map_or(CurrencySign::None, number::sign_in_name),
                decimal: row.decimal().ok_or_else(|| {
                    let column = row.called("amount").unwrap_or_default();
                    format!("line {line} has {amount:?} in the column {column:?}")
                }),
            })
        }
        (None, None) => return bad("amount", "is missing, and so are minutes or hours of work"),
    };
    Ok(Told {
        line,
        named: query.over(Named::of_row(row)),
        days,
        said,
        note: row.text("note"),
        event_id: row.text("event_id"),
        needs_id: true,
    })
}

/// Ids of the rows of a request.
#[derive(Debug, Default)]
pub(super) struct Ids {
    taken: HashSet<String>,
    alike: HashMap<String, u32>,
}

impl Ids {
    /// The row's own id, or one made of what it is of and how many before it are of the same.
    pub(super) fn of(&mut self, row: &Told, found: &Found) -> Result<Option<String>, RowError> {
        let id = match &row.event_id {
            Some(id) => id.trim().to_owned(),
            None if row.needs_id => {
                let kind = matches!(row.said, Said::Minutes(_));
                let place = format!(
                    "{}\n{:?}\n{:?}\n{:?}\n{kind}\n{:?}",
                    found.campaign.id, found.network, found.link_id, row.days, row.note
                );
                let before = self.alike.entry(place.clone()).or_default();
                *before += 1;
                let hash = vault::token_hash(&format!("{place}\n{before}"));
                format!("csv-{}", &hash[..32])
            }
            None => return Ok(None),
        };
        if !(1..=MOST_TEXT).contains(&id.chars().count()) {
            return bad("event_id", format!("has 1 to {MOST_TEXT} characters"));
        }
        if !self.taken.insert(id.clone()) {
            return bad("event_id", "is that of an earlier row; give each its own");
        }
        Ok(Some(id))
    }
}

/// What is left of a unit when amounts of a campaign are rounded: the next one gets it, so that the
/// rows of a file sum to its total.
#[derive(Debug, Default)]
pub(super) struct Roundings(HashMap<CampaignId, i64>);

impl Roundings {
    fn rounded(&mut self, campaign: CampaignId, exact: ExactAmount) -> i64 {
        const UNIT: i64 = 1_000_000_000;
        let left = self.0.entry(campaign).or_default();
        *left += exact.rest;
        let up = i64::from(*left >= UNIT / 2);
        *left -= up * UNIT;
        exact.units + up
    }
}

/// What was spent, in the campaign's currency.
pub(super) fn spent(
    said: &Said,
    campaign: &Campaign,
    roundings: &mut Roundings,
) -> Result<CostAmount, RowError> {
    let currency = campaign.currency;
    match said {
        Said::Money(money) if money.currency != currency => other(money.currency.code(), currency),
        Said::Money(money) if !(0..=MOST).contains(&money.amount) => {
            bad("money", format!("has 0 to {MOST} minor units"))
        }
        Said::Money(money) => Ok(CostAmount::Money(money.amount)),
        Said::Major(major) => {
            let exact = exact(major, currency)?;
            Ok(CostAmount::Money(roundings.rounded(campaign.id, exact)))
        }
        Said::Minutes(minutes) if !(1..=MOST_MINUTES).contains(minutes) => {
            bad("minutes", format!("are 1 to {MOST_MINUTES}"))
        }
        Said::Minutes(minutes) => Ok(CostAmount::Minutes(*minutes)),
    }
}

fn other<T>(other: &str, currency: Currency) -> Result<T, RowError> {
    bad(
        "currency",
        format!("is {other}, and the campaign counts in {currency}; give the money in {currency}"),
    )
}

fn exact(major: &Major, currency: Currency) -> Result<ExactAmount, RowError> {
    if let Some(code) = &major.currency
        && code.trim().to_uppercase() != currency.code()
        && FORMATS.sign(code.trim()) != Some(currency)
    {
        return other(&code.chars().take(16).collect::<String>(), currency);
    }
    if !number::fits(major.of_column, currency) {
        return other("that of a column in $", currency);
    }
    let (number, sign) = number::unsigned(&major.text);
    if !number::fits(sign, currency) {
        return other(&major.text.chars().take(16).collect::<String>(), currency);
    }
    let decimal = major.decimal.as_ref().ok().copied();
    number_text::exact(&number, currency, decimal).or_else(|error| match (error, &major.decimal) {
        // It is so for the whole file, so it is asked once.
        (NumberError::Ambiguous(_), Err(place)) => Err(RowError::Failed(Error::Table(format!(
            "{place}, which may be thousands or have decimals, and nothing in the file says which. Say what stands \
             before decimals in the whole file: decimal=point or decimal=comma (--decimal)"
        )))),
        (error, _) => bad("amount", error.to_string()),
    })
}
