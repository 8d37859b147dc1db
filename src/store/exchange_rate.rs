//! Exchange rates that an operator has imported.
//!
//! # Invariants
//! - A currency has one rate a day, stored as it was written. The euro has no rate, because rates
//!   are per euro.
//! - Rates belong to the installation, not to a workspace.

use std::collections::HashMap;

use super::upsert_counts::UpsertCounts;
use crate::clock::Millis;
use crate::drivers::sql::{Error, Tx, bulk, bulk_sql, fetch, statements};
use crate::money::Currency;
use crate::money::rate::{DayRate, ExchangeRate, RATE_VALID_DAYS, RateQuote};

statements! {
    sql AROUND = "SELECT day, currency, rate FROM exchange_rate \
        WHERE currency IN ($1, $2) AND day >= $3 AND day <= $4";
    sql LIST = "SELECT currency, min(day) AS first_day, max(day) AS last_day, \
        CAST(count(*) AS BIGINT) AS days FROM exchange_rate GROUP BY currency ORDER BY currency";
    bulk KNOWN = bulk_sql!(
        "SELECT r.day, r.currency, r.rate FROM " rows(currency TEXT, day BIGINT)
        " JOIN exchange_rate r ON r.currency = a.currency AND r.day = a.day"
    );
    bulk PUT = bulk_sql!(
        "INSERT INTO exchange_rate "
        values(currency TEXT, day BIGINT, rate TEXT, source TEXT, loaded_at BIGINT)
        " ON CONFLICT (currency, day) DO UPDATE SET rate = excluded.rate, \
        source = excluded.source, loaded_at = excluded.loaded_at"
    );
}

/// The stored rates of one currency.
#[derive(Clone, Debug, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct RateCoverage {
    /// ISO 4217 code.
    pub currency: String,
    /// Day of the first rate, since 1970-01-01.
    pub first_day: i64,
    /// Day of the last rate.
    pub last_day: i64,
    /// The number of days with a rate.
    pub days: i64,
}

/// Day, currency and rate.
type RateRow = (i64, String, String);

/// Writes these rates and replaces those of the same days. A rate must not occur twice.
///
/// # Errors
/// When the store does not answer.
pub async fn upsert(
    tx: &mut Tx,
    rates: &[DayRate],
    source: &str,
    now: Millis,
) -> Result<UpsertCounts, Error> {
    let known = bulk!(
        all RateRow,
        tx,
        KNOWN,
        rates,
        [|rate: &DayRate| rate.currency.code(), |rate: &DayRate| rate.day]
    )?;
    let known: HashMap<(i64, &str), &str> = known
        .iter()
        .map(|(day, currency, rate)| ((*day, &**currency), &**rate))
        .collect();
    let mut put = UpsertCounts::default();
    let mut written = Vec::new();
    for rate in rates {
        match known.get(&(rate.day, rate.currency.code())) {
            None => put.new += 1,
            Some(known)
                if known
                    .parse::<ExchangeRate>()
                    .is_ok_and(|earlier| earlier.has_value_of(rate.rate)) =>
            {
                put.unchanged += 1;
                continue;
            }
            Some(_) => put.changed += 1,
        }
        written.push(*rate);
    }
    if !written.is_empty() {
        bulk!(
            execute,
            tx,
            PUT,
            written,
            [
                |rate: &DayRate| rate.currency.code(),
                |rate: &DayRate| rate.day,
                |rate: &DayRate| rate.rate.to_string(),
                |_: &DayRate| source,
                |_: &DayRate| now.0,
            ]
        )?;
    }
    Ok(put)
}

/// The quote that applies on a day (since 1970-01-01), if its rates exist.
///
/// # Errors
/// When the store does not answer.
pub async fn quote(
    tx: &mut Tx,
    from: Currency,
    to: Currency,
    day: i64,
) -> Result<Option<RateQuote>, Error> {
    let earliest = day.saturating_sub(RATE_VALID_DAYS);
    let rows = fetch!(all RateRow, tx, AROUND, from.code(), to.code(), earliest, day)?;
    let rates: Vec<DayRate> = rows
        .into_iter()
        .map(|(day, currency, rate)| read(day, &currency, &rate))
        .collect::<Result<_, _>>()?;
    Ok(RateQuote::among(&rates, from, to, day))
}

fn read(day: i64, currency: &str, rate: &str) -> Result<DayRate, Error> {
    let corrupt = |what, value: &str| Error::Corrupt {
        what,
        value: value.to_owned(),
    };
    Ok(DayRate {
        day,
        currency: currency
            .parse()
            .map_err(|_| corrupt("currency", currency))?,
        rate: rate.parse().map_err(|_| corrupt("rate", rate))?,
    })
}

/// Every currency with rates, sorted by code.
///
/// # Errors
/// When the store does not answer.
pub async fn list(tx: &mut Tx) -> Result<Vec<RateCoverage>, Error> {
    Ok(fetch!(all RateCoverage, tx, LIST)?)
}
