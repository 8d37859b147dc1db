//! Rates of exchange over the API.
//!
//! Holds: rates are the installation's, so a list that one workspace's administrator loads holds
//! for all.

use actix_web::{HttpResponse, get, post, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Millis;
use crate::http::State;
use crate::http::error::{Problem, ProblemDetails};
use crate::money::ecb;
use crate::store::exchange_rate::{self, Known};
use crate::worker::rates;

/// Largest list, in bytes: some ten times the history of all rates since 1999.
const MAX_LIST: usize = 16 * 1024 * 1024;

/// What loading a list has done.
#[derive(Debug, Serialize, ToSchema)]
pub struct RateImportResult {
    /// Currencies that have rates in the list.
    #[schema(value_type = Vec<String>, example = json!(["JPY", "USD"]))]
    currencies: Vec<&'static str>,
    /// Columns of the list that were left out: currencies that are no more, in which nothing is
    /// sold.
    #[schema(example = json!(["CYP"]))]
    left_out: Vec<String>,
    /// First day of the list.
    #[schema(value_type = String, format = Date, example = "2026-11-24")]
    first_day: String,
    /// Last day of the list.
    #[schema(value_type = String, format = Date, example = "2026-11-24")]
    last_day: String,
    /// Rates that were not there.
    new: u64,
    /// Rates in whose place there were others. What was converted by those stays as it is.
    changed: u64,
    /// Rates that were there.
    unchanged: u64,
    /// Conversions that had waited for a rate of these days, and are converted now.
    converted: u64,
}

/// A currency's rates.
#[derive(Debug, Serialize, ToSchema)]
pub struct CurrencyRates {
    /// The currency.
    #[schema(example = "USD")]
    currency: String,
    /// Of the first rate.
    #[schema(value_type = String, format = Date, example = "1999-01-04")]
    first_day: String,
    /// Of the last one.
    #[schema(value_type = String, format = Date, example = "2026-11-24")]
    last_day: String,
    /// How many days have one.
    days: i64,
}

impl From<Known> for CurrencyRates {
    fn from(known: Known) -> Self {
        CurrencyRates {
            currency: known.currency,
            first_day: Millis::of_day(known.first_day).date(),
            last_day: Millis::of_day(known.last_day).date(),
            days: known.days,
        }
    }
}

/// The rates that are loaded.
#[derive(Debug, Serialize, ToSchema)]
pub struct RateList {
    /// Currencies with rates, by code. The euro, for which all of them are given, has none.
    rates: Vec<CurrencyRates>,
}

/// A list of rates as a file.
#[expect(dead_code, reason = "it describes a body, which is read as it comes")]
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct RateFile(Vec<u8>);

/// Import exchange rates
///
/// Takes a list of the European Central Bank as it is: `eurofxref-hist.csv` or `eurofxref.csv`,
/// whatever `Content-Type` says.
/// Loading one again changes nothing. What has waited for these rates is converted; what was
/// converted before stays. The rates hold for all workspaces.
#[utoipa::path(
    operation_id = "import_rates",
    tag = "rates",
    request_body(content((String = "text/csv"), (RateFile = "application/octet-stream")), description = "At most 16 MiB"),
    responses(
        (status = 200, description = "What the import changed", body = RateImportResult),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[post("/rates")]
pub(in crate::http) async fn load(
    state: web::Data<State>,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let bodies = &state.bodies.keyed;
    let body = bodies.read(body.into_inner(), 0, MAX_LIST).await?;
    let given = ecb::read(&body)?;
    let now = state.context.clock.now();
    let loaded = rates::load(&state.context.store, &given.rates, ecb::SOURCE, now, |_| {}).await?;
    let days = || given.rates.iter().map(|rate| rate.day);
    let day = |day: Option<i64>| {
        day.map(|day| Millis::of_day(day).date())
            .unwrap_or_default()
    };
    Ok(HttpResponse::Ok().json(RateImportResult {
        currencies: given.currencies().into_iter().collect(),
        first_day: day(days().min()),
        last_day: day(days().max()),
        left_out: given.left_out,
        new: loaded.rates.new,
        changed: loaded.rates.changed,
        unchanged: loaded.rates.unchanged,
        converted: loaded.converted,
    }))
}

/// List exchange rates
#[utoipa::path(
    operation_id = "list_rates",
    tag = "rates",
    responses(
        (status = 200, description = "The currencies that have rates", body = RateList),
        (status = "4XX", body = ProblemDetails, content_type = "application/problem+json"),
    ),
)]
#[get("/rates")]
pub(in crate::http) async fn list(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let mut tx = state.context.store.read().await?;
    let known = exchange_rate::list(&mut tx).await?;
    let rates = known.into_iter().map(CurrencyRates::from).collect();
    Ok(HttpResponse::Ok().json(RateList { rates }))
}
