//! Credits: which campaign, network and link each conversion counts for, by attribution model.
//!
//! # Invariants
//! - The credits of a conversion are written for every model at once.
//! - [`exchange`] converts them into their campaigns' currencies; [`version`] stores the rules that
//!   made them.

pub mod cache;
pub mod exchange;
pub mod version;

use super::text_column::read_id_option;
use crate::attribution::{AttributionModel, Credit, CreditsByModel, Touch};
use crate::clock::Millis;
use crate::conversion::NewConversion;
use crate::drivers::sql::{Error, Tx, execute, fetch, list, statements};
use crate::id::ConversionId;

#[derive(sqlx_macros::FromRow)]
struct CreditRow {
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

#[derive(sqlx_macros::FromRow)]
struct Dated {
    model: String,
    #[sqlx(flatten)]
    credit: CreditRow,
    occurred_at: i64,
    earned_at: i64,
    currency: Option<String>,
}

impl TryFrom<CreditRow> for Credit {
    type Error = Error;

    fn try_from(row: CreditRow) -> Result<Self, Error> {
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

statements! {
    sql CLEAR = "DELETE FROM credit WHERE conversion_id = $1";
    sql INSERT = "INSERT INTO credit (conversion_id, model, ordinal, workspace_id, \
        campaign_id, network, network_seen, link_id, click_id, clicked_at, occurred_at, earned_at, \
        kind, name, weight, amount, currency, joined_by, \
        converted_to, converted, rate_day, rate_from, rate_to, country, device) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
        $19, $20, $21, $22, $23, $24, $25)";
    sql OF = "SELECT campaign_id, network, network_seen, country, device, link_id, click_id, \
        clicked_at, weight, amount FROM credit WHERE conversion_id = $1 AND model = $2 ORDER BY ordinal";
    sql ALL = "SELECT model, campaign_id, network, network_seen, country, device, link_id, click_id, \
        clicked_at, weight, amount, occurred_at, earned_at, currency FROM credit WHERE conversion_id = $1 \
        ORDER BY model, ordinal";
}

/// Replaces all credits of the conversion by these. If a campaign has another currency and rates
/// exist, the credits also get their value in it.
///
/// # Errors
/// When the store does not answer.
pub async fn replace(
    tx: &mut Tx,
    report: &NewConversion,
    earned_at: Millis,
    joined_by: &str,
    credits: &CreditsByModel,
) -> Result<(), Error> {
    let rates = exchange::rates(tx, report, earned_at, credits.values().flatten()).await?;
    cache::invalidate(tx, &[report.id]).await?;
    execute!(tx, CLEAR, report.id.to_string())?;
    for (model, credits) in credits {
        let worths = exchange::worths(&rates, credits);
        for ((ordinal, credit), worth) in (0i64..).zip(credits).zip(worths) {
            let share = (*model, ordinal, credit, worth);
            insert(tx, report, earned_at, joined_by, share).await?;
        }
    }
    cache::invalidate(tx, &[report.id]).await
}

async fn insert(
    tx: &mut Tx,
    report: &NewConversion,
    earned_at: Millis,
    joined_by: &str,
    (model, ordinal, credit, worth): (
        AttributionModel,
        i64,
        &Credit,
        Option<exchange::CreditWorth>,
    ),
) -> Result<(), Error> {
    let touch = credit.touch.as_ref();
    let turned = worth.and_then(|worth| worth.turned);
    let quote = turned.map(|(_, quote)| quote);
    execute!(
        tx,
        INSERT,
        report.id.to_string(),
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
    Ok(())
}

/// The conversion's current credits, by model.
#[derive(Clone, Debug, Default)]
pub struct CurrentCredits {
    /// The credits.
    pub credits: CreditsByModel,
    /// Whether they have the time and currency of the given report.
    pub is_of_report: bool,
}

/// The conversion's current credits, and whether they have the report's time and currency.
///
/// # Errors
/// When the store does not answer.
pub async fn current(
    tx: &mut Tx,
    report: &NewConversion,
    earned_at: Millis,
) -> Result<CurrentCredits, Error> {
    let currency = report.value.map(|value| value.currency.code());
    let mut standing = CurrentCredits {
        is_of_report: true,
        ..CurrentCredits::default()
    };
    for row in fetch!(all Dated, tx, ALL, report.id.to_string())? {
        standing.is_of_report &= (row.occurred_at, row.earned_at, row.currency.as_deref())
            == (report.occurred_at.0, earned_at.0, currency);
        if let Some(model) = AttributionModel::from_stored(&row.model) {
            let credits = standing.credits.entry(model).or_default();
            credits.push(row.credit.try_into()?);
        }
    }
    Ok(standing)
}

/// The conversion's credits, by model.
///
/// # Errors
/// When the store does not answer.
pub async fn all(tx: &mut Tx, id: ConversionId) -> Result<CreditsByModel, Error> {
    let mut all = CreditsByModel::new();
    for row in fetch!(all Dated, tx, ALL, id.to_string())? {
        if let Some(model) = AttributionModel::from_stored(&row.model) {
            all.entry(model).or_default().push(row.credit.try_into()?);
        }
    }
    Ok(all)
}

/// The different touches in credits, over all models.
pub fn touches(credits: CreditsByModel) -> Vec<Touch> {
    let mut touches: Vec<Touch> = Vec::new();
    for touch in credits
        .into_values()
        .flatten()
        .filter_map(|credit| credit.touch)
    {
        if !touches.contains(&touch) {
            touches.push(touch);
        }
    }
    touches
}

/// The conversion's credits by that model.
///
/// # Errors
/// When the store does not answer.
pub async fn of(
    tx: &mut Tx,
    id: ConversionId,
    model: AttributionModel,
) -> Result<Vec<Credit>, Error> {
    list!(CreditRow, tx, OF, id.to_string(), model.as_str())
}
