//! Exchange rates: import, list.
//!
//! # Invariants
//! Rates belong to the installation. A file that one workspace's administrator imports applies to
//! all workspaces.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Millis;
use crate::money::ecb;
use crate::operations::context::Context;
use crate::operations::error::Error;
use crate::store::exchange_rate::{self, RateCoverage};
use crate::worker::rates;

/// The changes of an import of rates.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct RateImportResult {
    /// Currencies that have rates in the list.
    #[schema(example = json!(["JPY", "USD"]))]
    pub currencies: Vec<String>,
    /// Ignored columns of the list: former currencies, in which nothing is sold.
    #[schema(example = json!(["CYP"]))]
    pub left_out: Vec<String>,
    /// First day of the list.
    #[schema(value_type = String, format = Date, example = "2026-11-24")]
    pub first_day: String,
    /// Last day of the list.
    #[schema(value_type = String, format = Date, example = "2026-11-24")]
    pub last_day: String,
    /// Rates that did not exist before.
    pub new: u64,
    /// Rates that replaced others. Amounts that were converted by the old rates stay unchanged.
    pub changed: u64,
    /// Rates that existed before with the same values.
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
    /// Day of the first rate.
    #[schema(value_type = String, format = Date, example = "1999-01-04")]
    pub first_day: String,
    /// Day of the last rate.
    #[schema(value_type = String, format = Date, example = "2026-11-24")]
    pub last_day: String,
    /// How many days have a rate.
    pub days: i64,
}

/// The stored rates.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct RateList {
    /// Currencies with rates, by code. The euro is not listed, because all rates are per euro.
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

/// Imports a file of the European Central Bank, and converts what was waiting for its rates.
///
/// # Errors
/// [`Error::Rates`] when this is not such a file, or a store that does not answer.
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
/// When the store does not answer.
pub async fn list(context: &Context) -> Result<RateList, Error> {
    let mut tx = context.store.read().await?;
    let known = exchange_rate::list(&mut tx).await?;
    Ok(RateList {
        rates: known.into_iter().map(CurrencyRates::from).collect(),
    })
}
