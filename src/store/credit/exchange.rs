//! Credits in their campaigns' currencies, if the conversion has another currency.
//!
//! # Invariants
//! - The whole conversion is converted, and then split like its amount, so the parts sum to it.
//! - A conversion keeps its first rates. Rates that are imported later change no figure.
//! - A refund uses the rates of its sale.
//! - [`RateQuote::among`](crate::money::rate::RateQuote::among) decides which day's rates apply.

use std::collections::{BTreeMap, BTreeSet};

use crate::attribution::{Credit, split};
use crate::clock::{DAY_MS, Millis};
use crate::conversion::NewConversion;
use crate::drivers::sql::{Error, Tx, fetch, statements, value};
use crate::id::{CampaignId, ConversionId};
use crate::money::Currency;
use crate::money::rate::{RATE_VALID_DAYS, RateQuote};
use crate::store::text_column::read_id;
use crate::store::{conversion, exchange_rate};

statements! {
    sql CURRENCY = "SELECT currency FROM campaign WHERE id = $1";
    sql USED = "SELECT rate_day, rate_from, rate_to FROM credit WHERE conversion_id = $1 \
        AND currency = $2 AND converted_to = $3 AND earned_at = $4 AND converted IS NOT NULL \
        ORDER BY model, ordinal LIMIT 1";
    sql WAITING = "SELECT DISTINCT c.earned_at, c.conversion_id FROM credit c \
        WHERE c.converted_to IS NOT NULL AND c.converted IS NULL \
        AND c.earned_at >= $1 AND c.earned_at < $2 \
        AND (c.earned_at > $3 OR (c.earned_at = $3 AND c.conversion_id > $4)) \
        AND (c.currency = 'EUR' OR EXISTS (SELECT 1 FROM exchange_rate r \
             WHERE r.currency = c.currency AND r.day <= c.earned_at / $5 \
             AND r.day >= c.earned_at / $5 - $6)) \
        AND (c.converted_to = 'EUR' OR EXISTS (SELECT 1 FROM exchange_rate r \
             WHERE r.currency = c.converted_to AND r.day <= c.earned_at / $5 \
             AND r.day >= c.earned_at / $5 - $6)) \
        ORDER BY c.earned_at, c.conversion_id LIMIT $7";
}

/// The value of a credit in its campaign's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CreditWorth {
    /// The campaign's currency.
    pub(super) currency: Currency,
    /// Minor units and the rates that gave them; `None` if no rates are stored.
    pub(super) turned: Option<(i64, RateQuote)>,
}

/// The value of a whole conversion in the currencies of its campaigns.
pub(super) type CampaignRates = BTreeMap<CampaignId, (Currency, Option<(i64, RateQuote)>)>;

/// The value of the whole conversion for each campaign of these credits that has another currency
/// than the conversion.
pub(super) async fn rates(
    tx: &mut Tx,
    report: &NewConversion,
    earned_at: Millis,
    credits: impl Iterator<Item = &Credit>,
) -> Result<CampaignRates, Error> {
    let mut rates = CampaignRates::new();
    let Some(value) = report.value else {
        return Ok(rates);
    };
    let campaigns: BTreeSet<CampaignId> = credits
        .filter_map(|credit| credit.touch.as_ref()?.campaign_id)
        .collect();
    for campaign in campaigns {
        let Some(currency) = currency_of(tx, campaign).await? else {
            continue;
        };
        if currency == value.currency {
            continue;
        }
        let quote = quote(tx, report, earned_at, value.currency, currency).await?;
        let turned = quote.and_then(|quote| {
            let whole = quote.convert(value.amount, value.currency, currency)?;
            Some((whole, quote))
        });
        rates.insert(campaign, (currency, turned));
    }
    Ok(rates)
}

/// The value of each credit of one model; `None` if its campaign has the conversion's own currency,
/// or no campaign is known.
pub(super) fn worths(rates: &CampaignRates, credits: &[Credit]) -> Vec<Option<CreditWorth>> {
    let weights: Vec<i64> = credits.iter().map(|credit| credit.weight).collect();
    let campaign = |credit: &Credit| credit.touch.as_ref().and_then(|touch| touch.campaign_id);
    let mut worths = vec![None; credits.len()];
    for (id, (currency, turned)) in rates {
        let turned = turned.map(|(whole, quote)| (split(whole, &weights), quote));
        for (place, credit) in credits.iter().enumerate() {
            if campaign(credit) == Some(*id) {
                let turned = turned.as_ref().map(|(parts, quote)| (parts[place], *quote));
                worths[place] = Some(CreditWorth {
                    currency: *currency,
                    turned,
                });
            }
        }
    }
    worths
}

async fn currency_of(tx: &mut Tx, campaign: CampaignId) -> Result<Option<Currency>, Error> {
    let found = value!(String, tx, CURRENCY, campaign.to_string())?;
    let read = |code: String| code.parse().map_err(|_| corrupt("currency", code));
    found.map(read).transpose()
}

/// The rates of its sale if it is a refund, or else its first rates, or else those that apply now.
async fn quote(
    tx: &mut Tx,
    report: &NewConversion,
    earned_at: Millis,
    from: Currency,
    to: Currency,
) -> Result<Option<RateQuote>, Error> {
    if let Some(sale) = conversion::sale_of(tx, report).await?
        && let Some(quote) = used(tx, sale.report.id, earned_at, from, to).await?
    {
        return Ok(Some(quote));
    }
    if let Some(quote) = used(tx, report.id, earned_at, from, to).await? {
        return Ok(Some(quote));
    }
    exchange_rate::quote(tx, from, to, earned_at.day()).await
}

async fn used(
    tx: &mut Tx,
    id: ConversionId,
    earned_at: Millis,
    from: Currency,
    to: Currency,
) -> Result<Option<RateQuote>, Error> {
    type ConvertedValueRow = (i64, String, String);
    let id = id.to_string();
    let row =
        fetch!(optional ConvertedValueRow, tx, USED, &id, from.code(), to.code(), earned_at.0)?;
    let read = |(day, from, to): ConvertedValueRow| {
        Ok(RateQuote {
            day,
            from: from.parse().map_err(|_| corrupt("rate", from))?,
            to: to.parse().map_err(|_| corrupt("rate", to))?,
        })
    };
    row.map(read).transpose()
}

fn corrupt(what: &'static str, value: String) -> Error {
    Error::Corrupt { what, value }
}

/// At most `limit` conversions behind `after`, earned in `[from, to)`, whose credits wait for rates
/// that exist now, in the order of time.
///
/// # Errors
/// When the store does not answer.
pub async fn waiting(
    tx: &mut Tx,
    (from, to): (Millis, Millis),
    after: Option<&(Millis, ConversionId)>,
    limit: i64,
) -> Result<Vec<(Millis, ConversionId)>, Error> {
    let (at, id) = after.map_or((i64::MIN, String::new()), |(at, id)| (at.0, id.to_string()));
    let rows = fetch!(
        all(i64, String),
        tx,
        WAITING,
        from.0,
        to.0,
        at,
        &id,
        DAY_MS,
        RATE_VALID_DAYS,
        limit
    )?;
    let rows = rows.into_iter();
    rows.map(|(at, id)| Ok((Millis(at), read_id(&id)?)))
        .collect()
}
