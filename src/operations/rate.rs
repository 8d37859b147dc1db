//! Exchange rates: import, list.
//!
//! # Invariants
//! Rates belong to the installation. A list that one workspace's administrator imports holds for
//! all workspaces.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Millis;
use crate::money::ecb;
use crate::operations::context::Context;
use crate::operations::error::Error;
use crate::store::exchange_rate::{self, RateCoverage};
use crate::worker::rates;

/// What an import of rates changed.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct RateImportResult {
    /// Currencies that have rates in the list.
    #[schema(example = json!(["JPY", "USD"]))]
    pub currencies: Vec<String>,
    /// Columns of the list that were left out: former currencies, in which nothing is sold.
    #[schema(example = json!(["CYP"]))]
    pub left_out: Vec<String>,
    /// First day of the list.
    #[schema(value_type = String, format = Date, example = "2026-11-24")]
    pub first_day: String,
    /// Last day of the list.
    #[schema(value_type = String, format = Date, example = "2026-11-24")]
    pub last_day: String,
    /// Rates that were not there.
    pub new: u64,
    /// Rates that replaced others. What was converted by those stays as it is.
    pub changed: u64,
    /// Rates that were there already.
    pub unchanged: u64,
    /// Conversions that had waited for a rate of these days and are converted now.
    pub converted: u64,
}

/// A currency's rates.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct CurrencyRates {
    /// The currency.
    #[schema(example = "USD")]
    pub currency: String,
    /// Of the first rate.
    #[schema(value_type = String, format = Date, example = "1999-01-04")]
    pub first_day: String,
    /// Of the last one.
    #[schema(value_type = String, format = Date, example = "2026-11-24")]
    pub last_day: String,
    /// How many days have one.
    pub days: i64,
}

/// The rates that are loaded.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct RateList {
    /// Currencies with rates, by code. The euro, which all rates are against, is not among them.
    pub rates: Vec<CurrencyRates>,
}

impl From<RateCoverage> for CurrencyRates {
    fn from(known: RateCoverage) -> Self {
        CurrencyRates {
            currency: known.currency,
            first_day: Millis::of_day(known.first_day).date(),
            last_day: Millis::of_day(known.last_day).date(),
            days: known.days,
        }
    }
}

/// Imports a list of the European Central Bank. What has waited for its rates is converted.
///
/// # Errors
/// [`Error::Rates`] when this is not such a list, or a store that does not answer.
pub async fn import(context: &Context, list: &[u8]) -> Result<RateImportResult, Error> {
    let list = ecb::read(list)?;
    let now = context.clock.now();
    let loaded = rates::load(&context.store, &list.rates, ecb::SOURCE, now, |_| {}).await?;
    let days = || list.rates.iter().map(|rate| rate.day);
    let date = |day: Option<i64>| {
        day.map(|day| Millis::of_day(day).date())
            .unwrap_or_default()
    };
    Ok(RateImportResult {
        currencies: list.currencies().into_iter().map(str::to_owned).collect(),
        first_day: date(days().min()),
        last_day: date(days().max()),
        left_out: list.left_out,
        new: loaded.rates.new,
        changed: loaded.rates.changed,
        unchanged: loaded.rates.unchanged,
        converted: loaded.converted,
    })
}

/// The currencies that have rates.
///
/// # Errors
/// A store that does not answer.
pub async fn list(context: &Context) -> Result<RateList, Error> {
    let mut tx = context.store.read().await?;
    let known = exchange_rate::list(&mut tx).await?;
    Ok(RateList {
        rates: known.into_iter().map(CurrencyRates::from).collect(),
    })
}
