//! Credits: which campaign, network and link each conversion counts for, by attribution model. What they
//! are worth in their campaigns' currencies stands in [`exchange`].

pub mod exchange;

use super::db::{execute, fetch};
use super::{Error, Tx, read_id_option};
use crate::attribution::{Credit, Model, Touch};
use crate::clock::Millis;
use crate::conversion::NewConversion;
use crate::id::ConversionId;

#[derive(sqlx::FromRow)]
struct Row {
    campaign_id: Option<String>,
    network: Option<String>,
    network_seen: Option<String>,
    country: Option<String>,
    device: Option<String>,
    link_id: Option<String>,
    click_id: Option<String>,
    clicked_at: Option<i64>,
    weight: i64,
    amount: Option<i64>,
}

impl TryFrom<Row> for Credit {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let campaign_id = read_id_option(row.campaign_id.as_deref())?;
        let touch = if campaign_id.is_none() && row.link_id.is_none() {
            None
        } else {
            Some(Touch {
                click_id: read_id_option(row.click_id.as_deref())?,
                campaign_id,
                network: row.network,
                network_seen: row.network_seen,
                country: row.country,
                device: row.device,
                link_id: read_id_option(row.link_id.as_deref())?,
                clicked_at: row.clicked_at.map(Millis),
            })
        };
        Ok(Credit {
            touch,
            weight: row.weight,
            amount: row.amount,
        })
    }
}

const CLEAR: &str = "DELETE FROM credit WHERE conversion_id = $1 AND model = $2";
const INSERT: &str = "INSERT INTO credit (conversion_id, model, ordinal, workspace_id, \
     campaign_id, network, network_seen, link_id, click_id, clicked_at, occurred_at, earned_at, \
     kind, name, weight, amount, currency, joined_by, \
     converted_to, converted, rate_day, rate_from, rate_to, country, device) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
     $19, $20, $21, $22, $23, $24, $25)";
const OF: &str = "SELECT campaign_id, network, network_seen, country, device, link_id, click_id, \
     clicked_at, weight, amount FROM credit WHERE conversion_id = $1 AND model = $2 ORDER BY ordinal";

const TIMES: &str = "SELECT DISTINCT occurred_at, earned_at, currency FROM credit \
     WHERE conversion_id = $1 AND model = $2";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[CLEAR, INSERT, OF, TIMES];

/// Puts these credits in the place of the conversion's earlier ones of that model, with their worth in
/// their campaigns' currencies where the conversion has another one and rates for it are there.
///
/// # Errors
/// When the store does not answer.
pub async fn replace(
    tx: &mut Tx,
    report: &NewConversion,
    earned_at: Millis,
    model: Model,
    joined_by: &str,
    credits: &[Credit],
) -> Result<(), Error> {
    let worths = exchange::worths(tx, report, earned_at, credits).await?;
    let conversion = report.id.to_string();
    execute!(tx, CLEAR, &conversion, model.as_str())?;
    for ((ordinal, credit), worth) in (0i64..).zip(credits).zip(worths) {
        let touch = credit.touch.as_ref();
        let turned = worth.and_then(|worth| worth.turned);
        let quote = turned.map(|(_, quote)| quote);
        execute!(
            tx,
            INSERT,
            &conversion,
            model.as_str(),
            ordinal,
            report.workspace_id.to_string(),
            touch
                .and_then(|touch| touch.campaign_id)
                .map(|id| id.to_string()),
            touch.and_then(|touch| touch.network.as_deref()),
            touch.and_then(|touch| touch.network_seen.as_deref()),
            touch
                .and_then(|touch| touch.link_id)
                .map(|id| id.to_string()),
            touch
                .and_then(|touch| touch.click_id)
                .map(|id| id.to_string()),
            touch.and_then(|touch| touch.clicked_at).map(|at| at.0),
            report.occurred_at.0,
            earned_at.0,
            report.kind.as_str(),
            report.name.as_deref(),
            credit.weight,
            credit.amount,
            report.value.map(|value| value.currency.code()),
            joined_by,
            worth.map(|worth| worth.currency.code()),
            turned.map(|(amount, _)| amount),
            quote.map(|quote| quote.day),
            quote.map(|quote| quote.from.to_string()),
            quote.map(|quote| quote.to.to_string()),
            touch.and_then(|touch| touch.country.as_deref()),
            touch.and_then(|touch| touch.device.as_deref()),
        )?;
    }
    Ok(())
}

/// Whether exactly these credits stand, of the report's time and currency.
///
/// # Errors
/// When the store does not answer.
pub async fn stand(
    tx: &mut Tx,
    report: &NewConversion,
    earned_at: Millis,
    model: Model,
    credits: &[Credit],
) -> Result<bool, Error> {
    type Times = (i64, i64, Option<String>);
    if of(tx, report.id, model).await? != credits {
        return Ok(false);
    }
    let (id, model) = (report.id.to_string(), model.as_str());
    let times = fetch!(all Times, tx, TIMES, id, model)?;
    let currency = report.value.map(|value| value.currency.code());
    Ok(times.iter().all(|(occurred, earned, of)| {
        (*occurred, *earned, of.as_deref()) == (report.occurred_at.0, earned_at.0, currency)
    }))
}

/// The conversion's credits of that model.
///
/// # Errors
/// When the store does not answer.
pub async fn of(tx: &mut Tx, id: ConversionId, model: Model) -> Result<Vec<Credit>, Error> {
    fetch!(all Row, tx, OF, id.to_string(), model.as_str())?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}
