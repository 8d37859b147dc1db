//! The sums a campaign's report is made of: credits, grouped. Clicks come from the roll-up in
//! [`super::click`].

pub mod journeys;
pub mod outcomes;

use super::db::fetch;
use super::{Error, Tx, read_id_option};
use crate::attribution::Model;
use crate::campaign_report::grain::{Grain, Spot};
use crate::campaign_report::{Assisted, Axis, Converted, CreditSum, Lag};
use crate::clock::Millis;
use crate::conversion::JoinedBy;
use crate::id::{CampaignId, WorkspaceId};

#[derive(sqlx::FromRow)]
struct Row {
    network: Option<String>,
    network_seen: Option<String>,
    link_id: Option<String>,
    country: Option<String>,
    device: Option<String>,
    moment: i64,
    clicked: Option<i64>,
    kind: String,
    name: Option<String>,
    currency: Option<String>,
    joined_by: String,
    in_window: i64,
    weight: i64,
    amount: i64,
    converted: Option<i64>,
    rate_day: Option<i64>,
    first_sales: i64,
    second_sales: i64,
    lags: Option<String>,
    payments: Option<String>,
}

/// Pairs that a statement has put together, such as `clk_1:4999,clk_2:-300`.
fn pairs<'a>(text: Option<&'a str>) -> impl Iterator<Item = (&'a str, i64)> {
    let pair = |pair: &'a str| {
        let (name, number) = pair.rsplit_once(':')?;
        Some((name, number.parse().ok()?))
    };
    text.unwrap_or_default().split(',').filter_map(pair)
}

impl Row {
    fn sum(self, grain: &Grain) -> Result<CreditSum, Error> {
        let corrupt = |what, value: &str| Error::Corrupt {
            what,
            value: value.to_owned(),
        };
        let times = grain.buckets(Millis(self.moment), self.clicked.map(Millis));
        Ok(CreditSum {
            spot: Spot {
                network: self.network,
                network_seen: self.network_seen,
                link: read_id_option(self.link_id.as_deref())?,
                country: self.country,
                device: self.device,
                times,
            },
            kind: self.kind.parse().map_err(|_| corrupt("kind", &self.kind))?,
            name: self.name,
            currency: self
                .currency
                .map(|code| code.parse().map_err(|_| corrupt("currency", &code)))
                .transpose()?,
            joined_by: JoinedBy::from_stored(&self.joined_by),
            in_window: self.in_window == 1,
            weight: self.weight,
            first_sales: self.first_sales,
            second_sales: self.second_sales,
            lags: pairs(self.lags.as_deref())
                .filter_map(|(times, weight)| {
                    let (clicked, minutes) = times.split_once('+')?;
                    Some(Lag {
                        clicked_minute: clicked.parse().ok()?,
                        minutes: minutes.parse().ok()?,
                        weight,
                    })
                })
                .collect(),
            payments: pairs(self.payments.as_deref())
                .map(|(click, amount)| (click.to_owned(), amount))
                .collect(),
            amount: self.amount,
            converted: self
                .converted
                .zip(self.rate_day)
                .map(|(amount, latest_day)| Converted { amount, latest_day }),
        })
    }
}

// `$3` says whether the click's moment counts, `$7` to `$12` what is told apart.
// It is told first, so that what each sale's customer bought before is looked for once.
const CREDITS: &str = "WITH told AS MATERIALIZED (\
     SELECT network, CASE WHEN $7 THEN network_seen END AS network_seen, \
     CASE WHEN $8 THEN link_id END AS link_id, CASE WHEN $9 THEN country END AS country, \
     CASE WHEN $10 THEN device END AS device, \
     CASE WHEN $11 THEN (CASE WHEN $3 THEN coalesce(clicked_at, earned_at) \
          ELSE occurred_at END) / 900000 * 900000 ELSE 0 END AS moment, \
     CASE WHEN $12 THEN clicked_at / 900000 * 900000 END AS clicked, \
     kind, name, currency, joined_by, \
     CAST(CASE WHEN clicked_at IS NULL OR earned_at - clicked_at <= $6 THEN 1 ELSE 0 END \
          AS BIGINT) AS in_window, weight, amount, converted, rate_day, coalesce(click_id, conversion_id) AS payer, \
     clicked_at / 60000 AS clicked_minute, (earned_at - clicked_at) / 60000 AS lag, \
     CASE WHEN kind = 'sale' THEN (SELECT coalesce(v.earlier_sales, (SELECT count(*) \
          FROM conversion e WHERE e.customer_id = v.customer_id AND e.kind = 'sale' \
          AND (e.occurred_at < v.occurred_at OR (e.occurred_at = v.occurred_at AND e.id < v.id)))) \
          FROM conversion v WHERE v.id = credit.conversion_id) END AS earlier \
     FROM credit WHERE campaign_id = $1 AND model = $2 \
     AND CASE WHEN $3 THEN coalesce(clicked_at, earned_at) ELSE occurred_at END >= $4 \
     AND CASE WHEN $3 THEN coalesce(clicked_at, earned_at) ELSE occurred_at END < $5) SELECT network, network_seen, link_id, country, device, \
     CAST(moment AS BIGINT) AS moment, CAST(clicked AS BIGINT) AS clicked, kind, name, currency, \
     joined_by, in_window, \
     CAST(sum(weight) AS BIGINT) AS weight, CAST(coalesce(sum(amount), 0) AS BIGINT) AS amount, \
     CAST(sum(converted) AS BIGINT) AS converted, max(rate_day) AS rate_day, \
     CAST(coalesce(sum(CASE WHEN earlier = 0 THEN weight END), 0) AS BIGINT) AS first_sales, \
     CAST(coalesce(sum(CASE WHEN earlier = 1 THEN weight END), 0) AS BIGINT) AS second_sales, \
     string_agg(CASE WHEN kind = 'lead' THEN CAST(clicked_minute AS TEXT) || '+' || \
          CAST(lag AS TEXT) || ':' || CAST(weight AS TEXT) END, ',') AS lags, \
     string_agg(CASE WHEN kind NOT IN ('lead', 'event') THEN payer || ':' || \
          CAST(coalesce(converted, amount) AS TEXT) END, ',') AS payments FROM told \
     GROUP BY network, network_seen, link_id, country, device, moment, clicked, kind, name, currency, \
     joined_by, in_window, CASE WHEN rate_day IS NULL THEN 0 ELSE 1 END \
     ORDER BY network, network_seen, kind, name, currency, joined_by";
// What the goal is held against: nothing but what came and what it is worth.
const EARNED: &str = "SELECT CAST(NULL AS TEXT) AS network, CAST(NULL AS TEXT) AS network_seen, \
     CAST(NULL AS TEXT) AS link_id, CAST(NULL AS TEXT) AS country, CAST(NULL AS TEXT) AS device, \
     CAST(0 AS BIGINT) AS moment, CAST(NULL AS BIGINT) AS clicked, kind, name, currency, \
     'none' AS joined_by, CAST(1 AS BIGINT) AS in_window, \
     CAST(sum(weight) AS BIGINT) AS weight, CAST(coalesce(sum(amount), 0) AS BIGINT) AS amount, \
     CAST(sum(converted) AS BIGINT) AS converted, max(rate_day) AS rate_day, \
     CAST(0 AS BIGINT) AS first_sales, CAST(0 AS BIGINT) AS second_sales, \
     CAST(NULL AS TEXT) AS lags, CAST(NULL AS TEXT) AS payments \
     FROM credit WHERE campaign_id = $1 AND model = $2 AND earned_at < $3 \
     AND (clicked_at IS NULL OR earned_at - clicked_at <= $4) \
     GROUP BY kind, name, currency, CASE WHEN rate_day IS NULL THEN 0 ELSE 1 END \
     ORDER BY kind, name, currency";
const UNATTRIBUTED: &str = "SELECT network, network_seen, CAST(NULL AS TEXT) AS link_id, \
     CAST(NULL AS TEXT) AS country, CAST(NULL AS TEXT) AS device, CAST(0 AS BIGINT) AS moment, \
     CAST(NULL AS BIGINT) AS clicked, kind, name, currency, joined_by, \
     CAST(1 AS BIGINT) AS in_window, \
     CAST(sum(weight) AS BIGINT) AS weight, CAST(coalesce(sum(amount), 0) AS BIGINT) AS amount, \
     CAST(NULL AS BIGINT) AS converted, CAST(NULL AS BIGINT) AS rate_day, \
     CAST(0 AS BIGINT) AS first_sales, CAST(0 AS BIGINT) AS second_sales, \
     CAST(NULL AS TEXT) AS lags, CAST(NULL AS TEXT) AS payments \
     FROM credit WHERE workspace_id = $1 AND model = $2 AND campaign_id IS NULL \
     AND link_id IS NULL AND CASE WHEN $5 THEN occurred_at ELSE earned_at END >= $3 \
     AND CASE WHEN $5 THEN occurred_at ELSE earned_at END < $4 \
     GROUP BY network, network_seen, kind, name, currency, joined_by ORDER BY kind, name, currency";

const ASSISTED: &str = "SELECT network, network_seen, link_id, country, device, \
     CAST(count(*) AS BIGINT) AS leads FROM (\
     SELECT CASE WHEN $6 THEN network END AS network, \
     CASE WHEN $7 THEN network_seen END AS network_seen, CASE WHEN $8 THEN link_id END AS link_id, \
     CASE WHEN $9 THEN country END AS country, CASE WHEN $10 THEN device END AS device, \
     max(CASE model WHEN 'last_touch' THEN 1 ELSE 0 END) AS is_last \
     FROM credit WHERE campaign_id = $1 AND model IN ('last_touch', 'linear') AND kind = 'lead' \
     AND CASE WHEN $2 THEN clicked_at ELSE occurred_at END >= $3 \
     AND CASE WHEN $2 THEN clicked_at ELSE occurred_at END < $4 \
     AND (clicked_at IS NULL OR earned_at - clicked_at <= $5) \
     GROUP BY conversion_id, CASE WHEN $6 THEN network END, CASE WHEN $7 THEN network_seen END, \
     CASE WHEN $8 THEN link_id END, CASE WHEN $9 THEN country END, CASE WHEN $10 THEN device END\
     ) AS part WHERE is_last = 0 GROUP BY network, network_seen, link_id, country, device";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[CREDITS, EARNED, UNATTRIBUTED, ASSISTED];

/// Which credits of a campaign.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The campaign.
    pub campaign: CampaignId,
    /// How credit is shared.
    pub model: Model,
    /// Which moment must lie in `[from, to)`, and units of time are of: that of the click (where none is known,
    /// of the conversion, and for a refund of its sale), or that of the conversion.
    pub axis: Axis,
    /// `[from, to)`.
    pub period: (Millis, Millis),
    /// Those whose click lies more than so many milliseconds before the conversion (of a refund, its
    /// sale) come apart, with `in_window` false.
    pub window_ms: i64,
    /// How finely they are told apart.
    pub grain: &'a Grain,
}

/// The credits asked for, summed.
///
/// # Errors
/// When the store does not answer.
pub async fn credits(tx: &mut Tx, asked: &Question<'_>) -> Result<Vec<CreditSum>, Error> {
    let (Millis(from), Millis(to)) = asked.period;
    let grain = asked.grain;
    fetch!(
        all Row, tx, CREDITS,
        asked.campaign.to_string(), asked.model.as_str(), asked.axis == Axis::Click, from, to, asked.window_ms,
        grain.network_seen, grain.link, grain.country, grain.device, grain.needs_moment(),
        grain.needs_clicked()
    )?
    .into_iter()
    .map(|row| row.sum(grain))
    .collect()
}

/// What the campaign earned before `until` within the window, whatever was taken back of it since: a refund
/// stands at the time of its sale. Nothing is told apart but kinds and currencies.
///
/// # Errors
/// When the store does not answer.
pub async fn earned(
    tx: &mut Tx,
    campaign: CampaignId,
    model: Model,
    until: Millis,
    window_ms: i64,
) -> Result<Vec<CreditSum>, Error> {
    let grain = Grain::default();
    fetch!(all Row, tx, EARNED, campaign.to_string(), model.as_str(), until.0, window_ms)?
        .into_iter()
        .map(|row| row.sum(&grain))
        .collect()
}

/// Leads of the campaign that clicks were part of which last touch credits to others; told apart by
/// network only where `by_network` says so.
///
/// # Errors
/// When the store does not answer.
pub async fn assisted(
    tx: &mut Tx,
    asked: &Question<'_>,
    by_network: bool,
) -> Result<Vec<Assisted>, Error> {
    type Row = (
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
        i64,
    );
    let ((Millis(from), Millis(to)), grain) = (asked.period, asked.grain);
    let rows = fetch!(
        all Row, tx, ASSISTED,
        asked.campaign.to_string(), asked.axis == Axis::Click, from, to, asked.window_ms,
        by_network, grain.network_seen, grain.link, grain.country, grain.device
    )?;
    let assisted = |(network, network_seen, link, country, device, leads): Row| {
        Ok(Assisted {
            spot: Spot {
                network,
                network_seen,
                link: read_id_option(link.as_deref())?,
                country,
                device,
                times: [None; 2],
            },
            leads,
        })
    };
    rows.into_iter().map(assisted).collect()
}

/// Conversions of the workspace in `[from, to)` that no campaign could be credited with. Without a campaign
/// there is no currency to convert them to.
///
/// # Errors
/// When the store does not answer.
pub async fn unattributed(
    tx: &mut Tx,
    workspace: WorkspaceId,
    model: Model,
    axis: Axis,
    (from, to): (Millis, Millis),
) -> Result<Vec<CreditSum>, Error> {
    let by_conversion = axis == Axis::Conversion;
    fetch!(
        all Row, tx, UNATTRIBUTED,
        workspace.to_string(), model.as_str(), from.0, to.0, by_conversion
    )?
    .into_iter()
    .map(|row| row.sum(&Grain::default()))
    .collect()
}
