//! The credits of a campaign for its reports: cached by the day of their clicks, or read from the
//! table if a day is not cached.
//!
//! # Invariants
//! A change of credits, or of the number of earlier sales, invalidates their days.
//!
//! # Out of scope
//! Sums of credits.

mod codec;

use crate::attribution::AttributionModel;
use crate::campaign_report::credits::{
    CampaignCredits, CreditShare, CreditSink, CreditedTouch, ModelShares,
};
use crate::campaign_report::text_table::TextTable;
use crate::clock::Millis;
use crate::conversion::MatchRule;
use crate::drivers::sql::{Error, Tx, bulk, bulk_sql, execute, fetch, statements};
use crate::id::{CampaignId, ConversionId};
use crate::store::report_cache::{self, CachedPeriod, ReportDay, ReportPart};
use crate::store::text_column::{read_id, read_id_option};
use codec::PackedCredits;

// Uses the key of the table, whatever the planner estimates.
macro_rules! reopen {
    (begin) => {
        "INSERT INTO report_day (owner, part, day) SELECT DISTINCT coalesce(campaign_id, workspace_id), \
         'credits', coalesce(clicked_at, earned_at) / 86400000 FROM credit WHERE conversion_id "
    };
    (end) => {
        " ON CONFLICT (owner, part, day) DO UPDATE SET bytes = NULL, claim = NULL \
         WHERE report_day.bytes IS NOT NULL OR report_day.claim IS NOT NULL"
    };
    ($of:literal) => {
        concat!(reopen!(begin), $of, reopen!(end))
    };
}

statements! {
    sql OF_DAY = "SELECT c.conversion_id, c.model, c.kind, c.name, c.currency, c.joined_by, c.occurred_at, \
        c.earned_at, c.click_id, c.clicked_at, c.link_id, c.network, c.network_seen, c.country, c.device, \
        c.weight, c.amount, c.converted, c.rate_day, \
        CASE WHEN c.kind = 'sale' THEN (SELECT coalesce(v.earlier_sales, (SELECT count(*) \
             FROM conversion e WHERE e.customer_id = v.customer_id AND e.kind = 'sale' \
             AND (e.occurred_at < v.occurred_at OR (e.occurred_at = v.occurred_at AND e.id < v.id)))) \
             FROM conversion v WHERE v.id = c.conversion_id) END AS earlier_sales \
        FROM credit c WHERE coalesce(c.campaign_id, c.workspace_id) = $1 \
        AND coalesce(c.clicked_at, c.earned_at) / 86400000 = $2 ORDER BY c.conversion_id, c.model, c.ordinal";
    // Reports ask only whether a sale is its customer's first or second.
    sql OPEN_FIRST = reopen!(
        "IN (SELECT id FROM conversion WHERE customer_id = $1 AND kind = 'sale' ORDER BY occurred_at, id LIMIT 2)"
    );
    sql OPEN_FROM = reopen!(
        "IN (SELECT e.id FROM conversion v JOIN conversion e ON e.customer_id = v.customer_id AND e.kind = 'sale' \
         AND e.occurred_at >= v.occurred_at AND (e.occurred_at > v.occurred_at OR e.id >= v.id) \
         WHERE v.id = $1 AND v.kind = 'sale' ORDER BY e.occurred_at, e.id LIMIT 3)"
    );
    bulk OPEN = bulk_sql!(reopen!(begin) in_list reopen!(end));
}

/// All days.
const ALWAYS: (i64, i64) = (i64::MIN, i64::MAX);

#[derive(sqlx_macros::FromRow)]
struct CachedCreditRow {
    conversion_id: String,
    model: String,
    kind: String,
    name: Option<String>,
    currency: Option<String>,
    joined_by: String,
    occurred_at: i64,
    earned_at: i64,
    click_id: Option<String>,
    clicked_at: Option<i64>,
    link_id: Option<String>,
    network: Option<String>,
    network_seen: Option<String>,
    country: Option<String>,
    device: Option<String>,
    weight: i64,
    amount: Option<i64>,
    converted: Option<i64>,
    rate_day: Option<i64>,
    earlier_sales: Option<i64>,
}

impl CachedCreditRow {
    fn touch(&self, names: &mut TextTable) -> Result<CreditedTouch, Error> {
        let mut number = |text: &Option<String>| names.number(text.as_deref().unwrap_or_default());
        Ok(CreditedTouch {
            conversion: read_id(&self.conversion_id)?,
            kind: self.kind.parse().map_err(|_| Error::Corrupt {
                what: "kind",
                value: self.kind.clone(),
            })?,
            name: number(&self.name),
            currency: number(&self.currency),
            joined_by: MatchRule::from_stored(&self.joined_by),
            occurred_at: Millis(self.occurred_at),
            earned_at: Millis(self.earned_at),
            earlier_sales: self.earlier_sales,
            rate_day: self.rate_day,
            click: read_id_option(self.click_id.as_deref())?,
            clicked_at: self.clicked_at.map(Millis),
            link: read_id_option(self.link_id.as_deref())?,
            network: number(&self.network),
            network_seen: number(&self.network_seen),
            country: number(&self.country),
            device: number(&self.device),
            shares: ModelShares::Alike(CreditShare::default()),
        })
    }
}

type EachShare = [Option<CreditShare>; AttributionModel::ALL.len()];

/// The touches of rows that are sorted by conversion, each once, with the credits of all models.
fn touches(rows: &[CachedCreditRow], names: &mut TextTable) -> Result<Vec<CreditedTouch>, Error> {
    let mut all = Vec::new();
    for rows in rows.chunk_by(|one, next| one.conversion_id == next.conversion_id) {
        let mut touches: Vec<(CreditedTouch, EachShare)> = Vec::new();
        for row in rows {
            let touch = row.touch(names)?;
            let Some(model) = AttributionModel::from_stored(&row.model) else {
                continue;
            };
            let place = touches.iter().position(|(known, _)| *known == touch);
            let place = place.unwrap_or_else(|| {
                touches.push((touch, EachShare::default()));
                touches.len() - 1
            });
            let share = touches[place].1[model as usize].get_or_insert_default();
            share.weight += row.weight;
            share.amount = share.amount.saturating_add(row.amount.unwrap_or(0));
            if let Some(amount) = row.converted {
                let sum = share.converted.get_or_insert_default();
                *sum = sum.saturating_add(amount);
            }
        }
        all.extend(touches.into_iter().map(|(touch, shares)| CreditedTouch {
            shares: ModelShares::new(shares),
            ..touch
        }));
    }
    Ok(all)
}

/// Reads the credits of an owner on days from `first` to `last`.
///
/// The owner is a campaign, or a workspace for conversions without a known campaign. The day is
/// that of the click, or that of the conversion if no click is known.
///
/// # Errors
/// When the store does not answer.
pub async fn read(
    tx: &mut Tx,
    owner: &str,
    (first, last): (i64, i64),
    into: &mut impl CreditSink,
) -> Result<(), Error> {
    let mut reading = CachedPeriod::new(owner, ReportPart::Credits, (first, last));
    loop {
        let days = reading.next(tx).await?;
        if days.is_empty() {
            return Ok(());
        }
        for (day, bytes) in days {
            // A long campaign takes a while, so other tasks of this thread get a turn.
            tokio::task::yield_now().await;
            let Some(bytes) = bytes else {
                let (names, touches) = of_day(tx, owner, day).await?;
                into.add(names.texts(), touches.into_iter());
                continue;
            };
            let mut day: PackedCredits<'_> = report_cache::decode(ReportPart::Credits, &bytes)?;
            let names = std::mem::take(&mut day.names);
            let touches = day
                .touches()
                .ok_or_else(|| report_cache::corrupt(ReportPart::Credits))?;
            into.add(names.into_iter(), touches);
        }
    }
}

/// All credits of a campaign.
///
/// # Errors
/// When the store does not answer.
pub async fn of_campaign(tx: &mut Tx, campaign: CampaignId) -> Result<CampaignCredits, Error> {
    let mut credits = CampaignCredits::default();
    read(tx, &campaign.to_string(), ALWAYS, &mut credits).await?;
    Ok(credits)
}

/// The current credits of a day, with the texts that their numbers refer to.
async fn of_day(
    tx: &mut Tx,
    owner: &str,
    day: i64,
) -> Result<(TextTable, Vec<CreditedTouch>), Error> {
    let rows = fetch!(all CachedCreditRow, tx, OF_DAY, owner, day)?;
    let mut names = TextTable::default();
    let touches = touches(&rows, &mut names)?;
    Ok((names, touches))
}

/// The credits of a stale day, packed.
///
/// # Errors
/// When the store does not answer.
pub async fn rebuild(tx: &mut Tx, of: &ReportDay) -> Result<Option<Vec<u8>>, Error> {
    let (names, touches) = of_day(tx, &of.owner, of.day).await?;
    let ids = codec::ids(&touches);
    let day = (!touches.is_empty()).then(|| PackedCredits::new(&names, &ids, touches));
    report_cache::encode(ReportPart::Credits, day.as_ref())
}

/// Invalidates the days of these conversions' current credits.
pub(in crate::store) async fn invalidate(tx: &mut Tx, ids: &[ConversionId]) -> Result<(), Error> {
    bulk!(execute, tx, OPEN, ids, [|id: &ConversionId| id.to_string()])?;
    Ok(())
}

/// Invalidates the days of the credits of a customer's first sales, before other sales are added.
pub(in crate::store) async fn invalidate_first_sales(
    tx: &mut Tx,
    customer: &str,
) -> Result<(), Error> {
    execute!(tx, OPEN_FIRST, customer)?;
    Ok(())
}

/// Invalidates the days of the credits of this sale and of the customer's next two sales. If the
/// sale is added, removed or moved, the number of sales before those changes. Does nothing for
/// other kinds.
pub(in crate::store) async fn invalidate_from(tx: &mut Tx, conversion: &str) -> Result<(), Error> {
    execute!(tx, OPEN_FROM, conversion)?;
    Ok(())
}
